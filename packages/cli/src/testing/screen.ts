import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { onTestFinished, vi } from "vitest";
import { command, type Trial } from "./trial.ts";

const run = promisify(execFile);

/** The command in a real terminal, and what a person sees there: tmux draws it. */
export class Screen {
  readonly #socket = `ba-${randomBytes(6).toString("hex")}`;

  /** @param args of the command, or of another program; what it ends with is shown as `[ended 0]` */
  constructor(
    trial: Trial,
    args: readonly string[],
    {
      columns = 80,
      rows = 24,
      program = command,
    }: { readonly columns?: number; readonly rows?: number; readonly program?: readonly string[] } = {},
  ) {
    const words = [...program, ...args];
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    // Ctrl-C is for the command, and not for the shell that shows what it ended with.
    const shell = `trap : INT; ${line}; echo "[ended $?]"; exec cat`;
    execFileSync(
      "tmux",
      [
        "-L",
        this.#socket,
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        String(columns),
        "-y",
        String(rows),
        "-c",
        trial.home,
        "sh",
        "-c",
        shell,
      ],
      { env: { ...trial.env, TERM: "xterm-256color" } },
    );
    onTestFinished(() => {
      execFileSync("tmux", ["-L", this.#socket, "kill-server"]);
    });
  }

  /** What stands on the screen, with everything that was scrolled away. */
  async text(): Promise<string> {
    const { stdout } = await run("tmux", ["-L", this.#socket, "capture-pane", "-p", "-S", "-500"]);
    return stdout.trimEnd();
  }

  /** Waits until the screen shows this. */
  async shows(wanted: string | RegExp): Promise<string> {
    return vi.waitFor(
      async () => {
        const seen = await this.text();
        if (seen.match(wanted) === null) throw new Error(`the screen does not show ${String(wanted)}:\n${seen}`);
        return seen;
      },
      { timeout: 60_000, interval: 100 },
    );
  }

  /** Types keys by tmux's names, such as `Enter` and `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await run("tmux", ["-L", this.#socket, "send-keys", ...keys]);
  }

  async type(text: string): Promise<void> {
    await run("tmux", ["-L", this.#socket, "send-keys", "-l", text]);
    await this.press("Enter");
  }

  /** Pastes as a terminal does: all at once, between the marks of a bracketed paste where the program asked for them. */
  async paste(text: string): Promise<void> {
    await run("tmux", ["-L", this.#socket, "set-buffer", text]);
    await run("tmux", ["-L", this.#socket, "paste-buffer", "-p"]);
  }
}
