import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Script } from "node:vm";
import { readOwnFile } from "./own-file.ts";

/**
 * A script of this package whose compiled code is kept. Node's own cache holds what was compiled when a file had just been loaded, which is hardly a
 * function of it; this one is made after the script has done its work, and holds what that took.
 *
 * What is kept is run, so that it lies in a folder and a file that only this user can write to. It counts only for the very same script, which is kept with it,
 * and where it is whole: V8 looks at no more than its head, so that it is there twice.
 */
export class KeptScript<Exports> {
  readonly exports: Exports;
  readonly #file: string | undefined;
  readonly #script: Script;
  readonly #source: Buffer;
  readonly #isKept: boolean;

  /**
   * @param filename holds a function of `exports`, `require` and `__filename`, in ASCII, so that V8 takes a byte for each letter
   * @param folder where compiled code may be kept
   * @param work what the script is for here: what another work takes is kept apart
   */
  constructor(filename: string, folder: string | undefined, work: string) {
    const { arch, version } = process;
    this.#file =
      folder === undefined ? undefined : join(folder, `${basename(filename)}-${work}-${version}-${arch}.code`);
    this.#source = readFileSync(filename);
    const cachedData = this.#kept();
    const { Script: Compiled } = process.getBuiltinModule("node:vm");
    this.#script = new Compiled(this.#source.toString("latin1"), { filename, ...(cachedData && { cachedData }) });
    this.#isKept = this.#script.cachedDataRejected === false;
    const exports = {};
    // What it requires are modules of Node. In the ordinary way each would be evaluated with all that it exports.
    this.#script.runInThisContext()(exports, (id: string) => process.getBuiltinModule(id), filename);
    this.exports = exports as Exports;
  }

  /** Keeps what was compiled until now, where that was not done before. */
  keep(): void {
    if (this.#file === undefined || this.#isKept) return;
    const draft = `${this.#file}.${process.pid}.new`;
    try {
      const code = this.#script.createCachedData();
      writeFileSync(draft, Buffer.concat([code, code, this.#source]), { mode: 0o600, flag: "wx" });
      renameSync(draft, this.#file);
    } catch {
      // The next start compiles it once more.
      rmSync(draft, { force: true });
    }
  }

  #kept(): Buffer | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const bytes = readOwnFile(this.#file);
      const length = (bytes.byteLength - this.#source.byteLength) / 2;
      const code = bytes.subarray(0, length);
      const isWhole =
        code.equals(bytes.subarray(length, 2 * length)) && this.#source.equals(bytes.subarray(2 * length));
      return isWhole ? code : undefined;
    } catch {
      return undefined;
    }
  }
}
