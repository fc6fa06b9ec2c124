import { existsSync } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { BrokerAuthError } from "@x/core";
import { type Document, isScalar, parseDocument } from "yaml";
import { Queue } from "./queue.ts";
import { replaceFile } from "./whole-file.ts";

/** A configuration file that the page shows in part, and in which it changes one word. */
export class DeskConfiguration {
  readonly file: string;
  /** Whether the file is the demo's own copy: only there more than that one word is changed. */
  readonly own: boolean;
  readonly #folder: string;
  // Each change is made to what the one before it wrote.
  readonly #changes = new Queue();

  private constructor(file: string, folder: string, own: boolean) {
    this.file = file;
    this.#folder = folder;
    this.own = own;
  }

  /** A file of the user's. What an enrolment gives is kept in `folder`. */
  static of(file: string, folder: string): DeskConfiguration {
    return new DeskConfiguration(resolve(file), folder, false);
  }

  /**
   * The demo's own file in this folder, with accounts at the sandbox and their invented credentials, copied where it is not there yet. Its
   * variables have names of the demo's own: no real credential goes there.
   */
  static async own(folder: string): Promise<DeskConfiguration> {
    const configuration = new DeskConfiguration(join(folder, "broker-auth.yaml"), folder, true);
    const copies = { "broker-auth.yaml": configuration.file, "sandbox.env": configuration.#envFile };
    for (const [name, path] of Object.entries(copies))
      if (!existsSync(path)) await replaceFile(path, await readFile(new URL(`../../${name}`, import.meta.url), "utf8"));
    return configuration;
  }

  /** The file's name, without the folder: that is nobody's business but the user's. */
  get name(): string {
    return basename(this.file);
  }

  /**
   * Writes another word behind an alias, and leaves every other character of the file as it is.
   * @param taken takes the changed file up; where it fails, the file gets its former word back
   * @throws BrokerAuthError `configuration`, with the file unchanged, unless the alias is there and the word is an account's name
   */
  async setAlias(alias: string, account: string, taken: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#changes.run(async () => {
      const field = `use.${alias}`;
      const before = await readFile(this.file, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw wrong(field, `${this.name} cannot be read (${error.code})`);
      });
      await replaceFile(this.file, withAlias(before, alias, account));
      try {
        await taken();
      } catch (error) {
        await replaceFile(this.file, before);
        throw error;
      }
    });
  }

  /**
   * Keeps the secret of a TOTP enrolment in a file of its own, beside the one that is in use. Returns the line that the account's entry will
   * need.
   */
  async holdTotpSecret(account: string, secret: string): Promise<string> {
    const path = this.#secretFile(account);
    await replaceFile(`${path}.new`, `${secret}\n`);
    return `totpSecret: { file: ${this.own ? secretReference(account) : path} }`;
  }

  /** The broker has taken the secret that is held: from now on it is the account's. A file of the user's is left to the user. */
  async useTotpSecret(account: string): Promise<void> {
    const path = this.#secretFile(account);
    await rename(`${path}.new`, path);
    await this.#changeOwn((document) => {
      const reference = document.createNode({ file: secretReference(account) }, { flow: true });
      document.setIn(["accounts", account, "totpSecret"], reference);
    });
  }

  /** The broker has not taken the secret that is held. */
  async discardTotpSecret(account: string): Promise<void> {
    await rm(`${this.#secretFile(account)}.new`, { force: true });
  }

  /** Whether an enrolment's secret is kept for this account. */
  keepsTotpSecret(account: string): boolean {
    return existsSync(this.#secretFile(account));
  }

  /** Takes the reference and the secret away again. */
  async dropTotpSecret(account: string): Promise<void> {
    await this.#changeOwn((document) => document.deleteIn(["accounts", account, "totpSecret"]));
    await rm(this.#secretFile(account), { force: true });
  }

  /**
   * Puts a wrong PIN in front of the right one in the demo's own variables, for a scenario, or takes it away again.
   * @param variable of the account that has the PIN
   */
  async setWrongPin(variable: string, isWrong: boolean): Promise<void> {
    await this.#changes.run(async () => {
      const text = await readFile(this.#envFile, "utf8");
      const right = text.replace(new RegExp(`^${variable}=0000\n# ${variable}=`, "m"), `${variable}=`);
      const line = new RegExp(`^${variable}=`, "m");
      await replaceFile(this.#envFile, isWrong ? right.replace(line, `${variable}=0000\n# ${variable}=`) : right);
    });
  }

  /** Whether the demo's own variables hold a wrong PIN. */
  async hasWrongPin(variable: string): Promise<boolean> {
    return (await readFile(this.#envFile, "utf8")).includes(`\n# ${variable}=`);
  }

  get #envFile(): string {
    return join(this.#folder, ".env");
  }

  #secretFile(account: string): string {
    return join(this.#folder, secretReference(account));
  }

  async #changeOwn(change: (document: Document) => void): Promise<void> {
    if (!this.own) return;
    await this.#changes.run(async () => {
      const document = parseDocument(await readFile(this.file, "utf8"));
      change(document);
      await replaceFile(this.file, document.toString({ lineWidth: 0 }));
    });
  }
}

/** The text with another word behind the alias. @throws BrokerAuthError `configuration` where that cannot be */
function withAlias(text: string, alias: string, account: string): string {
  const field = `use.${alias}`;
  const document = parseDocument(text);
  const names = accountsOf(document, field);
  if (names.length === 0) throw wrong(field, "the file names no accounts any more");
  if (!names.includes(account)) throw wrong(field, `must be the name of an account (${names.join(", ")})`);
  const node = document.getIn(["use", alias], true);
  if (!isScalar(node) || !node.range) throw wrong(field, "is not in the file");
  const [start, end] = node.range;
  const splice = (word: string): string => text.slice(0, start) + word + text.slice(end);
  const plain = splice(account);
  // A name such as "on" or "1" means something else without quotes, and JSON knows no other names.
  const means = /^["']/.test(text.slice(start, end)) ? undefined : parseDocument(plain).getIn(["use", alias]);
  return means === account ? plain : splice(JSON.stringify(account));
}

function accountsOf(document: Document.Parsed, field: string): readonly string[] {
  const [broken] = document.errors;
  if (broken !== undefined) throw wrong(field, `the file is not valid, at line ${broken.linePos?.[0].line ?? 1}`);
  try {
    const content = document.toJS() as { readonly accounts?: object } | null;
    return Object.keys(content?.accounts ?? {});
  } catch {
    throw wrong(field, "the file is not valid: it refers to an anchor that is not there");
  }
}

function wrong(field: string, message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}`, { field });
}

function secretReference(account: string): string {
  return `secrets/${account}-totp`;
}
