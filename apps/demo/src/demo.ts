import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createBrokerAuth } from "@x/core";
import type { Sandbox } from "@x/sandbox";
import { loadDemoConfiguration, requireUnattended } from "./demo-configuration.ts";
import { arePortsTaken, DemoSandbox, isFolderInUse } from "./demo-sandbox.ts";
import { demoFolder, openDeskStore, sandboxStateFile } from "./desk-store.ts";
import { logInEverywhere } from "./login-report.ts";
import { renderReport } from "./screen.ts";
import { watch } from "./watch.ts";

export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  /** Whether to serve the page, where nothing above asks for something else. */
  readonly page: boolean;
  readonly config: string | undefined;
  readonly sandbox: boolean;
  /** The sandbox's. */
  readonly ports: readonly number[];
  /** The page's. Undefined: the usual one, or a free one. */
  readonly port: number | undefined;
  /** Where the page keeps what outlives a run. Undefined: the user's own place for that. */
  readonly data: string | undefined;
}

/** Where the demo writes, where variables come from, and how it learns that it shall end. */
export interface DemoEnvironment {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C. */
  readonly ended: AbortSignal;
}

const roundMs = 5_000;

/** One run of the demo. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function demo(options: DemoOptions, environment: DemoEnvironment): Promise<boolean> {
  if (options.page && !options.once && !options.json) {
    // The headless job needs neither the page nor its server.
    const { showPage } = await import("./desk/show-page.ts");
    await showPage(options, environment);
    return true;
  }
  const folder = join(
    options.data ?? demoFolder(environment.env),
    options.config === undefined ? "headless" : "accounts",
  );
  try {
    return await headless(folder, options, environment);
  } catch (error) {
    if (!isFolderInUse(error) && !arePortsTaken(error, options.ports)) throw error;
    // Another run has this folder, or something has the ports of its sandbox. This run begins with nothing and leaves nothing.
    const temporary = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
    try {
      return await headless(temporary, options, environment);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

async function headless(folder: string, options: DemoOptions, environment: DemoEnvironment): Promise<boolean> {
  const { out, err, env, ended } = environment;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const sandbox = new DemoSandbox({ ...options, stateFile: sandboxStateFile(folder) });
  try {
    const { config } = options;
    const configuration = await loadDemoConfiguration({ config, env, sandbox: sandbox.resolver });
    for (const { message } of configuration.warnings) err(`broker-auth-demo: warning: ${message}\n`);
    // Kept beside the sandbox's own memory, so that a second run adopts the sessions of the first.
    const auth = createBrokerAuth({ ...configuration, store: openDeskStore(folder) });
    try {
      requireUnattended(configuration);
      const report = await logInEverywhere(auth, configuration.use, ended);
      out(options.json ? `${JSON.stringify(report)}\n` : renderReport(report, sandbox.running));
      if (options.once) return report.ok;
      const print = (line: string): void => (options.json ? undefined : out(`${line}\n`));
      print(hints(sandbox.running));
      const pause = async (): Promise<void> => sleep(roundMs, undefined, { signal: ended });
      await watch(auth, { aliases: Object.keys(configuration.use), print, pause, ended });
      return report.ok;
    } finally {
      await auth.close();
    }
  } finally {
    await sandbox.close();
  }
}

function hints(sandbox: Sandbox | undefined): string {
  const lines = ["", `Calling every ${roundMs / 1000} s and printing what changes. Ctrl-C ends.`];
  if (sandbox === undefined) return lines.join("\n");
  const address = `${sandbox.controlUrl}/brokers/nubra/end-sessions`;
  return [...lines, "To end Nubra's session from outside:", `  curl -d '{"account":"main"}' ${address}`].join("\n");
}
