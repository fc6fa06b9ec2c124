import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { pathOf, type ProgramName } from "./program.ts";

// As the bootstrap starts this one: workspace packages run from their source.
const flags = ["--conditions=@x/source", "--disable-warning=ExperimentalWarning"];

/** Starts one of the programs with a channel for messages. */
export function startProgram(name: ProgramName, ...args: readonly string[]): ChildProcess {
  return fork(pathOf(name), args, { execArgv: flags });
}

/** Runs one of the programs to its end, and gives what it printed. */
export async function runProgram(
  name: ProgramName,
  nodeFlags: readonly string[],
  args: readonly string[],
): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...nodeFlags, pathOf(name), ...args]);
  return stdout;
}

/** The next message from a program that this fits. @throws when the program ends before */
export function nextMessage<Message>(program: ChildProcess, fits: (message: Message) => boolean): Promise<Message> {
  return new Promise((resolve, reject) => {
    const listen = (message: unknown): void => {
      if (!fits(message as Message)) return;
      program.off("message", listen).off("exit", end);
      resolve(message as Message);
    };
    const end = (code: number | null): void => reject(new Error(`the program ended with ${code}`));
    program.on("message", listen).once("exit", end);
  });
}

/** Lets a program go and waits for its end. */
export async function endProgram(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, "exit");
  if (program.connected) program.disconnect();
  await ended;
}
