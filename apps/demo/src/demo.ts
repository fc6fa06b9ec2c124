import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BrokerAuthError } from "@x/core";
import { DemoSandbox } from "./demo-sandbox.ts";
import { DeskConfiguration } from "./desk/desk-configuration.ts";
import { demoFolder, storeVariable, type Variables } from "./desk-store.ts";
import { startStoreServer, type StorePlace } from "./store-server.ts";
import { type DeskAccounts, readAccounts } from "./strategy/engine.ts";

/** As the command line gives them, whose help tells what each is. */
export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly page: boolean;
  readonly sandbox: boolean;
  readonly store: StorePlace;
  readonly config?: string;
  readonly data?: string;
  readonly port?: number;
  readonly sandboxPort?: readonly number[];
}

/** Where the demo writes, where variables come from, and how it learns that it shall end. */
export interface DemoEnvironment {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Variables;
  /** Fires on Ctrl-C. */
  readonly ended: AbortSignal;
}

/** One run of the demo in a folder of its own. */
export interface DemoRun {
  readonly options: DemoOptions;
  readonly environment: DemoEnvironment;
  readonly folder: string;
  readonly sandbox: DemoSandbox;
  readonly configuration: DeskConfiguration;
  /** What the configuration says. */
  readonly accounts: DeskAccounts;
}

/** One run of the demo. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function demo(options: DemoOptions, environment: DemoEnvironment): Promise<boolean> {
  const { store, config, json, data } = options;
  const { out, err } = environment;
  const asPage = options.page && !options.once && !json;
  // The page and the terminal have one: whichever comes second adopts the sessions of the first.
  const folder = join(data ?? demoFolder(environment.env), config === undefined ? "sandbox" : "accounts");
  if (store !== "files" && config !== undefined) {
    // What was refused at a real broker must not be forgotten with the run.
    const message = "--store: the server ends with the demo, so it is for the demo's own accounts; leave out --config";
    throw new BrokerAuthError("configuration", message, { field: "--store" });
  }
  const server = store === "files" ? undefined : await startStoreServer(store);
  const sandbox = new DemoSandbox(folder, options.sandbox ? (options.sandboxPort ?? []) : undefined);
  try {
    if (server !== undefined && !json)
      out(`Sessions are kept in ${server.title} on port ${new URL(server.url).port}.\n`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const env = { ...environment.env, [storeVariable]: server?.url };
    const configuration = await (config === undefined
      ? DeskConfiguration.own(folder)
      : DeskConfiguration.of(config, folder));
    // Everything that is wrong with it is told now, and the sandbox is started where it is referred to.
    const accounts = await readAccounts(config ?? configuration.file, env, sandbox.resolver);
    for (const { message } of accounts.warnings) err(`broker-auth-demo: warning: ${message}\n`);
    // Each is loaded alone: the job in the terminal needs neither the page nor its server.
    const run = asPage ? (await import("./desk/show-page.ts")).showPage : (await import("./headless.ts")).runHeadless;
    return await run({ options, environment: { ...environment, env }, folder, sandbox, configuration, accounts });
  } finally {
    await sandbox.close();
    await server?.end();
  }
}
