import { CommanderError } from "commander";
import { exitCodes } from "./exit-code.ts";
import { failureOf } from "./failure.ts";
import { jsonLine } from "./json-output.ts";
import { createProgram } from "./program.ts";
import { tellFailure } from "./report.ts";
import { print } from "./terminal.ts";

/** Runs `broker-auth` with the arguments after its name, and gives its exit code. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  // A reader that went away, such as `head`: nobody is left to be told. Without a listener the failure would end the process with a trace.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  let code: number = exitCodes.fine;
  try {
    await createProgram((ended) => (code = ended)).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // commander has said what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
    if ((error as NodeJS.ErrnoException | undefined)?.code === "EPIPE") return exitCodes.brokenPipe;
    const failure = failureOf(error);
    if (argv.includes("--json")) await print(jsonLine({ error: failure.facts })).catch(() => undefined);
    else tellFailure(failure);
    return failure.exitCode;
  }
}
