import { isBrokerAuthError, type RecordHeader, type StoredRecord, type TokenStore } from "@x/core";

/** Name of an account's record. */
export function key(account: number): string {
  return account.toString(16).padStart(64, "ab");
}

/** A record with a text in clear, as the engine would give it to a store. */
export function record(
  revision: number,
  text = `text of ${revision}`,
  header: Partial<RecordHeader> = {},
): StoredRecord {
  return {
    revision,
    header: { state: "logged_in", expiresAt: 1_930_000_000_000, generation: 3, obtainedBy: "login", ...header },
    body: Buffer.from(text),
  };
}

/** The text of the record that a store gives. */
export async function textIn(store: TokenStore, account: number): Promise<string | undefined> {
  const stored = await store.read(key(account));
  return stored === undefined ? undefined : Buffer.from(stored.body).toString();
}

/** The code of the error that comes of it. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
    return "no error";
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : `no BrokerAuthError: ${String(error)}`;
  }
}
