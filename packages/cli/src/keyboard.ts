/**
 * The terminal's keyboard while a command may ask. What is typed between two questions is neither shown nor kept: an MPIN that somebody types too
 * early would stay on the screen, and answer a question that it was not meant for.
 */
export class Keyboard {
  readonly #terminal = process.stdin;
  readonly #drop = (typed: Buffer | string): void => {
    for (const key of String(typed)) this.#control(key);
  };
  readonly #resumed = (): void => {
    if (this.#isQuiet) this.#silence();
  };
  #isQuiet = false;

  /** From now on nothing is shown of what is typed. Ctrl-C, Ctrl-\ and Ctrl-Z do what they always do. */
  quiet(): void {
    if (this.#isQuiet) return;
    this.#isQuiet = true;
    process.on("SIGCONT", this.#resumed);
    this.#terminal.on("data", this.#drop);
    this.#silence();
    this.#terminal.resume();
  }

  /** Gives the keyboard to a question, and takes it back after it. */
  async lend<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    this.release();
    try {
      return await question();
    } finally {
      this.quiet();
    }
  }

  /** The terminal is as it was before. */
  release(): void {
    if (!this.#isQuiet) return;
    this.#isQuiet = false;
    process.off("SIGCONT", this.#resumed);
    this.#terminal.off("data", this.#drop);
    this.#terminal.setRawMode(false);
    this.#terminal.pause();
  }

  #silence(): void {
    this.#terminal.setRawMode(true);
  }

  // The terminal does not make signals of keys while it shows nothing.
  #control(key: string): void {
    const signal = signals[key];
    if (signal === undefined) return;
    // Windows has no signals to send; there a listener is all that there is.
    if (process.platform === "win32") return void process.emit(signal);
    if (signal !== "SIGTSTP") return void process.kill(process.pid, signal);
    this.#terminal.setRawMode(false);
    process.kill(process.pid, signal);
    // The system stops nobody whom no shell could go on with: then nothing tells that it goes on.
    setTimeout(this.#resumed, unstoppedMs);
    return undefined;
  }
}

// Longer than a stop takes to come.
const unstoppedMs = 50;

const signals: Readonly<Record<string, "SIGINT" | "SIGQUIT" | "SIGTSTP">> = {
  "\u0003": "SIGINT",
  "\u001c": "SIGQUIT",
  "\u001a": "SIGTSTP",
};
