import { parseArgs } from "node:util";
import { BrokerAuthError, isBrokerAuthError } from "@x/core";
import { demoFolder } from "../desk-store.ts";
import { openEngine, unattendedAccounts } from "./engine.ts";
import { runInTerminal } from "./terminal.ts";

// The strategy without a page: node --conditions=@x/source apps/demo/src/strategy/main.ts --config broker-auth.yaml
const usage = `Usage: main.ts [--config <file>] [--folder <folder>]

  --config <file>    accounts in JSON or YAML (default: broker-auth.yaml)
  --folder <folder>  where sessions are kept (default: the user's place for state)
  --help             this text
`;

const ended = new AbortController();
// A second signal, as process groups get it, must not cut the clean-up short.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.abort());

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
  const { auth, configuration } = await openEngine({ config, folder, env, sandbox: () => undefined });
  await auth.close();
  const nobody = "accounts: each login asks a person for something, and nobody is here to ask";
  if (unattendedAccounts(configuration).length === 0) throw new BrokerAuthError("configuration", nobody);
  for (const { message } of configuration.warnings) process.stderr.write(`strategy: warning: ${message}\n`);
  await runInTerminal({
    config,
    folder,
    env,
    ended: ended.signal,
    print: (line) => process.stdout.write(`${line}\n`),
  });
}
