/** Name of an account's record: 64 hexadecimal digits that tell nothing about the account. */
export type RecordKey = string;

/**
 * The part of a record that is readable without the store's key. Encrypting stores authenticate it with the body, so each field comes back with the
 * type and the value it was written with, to the last digit; their order is free.
 */
export interface RecordHeader {
  readonly state: "logged_in" | "logged_out" | "pending" | "login_blocked";
  /** Epoch milliseconds; 0 without a session. */
  readonly expiresAt: number;
  readonly generation: number;
  readonly obtainedBy: "login" | "renewal" | "none";
}

export interface StoredRecord {
  /** Rises by one with every write, and never repeats. About 1.8e15, the time of the first write in microseconds. */
  readonly revision: number;
  readonly header: RecordHeader;
  /** Opaque to stores. */
  readonly body: Uint8Array;
  /** An encrypting wrapper's word to the store below it: nothing in the body is readable without a key. It is not kept. */
  readonly sealed?: true;
}

/** The right to log in for an account. Freed by the holder's death. It saves wasted logins and decides nothing: the swap does. */
export interface Lock {
  /** May fail: then the lock ends with its lease or its holder, and what was done under it stands. */
  release(): Promise<void>;
  /**
   * Fires when the holder can no longer be sure that it holds the lock, such as after a lease that was not renewed in time. Absent where that
   * cannot happen. It is asked for and looked at before each factor leaves: a process that was held still may not have run its timers yet.
   */
  readonly lost?: AbortSignal | undefined;
}

export interface LockOptions {
  /** How long to wait for the lock, in milliseconds. After that `store_busy`. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /**
   * To be asked before each try to take the lock, once the last holder may have let it go. False: nobody needs the lock any more, and the call rejects
   * with `aborted`. The engine gives it where it waits for another program's login, and looks at the record then. A store that does not ask gives its
   * lock to one waiter after the other, which takes longer and does no harm.
   */
  readonly needed?: (() => Promise<boolean>) | undefined;
}

/**
 * Keeps one record per account. Correctness rests on `swap` alone, which every backend can do.
 * All methods reject with `store_unavailable` when the backend cannot be reached, read or written; the engine gives each call `timeoutMs`.
 * `storeConformance` of `@x/core/testing` checks the rules.
 */
export interface TokenStore {
  /**
   * Whose programs write here: those of one host, which share its clock, or those of several. A difference of clocks that another program
   * measured counts on one host only. Default `host`.
   */
  readonly scope?: "host" | "network" | undefined;
  /** Where the records are, as messages say it, such as the whole path of a directory. Never an address with a password in it. */
  readonly place?: string | undefined;
  /**
   * Gets what the store needs before its first use, such as a key that a person unlocks or types. The engine awaits it before its first call, without
   * a limit, where each other call has one.
   */
  ready?(): Promise<void>;
  read(key: RecordKey): Promise<StoredRecord | undefined>;
  /**
   * The header alone, where it costs less than the record. It is asked for before each request that must not be repeated, and is a hint: whether a
   * newer session lies in the store. What is then used is read whole. An encrypting wrapper passes it on unauthenticated. Absent: `read` is asked.
   */
  readHeader?(key: RecordKey): Promise<RecordHeader | undefined>;
  /**
   * Writes `next` if the stored revision is `expected` (0: there is none yet). False: someone was faster, and nothing was written. What was written
   * stays until it is purged: a record has no time to live. After an error it may have been written all the same.
   */
  swap(key: RecordKey, expected: number, next: StoredRecord): Promise<boolean>;
  lock(key: RecordKey, options: LockOptions): Promise<Lock>;
  keys(): AsyncIterable<RecordKey>;
  /** Forgets everything of an account, attempts and device id too, and leaves its lock to its holder. Only on a person's word. */
  purge(key: RecordKey): Promise<void>;
  /** Lets go of what the store itself has opened. Used again after that, it opens anew. */
  close(): Promise<void>;
}
