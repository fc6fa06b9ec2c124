import { once } from "node:events";
import { formatIndiaTime } from "@x/core";
import { eventText, warningNews } from "../event-text.ts";
import type { JobName } from "./jobs.ts";
import { Supervisor, type SupervisorOptions, type SupervisorReport } from "./supervisor.ts";

export interface TerminalOptions extends Pick<SupervisorOptions, "config" | "folder" | "env"> {
  readonly sandbox?: SupervisorOptions["sandbox"];
  readonly print: (line: string) => void;
  readonly ended: AbortSignal;
  /** The sandbox's clock minus the computer's, in milliseconds. */
  readonly clockOffsetMs?: number | undefined;
}

/** Runs the strategy's processes until the signal, and prints what changes: sessions, refusals, orders and failures. */
export async function runInTerminal({
  print,
  ended,
  sandbox = {},
  clockOffsetMs = 0,
  ...options
}: TerminalOptions): Promise<void> {
  const isNews = warningNews();
  // What each process has last complained of: it tries again in every round.
  const said = new Map<string, string | undefined>();
  const tell = (at: number, job: JobName, text: string): void => print(`${formatIndiaTime(at)}  ${job}: ${text}`);
  const tellOnce = (about: string, at: number, job: JobName, text: string | undefined): void => {
    if (text !== undefined && said.get(about) !== text) tell(at, job, text);
    said.set(about, text);
  };
  const heard = (job: JobName, told: SupervisorReport): void => {
    if (told.type === "ready") return tellOnce(job, Date.now(), job, undefined);
    if (told.type === "trouble") return tellOnce(job, Date.now(), job, told.message);
    if (told.type === "event") {
      const { type, at, account } = told.event;
      const text = `${account}: ${eventText(told.event)}`;
      // The call that failed tells more, and tells it once.
      return type === "failed" || !isNews(told.event) ? undefined : tell(at, job, text);
    }
    if (told.type === "left") return undefined;
    const { kind, at, call } = told.report;
    if (kind === "order") return tell(at, job, `${call.account}: order ${call.fate}`);
    const { account, error } = call;
    return tellOnce(`${job} ${account}`, at, job, error && `${account}: ${error.code}, ${error.message}`);
  };
  const changed = (job: JobName, pid: number | undefined): void =>
    tell(Date.now(), job, pid === undefined ? "ended" : `process ${pid}`);
  const supervisor = new Supervisor(
    { ...options, sandbox, roundMs: 1000, heard, changed },
    { clockOffsetMs, left: [] },
  );
  supervisor.start();
  if (!ended.aborted) await once(ended, "abort");
  await supervisor.close();
}
