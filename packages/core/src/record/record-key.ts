import type { RecordKey } from "../contract/token-store.ts";

/** What makes two configured accounts one account at the broker. */
export interface AccountAddress {
  readonly broker: string;
  readonly environment: string;
  readonly identity: string;
  /** Keeps apart sessions that a broker binds to the login address. */
  readonly site: string;
}

/** The name of an account's record. Programs that call the account differently still meet at one record, and the name tells nothing. */
export async function recordKey(address: AccountAddress): Promise<RecordKey> {
  const text = JSON.stringify(["broker-auth/1", address.broker, address.environment, address.identity, address.site]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hex(new Uint8Array(digest));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
