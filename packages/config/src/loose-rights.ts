import type { Stats } from "node:fs";

/** What others than its owner may do with a file: the end of a sentence about it, with what to do. */
export interface LooseRights {
  readonly may: "read" | "change";
  readonly message: string;
}

/**
 * Undefined for a file of its owner alone, and for one as containers mount secrets: it belongs to root, a group may read it, and this program cannot
 * change it. Undefined on Windows, which keeps rights elsewhere and shows the same mode for every file.
 * @param path the whole path, for the command to run
 */
export function looseRights({ mode, uid }: Pick<Stats, "mode" | "uid">, path: string): LooseRights | undefined {
  if (process.platform === "win32" || (mode & 0o066) === 0) return undefined;
  const user = process.geteuid?.();
  if (uid === 0 && (mode & 0o066) === 0o040 && (user !== 0 || (mode & 0o200) === 0)) return undefined;
  const may = (mode & 0o022) === 0 ? "read" : "change";
  const done = may === "read" ? "read" : "changed";
  const remedy =
    user === 0 || user === uid
      ? `run: chmod 600 ${path} (where that changes nothing, keep it on a file system that has rights)`
      : "have it mounted with mode 0400 and this program's user as its owner, or with mode 0440, owner root and a group of this program's own";
  return {
    may,
    message: `can be ${done} by other users of this computer (mode ${(mode & 0o777).toString(8).padStart(4, "0")}); ${remedy}`,
  };
}
