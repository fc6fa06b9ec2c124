import { BrokerAuthError, type BrokerAuthErrorCode, isBrokerAuthError } from "@x/core";
import { connectionFault } from "./connection-failure.ts";
import { isNotAllowed, redisRights } from "./redis-rights.ts";

interface Meaning {
  readonly code?: BrokerAuthErrorCode;
  readonly message: string;
  readonly action?: string;
}

/** By the first word of the server's answer; the rest of it may name anything, and is dropped. */
const answers: Readonly<Record<string, Meaning>> = {
  READONLY: { message: "is a replica, which takes no writes", action: "Connect the client to the master." },
  WRONGTYPE: {
    code: "store_corrupt",
    message: "holds something of another program under our keys; it was left as it is",
  },
  NOAUTH: { message: "wants a password", action: "Give the client a user and a password." },
  WRONGPASS: { message: "refused the user or the password", action: "Correct the client's user and password." },
  NOPERM: {
    message: "does not allow its user what the store needs",
    action: `Allow the user the keys of the store, its channel, and the commands ${redisRights.join(", ")}.`,
  },
  OOM: { message: "has no memory left", action: "Raise maxmemory; with noeviction nothing is lost." },
  MISCONF: { message: "cannot write to its disk", action: "Make room on the server's disk." },
  NOREPLICAS: { message: "has too few replicas to take a write", action: "Bring a replica back." },
  LOADING: { message: "is loading its records" },
  MASTERDOWN: { message: "has no master" },
  CLUSTERDOWN: { message: "is a cluster that is down" },
  BUSY: { message: "is busy with a script of another program" },
};

const noDatabase: Meaning = {
  message: "has no database of that number",
  action: "Correct the number at the end of the client's address, or database in its options.",
};

/** What went wrong in Redis or its client, in the words of the library. The client's own may hold its address. */
export function redisFailure(error: unknown, place: string): BrokerAuthError {
  if (isBrokerAuthError(error)) return error;
  const firstWord = error instanceof Error ? (/^[A-Z]+(?= |$)/.exec(error.message)?.[0] ?? "") : "";
  const word = isNotAllowed(error) ? "NOPERM" : firstWord;
  const outOfRange = error instanceof Error && error.message.startsWith("ERR DB index is out of range");
  const {
    code = "store_unavailable",
    message,
    action,
  }: Meaning = (outOfRange ? noDatabase : answers[word]) ??
    connectionFault(error) ?? { message: "cannot be reached, read or written" };
  return new BrokerAuthError(code, `${place} ${message}`, {
    cause: error,
    ...(action === undefined ? {} : { action }),
  });
}

export function notScripted(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/** Whether the server itself answered. Where it did not, nobody knows what became of the command. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && /^[A-Z]+ /.test(error.message);
}
