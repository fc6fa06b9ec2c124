import {
  type AccountRecord,
  encodeRecord,
  newAccountRecord,
  purgedRecord,
  type Unrepeatable,
} from "./account-record.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { loadPart } from "../errors/missing-part.ts";
import { type AccountAddress, recordKey } from "./record-key.ts";
import type { GuardedStore } from "./guarded-store.ts";
import { newestBar, noTotpSteps, type StepTime } from "../adapter-kit/totp-steps.ts";
import type { Lock, RecordHeader, RecordKey, StoredRecord } from "../contract/token-store.ts";

// A holder has a few calls to the broker under way, and waits for nothing else; one that died frees the lock by itself.
const lockWaitMs = 120_000;
// So long a store may be silent about a lock before it is asked again, or found to be silent about everything.
const lockLookMs = 5_000;
const swapTries = 100;

/** What becomes of a record; the record itself where nothing does. It may run several times. */
export type Change = (account: AccountRecord) => AccountRecord;

/** Whose record it is, and where it is kept. */
export interface RecordOwner extends AccountAddress {
  readonly store: GuardedStore;
  readonly platform: { now(): number };
  /** The one that the user configured. */
  readonly deviceId: string | undefined;
}

/** What is remembered of a record that is not held any more: a purge may find that it cannot be read. */
export interface RecordTrace {
  readonly revision: number;
  readonly generation: number;
  /** The newest TOTP time step that was used, whatever clock it was used by; -1 for none. */
  readonly newestStep: number;
  readonly smsSentAt: AccountRecord["smsSentAt"];
}

const schema = () => import("./account-record-schema.ts");
const none: readonly Change[] = [];
const anyTime: StepTime = { present: 0, measured: false };

/** One account's record in the store: read, changed by compare-and-swap, locked. */
export class AccountRepository {
  readonly #owner: RecordOwner;
  #key: RecordKey | undefined;
  #users = 0;
  #latest: AccountRecord | undefined;
  #trace: RecordTrace | undefined;
  // One and the same until something is written: a login that waited knows its record again.
  #blank: AccountRecord | undefined;
  #deferred = none;

  constructor(owner: RecordOwner) {
    this.#owner = owner;
  }

  /**
   * Runs work that looks at the record more than once: while it lasts, what has not changed is not taken apart again. After it nothing is held but
   * what must not be forgotten: a program may have 100,000 accounts, and look at each once a day.
   */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) this.#latest = undefined;
    }
  }

  /** The record as the work under way has last read or written it. */
  get latest(): AccountRecord | undefined {
    return this.#latest;
  }

  /** Which session the record held as it was last read or written here; 0 for none. */
  get seen(): number {
    return this.#trace?.generation ?? 0;
  }

  #remember(record: AccountRecord): AccountRecord {
    if (this.#users > 0) this.#latest = record;
    const { revision, generation, ledger, smsSentAt } = record;
    if (this.#trace?.revision === revision) return record;
    this.#trace = { revision, generation, newestStep: newestBar(ledger.totp, anyTime), smsSentAt };
    return record;
  }

  /**
   * The record, or undefined before the first write.
   * @throws BrokerAuthError `store_corrupt` where there was one before: a purge leaves a record, so this was none
   */
  async read(): Promise<AccountRecord | undefined> {
    const before = this.#trace;
    const { store, deviceId } = this.#owner;
    const stored = await store.read(await this.key());
    if (stored === undefined) {
      if (this.#trace === undefined) return undefined;
      if (before !== undefined) throw vanished();
      // The first write of this program came while the store was asked.
      return this.read();
    }
    this.#blank = undefined;
    const latest = this.#latest;
    const account = latest?.revision === stored.revision ? latest : await this.#decode(stored);
    if (deviceId !== undefined && deviceId !== account.deviceId) {
      throw new BrokerAuthError(
        "configuration",
        "deviceId: differs from the device id that this account was first used with",
        {
          field: "deviceId",
          action: "Remove deviceId from the configuration, or purge the account's record to begin with the new one.",
        },
      );
    }
    return this.#remember(account);
  }

  /** The record's header alone, which no key protects. */
  async header(): Promise<RecordHeader | undefined> {
    return this.#owner.store.readHeader(await this.key());
  }

  /** Which session the record holds, by its header alone; 0 without a record. */
  async generation(): Promise<number> {
    return (await this.header())?.generation ?? 0;
  }

  /** The record, or the blank one that the first write will store. */
  async open(): Promise<AccountRecord> {
    return (await this.read()) ?? (this.#blank ??= newAccountRecord(this.#owner, this.#owner.deviceId));
  }

  /**
   * Applies a change to the newest record. Returning the record itself writes nothing. The change may run several times, and may throw to
   * refuse.
   * @param base a record that was just read, to save reading it again
   */
  async update(change: Change, base?: AccountRecord): Promise<AccountRecord> {
    const key = await this.key();
    let account = base ?? (await this.open());
    for (let tries = 0; tries < swapTries; tries++) {
      const deferred = this.#deferred;
      const changed = change(deferred.reduce((before, due) => due(before), account));
      if (changed === account) return account;
      const next = encoded({ ...changed, revision: account.revision }, this.#owner.platform.now());
      // What is written is what the schema reads: nobody is left with a record that no program can use.
      const written = await this.#decode(next).catch((cause: unknown) => {
        throw isCorrupt(cause) ? unreadable(cause) : cause;
      });
      if ((await this.#owner.store.swap(key, account.revision, next)) || (await this.#isStored(next))) {
        if (deferred !== none) this.#deferred = this.#deferred.filter((due) => !deferred.includes(due));
        this.#blank = undefined;
        return this.#remember(written);
      }
      account = await this.open();
    }
    throw changing("change");
  }

  /**
   * Looks whether the store gives back what was last written, before something leaves that only the record remembers.
   * @throws BrokerAuthError `store_unavailable` where it gives back nothing, or something older
   */
  async requireKept(): Promise<void> {
    const written = this.#trace?.revision ?? 0;
    // One that answers from a copy may be late once.
    for (let look = 0; look < 2; look++) {
      const stored = await this.#owner.store.read(await this.key());
      if (stored !== undefined && stored.revision >= written) return;
    }
    throw new BrokerAuthError(
      "store_unavailable",
      "the store said that it had written the account's record, and gives back none or an older one; nothing was sent",
      {
        action:
          "See whether the store forgets (a cache that evicts, a test double) or answers from a copy that is behind.",
      },
    );
  }

  // A store may say no to what it has written all the same, such as after a retry of its own. To write it again would take it for another's.
  async #isStored(next: StoredRecord): Promise<boolean> {
    const stored = await this.#owner.store.read(await this.key());
    return stored !== undefined && stored.revision === next.revision && areSame(stored.body, next.body);
  }

  /** A change that could not be written. It is made together with the next one, before anything else is decided. */
  defer(change: Change): void {
    this.#deferred = [...this.#deferred, change];
  }

  /**
   * @param busy called once where somebody else has it
   * @param needed asked while somebody else has it, and before it is taken after that: false where it is not needed any more
   * @throws BrokerAuthError `store_busy`, `aborted`, `store_unavailable`
   */
  async lock(signal: AbortSignal, busy?: () => void, needed?: () => Promise<boolean>): Promise<Lock> {
    const key = await this.key();
    const beganAt = performance.now();
    for (let waitMs = 0; ; waitMs = lockLookMs) {
      const lookedAt = performance.now();
      try {
        return await this.#owner.store.lock(key, { waitMs, signal, ...(waitMs === 0 ? {} : { needed }) });
      } catch (error) {
        if (!isBrokerAuthError(error) || error.code !== "store_busy") throw error;
        const now = performance.now();
        // One that says so at once, whatever it was asked, would be asked for ever.
        if (now - beganAt >= lockWaitMs || now - lookedAt < waitMs / 2) {
          const message = `the account's lock was not free within ${Math.round((now - beganAt) / 1000)} s`;
          throw new BrokerAuthError("store_busy", message);
        }
      }
      if (waitMs === 0) busy?.();
    }
  }

  /**
   * Forgets the record, readable or not, but for what must not repeat: the TOTP steps that were used, and the generation.
   * @param present the TOTP time step of now, in which a code may have been sent that nobody knows of any more
   * @param forgotten called when that is done, before anybody else has the lock
   */
  async purge(signal: AbortSignal, present: number, forgotten: () => void = () => undefined): Promise<void> {
    const lock = await this.lock(signal);
    try {
      // Others write into it without the lock, such as of a session that has ended.
      for (let tries = 1; !(await this.#overwrite(present)); tries++) if (tries === swapTries) throw changing("purge");
      this.#latest = undefined;
      this.#trace = undefined;
      this.#blank = undefined;
      this.#deferred = none;
      forgotten();
    } finally {
      await lock.release();
    }
  }

  /** @returns false where somebody has changed the record meanwhile */
  async #overwrite(present: number): Promise<boolean> {
    const { store, deviceId, platform } = this.#owner;
    const key = await this.key();
    const found = await store.read(key).then(readable, unreadableNow);
    const old = found.stored === undefined ? undefined : await this.#decode(found.stored).catch(() => undefined);
    // One that can be read is overwritten: whenever this program ends, there is the old record or the new one.
    if (old === undefined) await store.purge(key);
    const known = old === undefined ? traced(this.#trace) : { ...old, totp: old.ledger.totp };
    if (found.stored === undefined && found.read && known === undefined) return true;
    const blank = purgedRecord(newAccountRecord(this.#owner, deviceId), known, found.stored?.header, present);
    const revision = old?.revision ?? 0;
    return store.swap(key, revision, encoded({ ...blank, revision }, platform.now()));
  }

  // Loaded with the first record that is read or written.
  async #decode(stored: StoredRecord): Promise<AccountRecord> {
    const { decodeRecord } = await loadPart(schema);
    return decodeRecord(stored, this.#owner);
  }

  async key(): Promise<RecordKey> {
    return (this.#key ??= await recordKey(this.#owner));
  }
}

function traced(trace: RecordTrace | undefined): Unrepeatable | undefined {
  return trace && { ...trace, totp: { ...noTotpSteps, floor: trace.newestStep } };
}

function changing(what: string): BrokerAuthError {
  return new BrokerAuthError(
    "store_busy",
    `the account's record changed ${swapTries} times while one ${what} was tried`,
  );
}

function vanished(): BrokerAuthError {
  return new BrokerAuthError(
    "store_corrupt",
    "the account's record is gone from the store, and nobody purged it: it was evicted, flushed, or the store was restored from an older copy; nothing was sent",
    {
      action:
        "See why the store lost it: its attempts, refusals and used TOTP steps went with it. Then restart the programs, or call auth.purge(account) and log in.",
    },
  );
}

function encoded(account: AccountRecord, now: number): StoredRecord {
  try {
    return encodeRecord(account, now);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function areSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}

function isCorrupt(error: unknown): boolean {
  return isBrokerAuthError(error) && error.code === "store_corrupt";
}

function unreadable(cause: unknown): BrokerAuthError {
  return new BrokerAuthError(
    "protocol_error",
    "something that the adapter gave cannot be kept in the account's record; it was not written",
    { cause, action: "Update the adapter, or tell its author." },
  );
}

interface Found {
  readonly read: boolean;
  readonly stored: StoredRecord | undefined;
}

function readable(stored: StoredRecord | undefined): Found {
  return { read: true, stored };
}

function unreadableNow(): Found {
  return { read: false, stored: undefined };
}
