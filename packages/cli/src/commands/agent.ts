import { randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { BrokerAuthError, formatIndiaTime } from "@x/core";
import { chosenAccounts } from "../account-choice.ts";
import { askAgent } from "../agent/agent-call.ts";
import { agentPlaces } from "../agent/agent-places.ts";
import { gateway } from "../agent/gateway.ts";
import { keep } from "../agent/keeper.ts";
import { endServer, listenOnLoopback, listenOnSocket } from "../agent/local-server.ts";
import { openAgentFolder } from "../agent/socket-folder.ts";
import { becomeSoleAgent } from "../agent/sole-agent.ts";
import { timeOfDay } from "../agent/trading-day.ts";
import { agentVerbs } from "../agent/verbs.ts";
import { configurationPath, configurationState } from "../configuration-path.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { Alarm } from "../notification.ts";
import { plain } from "../plain-text.ts";
import { writePrivately } from "../private-file.ts";
import { tellWarnings } from "../report.ts";
import { print, tell } from "../terminal.ts";
import { waitReasons } from "../waiting-line.ts";

export interface AgentOptions extends CommonOptions {
  /** `HH:MM` in India. */
  readonly until?: string | undefined;
  readonly notify?: string | undefined;
  /** A port, 0 for a free one. */
  readonly http?: number | undefined;
  readonly gateway?: boolean | undefined;
  readonly gatewayPort?: number | undefined;
  readonly allowOrders?: boolean | undefined;
}

/** Serves headers to programs of this user until SIGTERM or Ctrl-C, and keeps accounts logged in where it is told until when. */
export async function agent(names: readonly string[], options: AgentOptions): Promise<ExitCode> {
  const end = options.until === undefined ? undefined : timeOfDay(options.until);
  if (options.until !== undefined && end === undefined)
    throw new BrokerAuthError("configuration", "until: must be a time of the day in India, such as 15:30", {
      field: "until",
    });
  const places = agentPlaces();
  openAgentFolder(places);
  const sole = becomeSoleAgent(places.lock);
  if (sole === undefined) {
    const { pid, path } = (await askAgent(places, "GET", "/v1/agent")) as {
      readonly pid?: number;
      readonly path?: string;
    };
    if (path !== undefined && path !== configurationPath(options.config))
      throw new BrokerAuthError(
        "configuration",
        `an agent runs already (process ${pid ?? "unknown"}), with another configuration: ${path}`,
        { field: "config", action: "End that one, or give this one another XDG_RUNTIME_DIR, and its programs too." },
      );
    await print(`an agent runs already (process ${pid ?? "unknown"}) at ${places.socket}\n`);
    return exitCodes.fine;
  }
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => ending.abort());
  const servers: Server[] = [];
  try {
    // Before it is read: what changes meanwhile is then no longer what it was.
    const state = configurationState(configurationPath(options.config));
    await using desk = await openDesk(options);
    tellWarnings(desk.configuration.warnings);
    const accounts = chosenAccounts(desk.configuration, names);
    const facts = {
      startedAt: Date.now(),
      until: options.until,
      path: desk.path,
      configuration: answeredFor(desk.path, state),
    };
    desk.auth.on((event) => {
      if (event.type === "waiting")
        log(
          event.account,
          `${waitReasons[event.for]}${event.until === undefined ? "" : `, until ${formatIndiaTime(event.until)}`}`,
        );
      if (event.type === "login_started")
        log(event.account, `logging in at ${event.broker}${event.by === "renewal" ? " (renewal)" : ""}`);
      if (event.type === "session_ended")
        log(
          event.account,
          event.reason === "refused" ? "the broker takes the session no more" : "the session was ended",
        );
      if (event.type === "warning") log(event.account, event.message);
    });
    servers.push(await listenOnSocket(places.socket, agentVerbs(desk, facts)));
    if (options.http !== undefined) {
      const token = randomBytes(32).toString("base64url");
      const { server, port } = await listenOnLoopback(options.http, agentVerbs(desk, facts, token));
      servers.push(server);
      writePrivately(places.token, `${token}\n`);
      await print(`http://127.0.0.1:${port} with the token in ${places.token}\n`);
    }
    const allowOrders = options.allowOrders === true;
    if (options.gateway === true) {
      servers.push(await listenOnSocket(places.gateway, gateway(desk, { allowOrders, prefix: "" })));
      await print(`gateway at ${places.gateway}, ${allowOrders ? "reads and orders" : "reads only"}\n`);
    }
    if (options.gatewayPort !== undefined) {
      const prefix = `/${randomBytes(24).toString("base64url")}`;
      const { server, port } = await listenOnLoopback(options.gatewayPort, gateway(desk, { allowOrders, prefix }));
      servers.push(server);
      // The address is the key: a log that others read must not hold it.
      writePrivately(places.gatewayUrl, `http://127.0.0.1:${port}${prefix}\n`);
      await print(
        `gateway on port ${port}, ${allowOrders ? "reads and orders" : "reads only"}, its address in ${places.gatewayUrl}\n`,
      );
    }
    await print(`agent at ${places.socket}\n`);
    const alarm = new Alarm(options.notify, desk.path);
    const { signal } = ending;
    const kept =
      end === undefined ? [] : accounts.map((account) => keep(desk, account, { end, signal, report: log, alarm }));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.all([...servers.map(endServer), desk.auth.close(), ...kept]);
  } finally {
    // Also those that were there before a further one could not be had: one that listens keeps the process.
    await Promise.all(servers.filter(({ listening }) => listening).map(endServer));
    for (const file of [places.socket, places.gateway, places.token, places.gatewayUrl]) rmSync(file, { force: true });
    sole.release();
  }
  return exitCodes.fine;
}

// Where the configuration names variables, each program may have others. What init writes above the accounts speaks of them, too.
function answeredFor(path: string, state: string | undefined): string | undefined {
  const text = readFileSync(path, "utf8").replaceAll(/^\s*#.*$/gm, "");
  return /\benv\b/.test(text) ? undefined : state;
}

function log(account: string, text: string): void {
  tell(`${formatIndiaTime(Date.now())} ${account}: ${plain(text)}`);
}
