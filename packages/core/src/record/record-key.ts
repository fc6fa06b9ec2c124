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
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(recordText(address)));
  return hex(new Uint8Array(digest));
}

/** What a record's name is the SHA-256 of. */
export function recordText({ broker, environment, identity, site }: AccountAddress): string {
  return JSON.stringify(["broker-auth/1", broker, environment, identity, site]);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
