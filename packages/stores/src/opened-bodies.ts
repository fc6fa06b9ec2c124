import type { RecordKey, StoredRecord } from "@x/core";

const mostRecords = 256;
// A record is some kilobytes. A larger one is opened each time.
const largestBytes = 16_384;

interface Opened {
  readonly sealed: StoredRecord;
  readonly body: Uint8Array;
}

/**
 * What the last sealed bytes of a record were in clear. A record that comes back unchanged, to the last byte and in every field that is bound to
 * them, needs no second opening, which takes longer than reading it. What differs in anything is not known here.
 */
export class OpenedBodies {
  readonly #records = new Map<RecordKey, Opened>();

  find(key: RecordKey, { revision, header, body }: StoredRecord): Uint8Array | undefined {
    const known = this.#records.get(key);
    if (known === undefined) return undefined;
    const { sealed } = known;
    const { state, expiresAt, generation, obtainedBy } = sealed.header;
    const same =
      revision === sealed.revision &&
      header.state === state &&
      header.expiresAt === expiresAt &&
      header.generation === generation &&
      header.obtainedBy === obtainedBy &&
      Buffer.compare(body, sealed.body) === 0;
    // The caller's own copy: what it does to it is its own matter.
    return same ? new Uint8Array(known.body) : undefined;
  }

  keep(key: RecordKey, { revision, header, body: sealed }: StoredRecord, body: Uint8Array): void {
    this.#records.delete(key);
    if (sealed.byteLength > largestBytes) return;
    this.#records.set(key, {
      sealed: { revision, header: { ...header }, body: new Uint8Array(sealed) },
      body: new Uint8Array(body),
    });
    if (this.#records.size <= mostRecords) return;
    for (const [oldest] of this.#records) {
      this.#records.delete(oldest);
      return;
    }
  }

  /** What a record held is not kept beyond it: a session that was logged out or purged least of all. */
  forget(key: RecordKey): void {
    this.#records.delete(key);
  }

  clear(): void {
    this.#records.clear();
  }
}
