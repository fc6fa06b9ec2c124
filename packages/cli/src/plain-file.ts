import { lstatSync, readFileSync } from "node:fs";

// A configuration of many thousand accounts is smaller.
const longest = 16_777_216;

/** What a file of ours holds. @throws where something else stands there: a pipe would hold the program up for ever, and what has no end would fill its memory */
export function readPlainFile(path: string): Buffer {
  const stat = lstatSync(path);
  if (!stat.isFile() || stat.size > longest) throw new Error("no file of ours");
  return readFileSync(path);
}
