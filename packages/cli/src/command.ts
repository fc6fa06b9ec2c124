import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { QuickCommand } from "./quick-command.ts";

/**
 * Runs `broker-auth` with the arguments after its name, and gives its exit code.
 * @param asked what they say, where they were read before, and nobody had an answer without the program
 */
export async function runCommand(argv: readonly string[], asked?: QuickCommand): Promise<number> {
  try {
    if (asked === undefined) return await (await import("./program-run.ts")).runProgram(argv);
    await (asked.name === "get"
      ? (await import("./commands/get.ts")).get({}, asked.request)
      : (await import("./commands/headers.ts")).headers(asked.account, asked));
    // Everything is written and closed, but on Windows, where a pipe may be written to later. What Node would take down piece by piece the system
    // takes down at once.
    if (process.platform !== "win32") process.exit(exitCodes.fine);
    return exitCodes.fine;
  } catch (error) {
    return reportFailure(error, argv);
  }
}

/** Says what went wrong, and gives the exit code for it. */
export async function reportFailure(problem: unknown, argv: readonly string[]): Promise<ExitCode> {
  // A reader that went away, such as `head`: nobody is left to be told.
  if ((problem as NodeJS.ErrnoException | undefined)?.code === "EPIPE") return exitCodes.brokenPipe;
  const { failureOf } = await import("./failure.ts");
  const { tellFailure } = await import("./report.ts");
  const failure = failureOf(problem);
  await tellFailure(failure, argv.includes("--json"));
  return failure.exitCode;
}
