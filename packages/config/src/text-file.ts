import { open } from "node:fs/promises";

/** What a file holds, or why it cannot be read, as the end of a sentence about it. Neither ever shows content. */
export type TextFile =
  | { readonly text: string; readonly mode: number }
  | { readonly problem: string; readonly missing: boolean };

// Far above any configuration or secret, far below what would hurt.
const maxBytes = 1_048_576;

/** Reads a UTF-8 text of at most 1 MiB. A byte order mark, which some editors write, is dropped. Never rejects. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    const file = await open(path);
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) return { problem: "is a folder, not a file", missing: false };
      if (stats.size > maxBytes) return { problem: "is larger than 1 MiB", missing: false };
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
      return { text, mode: stats.mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT") return { problem: "does not exist", missing: true };
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return { problem: "is not UTF-8 text", missing: false };
    return { problem: `cannot be read (${code})`, missing: false };
  }
}
