import { isBrokerAuthError } from "../../errors/broker-auth-error.ts";
import type { RecordHeader, StoredRecord } from "../../contract/token-store.ts";

export function key(account: number): string {
  return account.toString(16).padStart(64, "ab");
}

/** A record whose body tells it from others by its length. */
export function record(
  revision: number,
  bytes: number,
  header: Partial<RecordHeader> = {},
): StoredRecord & { readonly body: Uint8Array } {
  const body = Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + bytes) % 256);
  return {
    revision,
    header: {
      state: "logged_in",
      expiresAt: 1_930_000_000_000 + revision,
      generation: revision,
      obtainedBy: "login",
      ...header,
    },
    body,
  };
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return isBrokerAuthError(error) ? error.code : `no BrokerAuthError: ${String(error)}`;
  }
}

/** That both have the same revision, header and bytes; of the header no type may have changed and no field have come. */
export function sameRecord(found: StoredRecord | undefined, wanted: StoredRecord): void {
  check(found !== undefined, "the record is not there");
  same(found.revision, wanted.revision);
  sameHeader(found.header, wanted.header);
  check(found.body instanceof Uint8Array, "the body is no Uint8Array");
  same(found.body.length, wanted.body.length);
  check(
    found.body.every((byte, index) => byte === wanted.body[index]),
    "the body has other bytes",
  );
}

export function sameHeader(found: RecordHeader | undefined, wanted: RecordHeader): void {
  check(found !== undefined, "the header is not there");
  same(JSON.stringify(sorted(found)), JSON.stringify(sorted(wanted)));
}

function sorted(header: object): unknown {
  return Object.entries(header).toSorted(([a], [b]) => a.localeCompare(b));
}

export function same(found: unknown, wanted: unknown): void {
  check(Object.is(found, wanted), `found ${String(found)}, wanted ${String(wanted)}`);
}

export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** That work ends in time, whatever comes of it. */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
