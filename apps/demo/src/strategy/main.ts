import { parseArgs } from "node:util";
import { BrokerAuthError, formatIndiaTime, isBrokerAuthError } from "@x/core";
import { demoFolder } from "../desk-store.ts";
import { requireVariables } from "../missing-variables.ts";
import { eventText } from "../watch.ts";
import { Supervisor } from "./supervisor.ts";
import type { SupervisorReport } from "./supervisor-message.ts";
import { openEngine, unattendedAccounts } from "./engine.ts";
import { type JobName, jobNames } from "./job-name.ts";

// The strategy without a page: node --conditions=@x/source apps/demo/src/strategy/main.ts --config broker-auth.yaml
const usage = `Usage: main.ts [--config <file>] [--folder <folder>]

  --config <file>    accounts in JSON or YAML (default: broker-auth.yaml)
  --folder <folder>  where sessions are kept (default: the user's place for state)
  --help             this text
`;

/** What each process has last complained of. */
const troubles = new Map<JobName, string>();

interface Options {
  readonly config: string;
  readonly folder: string;
  readonly help: boolean;
}

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(`strategy: there is no such option\n${usage}`);
    process.exitCode = 2;
  } else if (options.help) process.stdout.write(usage);
  else await start(options);
} catch (error) {
  if (!isBrokerAuthError(error)) throw error;
  process.stderr.write(`strategy: ${error.message}\n`);
  process.exitCode = 2;
}

/** Undefined for anything that is not in the usage. What was typed is not repeated: it may be a secret in the wrong place. */
function optionsOf(args: readonly string[]): Options | undefined {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: "string", default: "broker-auth.yaml" },
        folder: { type: "string", default: demoFolder(process.env) },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch {
    return undefined;
  }
}

/** @throws BrokerAuthError `configuration` before a process was begun */
async function start({ config, folder }: Options): Promise<void> {
  // Everything that is wrong with it is told once and here, not by each process in every round.
  await requireVariables(config, process.env);
  const { auth, configuration } = await openEngine({ config, folder, env: process.env, sandbox: () => undefined });
  await auth.close();
  for (const { message } of configuration.warnings) process.stderr.write(`strategy: warning: ${message}\n`);
  if (unattendedAccounts(configuration).length === 0)
    throw new BrokerAuthError(
      "configuration",
      "accounts: none has both mpin and totpSecret, and nobody is here to ask",
    );
  const supervisor = new Supervisor(
    {
      jobs: jobNames,
      config,
      folder,
      env: process.env,
      sandbox: {},
      heard,
      changed: (job, pid) => print(Date.now(), `${job}: ${pid === undefined ? "ended" : `process ${pid}`}`),
    },
    { clockOffsetMs: 0, left: [] },
  );
  supervisor.start();
  // A second signal, as process groups get it, must not cut the clean-up short.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void supervisor.close());
}

function heard(job: JobName, report: SupervisorReport): void {
  if (report.type === "ready") troubles.delete(job);
  // It tries again in every round, and says so each time.
  if (report.type === "trouble" && troubles.get(job) !== report.message) {
    troubles.set(job, report.message);
    print(Date.now(), `${job}: ${report.message}`);
  }
  if (report.type === "wait")
    print(
      Date.now(),
      `${job}: ${report.wait.account}: waits for the next code until ${formatIndiaTime(report.wait.until)}`,
    );
  if (report.type === "event") {
    const text = eventText(report.event);
    if (text !== undefined) print(report.event.at, `${job}: ${report.event.account}: ${text}`);
  }
  if (report.type !== "report") return;
  if (report.report.kind === "order") {
    const { at, order } = report.report;
    print(at, `${job}: ${order.account}: order ${order.fate}`);
    return;
  }
  const { at, call } = report.report;
  if (call.error !== undefined) print(at, `${job}: ${call.account}: ${call.error.code}, ${call.error.message}`);
}

function print(at: number, text: string): void {
  process.stdout.write(`${formatIndiaTime(at)}  ${text}\n`);
}
