import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokerAuthError } from "@x/core";
import type { DemoEnvironment, DemoOptions } from "../demo.ts";
import { loadDemoConfiguration } from "../demo-configuration.ts";
import { arePortsTaken, DemoSandbox, isFolderInUse } from "../demo-sandbox.ts";
import { demoFolder, sandboxStateFile } from "../desk-store.ts";
import { Desk } from "./desk.ts";
import { morningOf } from "./desk-clock.ts";
import { DeskConfiguration } from "./desk-configuration.ts";
import { type DeskServer, serveDesk } from "./desk-server.ts";
import { greeting } from "./greeting.ts";
import { buildPage } from "./page-build.ts";

/** Where the page is, unless something else is there or another port was asked for. */
const usualPort = 8015;

/** Serves the trading desk until the demo is ended. @throws BrokerAuthError `configuration` before anything was sent */
export async function showPage(options: DemoOptions, environment: DemoEnvironment): Promise<void> {
  const folder = join(
    options.data ?? demoFolder(environment.env),
    options.config === undefined ? "sandbox" : "accounts",
  );
  try {
    await showIn(folder, options, environment);
  } catch (error) {
    const inUse = isFolderInUse(error);
    // Who asked for a folder, or for ports, is told what is wrong with them.
    if (options.data !== undefined || !(inUse || arePortsTaken(error, options.ports)))
      throw inUse ? new BrokerAuthError("configuration", (error as Error).message, { field: "--data" }) : error;
    // Another demo runs on this folder, or something else took its ports. This one begins with nothing and leaves nothing.
    const temporary = await mkdtemp(join(tmpdir(), "broker-auth-demo-"));
    const why = inUse ? `${folder} is in use by another run` : `The ports of the sandbox in ${folder} are taken`;
    environment.out(`${why}: this one begins anew in a temporary folder.\n`);
    try {
      await showIn(temporary, options, environment);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

async function showIn(folder: string, options: DemoOptions, { out, err, env, ended }: DemoEnvironment): Promise<void> {
  const { config } = options;
  const building = buildPage();
  building.catch(() => undefined);
  const configuration =
    config === undefined ? await DeskConfiguration.own(folder) : DeskConfiguration.of(config, folder);
  const stateFile = sandboxStateFile(folder);
  const isNew = !existsSync(stateFile);
  const sandbox = new DemoSandbox({ ...options, stateFile });
  try {
    // Everything that is wrong with it is told now, and the sandbox is started where it is referred to.
    const read = await loadDemoConfiguration({ config: configuration.file, env, sandbox: sandbox.resolver });
    // A day that begins before the market opens shows more than one that is nearly over. Later runs go on from where this one ends.
    if (isNew && configuration.own) sandbox.running?.clock.set(morningOf(Date.now()));
    for (const { message } of read.warnings) err(`broker-auth-demo: warning: ${message}\n`);
    const desk = await Desk.open({ configuration, folder, env, sandbox: sandbox.running });
    try {
      const server = await serve(desk, await building, options.port);
      try {
        desk.start();
        out(`${greeting({ address: server.address, folder, view: desk.view(), own: configuration.own })}\n`);
        if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
      } finally {
        await server.close();
      }
    } finally {
      await desk.close();
    }
  } finally {
    await sandbox.close();
  }
}

async function serve(
  desk: Desk,
  page: Awaited<ReturnType<typeof buildPage>>,
  port: number | undefined,
): Promise<DeskServer> {
  const keyed = !desk.sandboxOnly;
  try {
    return await serveDesk({ desk, page, port: port ?? usualPort, keyed });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (port === undefined && code === "EADDRINUSE") return serveDesk({ desk, page, port: 0, keyed });
    const message = `--port: port ${port} cannot be used (${code}); choose another one, or leave it out`;
    throw new BrokerAuthError("configuration", message, { field: "--port" });
  }
}
