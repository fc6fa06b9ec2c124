import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { Json, JsonObject } from "./json.ts";
import { SandboxError } from "./sandbox-error.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox.ts";

/** Where the command writes, and how it learns that it shall end. */
export interface CommandEnvironment {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Resolves when the sandbox shall end, e.g. on SIGINT. */
  readonly ended: Promise<void>;
}

interface Flags {
  readonly portNubra?: number;
  readonly portKotakLogin?: number;
  readonly portKotakTrading?: number;
  readonly portZerodha?: number;
  readonly portAngelOne?: number;
  readonly controlPort?: number;
  readonly state?: string;
  readonly profile?: "observed" | "documented";
  readonly lint?: boolean;
  readonly json?: boolean;
}

/** Runs `broker-auth-sandbox` with the arguments after its name. Returns the exit code: 0, 2 for input it cannot work with, 1 for a fault of its own. */
export async function runSandboxCommand(argv: readonly string[], environment: CommandEnvironment): Promise<number> {
  const program = createProgram(environment);
  try {
    program.parse(argv, { from: "user" });
    const flags = program.opts<Flags>();
    const sandbox = await startSandbox(optionsOf(flags));
    environment.out(flags.json === true ? `${JSON.stringify(describe(sandbox))}\n` : greeting(sandbox));
    await environment.ended;
    await sandbox.close();
    return 0;
  } catch (error) {
    // commander has said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    environment.err(`broker-auth-sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof SandboxError ? 2 : 1;
  }
}

function createProgram(environment: CommandEnvironment): Command {
  return new Command("broker-auth-sandbox")
    .description(
      "Nubra, Kotak Neo, Zerodha and Angel One as local HTTP servers. All credentials are invented; nothing reaches a broker.",
    )
    .option("--port-nubra <port>", "Nubra's REST and socket port (default: a free one)", port)
    .option("--port-kotak-login <port>", "Kotak Neo's login port (default: a free one)", port)
    .option("--port-kotak-trading <port>", "Kotak Neo's trading port (default: a free one)", port)
    .option("--port-zerodha <port>", "Zerodha's port for login page, API and socket (default: a free one)", port)
    .option("--port-angel-one <port>", "Angel One's port for API and sockets (default: a free one)", port)
    .option("--control-port <port>", "the control endpoint's port (default: a free one)", port)
    .option("--state <file>", "keep sessions and ports in this file for the next run")
    .option("--profile <profile>", "observed or documented", profile)
    .option("--lint", "refuse also what the brokers are known to tolerate")
    .option("--json", "print addresses and credentials as one line of JSON")
    .exitOverride()
    .configureOutput({
      writeOut: environment.out,
      writeErr: environment.err,
      outputError: (text, write) => write(`broker-auth-sandbox: ${text.replace(/^error: /, "")}`),
    });
}

function port(value: string): number {
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number <= 65_535) return number;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function profile(value: string): "observed" | "documented" {
  if (value === "observed" || value === "documented") return value;
  throw new InvalidArgumentError("There are observed and documented.");
}

function optionsOf(flags: Flags): SandboxOptions {
  return {
    nubra: { port: flags.portNubra },
    kotakNeo: { loginPort: flags.portKotakLogin, tradingPort: flags.portKotakTrading },
    zerodha: { port: flags.portZerodha },
    angelOne: { port: flags.portAngelOne },
    controlPort: flags.controlPort,
    stateFile: flags.state,
    profile: flags.profile,
    lint: flags.lint,
  };
}

function describe(sandbox: Sandbox): Json {
  const { nubra, kotakNeo, zerodha, angelOne, controlUrl } = sandbox;
  return {
    nubra: { url: nubra.url, accounts: nubra.accounts() },
    kotakNeo: { loginUrl: kotakNeo.loginUrl, tradingUrl: kotakNeo.tradingUrl, accounts: kotakNeo.accounts() },
    zerodha: { url: zerodha.url, accounts: zerodha.accounts() },
    angelOne: { url: angelOne.url, accounts: angelOne.accounts() },
    controlUrl,
  };
}

function greeting({ nubra, kotakNeo, zerodha, angelOne, controlUrl }: Sandbox): string {
  return `${[
    "Broker sandbox. All credentials are invented; nothing reaches a broker. Ctrl+C ends it.",
    "",
    `  Nubra      ${nubra.url}`,
    ...table(nubra.accounts(), ["phone", "email", "mpin", "totpSecret"]),
    `  Kotak Neo  ${kotakNeo.loginUrl} (login), ${kotakNeo.tradingUrl} (trading)`,
    ...table(kotakNeo.accounts(), ["mobileNumber", "ucc", "mpin", "totpSecret", "accessToken"]),
    `  Zerodha    ${zerodha.url}`,
    ...table(zerodha.accounts(), ["userId", "apiKey", "apiSecret", "redirectUrl"]),
    `  Angel One  ${angelOne.url}`,
    ...table(angelOne.accounts(), ["clientCode", "pin", "totpSecret", "apiKey"]),
    `  Control    ${controlUrl}`,
    "",
    `  Texted codes:  curl '${controlUrl}/inbox?account=sms'`,
    `  What arrived:  curl '${controlUrl}/journal'`,
  ].join("\n")}\n`;
}

function table(accounts: readonly JsonObject[], fields: readonly string[]): string[] {
  return accounts.map((account) => {
    const parts = fields.flatMap((field) => {
      const value = account[field];
      return typeof value === "string" ? [`${field} ${value}`] : [];
    });
    return `    ${typeof account["name"] === "string" ? account["name"] : ""}: ${parts.join(", ")}`;
  });
}
