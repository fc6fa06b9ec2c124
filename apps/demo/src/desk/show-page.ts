import { once } from "node:events";
import { BrokerAuthError } from "@x/core";
import type { DemoRun } from "../demo.ts";
import { morningOf } from "./desk-clock.ts";
import { type DeskServer, serveDesk } from "./desk-server.ts";
import { greeting } from "./greeting.ts";
import { type OpenDesk, openDesk } from "./open-desk.ts";
import { buildPage } from "./page-build.ts";

/** Where the page is, unless something else is there or another port was asked for. */
const usualPort = 8015;

/** Serves the trading desk until the demo is ended. @throws BrokerAuthError `configuration` before anything was sent */
export async function showPage({ options, environment, folder, sandbox, configuration }: DemoRun): Promise<true> {
  const { out, env, ended } = environment;
  // A day that begins before the market opens shows more than one that is nearly over. Later runs go on from where this one ends.
  if (sandbox.isNew && configuration.own) sandbox.running?.clock.set(morningOf(Date.now()));
  const building = buildPage(folder);
  building.catch(() => undefined);
  const opened = await openDesk({ configuration, folder, env, sandbox: sandbox.running });
  try {
    const server = await serve(opened, await building, options.port);
    opened.desk.start();
    out(`${greeting({ address: server.address, folder, view: opened.view(), own: configuration.own })}\n`);
    if (!ended.aborted) await once(ended, "abort");
    await server.close();
  } finally {
    await opened.close();
  }
  return true;
}

async function serve(opened: OpenDesk, page: string, port: number | undefined): Promise<DeskServer> {
  const options = { opened, page, keyed: !opened.desk.engine.sandboxOnly };
  try {
    return await serveDesk({ ...options, port: port ?? usualPort });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (port === undefined && code === "EADDRINUSE") return serveDesk({ ...options, port: 0 });
    const message = `--port: port ${port} cannot be used (${code}); choose another one, or leave it out`;
    throw new BrokerAuthError("configuration", message, { field: "--port" });
  }
}
