import { BrokerAuthError, type RecordHeader, type StoredRecord } from "@x/core";

// A record is some kilobytes. What is larger is a fault, and servers end the connection for what is much larger.
const largestBytes = 1_000_000;
const states = new Set<unknown>(["logged_in", "logged_out", "pending", "login_blocked"]);
const origins = new Set<unknown>(["login", "renewal", "none"]);

/** A header as text, for stores that keep no types of their own. */
export function headerText({ state, expiresAt, generation, obtainedBy }: RecordHeader): string {
  return JSON.stringify({ state, expiresAt, generation, obtainedBy });
}

/** The record that was written as these; undefined where no record of ours looks so. Numbers come as text: other ways lose digits. */
export function readStored(revision: unknown, header: unknown, body: unknown): StoredRecord | undefined {
  if (typeof revision !== "string" || !/^\d{1,16}$/.test(revision) || !(body instanceof Uint8Array)) return undefined;
  const read = readHeader(header);
  return read === undefined ? undefined : { revision: Number(revision), header: read, body };
}

/** The header that was written as this; undefined where no header of ours looks so. */
export function readHeader(text: unknown): RecordHeader | undefined {
  try {
    const { state, expiresAt, generation, obtainedBy } = JSON.parse(String(text)) as Partial<RecordHeader>;
    const numbers = typeof expiresAt === "number" && typeof generation === "number";
    if (!numbers || !states.has(state) || !origins.has(obtainedBy)) return undefined;
    return { state, expiresAt, generation, obtainedBy } as RecordHeader;
  } catch {
    return undefined;
  }
}

/** @throws BrokerAuthError `store_unavailable` for a record that no server should be given */
export function requireSize({ byteLength }: Uint8Array, place: string): void {
  if (byteLength <= largestBytes) return;
  throw new BrokerAuthError(
    "store_unavailable",
    `a record of ${Math.ceil(byteLength / 1000)} kB is too large for ${place}; nothing was written`,
    { action: "Tell the author of the adapter: a record is some kilobytes." },
  );
}
