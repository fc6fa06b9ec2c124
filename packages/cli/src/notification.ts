import { spawn } from "node:child_process";
import { cacheDirectory } from "./cache-directory.ts";
import type { Desk } from "./desk.ts";
import { failedState, ToldStates } from "./told-states.ts";

/** What a program of the user's is told. */
interface Notice {
  /** Empty where none can be named. */
  readonly account: string;
  readonly code: string;
  readonly message: string;
}

/** `--notify`: tells a person that an account has no session, once for each change of its state, whichever run of which command finds it so. */
export class Alarm {
  readonly #command: string | undefined;
  readonly #told: ToldStates;

  /**
   * @param command undefined where nobody is to be told
   * @param folder where it is kept what was told; undefined where there is none, so that every failure is told
   */
  constructor(command: string | undefined, configurationPath: string, folder: string | undefined = cacheDirectory()) {
    this.#command = command;
    this.#told = new ToldStates(configurationPath, folder);
  }

  /** A login failed or needs a person. */
  async failed(desk: Desk, notice: Notice): Promise<void> {
    if (this.#command === undefined) return;
    const state = await failedState(desk, notice.account, notice.code);
    if (this.#told.isNews(notice.account, state)) await notify(this.#command, notice);
  }

  /** The configuration cannot be used: no account can be named, and still somebody waits for one. */
  async unusable(code: string, message: string): Promise<void> {
    if (this.#command !== undefined && this.#told.isNews("", { reason: `${code} ${message}` }))
      await notify(this.#command, { account: "", code, message });
  }

  /** There is a session; of no account: the configuration can be used. */
  calm(account = ""): void {
    if (this.#command !== undefined) this.#told.forget(account);
  }
}

/** Runs a command of the user's by the shell. What happened stands in its environment, and not on its command line. Its failure changes nothing. */
function notify(command: string, { account, code, message }: Notice): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(command, {
      shell: true,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, BROKER_AUTH_ACCOUNT: account, BROKER_AUTH_CODE: code, BROKER_AUTH_MESSAGE: message },
    });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}
