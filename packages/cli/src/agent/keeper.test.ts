import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrokerAuth, memoryStore } from "@x/core";
import { nubra } from "@x/nubra";
import { startSandbox } from "@x/sandbox";
import { expect, it, onTestFinished, vi } from "vitest";
import type { Desk } from "../desk.ts";
import { Alarm } from "../notification.ts";
import { keep } from "./keeper.ts";
import { timeOfDay } from "./trading-day.ts";

// A Monday at noon in India.
const noon = Date.parse("2031-03-03T12:00:00+05:30");

it("the agent's --notify tells of one state once, also by an agent that was started anew, and again after a session", async () => {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), "broker-auth-keeper-"));
  const { totpSecret: _, ...input } = sandbox.nubra.accountInput("main");
  const auth = createBrokerAuth({
    brokers: [nubra()],
    accounts: { main: { ...input, broker: "nubra" } },
    store: memoryStore(),
  });
  onTestFinished(async () => {
    await auth.close();
    await sandbox.close();
    rmSync(folder, { recursive: true });
  });
  const note = join(folder, "note");
  const desk = { auth } as unknown as Desk;
  /** A run of the agent, to the end of the first look that it takes. */
  const look = async (): Promise<string> => {
    const ending = new AbortController();
    const reports: string[] = [];
    const kept = keep(desk, "main", {
      end: timeOfDay("15:30") ?? 0,
      signal: ending.signal,
      report: (_account, text) => reports.push(text),
      alarm: new Alarm(`echo "$BROKER_AUTH_CODE" >> ${note}`, "configuration", folder),
      now: () => noon,
    });
    await vi.waitFor(() => expect(reports).toHaveLength(1), { timeout: 60_000 });
    ending.abort();
    await kept;
    return reports[0] ?? "";
  };
  const told = (): string => readFileSync(note, "utf8");

  expect(await look()).toMatch(/OTP/);
  await vi.waitFor(() => expect(told()).toBe("needs_input\n"), { timeout: 10_000 });
  expect(await look()).toMatch(/OTP/);
  await auth.login("main", { otp: () => sandbox.nubra.inbox("main").at(-1)?.code ?? "" });
  expect(await look()).toMatch(/^logged in until /);
  await auth.logout("main");
  expect(await look()).toMatch(/OTP/);
  await vi.waitFor(() => expect(told()).toBe("needs_input\nneeds_input\n"), { timeout: 10_000 });
});
