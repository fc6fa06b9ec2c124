import { execFile, type ExecFileOptions } from "node:child_process";

/** What a program wrote, and the user and system time of it and its children, in milliseconds. */
export interface ProgramRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Runs a program to its end and takes its processor time, as bash counts it: on a busy machine its time on the clock says nothing. */
export async function cpuTimeOf(
  command: readonly string[],
  options: ExecFileOptions = {},
  input = "",
): Promise<ProgramRun> {
  const script = 'TIMEFORMAT="cpu %3U %3S"; time "$@"';
  const { stdout, stderr } = await run("bash", ["-c", script, "bash", ...command], options, input);
  const [, user, system] = /cpu (\d+\.\d+) (\d+\.\d+)\n$/.exec(stderr) ?? [];
  if (user === undefined) throw new Error(`${command.join(" ")} was not timed: ${stderr}`);
  return { stdout, stderr, ms: (Number(user) + Number(system)) * 1000 };
}

/** Runs a program to its end. @throws where it ends with a failure */
export function run(
  program: string,
  args: readonly string[],
  options: ExecFileOptions,
  input = "",
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...options, encoding: "utf8" }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new Error(`${program} ${args[0] ?? ""} ended with ${String(error.code)}: ${stderr}`));
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
