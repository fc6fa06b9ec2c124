import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokerAuthError } from "@x/core";
import { loadDemoConfiguration } from "./demo-configuration.ts";
import type { DemoEnvironment, DemoOptions, DemoRun } from "./demo-run.ts";
import { arePortsTaken, DemoSandbox, isFolderInUse } from "./demo-sandbox.ts";
import { demoFolder, sandboxStateFile, storeVariable } from "./desk-store.ts";
import { startStoreServer } from "./store-server.ts";

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
    const read = await loadDemoConfiguration({ config, env: environment.env, sandbox: sandbox.resolver });
    for (const { message } of read.warnings) environment.err(`broker-auth-demo: warning: ${message}\n`);
    return read;
  };
  try {
    return await run({ options, environment, folder, sandbox, load });
  } finally {
    await sandbox.close();
  }
}
