import { type AttemptLedger, emptyLedger } from "./attempt-ledger.ts";
import { bodyVersion } from "./body-version.ts";
import type { Challenge } from "../contract/challenge.ts";
import { randomText } from "./fingerprint.ts";
import type { Json } from "../contract/json.ts";
import { isStopped } from "./login-hold.ts";
import type { PendingLogin } from "../contract/pending-login.ts";
import type { AccountAddress } from "./record-key.ts";
import type { RecordHeader, StoredRecord } from "../contract/token-store.ts";
import { noTotpSteps, purgedSteps, type TotpSteps } from "../adapter-kit/totp-steps.ts";

/** Everything that is remembered about one account, and what its stored body holds. Plain data; secrets are in clear here. */
export interface AccountRecord extends AccountAddress {
  /** 0 before the first write. */
  readonly revision: number;
  readonly deviceId: string;
  /** Key of this account's fingerprints. */
  readonly fingerprintKey: string;
  /** Of the newest session that was ever minted, see `nextGeneration`; 0 for none. */
  readonly generation: number;
  readonly session?: RecordedSession | undefined;
  readonly renewal?: RecordedRenewal | undefined;
  readonly ledger: AttemptLedger;
  readonly pending?: RecordedPending | undefined;
  readonly clock?: ClockOffset | undefined;
  /** When sessions were refused well before their time, epoch milliseconds, newest last. */
  readonly earlyEndings: readonly number[];
  /** When the last few sessions were minted, epoch milliseconds, newest last. */
  readonly mintedAt?: readonly number[] | undefined;
  /** When a session was last minted because somebody wanted it to live for longer, epoch milliseconds. */
  readonly extendedAt?: number | undefined;
  /** When an SMS was last asked for, epoch milliseconds, newest last. */
  readonly smsSentAt?: readonly number[] | undefined;
}

export interface RecordedSession {
  readonly tokens: Json;
  readonly tokensVersion: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly deviceId: string;
  readonly obtainedBy: "login" | "renewal";
  /** What the program that minted it calls itself. */
  readonly mintedBy?: string | undefined;
  /** It was minted because nobody could tell whether its predecessor was dead or not permitted. Where it meets the same, it was not permitted. */
  readonly onDoubt?: true | undefined;
  /** When a login was last tried because nobody could tell that of this one, epoch milliseconds. */
  readonly doubtedAt?: number | undefined;
}

export interface RecordedRenewal {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
}

export interface RecordedPending {
  /** Random text that callers hold: whoever joins this login gets the same one. */
  readonly handle: string;
  readonly challenge: Challenge;
  readonly login: PendingLogin;
}

/** The broker's clock minus the host's, in milliseconds, and when it was measured by the host's clock. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly measuredAt: number;
}

/** The record of an account that nobody has seen before. Its device id is made here, once. */
export function newAccountRecord(address: AccountAddress, deviceId: string | undefined): AccountRecord {
  const { broker, environment, identity, site } = address;
  return {
    broker,
    environment,
    identity,
    site,
    revision: 0,
    deviceId: deviceId ?? crypto.randomUUID(),
    fingerprintKey: randomText(32),
    generation: 0,
    ledger: emptyLedger,
    earlyEndings: [],
  };
}

/** What of a record must not repeat. */
export interface Unrepeatable {
  readonly generation: number;
  readonly totp: TotpSteps;
  readonly smsSentAt?: AccountRecord["smsSentAt"];
}

/**
 * What a purge leaves: a blank record that knows what must not repeat.
 * @param old as far as it could be read @param header what was readable of it in any case
 */
export function purgedRecord(
  blank: AccountRecord,
  old: Unrepeatable | undefined,
  header: RecordHeader | undefined,
  present: number,
): AccountRecord {
  return {
    ...blank,
    generation: old?.generation ?? header?.generation ?? 0,
    // The broker counts its messages on.
    ...(old?.smsSentAt === undefined ? {} : { smsSentAt: old.smsSentAt }),
    ledger: { ...emptyLedger, totp: purgedSteps(old?.totp ?? noTotpSteps, present) },
  };
}

/**
 * The generation of a session that is minted now: the time in epoch milliseconds, and more than the last one. It never repeats, not even after a
 * record was purged or lost, so a late refusal is never about a session that it does not mean.
 */
export function nextGeneration(last: number, now: number): number {
  return Math.max(last + 1, Math.floor(now));
}

/**
 * The stored form, as the next revision. The first one is the time: a record that was purged and made anew must not repeat the revisions of
 * its predecessor, or a process that still holds the old one could overwrite the new one.
 */
export function encodeRecord(account: AccountRecord, now: number): StoredRecord {
  const { revision, ...body } = account;
  return {
    revision: revision === 0 ? firstRevision(now) : revision + 1,
    header: headerOf(account),
    body: new TextEncoder().encode(JSON.stringify({ version: bodyVersion, ...body })),
  };
}

function firstRevision(now: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint16Array(1));
  return Math.max(Math.floor(now), 1) * 1000 + (random % 1000);
}

function headerOf(account: AccountRecord): RecordHeader {
  const { session, ledger, pending, generation } = account;
  const state =
    session !== undefined
      ? "logged_in"
      : isStopped(ledger)
        ? "login_blocked"
        : pending !== undefined
          ? "pending"
          : "logged_out";
  return { state, expiresAt: session?.expiresAt ?? 0, generation, obtainedBy: session?.obtainedBy ?? "none" };
}
