import { CommanderError } from "commander";
import { exitCodes } from "./exit-code.ts";
import { createProgram } from "./program.ts";

/** Reads the command line and runs what it asks for. Gives the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  // Without a listener a reader that went away would end the process with a trace.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  let code: number = exitCodes.fine;
  try {
    await createProgram((ended) => (code = ended)).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // commander has said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    throw error;
  }
}
