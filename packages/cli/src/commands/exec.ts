import { spawn } from "node:child_process";
import { constants } from "node:os";
import { BrokerAuthError } from "@x/core";
import { chosenAccounts } from "../account-choice.ts";
import { sessionHeaders } from "../authorization.ts";
import { brokers } from "../brokers.ts";
import { type CommonOptions, openDesk } from "../desk.ts";
import { variables } from "../headers-text.ts";

/**
 * Runs a program with the headers of these accounts, and of no others, in its environment. Variables that hold credentials are taken out of it.
 * Gives the program's exit code, or 128 and the number of the signal that ended it.
 */
export async function exec(accounts: string, command: readonly string[], options: CommonOptions): Promise<number> {
  const [program, ...args] = command[0] === "--" ? command.slice(1) : command;
  if (program === undefined)
    throw new BrokerAuthError("configuration", "the program is missing: broker-auth exec main -- python strategy.py");
  const own: Record<string, string> = {};
  {
    await using desk = await openDesk(options);
    for (const account of chosenAccounts(desk.configuration, accounts.split(",")))
      Object.assign(own, variables(account, await sessionHeaders(desk, account)));
  }
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  // Before the program starts: a signal in between would end us and leave it behind. Ctrl-C reaches it by itself, from the terminal: here it only
  // must not end us first.
  process.on("SIGINT", () => undefined).on("SIGTERM", pass);
  const child = spawn(program, args, { stdio: "inherit", env: { ...withoutCredentials(process.env), ...own } });
  const [code, signal] = await new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("exit", (...ended) => resolve(ended));
    child.once("error", ({ code: reason = "unknown reason" }: NodeJS.ErrnoException) =>
      reject(
        new BrokerAuthError("configuration", `the program could not be started (${reason})`, { field: "command" }),
      ),
    );
  });
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function withoutCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = new Set(
    brokers.flatMap((make) =>
      Object.values(make().fields).flatMap((field) => (field.secret && field.env !== false ? (field.env ?? []) : [])),
    ),
  );
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}
