import { release, type } from "node:os";
import { compared, type RecordedAnswer, recordedAnswer } from "./answer-record.ts";
import { writePrivately } from "./private-file.ts";
import { version } from "./version.ts";
import { wireContract } from "./wire-contract.ts";

// An adapter takes less. What it has given up reading is not gathered here for the rest of its time.
const longestBytes = 1_048_576;

/** Keeps the form of every answer of a login, for a public issue: no values. */
export class LoginRecord {
  readonly #answers: RecordedAnswer[] = [];
  readonly #under: Promise<void>[] = [];
  /** The broker that answers now: accounts are logged in one after the other. */
  broker = "";

  /** A fetch that notes the answers, and changes none. */
  readonly fetch: typeof fetch = async (input, init) => {
    const { broker } = this;
    const request = new Request(input, init);
    const { method, url } = request;
    const answer = await globalThis.fetch(request);
    const noted = this.#note(broker, { method, path: new URL(url).pathname }, answer.clone());
    this.#under.push(noted);
    return answer;
  };

  async #note(broker: string, call: { method: string; path: string }, answer: Response): Promise<void> {
    try {
      const text = await textOf(answer);
      const contentType = answer.headers.get("content-type");
      this.#answers.push(recordedAnswer(broker, call, { status: answer.status, contentType, text }));
    } catch {
      // An answer that broke off has no form.
    }
  }

  /** Writes what was noted, and says how it compares. @throws BrokerAuthError `store_unavailable` */
  async write(path: string): Promise<string> {
    await Promise.all(this.#under);
    const comparison = compared(this.#answers, wireContract);
    const facts = {
      version: 1,
      program: `broker-auth ${version()}, Node ${process.versions.node}, ${type()} ${release()}`,
      answers: this.#answers,
      comparison,
    };
    writePrivately(path, `${JSON.stringify(facts, undefined, 2)}\n`);
    const { new: fresh, gone } = comparison;
    const said = [...fresh.map((one) => `new: ${one}`), ...gone.map((one) => `gone: ${one}`)];
    const found =
      said.length === 0 ? "as the wire contract says" : `not as the wire contract says\n  ${said.join("\n  ")}`;
    const { length } = this.#answers;
    if (length === 0) return `no answer stands in ${path}`;
    return `${length} ${length === 1 ? "answer" : "answers"} in ${path}, ${found}`;
  }
}

/** @throws RangeError for a body that is longer than any answer of a login */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > longestBytes) throw new RangeError("too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
