import { fstatSync, readSync } from "node:fs";
import { BrokerAuthError } from "@x/core";

const maxBytes = 65_536;

/** Everything that comes on standard input, up to its end. @throws BrokerAuthError `configuration` for a terminal, and for more than 64 KiB */
export async function readInput(what: string): Promise<string> {
  // A person who types nothing would wait for ever. Only a terminal is one of the devices that are worth a closer look: process.stdin costs a fifth
  // of the time in which the command answers.
  if (fstatSync(0).isCharacterDevice() && process.stdin.isTTY)
    throw missing(`${what} is read from standard input, which is a terminal`);
  const input = wholeInput();
  if (input.byteLength > maxBytes) throw missing(`${what} is longer than 64 KiB`);
  return input.toString("utf8");
}

// Nothing else is to be done until it is there, so it is waited for.
function wholeInput(): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  const chunk = Buffer.alloc(16_384);
  while (length <= maxBytes) {
    try {
      const read = readSync(0, chunk);
      if (read === 0) break;
      chunks.push(Buffer.from(chunk.subarray(0, read)));
      length += read;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // How Windows says that a pipe has ended.
      if (code === "EOF") break;
      // A pipe that does not block: a moment later there is more.
      if (code === "EISDIR") throw missing("standard input is a folder");
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return Buffer.concat(chunks);
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
