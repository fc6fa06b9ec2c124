import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { formats } from "./headers-text.ts";
import { version } from "./version.ts";

type Settle = (code: number) => void;

const exitCodeHelp = `
Exit codes: 0 fine, 2 usage or configuration, 3 needs a person, 4 refused by the broker, 5 broker or store unavailable.`;

/**
 * The command line: names, options and help. What a command does is loaded when it is run, so that one of them does not pay for the others.
 * @param settle takes the exit code of a command that has reported by itself
 */
export function createProgram(settle: Settle): Command {
  const program = new Command("broker-auth")
    .description("Logins of stock brokers: log in once, and every program of yours has headers all day.")
    .option("-V, --version", "print the version")
    .option("--config <file>", "the configuration (default: broker-auth.yaml in your configuration folder)")
    // Before the commands are added: they take it over.
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => write(`broker-auth: ${text.replace(/^error: /, "")}`),
    })
    .showSuggestionAfterError()
    .addHelpText("after", examples("broker-auth init", "broker-auth login", "broker-auth status") + exitCodeHelp);
  program.on("option:version", () => {
    process.stdout.write(`${version()}\n`);
    throw new CommanderError(0, "commander.version", "");
  });
  addSetup(program);
  addConfig(program);
  addSessions(program, settle);
  addEndings(program);
  addHeaders(program);
  addPrograms(program, settle);
  addTotp(program);
  addAgent(program, settle);
  addHelp(program, settle);
  return program;
}

function addSetup(program: Command): void {
  program
    .command("init")
    .description("write the configuration, or add an account to it, and make the store's key")
    .option("--broker <name>", "nubra, kotak-neo, zerodha or angel-one")
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

function addConfig(program: Command): void {
  const config = program.command("config").description("check the configuration, or print its JSON Schema");
  config
    .command("check")
    .description("say whether the configuration can be used, with everything that it refers to")
    .option("--json", "as JSON")
    .addHelpText("after", examples("broker-auth config check", "broker-auth --config other.yaml config check"))
    .action(async (_options: unknown, command: Command) =>
      (await import("./commands/config.ts")).checkConfig(command.optsWithGlobals()),
    );
  config
    .command("schema")
    .description("print the JSON Schema of a configuration, for an editor")
    .addHelpText("after", examples("broker-auth config schema > schema.json"))
    .action(async () => (await import("./commands/config.ts")).printSchema());
}

function addSessions(program: Command, settle: Settle): void {
  program
    .command("login")
    .argument("[accounts...]", "accounts or aliases (default: all)")
    .description("log in, and ask you where a person is needed")
    .option("--stdin", "take the answers from standard input, one in each line")
    .option("--record <file>", "write what the answers looked like, without values, and compare it with what is known")
    .option(
      "--notify <command>",
      "run this for each account that was not logged in, once for each change; BROKER_AUTH_MESSAGE says why",
    )
    .option(
      "--redirect-url <url>",
      "registered address that a login page leads back to (http://127.0.0.1:8976/callback)",
    )
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

function addEndings(program: Command): void {
  program
    .command("logout")
    .argument("[accounts...]", "accounts or aliases (default: the only account)")
    .description("end sessions here and, where the broker can, there")
    .option("--all", "of every account")
    .addHelpText("after", examples("broker-auth logout main", "broker-auth logout --all"))
    .action(async (accounts: string[], _options: unknown, command: Command) =>
      (await import("./commands/account-state.ts")).logout(accounts, command.optsWithGlobals()),
    );
  program
    .command("unlock")
    .argument("[account]", "account or alias (default: the only account)")
    .description("your word that the next login will succeed: one further try of what has stopped")
    .addHelpText("after", examples("broker-auth unlock main"))
    .action(async (account: string | undefined, _options: unknown, command: Command) =>
      (await import("./commands/account-state.ts")).unlock(account, command.optsWithGlobals()),
    );
  program
    .command("purge")
    .argument("<account>", "account or alias")
    .description("forget an account in the store: session, refused attempts, device id")
    .option("--yes", "do not ask")
    .addHelpText("after", examples("broker-auth purge main"))
    .action(async (account: string, _options: unknown, command: Command) =>
      (await import("./commands/account-state.ts")).purge(account, command.optsWithGlobals()),
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
    .addOption(new Option("--format <format>", "how").choices(formats).default("json"))
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

function addPrograms(program: Command, settle: Settle): void {
  program
    .command("curl")
    .argument("<account>", "account or alias")
    .argument("<path>", "path at the account's broker, such as /userinfo")
    .description("send a request with the account's session and print the answer")
    .option("-X, --request <method>", "the method (default: GET, POST with --data)")
    .option("-d, --data <text>", "the body")
    .option("-H, --header <line>", "a further header, may be repeated", (line: string, lines: string[] | undefined) => [
      ...(lines ?? []),
      line,
    ])
    .option("-i, --include", "print status and headers as well")
    .addHelpText(
      "after",
      examples(
        "broker-auth curl main /userinfo",
        'broker-auth curl hedge /quick/user/limits -d \'jData={"seg":"ALL","exch":"ALL","prod":"ALL"}\'',
      ),
    )
    .action(async (account: string, path: string, _options: unknown, command: Command) =>
      settle(await (await import("./commands/curl.ts")).curl(account, path, command.optsWithGlobals())),
    );
  program
    .command("exec")
    .argument("<accounts>", "accounts or aliases, with commas between them")
    .argument("<command...>", "the program and its arguments, after --")
    .description("run a program with the headers of these accounts, and of no others, in its environment")
    .passThroughOptions()
    .addHelpText(
      "after",
      examples("broker-auth exec main -- python3 strategy.py", "broker-auth exec main,hedge -- ./desk"),
    )
    .action(async (accounts: string, words: string[], _options: unknown, command: Command) =>
      settle(await (await import("./commands/exec.ts")).exec(accounts, words, command.optsWithGlobals())),
    );
}

function addTotp(program: Command): void {
  const totp = program
    .command("totp")
    .description("print a code, keep a secret, or turn TOTP on and off at the broker");
  const add = (
    name: string,
    description: string,
    run: (account: string | undefined, options: Record<string, never>) => Promise<void>,
  ): Command =>
    totp
      .command(name)
      .argument("[account]", "account or alias (default: the only account)")
      .description(description)
      .addHelpText("after", examples(`broker-auth totp ${name} main`))
      .action(async (account: string | undefined, _options: unknown, command: Command) =>
        run(account, command.optsWithGlobals()),
      );
  add("code", "print the code of now, as the authenticator app does", async (...given) =>
    (await import("./commands/totp.ts")).code(...given),
  );
  add(
    "import",
    "keep the secret of an authenticator app: Base32, otpauth:// or otpauth-migration://",
    async (...given) => (await import("./commands/totp.ts")).importSecret(...given),
  ).option("--stdin", "take it from standard input");
  add("enable", "turn TOTP on at the broker, where it has a call for it, and keep the secret", async (...given) =>
    (await import("./commands/totp.ts")).enable(...given),
  );
  add("disable", "turn TOTP off at the broker", async (...given) =>
    (await import("./commands/totp.ts")).disable(...given),
  );
}

function addAgent(program: Command, settle: Settle): void {
  program
    .command("agent")
    .argument("[accounts...]", "accounts or aliases that are kept logged in with --until (default: all)")
    .description("serve headers to your programs on a socket, and keep accounts logged in through the trading day")
    .option("--until <time>", "keep sessions from 08:40 until this time in India, Monday to Friday, such as 15:30")
    .option("--notify <command>", "run this when a login failed or needs you; BROKER_AUTH_MESSAGE says what")
    .option("--http <port>", "answer on 127.0.0.1 as well, with a token; 0 for a free port", port)
    .option("--gateway", "a second socket that passes requests on to the broker and adds the headers itself")
    .option(
      "--gateway-port <port>",
      "the gateway on 127.0.0.1, at an address of its own for each run; 0 for a free port",
      port,
    )
    .option("--allow-orders", "let the gateway pass orders too, and not reads only")
    .addHelpText(
      "after",
      examples(
        "broker-auth agent --until 15:30",
        "broker-auth agent main --until 15:30 --notify 'notify-send \"$BROKER_AUTH_MESSAGE\"'",
        "broker-auth agent --gateway",
      ),
    )
    .action(async (accounts: string[], _options: unknown, command: Command) =>
      settle(await (await import("./commands/agent.ts")).agent(accounts, command.optsWithGlobals())),
    );
}

function port(value: string): number {
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number <= 65_535) return number;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function addHelp(program: Command, settle: Settle): void {
  program
    .command("doctor")
    .argument("[accounts...]", "accounts or aliases (default: all)")
    .description("look at everything that a login depends on; logs nobody in")
    .option("--share", "without names, paths and addresses: safe for a public issue")
    .option("--json", "as JSON")
    .addHelpText("after", examples("broker-auth doctor", "broker-auth doctor --share"))
    .action(async (accounts: string[], _options: unknown, command: Command) =>
      settle(await (await import("./commands/doctor.ts")).doctor(accounts, command.optsWithGlobals())),
    );
  program
    .command("sandbox")
    .description("run the brokers' sandboxes on this machine, to try everything without an account")
    .option("--state <file>", "keep sessions and ports in this file for the next run")
    .option("--json", "print the addresses as JSON")
    .addHelpText("after", examples("broker-auth sandbox"))
    .action(async (_options: unknown, command: Command) =>
      (await import("./commands/sandbox.ts")).sandbox(command.optsWithGlobals()),
    );
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "of which shell").choices(["bash", "zsh", "fish"]))
    .description("print what a shell needs to complete commands, options and accounts")
    .addHelpText("after", examples('eval "$(broker-auth completion bash)"'))
    .action(async (shell: "bash" | "zsh" | "fish") => (await import("./commands/completion.ts")).completion(shell));
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .passThroughOptions()
    .action(async (words: string[]) => (await import("./commands/completion.ts")).complete(program, words));
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join("\n")}\n`;
}
