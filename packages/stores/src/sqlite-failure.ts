import { BrokerAuthError, isBrokerAuthError } from "@x/core";

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the extended ones carry them in their low byte.
const busy = new Set([5, 6]);
const corrupt = new Set([11, 26]);

/** Whether an error only says that another connection is at work. */
export function isBusy(error: unknown): boolean {
  return busy.has(primaryCode(error));
}

/** What went wrong in SQLite, in the words of the library. */
export function sqliteFailure(error: unknown, path: string): BrokerAuthError {
  if (isBrokerAuthError(error)) return error;
  const code = primaryCode(error);
  if (corrupt.has(code))
    return new BrokerAuthError("store_corrupt", `${path} is damaged or not a store of ours; it was left as it is`, {
      cause: error,
    });
  if (busy.has(code))
    return new BrokerAuthError("store_busy", `${path} was in use by other processes for too long`, { cause: error });
  const reason = (error as { errstr?: string }).errstr ?? (error as { code?: string }).code ?? "unknown reason";
  return new BrokerAuthError("store_unavailable", `${path} cannot be read or written (${reason})`, { cause: error });
}

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : -1;
}
