import { BrokerAuthError, type BrokerAuthErrorCode, isBrokerAuthError } from "@x/core";
import { connectionFault } from "./connection-failure.ts";

interface Meaning {
  readonly code?: BrokerAuthErrorCode;
  readonly field?: string;
  readonly message: string;
  readonly action?: string;
}

const login: Meaning = { message: "refused the user or the password", action: "Correct the pool's user and password." };
const foreign: Meaning = {
  code: "store_corrupt",
  message: "has a table of that name which is not ours; it was left as it is",
  action: "Give the store another table name.",
};

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), whole or the class of it. */
const states: Readonly<Record<string, Meaning>> = {
  "28": login,
  "3D000": {
    message: "has no database of that name",
    action: "Correct the database in the pool's settings, or make it.",
  },
  "42P01": {
    code: "configuration",
    field: "table",
    message: "table: is not there",
    action: "Call migrate(pool) once, or run what migrationSql() gives.",
  },
  "42703": foreign,
  "42804": foreign,
  "42883": foreign,
  "42P10": foreign,
  "22": foreign,
  "23": foreign,
  "42501": {
    message: "does not allow its user what the store needs",
    action: "Grant the user SELECT, INSERT, UPDATE and DELETE on the store's table.",
  },
  "25006": {
    message: "takes no writes: it is a replica, or set to read-only",
    action: "Connect the pool to the primary.",
  },
  "53100": { message: "has no room left on its disk", action: "Make room on the server's disk." },
  "53300": {
    message: "has too many connections",
    action: "Give the pools a smaller max, or put PgBouncer before the server.",
  },
};

/** What went wrong in PostgreSQL or its client, in the words of the library. The client's own may hold its address. */
export function postgresFailure(error: unknown, place: string): BrokerAuthError {
  if (isBrokerAuthError(error)) return error;
  const state = stateOf(error);
  const meaning: Meaning =
    states[state] ??
    states[state.slice(0, 2)] ??
    connectionFault(error) ??
    (speaksNoTls(error) ? noTls : { message: "cannot be reached, read or written" });
  const { code = "store_unavailable", field, message, action } = meaning;
  return new BrokerAuthError(code, code === "configuration" ? message : `${place} ${message}`, {
    cause: error,
    ...(field === undefined ? {} : { field }),
    ...(action === undefined ? {} : { action }),
  });
}

/** Whether it may be over in a moment: the connection broke, the server starts again, or another transaction was first. */
export function passes(error: unknown): boolean {
  const state = stateOf(error);
  if (/^(?:08|57P0|40001|40P01)/.test(state)) return true;
  if (state !== "") return false;
  return (
    connectionFault(error)?.passes ?? (error instanceof Error && error.message.startsWith("Connection terminated"))
  );
}

/** Two programs that make the table at the same moment. */
export function isMadeMeanwhile(error: unknown): boolean {
  return ["23505", "42P07", "42710"].includes(stateOf(error));
}

const noTls: Meaning = {
  message: "does not speak TLS",
  action: "Switch TLS on at the server. Mind that sslmode in the address overrides ssl in the pool's settings.",
};

function speaksNoTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL");
}

function stateOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : "";
}
