import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { BrokerAuthError } from "@x/core";
import { arePortsTaken, DemoSandbox, isFolderInUse } from "./demo-sandbox.ts";
import { template } from "./desk/desk-configuration.ts";
import { demoFolder, sandboxStateFile, storeVariable } from "./desk-store.ts";
import { startStoreServer, type StorePlace } from "./store-server.ts";
import { type DeskAccounts, readAccounts } from "./strategy/engine.ts";

/** As the command line gives them. */
export interface DemoOptions {
  readonly once: boolean;
  readonly json: boolean;
  /** Whether to serve the page, where nothing above asks for something else. */
  readonly page: boolean;
  readonly config?: string;
  /** Whether the demo may start a sandbox, and on which ports. */
  readonly sandbox: boolean;
  readonly sandboxPort?: readonly number[];
  /** The page's. Undefined: the usual one, or a free one. */
  readonly port?: number;
  /** Where sessions are kept. A server is started for the run. */
  readonly store: StorePlace;
  /** Where the demo keeps what outlives a run. Undefined: the user's own place for that. */
  readonly data?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

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
  /** Reads a configuration, and says its warnings; undefined for the demo's own. @throws BrokerAuthError `configuration` */
  readonly load: (config: string | undefined) => Promise<{ configuration: DeskAccounts; env: Variables }>;
}

/** One run of the demo. True if the first round was without failure. @throws BrokerAuthError `configuration` before anything was sent */
export async function demo(options: DemoOptions, environment: DemoEnvironment): Promise<boolean> {
  const { store, config, json } = options;
  const kept = { ...environment, env: { ...environment.env, [storeVariable]: undefined } };
  if (store === "files") return demoOn(options, kept);
  if (config !== undefined) {
    // What was refused at a real broker must not be forgotten with the run.
    const message = "--store: the server ends with the demo, so it is for the demo's own accounts; leave out --config";
    throw new BrokerAuthError("configuration", message, { field: "--store" });
  }
  const server = await startStoreServer(store);
  try {
    if (!json) environment.out(`Sessions are kept in ${server.title} on port ${new URL(server.url).port}.\n`);
    return await demoOn(options, { ...kept, env: { ...kept.env, [storeVariable]: server.url } });
  } finally {
    await server.end();
  }
}

async function demoOn(options: DemoOptions, environment: DemoEnvironment): Promise<boolean> {
  const { data, config, sandboxPort } = options;
  const asPage = options.page && !options.once && !options.json;
  // Each is loaded alone: the job in the terminal needs neither the page nor its server.
  const run = asPage ? (await import("./desk/show-page.ts")).showPage : (await import("./headless.ts")).runHeadless;
  const own = asPage ? "sandbox" : "headless";
  const folder = join(data ?? demoFolder(environment.env), config === undefined ? own : "accounts");
  const runIn = async (place: string): Promise<boolean> => inFolder(place, options, environment, run);
  try {
    return await runIn(folder);
  } catch (error) {
    const inUse = isFolderInUse(error);
    const isAnothers = inUse || (sandboxPort === undefined && arePortsTaken(error));
    // Who asked for a folder, or for ports, is told what is wrong with them.
    if (asPage && data !== undefined && inUse)
      throw new BrokerAuthError("configuration", (error as Error).message, { field: "--data" });
    if (!isAnothers || (asPage && data !== undefined)) throw error;
    // Another run has this folder, or something has the ports of its sandbox. This run begins with nothing and leaves nothing.
    const temporary = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
    const why = inUse ? `${folder} is in use by another run` : `The ports of the sandbox in ${folder} are taken`;
    if (asPage) environment.out(`${why}: this one begins anew in a temporary folder.\n`);
    try {
      return await runIn(temporary);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

async function inFolder(
  folder: string,
  options: DemoOptions,
  environment: DemoEnvironment,
  run: (run: DemoRun) => Promise<boolean>,
): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const sandbox = new DemoSandbox(options.sandboxPort ?? [], options.sandbox, sandboxStateFile(folder));
  const load: DemoRun["load"] = async (config) => {
    // Its own file is no secret: it lies in the repository, with whatever rights a checkout gives it.
    const own = config === undefined;
    const invented = own ? parseEnv(await readFile(template("sandbox.env"), "utf8")) : {};
    const env = { ...environment.env, ...invented };
    const read = await readAccounts({
      config: config ?? relative(".", fileURLToPath(template("broker-auth.yaml"))),
      env,
      sandbox: sandbox.resolver,
      ...(own ? { envFile: false as const } : {}),
    });
    for (const { message } of read.warnings) environment.err(`broker-auth-demo: warning: ${message}\n`);
    return { configuration: read, env };
  };
  try {
    return await run({ options, environment, folder, sandbox, load });
  } finally {
    await sandbox.close();
  }
}
