import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Queue } from "./queue.ts";
import { replaceFile } from "./whole-file.ts";

/** Accounts that a person has logged out, also after a restart: nobody logs them in until a person does. */
export class LeftAccounts {
  readonly #file: string;
  // One after the other, so that the last word is the one that stays.
  readonly #writes = new Queue();
  names: readonly string[];

  private constructor(file: string, names: readonly string[]) {
    this.#file = file;
    this.names = names;
  }

  /** Those of an earlier run in this folder. A file that cannot be read counts as none. */
  static async open(folder: string): Promise<LeftAccounts> {
    const file = join(folder, "logged-out.json");
    const read = async (): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));
    const names = await read().catch(() => []);
    return new LeftAccounts(file, Array.isArray(names) ? names.filter((name) => typeof name === "string") : []);
  }

  async set(account: string, left: boolean): Promise<void> {
    if (this.names.includes(account) === left) return;
    this.names = left ? [...this.names, account] : this.names.filter((name) => name !== account);
    await this.#writes.run(async () => replaceFile(this.#file, `${JSON.stringify(this.names)}\n`));
  }
}
