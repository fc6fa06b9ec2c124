import { setTimeout as sleep } from "node:timers/promises";
import { createBrokerAuth } from "@x/core";
import type { DemoRun } from "./demo-run.ts";
import { requireUnattended } from "./demo-configuration.ts";
import { openDeskStore } from "./desk-store.ts";
import { logInEverywhere } from "./login-report.ts";
import { renderReport } from "./screen.ts";
import { watch } from "./watch.ts";

const roundMs = 5_000;

/** The demo in the terminal. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function runHeadless({ options, environment, folder, sandbox, load }: DemoRun): Promise<boolean> {
  const { once, json, config } = options;
  const { out, ended } = environment;
  const configuration = await load(config);
  // Kept beside the sandbox's own memory, so that a second run adopts the sessions of the first.
  const auth = createBrokerAuth({ ...configuration, store: await openDeskStore(folder, environment.env) });
  try {
    requireUnattended(configuration);
    const report = await logInEverywhere(auth, configuration.use, ended);
    out(json ? `${JSON.stringify(report)}\n` : renderReport(report, sandbox.running));
    if (once) return report.ok;
    const print = (line: string): void => (json ? undefined : out(`${line}\n`));
    print(`\nCalling every ${roundMs / 1000} s and printing what changes. Ctrl-C ends.`);
    const endSessions = `${sandbox.running?.controlUrl}/brokers/nubra/end-sessions`;
    if (sandbox.running !== undefined)
      print(`To end Nubra's session from outside:\n  curl -d '{"account":"main"}' ${endSessions}`);
    const pause = async (): Promise<void> => sleep(roundMs, undefined, { signal: ended });
    await watch(auth, { aliases: Object.keys(configuration.use), print, pause, ended });
    return report.ok;
  } finally {
    await auth.close();
  }
}
