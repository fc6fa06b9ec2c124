import { BrokerAuthError } from "@x/core";

const maxBytes = 65_536;

/** Everything that comes on standard input, up to its end. @throws BrokerAuthError `configuration` for a terminal, and for more than 64 KiB */
export async function readInput(what: string): Promise<string> {
  // A person who types nothing would wait for ever.
  if (process.stdin.isTTY) throw missing(`${what} is read from standard input, which is a terminal`);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw missing(`${what} is longer than 64 KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Answers from a pipe, one in each line, for `--stdin`. Several may come at once, and the last needs no line break. */
export class InputLines {
  #lines: string[] | undefined;

  /** The next line; undefined at the end. */
  async next(): Promise<string | undefined> {
    this.#lines ??= (await readInput("the answer")).replace(/\r?\n$/, "").split(/\r?\n/);
    return this.#lines.shift();
  }
}

function missing(message: string): BrokerAuthError {
  return new BrokerAuthError("configuration", message, { field: "stdin", action: "Pipe it in." });
}
