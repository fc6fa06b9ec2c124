import { parseArgs } from "node:util";
import { BrokerAuthError, formatIndiaTime, isBrokerAuthError } from "@x/core";
import { demoFolder } from "../desk-store.ts";
import { requireVariables } from "../missing-variables.ts";
import { eventText } from "../event-text.ts";
import { openEngine, unattendedAccounts } from "./engine.ts";
import type { JobName } from "./jobs.ts";
import { Supervisor, type SupervisorReport } from "./supervisor.ts";

// The strategy without a page: node --conditions=@x/source apps/demo/src/strategy/main.ts --config broker-auth.yaml
const usage = `Usage: main.ts [--config <file>] [--folder <folder>]

  --config <file>    accounts in JSON or YAML (default: broker-auth.yaml)
  --folder <folder>  where sessions are kept (default: the user's place for state)
  --help             this text
`;

/** What each process has last complained of: it tries again in every round, and says so each time. */
const troubles = new Map<JobName, string>();

try {
  const options = optionsOf(process.argv.slice(2));
  if (options?.help === true) process.stdout.write(usage);
  else if (options !== undefined) await start(options.config, options.folder);
  else {
    process.stderr.write(`strategy: there is no such option\n${usage}`);
    process.exitCode = 2;
  }
} catch (error) {
  if (!isBrokerAuthError(error)) throw error;
  process.stderr.write(`strategy: ${error.message}\n`);
  process.exitCode = 2;
}

/** Undefined for anything that is not in the usage. What was typed is not repeated: it may be a secret in the wrong place. */
function optionsOf(args: string[]): { config: string; folder: string; help: boolean } | undefined {
  const config = { type: "string", default: "broker-auth.yaml" } as const;
  const folder = { type: "string", default: demoFolder(process.env) } as const;
  try {
    return parseArgs({ args, options: { config, folder, help: { type: "boolean", default: false } } }).values;
  } catch {
    return undefined;
  }
}

/** @throws BrokerAuthError `configuration` before a process was begun */
async function start(config: string, folder: string): Promise<void> {
  const { env } = process;
  // Everything that is wrong with it is told once and here, not by each process in every round.
  await requireVariables(config, env);
  const { auth, configuration } = await openEngine({ config, folder, env, sandbox: () => undefined });
  await auth.close();
  for (const { message } of configuration.warnings) process.stderr.write(`strategy: warning: ${message}\n`);
  const nobody = "accounts: none has both mpin and totpSecret, and nobody is here to ask";
  if (unattendedAccounts(configuration).length === 0) throw new BrokerAuthError("configuration", nobody);
  const supervisor = new Supervisor({ config, folder, env, heard, changed }, { clockOffsetMs: 0, left: [] });
  supervisor.start();
  // A second signal, as process groups get it, must not cut the clean-up short.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void supervisor.close());
}

function changed(job: JobName, pid: number | undefined): void {
  print(Date.now(), job, pid === undefined ? "ended" : `process ${pid}`);
}

function heard(job: JobName, told: SupervisorReport): void {
  if (told.type === "ready") troubles.delete(job);
  if (told.type === "trouble" && troubles.get(job) !== told.message) {
    troubles.set(job, told.message);
    print(Date.now(), job, told.message);
  }
  // The call that failed tells more, and tells it once.
  if (told.type === "event" && told.event.type !== "failed")
    print(told.event.at, job, `${told.event.account}: ${eventText(told.event)}`);
  if (told.type !== "report") return;
  const { report } = told;
  if (report.kind === "order") return print(report.at, job, `${report.order.account}: order ${report.order.fate}`);
  const { account, error } = report.call;
  if (error !== undefined) print(report.at, job, `${account}: ${error.code}, ${error.message}`);
}

function print(at: number, job: JobName, text: string): void {
  process.stdout.write(`${formatIndiaTime(at)}  ${job}: ${text}\n`);
}
