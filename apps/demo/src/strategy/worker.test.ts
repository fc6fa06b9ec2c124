import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { brokerFacts } from "../broker-facts.ts";
import { DeskConfiguration } from "../desk/desk-configuration.ts";
import { compileCache } from "../testing/compile-cache.ts";

const program = fileURLToPath(new URL("worker.ts", import.meta.url));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-worker-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a process of the strategy", { timeout: 30_000 }, () => {
  it("ends without a word when its parent hangs up first, as Ctrl-C may have it", async () => {
    const { file } = await DeskConfiguration.own(folder);
    // Nobody answers there; it makes no difference to its end.
    const addresses = Object.fromEntries(Object.keys(brokerFacts).map((broker) => [broker, "http://127.0.0.1:9"]));
    const task = JSON.stringify({ job: "risk", config: file, folder, sandbox: addresses, roundMs: 10 });
    const child = fork(program, [task], {
      execArgv: ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"],
      env: {
        PATH: process.env["PATH"],
        ...compileCache,
      },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const said = text(child.stderr!);
    child.send({ clockOffsetMs: 0, left: [] });
    // It is at work: it has told something.
    await once(child, "message");
    const gone = once(child, "exit");
    child.disconnect();
    const [code] = (await gone) as [number | null];
    expect({ code, stderr: await said }).toEqual({ code: 0, stderr: "" });
  });
});
