import { isBrokerAuthError } from "@x/core";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { brokerTitles } from "./broker-facts.ts";
import { demo, type DemoEnvironment, type DemoOptions } from "./demo.ts";
import { storePlaces } from "./store-server.ts";

/** Runs the demo with the arguments after its name. Returns the exit code: 0, 1 if an account or a call failed, 2 for input it cannot work with. */
export async function runDemo(argv: readonly string[], environment: DemoEnvironment): Promise<number> {
  try {
    return (await demo(optionsOf(argv, environment), environment)) ? 0 : 1;
  } catch (error) {
    // commander has said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    environment.err(`broker-auth-demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return isBrokerAuthError(error) && error.code === "configuration" ? 2 : 1;
  }
}

const help = `
A fresh start, with nothing that an earlier run left: end the demo and delete the folder that it names when it starts,
or give one that is empty: --data ./fresh

On your own accounts: --config broker-auth.yaml --no-sandbox. Orders go to accounts in the sandbox only; apps/demo/README.md tells more.
`;

function optionsOf(argv: readonly string[], environment: DemoEnvironment): DemoOptions {
  const program = new Command("broker-auth-demo")
    .description(`A trading desk on ${brokerTitles}, as a page or in the terminal, until Ctrl-C.`)
    .option("--no-page", "in the terminal: logs in, makes a call with each session, and runs the strategy")
    .option("--port <port>", "of the page (default: 8015, or a free one)", port)
    .option("--data <folder>", "for sessions and the sandbox's memory (default: the user's place for state)")
    .addOption(
      new Option("--store <place>", "where sessions are kept; a server is started, and ends with the demo")
        .choices(storePlaces)
        .default("files"),
    )
    .option("--once", "end after the first round; exit code 1 if something failed", false)
    .option("--json", "print the first round as one line of JSON, and nothing else", false)
    .option("--config <file>", "accounts in JSON or YAML (default: the demo's own, at the sandbox)")
    .option(
      "--sandbox-port <ports...>",
      "up to six: Nubra, Kotak Neo login and trading, control, Zerodha, Angel One",
      ports,
    )
    .option("--no-sandbox", "start no sandbox: the configuration names every address itself")
    .addHelpText("after", help)
    .exitOverride()
    .configureOutput({
      writeOut: environment.out,
      writeErr: environment.err,
      outputError: (text, write) => write(`broker-auth-demo: ${explained(text)}\n`),
    });
  return program.parse(argv, { from: "user" }).opts<DemoOptions>();
}

function port(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function ports(value: string, before: readonly number[] = []): readonly number[] {
  const next = port(value);
  if (before.length === 6) throw new InvalidArgumentError("There are six ports, no more.");
  return [...before, next];
}

// One line, and without what was typed: it may be a secret in the wrong place.
function explained(text: string): string {
  const line = text
    .replace(/^error: /, "")
    .replaceAll(/=[^']*'/g, "'")
    .replace(/ argument '.*' is invalid/s, " is invalid")
    .replace(/ Expected .* but got .*/s, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
  return `${line}${/[.?)]$/.test(line) ? "" : ";"} --help lists the options`;
}
