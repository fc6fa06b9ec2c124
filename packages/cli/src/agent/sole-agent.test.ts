import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { becomeSoleAgent } from "./sole-agent.ts";

it("one is the agent of a folder, also where the next one has opened the lock while the first lets it go", () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-auth-agent-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const lock = join(folder, "agent.lock");
  const first = becomeSoleAgent(lock);
  expect(becomeSoleAgent(lock)).toBeUndefined();
  const next = new DatabaseSync(lock);
  onTestFinished(() => next.close());
  first?.release();
  next.exec("BEGIN EXCLUSIVE");
  expect(becomeSoleAgent(lock)).toBeUndefined();
  next.exec("ROLLBACK");
  const third = becomeSoleAgent(lock);
  expect(third).toBeDefined();
  third?.release();
});
