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
const { env, stdout, stderr } = process;
const ended = new AbortController();
// A second signal, as process groups get it, must not cut the clean-up short.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.abort());

try {
  const { help, config = "broker-auth.yaml", folder = demoFolder(env) } = options();
  if (help === true) stdout.write(usage);
  else {
    // Everything that is wrong with it is told once and here, not by each process in every round.
    const { auth, configuration } = await openEngine({ config, folder, env, now: Date.now, sandbox: {} });
    await auth.close();
    if (unattendedAccounts(configuration).length === 0)
      throw wrong("accounts: each login asks a person for something, and nobody is here to ask");
    for (const { message } of configuration.warnings) stderr.write(`strategy: warning: ${message}\n`);
    await runInTerminal({ config, folder, env, ended: ended.signal, print: (line) => stdout.write(`${line}\n`) });
  }
} catch (error) {
  if (!isBrokerAuthError(error)) throw error;
  stderr.write(`strategy: ${error.message}\n`);
  process.exitCode = 2;
}

/** What was typed is not repeated: it may be a secret in the wrong place. */
function options() {
  const text = { type: "string" } as const;
  try {
    return parseArgs({ options: { config: text, folder: text, help: { type: "boolean" } } }).values;
  } catch {
    throw wrong(`there is no such option\n${usage.trimEnd()}`);
  }
}

function wrong(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message);
}
