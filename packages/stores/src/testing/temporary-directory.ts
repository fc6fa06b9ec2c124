import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const nobody = 65_534;
/** An id that the system's list of users does not know, as containers run programs under. */
export const stranger = 54_321;

/** A directory of one test's own, removed after it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "broker-auth-store-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs work as a user to whom modes apply: the superuser may do everything everywhere. The directory becomes that user's own. */
export async function asOrdinaryUser<Result>(
  directory: string,
  work: () => Promise<Result>,
  user: number = nobody,
): Promise<Result> {
  if (process.geteuid?.() !== 0) return work();
  for (const path of [
    directory,
    ...readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name))),
  ])
    chownSync(path, user, user);
  process.seteuid?.(user);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** Runs work under another umask. */
export async function underUmask<Result>(mask: number, work: () => Result | Promise<Result>): Promise<Result> {
  const before = process.umask(mask);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

/** The permission bits of a path. */
export function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Takes the right to write away from a directory until the test is over. */
export function makeReadOnly(directory: string): void {
  chmodSync(directory, 0o500);
  onTestFinished(() => chmodSync(directory, 0o700));
}
