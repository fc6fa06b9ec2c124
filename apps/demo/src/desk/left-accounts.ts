import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Queue } from "./queue.ts";
import { replaceFile } from "./whole-file.ts";

/** Accounts that a person has logged out, also after a restart: nobody logs them in until a person does. */
export class LeftAccounts {
  readonly #file: string;
  #names: readonly string[];
  readonly #writes = new Queue();

  private constructor(file: string, names: readonly string[]) {
    this.#file = file;
    this.#names = names;
  }

  /** Those of an earlier run in this folder. A file that cannot be read counts as none. */
  static async open(folder: string): Promise<LeftAccounts> {
    const file = join(folder, "logged-out.json");
    const names = await readFile(file, "utf8")
      .then((text): unknown => JSON.parse(text))
      .catch(() => []);
    return new LeftAccounts(file, Array.isArray(names) ? names.filter((name) => typeof name === "string") : []);
  }

  get names(): readonly string[] {
    return this.#names;
  }

  has(account: string): boolean {
    return this.#names.includes(account);
  }

  async set(account: string, left: boolean): Promise<void> {
    if (this.has(account) === left) return;
    const others = this.#names.filter((name) => name !== account);
    this.#names = left ? [...others, account] : others;
    // One after the other, so that the last word is the one that stays.
    await this.#writes.run(async () => this.#write());
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await replaceFile(this.#file, `${JSON.stringify(this.#names)}\n`);
  }
}
