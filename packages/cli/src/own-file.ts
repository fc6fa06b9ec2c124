import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";

// A configuration of many thousand accounts is smaller.
const longest = 16_777_216;
// A link is not followed, and a pipe holds nobody up. Windows knows neither.
const plainly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * What a file of this user's holds. It is looked at while it is open, so that nobody puts another one into its place.
 * @throws where something else stands there, and where somebody else has made it or may write to it: what was planted while its folder was open to
 * others counts no more than what is planted now
 */
export function readOwnFile(path: string): Buffer {
  const file = openSync(path, plainly);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || !isOwn(stat) || stat.size > longest) throw new Error("no file of ours");
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Whether it belongs to this user, and nobody else can change it. On Windows the place decides. */
export function isOwn({ uid, mode }: Stats): boolean {
  return process.geteuid === undefined || (uid === process.geteuid() && (mode & 0o022) === 0);
}
