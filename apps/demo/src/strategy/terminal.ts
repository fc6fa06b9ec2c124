import { once } from "node:events";
import { formatIndiaTime } from "@x/core";
import { eventText } from "../event-text.ts";
import type { JobName } from "./jobs.ts";
import { Supervisor, type SupervisorOptions, type SupervisorReport } from "./supervisor.ts";

export interface TerminalOptions extends Pick<SupervisorOptions, "config" | "folder" | "env" | "sandbox"> {
  readonly print: (line: string) => void;
  readonly ended: AbortSignal;
  /** The sandbox's clock minus the computer's, in milliseconds. */
  readonly clockOffsetMs?: number | undefined;
}

/** Runs the strategy's processes until the signal, and prints what changes: sessions, refusals, orders and failures. */
export async function runInTerminal({ print, ended, clockOffsetMs = 0, ...options }: TerminalOptions): Promise<void> {
  // What each process has last complained of: it tries again in every round, and says so each time.
  const troubles = new Map<string, string>();
  const tell = (at: number, job: JobName, text: string): void => print(`${formatIndiaTime(at)}  ${job}: ${text}`);
  const tellOnce = (key: string, trouble: string | undefined, at: number, job: JobName): void => {
    if (trouble !== undefined && troubles.get(key) !== trouble) tell(at, job, trouble);
    if (trouble === undefined) troubles.delete(key);
    else troubles.set(key, trouble);
  };
  const heard = (job: JobName, told: SupervisorReport): void => {
    if (told.type === "ready" || told.type === "trouble")
      return tellOnce(job, told.type === "trouble" ? told.message : undefined, Date.now(), job);
    // The call that failed tells more, and tells it once.
    if (told.type === "event" && told.event.type !== "failed")
      return tell(told.event.at, job, `${told.event.account}: ${eventText(told.event)}`);
    if (told.type !== "report") return;
    const { report } = told;
    if (report.kind === "order") return tell(report.at, job, `${report.order.account}: order ${report.order.fate}`);
    const { account, error } = report.call;
    const trouble = error === undefined ? undefined : `${account}: ${error.code}, ${error.message}`;
    tellOnce(`${job} ${account}`, trouble, report.at, job);
  };
  const changed = (job: JobName, pid: number | undefined): void =>
    tell(Date.now(), job, pid === undefined ? "ended" : `process ${pid}`);
  const supervisor = new Supervisor({ ...options, heard, changed }, { clockOffsetMs, left: [] });
  supervisor.start();
  if (!ended.aborted) await once(ended, "abort");
  await supervisor.close();
}
