import { createBrokerAuth, memoryStore } from "@x/core";
import { startSandbox } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { loadDemoConfiguration } from "./demo-configuration.ts";
import { watch } from "./watch.ts";

/** Runs the watch at a sandbox of its own; between its rounds the given things happen. Returns what it printed, round by round, without times. */
async function rounds(
  ...between: readonly ((sandbox: Awaited<ReturnType<typeof startSandbox>>) => void)[]
): Promise<string[][]> {
  const sandbox = await startSandbox();
  const configuration = await loadDemoConfiguration({
    config: undefined,
    env: {},
    sandbox: (broker) => (broker === "nubra" ? sandbox.nubra.url : sandbox.kotakNeo.loginUrl),
  });
  const auth = createBrokerAuth({ ...configuration, store: memoryStore() });
  const ending = new AbortController();
  const printed: string[][] = [[]];
  try {
    await auth.loginAll();
    await watch(auth, {
      aliases: ["trading"],
      print: (lines) => void printed.at(-1)?.push(lines.replace(/^\d\d:\d\d:\d\d {2}/, "")),
      async pause() {
        const happens = between[printed.length - 1];
        if (happens === undefined) return ending.abort();
        happens(sandbox);
        printed.push([]);
        return undefined;
      },
      ended: ending.signal,
    });
    return printed;
  } finally {
    await auth.close();
    await sandbox.close();
  }
}

const nothing = (): void => undefined;

describe("the watch", () => {
  it("prints what it finds first, and then nothing while nothing changes", async () => {
    expect(await rounds(nothing, nothing)).toEqual([
      ["main: GET /userinfo 200", "hedge: POST /quick/user/limits 200", "trading: 7 INVENTED"],
      [],
      [],
    ]);
  });

  it("prints that a session ended, and which one came after it", async () => {
    const [, after = []] = await rounds((sandbox) => sandbox.nubra.endSessions("main"));
    expect(after).toEqual([
      "main: session ended: the broker refused it",
      "main: a renewal begins",
      expect.stringMatching(/^main: session by renewal, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d IST$/),
    ]);
  });

  it("prints a failure once, with what to do, and that it is over", async () => {
    const limit = { name: "rate-limit", step: "userinfo" } as const;
    const [, first, second, third] = await rounds(
      (sandbox) => sandbox.nubra.scenarios.set("main", limit),
      nothing,
      (sandbox) => sandbox.nubra.clearScenarios(),
    );
    expect(first).toEqual([expect.stringMatching(/^main: rate_limited: .* -> Wait/s)]);
    expect(second).toEqual([]);
    expect(third).toEqual(["main: GET /userinfo 200"]);
  });
});
