import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { RecordKey, StoredRecord } from "@x/core";

/** Name of the record of an account by its number. */
export function crashKey(account: number): RecordKey {
  return account.toString(16).padStart(64, "c");
}

/** The one right record for an account and a revision: any mixture of two records is told from it. Sizes differ, up to 6 kB. */
export function crashRecord(account: number, revision: number): StoredRecord {
  const digest = createHash("sha256").update(`${account} ${revision}`).digest();
  const body = Buffer.alloc(200 + (digest.readUInt16LE() % 5_800));
  for (let at = 0; at < body.byteLength; at += 32) digest.copy(body, at);
  const header = {
    state: "logged_in",
    expiresAt: 1_930_000_000_000 + revision,
    generation: revision,
    obtainedBy: "login",
  } as const;
  return { revision, header, body };
}

/** Whether a record is exactly the one that was written. */
export function isWhole(account: number, { revision, header, body }: StoredRecord): boolean {
  const written = crashRecord(account, revision);
  return isDeepStrictEqual([header, Buffer.from(body)], [written.header, written.body]);
}
