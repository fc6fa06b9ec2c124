import { BrokerAuthError, isBrokerAuthError } from "@x/core";

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the extended ones carry them in their low byte.
// 15 (SQLITE_PROTOCOL) means that too many connections raced for the same lock, which is over soon.
const busy = new Set([5, 6, 15]);
// 1 (SQLITE_ERROR): our statements never change, so it is the schema that is not ours.
const corrupt = new Set([1, 11, 26]);
// Too big, against a constraint, of another type, not bindable. Each ends its own statement alone.
const aboutValues = new Set([18, 19, 20, 25]);

/** Whether an error only says that another connection is at work. */
export function isBusy(error: unknown): boolean {
  return busy.has(primaryCode(error));
}

/** Whether an error is about the values of one record: the transaction that it was to be part of goes on without it. */
export function isAboutOneRecord(error: unknown): boolean {
  return codeOf(error) !== "ERR_SQLITE_ERROR" || aboutValues.has(primaryCode(error));
}

/** What went wrong in SQLite, in the words of the library. */
export function sqliteFailure(error: unknown, path: string): BrokerAuthError {
  if (isBrokerAuthError(error)) return error;
  const code = primaryCode(error);
  // A number that JavaScript cannot hold was not written by us.
  if (corrupt.has(code) || codeOf(error) === "ERR_OUT_OF_RANGE") return damaged(path, error);
  if (busy.has(code))
    return new BrokerAuthError("store_busy", `${path} was in use by other processes for too long`, { cause: error });
  const reason = (error as { errstr?: string } | null | undefined)?.errstr ?? codeOf(error) ?? "unknown reason";
  return new BrokerAuthError("store_unavailable", `${path} cannot be read or written (${reason})`, { cause: error });
}

/** `store_corrupt` for a file that is not what it should be. */
export function damaged(path: string, cause?: unknown): BrokerAuthError {
  return new BrokerAuthError("store_corrupt", `${path} is damaged or not a store of ours; it was left as it is`, {
    cause,
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null | undefined)?.code;
}

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : -1;
}
