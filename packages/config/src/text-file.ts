import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type LooseRights, looseRights } from "./loose-rights.ts";

/** What a file holds, or why it cannot be read, as the end of a sentence about it. Neither ever shows content. */
export type TextFile =
  | {
      readonly text: string;
      /** Set where others than the file's owner may read or change it. */
      readonly rights: LooseRights | undefined;
    }
  | {
      readonly problem: string;
      /** What to do where another path is not the answer. */
      readonly remedy?: string;
      readonly missing?: true;
    };

// Far above any configuration or secret, far below what would hurt.
const maxBytes = 1_048_576;

/** Reads a UTF-8 text of at most 1 MiB from a regular file. A byte order mark, which some editors write, is dropped. Never rejects. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    // Without O_NONBLOCK a pipe would hold up the start until somebody writes into it. Not by node:fs/promises: loading it takes longer than the reading.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(file);
      if (stats.isDirectory()) return { problem: "is a folder, not a file" };
      if (!stats.isFile()) return { problem: "is a pipe or a device, not a file" };
      const bytes = readBytes(file);
      if (bytes.byteLength > maxBytes) return { problem: "is larger than 1 MiB" };
      const text = decode(bytes);
      if (text !== undefined) return { text, rights: looseRights(stats, path) };
      return { problem: `is not UTF-8 text${isUtf16(bytes) ? " but UTF-16" : ""}`, remedy: "save it as UTF-8" };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT") return { problem: "does not exist", missing: true };
    return { problem: `cannot be read (${code})` };
  }
}

// One byte more than is allowed, whatever size the file says it has.
function readBytes(file: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const chunk = Buffer.allocUnsafe(8192);
    const read = readSync(file, chunk);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks, Math.min(length, maxBytes + 1));
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // UTF-16 without its mark: every other byte of plain English is a zero.
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

// PowerShell's `>` and some editors of Windows write it, with a byte order mark.
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
