import { Command, Option } from "commander";
import type { ExitCode } from "./exit-code.ts";

declare const BROKER_AUTH_VERSION: string | undefined;

type Settle = (code: ExitCode) => void;

const exitCodeHelp = `
Exit codes: 0 fine, 2 usage or configuration, 3 needs a person, 4 refused by the broker, 5 broker or store unavailable.`;

/**
 * The command line: names, options and help. What a command does is loaded when it is run, so that one of them does not pay for the others.
 * @param settle takes the exit code of a command that has reported by itself
 */
export function createProgram(settle: Settle): Command {
  const program = new Command("broker-auth")
    .description("Logins of stock brokers: log in once, and every program of yours has headers all day.")
    .version(typeof BROKER_AUTH_VERSION === "string" ? BROKER_AUTH_VERSION : "0.0.0-source")
    .option("--config <file>", "the configuration (default: broker-auth.yaml in your configuration folder)")
    // Before the commands are added: they take it over.
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`broker-auth: ${text.replace(/^error: /, "")}`),
    })
    .showSuggestionAfterError()
    .addHelpText("after", examples("broker-auth init", "broker-auth login", "broker-auth status") + exitCodeHelp);
  addSetup(program);
  addSessions(program, settle);
  addHeaders(program);
  return program;
}

function addSetup(program: Command): void {
  program
    .command("init")
    .description("write the configuration, or add an account to it, and make the store's key")
    .option("--broker <name>", "nubra or kotak-neo")
    .option("--account <name>", "a name of your choice for the account")
    .option("--set <name=value...>", "a field that is no secret, such as environment=uat")
    .option("--from-env", "refer to environment variables, and ask nothing")
    .option("--stdin", "take the answers from standard input, one in each line")
    .addHelpText(
      "after",
      examples(
        "broker-auth init",
        "broker-auth init --broker nubra --account main --from-env",
        "broker-auth init --broker nubra --set environment=sandbox baseUrl=http://127.0.0.1:8021",
      ),
    )
    .action(async (_options: unknown, command: Command) =>
      (await import("./commands/init.ts")).init(command.optsWithGlobals()),
    );
}

function addSessions(program: Command, settle: Settle): void {
  program
    .command("login")
    .argument("[accounts...]", "accounts or aliases (default: all)")
    .description("log in, and ask you where a person is needed")
    .option("--stdin", "take the answers from standard input, one in each line")
    .option("--json", "one line of JSON for each account")
    .addHelpText("after", examples("broker-auth login", "broker-auth login main --json"))
    .action(async (accounts: string[], _options: unknown, command: Command) =>
      settle(await (await import("./commands/login.ts")).login(accounts, command.optsWithGlobals())),
    );
  program
    .command("status")
    .argument("[accounts...]", "accounts or aliases (default: all)")
    .description("show where every account stands, without asking the brokers")
    .option("--watch", "again every two seconds, until Ctrl-C")
    .option("--json", "as JSON")
    .addHelpText("after", examples("broker-auth status", "broker-auth status --watch", "broker-auth status --json"))
    .action(async (accounts: string[], _options: unknown, command: Command) =>
      (await import("./commands/status.ts")).status(accounts, command.optsWithGlobals()),
    );
}

function addHeaders(program: Command): void {
  program
    .command("get")
    .description('credential helper: {"uri"} on standard input, {"headers", "expires"} on standard output')
    .option("--account <name>", "where several accounts share the address")
    .addHelpText(
      "after",
      examples(
        `echo '{"uri":"https://api.nubra.io/userinfo"}' | broker-auth get`,
        "BROKER_AUTH_ACCOUNT=main broker-auth get",
      ),
    )
    .action(async (_options: unknown, command: Command) =>
      (await import("./commands/get.ts")).get(command.optsWithGlobals()),
    );
  program
    .command("headers")
    .argument("[account]", "account or alias (default: the only one)")
    .description("print the headers of a live session: they are secret")
    .addOption(new Option("--format <format>", "how").choices(["json", "curl", "env"]).default("json"))
    .option("--purpose <purpose>", "which of the broker's header sets, such as quotes at Kotak Neo")
    .addHelpText(
      "after",
      examples(
        "broker-auth headers main",
        "broker-auth headers main --format curl | curl --config - https://api.nubra.io/userinfo",
        'eval "$(broker-auth headers main --format env)"',
      ),
    )
    .action(async (account: string | undefined, _options: unknown, command: Command) =>
      (await import("./commands/headers.ts")).headers(account, command.optsWithGlobals()),
    );
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}
