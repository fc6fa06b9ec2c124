import {
  array,
  boolean,
  enum as oneOf,
  gte,
  literal,
  minLength,
  nullable,
  number,
  optional,
  safeParse,
  strictObject,
  string,
  unknown,
} from "zod/mini";
import { type AttemptLedger, emptyLedger } from "./attempt-ledger.ts";
import { BrokerAuthError } from "./broker-auth-error.ts";
import type { Challenge } from "./challenge.ts";
import { errorCodes } from "./error-codes.ts";
import { randomText } from "./fingerprint.ts";
import type { Json } from "./json.ts";
import type { PendingLogin } from "./pending-login.ts";
import type { AccountAddress } from "./record-key.ts";
import type { RecordHeader, StoredRecord } from "./token-store.ts";

/** Everything that is remembered about one account, and what its stored body holds. Plain data; secrets are in clear here. */
export interface AccountRecord extends AccountAddress {
  /** 0 before the first write. */
  readonly revision: number;
  readonly deviceId: string;
  /** Key of this account's fingerprints. */
  readonly fingerprintKey: string;
  /** Of the newest session that was ever minted; 0 for none. */
  readonly generation: number;
  readonly session?: RecordedSession | undefined;
  readonly renewal?: RecordedRenewal | undefined;
  readonly ledger: AttemptLedger;
  readonly pending?: RecordedPending | undefined;
  readonly clock?: ClockOffset | undefined;
  /** When sessions were refused well before their time, epoch milliseconds, newest last. */
  readonly earlyEndings: readonly number[];
}

export interface RecordedSession {
  readonly tokens: Json;
  readonly tokensVersion: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly deviceId: string;
  readonly obtainedBy: "login" | "renewal";
}

export interface RecordedRenewal {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
}

export interface RecordedPending {
  /** SHA-256 of the handle that the caller holds. */
  readonly handleHash: string;
  readonly challenge: Challenge;
  readonly login: PendingLogin;
}

/** The broker's clock minus the host's, in milliseconds, and when it was measured by the host's clock. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly measuredAt: number;
}

const bodyVersion = 1;

/** The record of an account that nobody has seen before. Its device id is made here, once. */
export function newAccountRecord(address: AccountAddress, deviceId: string | undefined): AccountRecord {
  return {
    ...address,
    revision: 0,
    deviceId: deviceId ?? crypto.randomUUID(),
    fingerprintKey: randomText(32),
    generation: 0,
    ledger: emptyLedger,
    earlyEndings: [],
  };
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

/**
 * Reads a stored record back.
 * @throws BrokerAuthError `store_version` for a newer form, `store_corrupt` for anything that is not this account's record
 */
export function decodeRecord(stored: StoredRecord, address: AccountAddress): AccountRecord {
  const json = parseBody(stored.body);
  const version = (json as { version?: unknown } | undefined)?.version;
  if (typeof version === "number" && version > bodyVersion) {
    throw new BrokerAuthError(
      "store_version",
      `the stored record has version ${version}, this program knows ${bodyVersion}`,
    );
  }
  const parsed = safeParse(bodySchema, json);
  if (!parsed.success) throw new BrokerAuthError("store_corrupt", "the stored record cannot be read");
  const { version: _, ...body } = parsed.data;
  const same =
    body.broker === address.broker && body.environment === address.environment && body.identity === address.identity;
  if (!same || body.site !== address.site)
    throw new BrokerAuthError("store_corrupt", "the stored record belongs to another account");
  return { revision: stored.revision, ...(body as Omit<AccountRecord, "revision">) };
}

function headerOf(account: AccountRecord): RecordHeader {
  const { session, ledger, pending, generation } = account;
  const state =
    session !== undefined
      ? "logged_in"
      : ledger.latch !== undefined
        ? "latched"
        : pending !== undefined
          ? "pending"
          : "logged_out";
  return { state, expiresAt: session?.expiresAt ?? 0, generation, obtainedBy: session?.obtainedBy ?? "none" };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const count = number().check(gte(0));
const factor = oneOf(["otp", "totp", "mpin", "sms"]);
const errorCode = oneOf(Object.keys(errorCodes) as [keyof typeof errorCodes]);
const challenge = strictObject({
  kind: oneOf(["otp", "totp", "mpin", "redirect"]),
  sentTo: optional(string()),
  expiresAt: optional(number()),
  attemptsLeft: optional(number()),
  url: optional(string()),
});
const attempt = {
  owner: string(),
  factor,
  step: string(),
  at: number(),
  fingerprint: optional(string()),
  configured: boolean(),
  source: optional(boolean()),
  automatic: boolean(),
};
// One request carries two factors at most.
const openAttempt = strictObject({ ...attempt, joint: optional(strictObject(attempt)) });
const bodySchema = strictObject({
  version: literal(bodyVersion),
  broker: string(),
  environment: string(),
  identity: string(),
  site: string(),
  deviceId: string(),
  fingerprintKey: string().check(minLength(1)),
  generation: count,
  session: optional(
    strictObject({
      tokens: unknown(),
      tokensVersion: count,
      issuedAt: count,
      expiresAt: count,
      deviceId: string(),
      obtainedBy: oneOf(["login", "renewal"]),
    }),
  ),
  renewal: optional(strictObject({ token: string(), issuedAt: count, expiresAt: optional(number()) })),
  ledger: strictObject({
    refused: array(string()),
    unknown: count,
    lastTotpStep: number(),
    attemptsLeft: optional(number()),
    latch: optional(
      strictObject({
        code: errorCode,
        factor,
        at: number(),
        fingerprint: optional(string()),
        source: optional(boolean()),
      }),
    ),
    doubtful: optional(array(string())),
    lastCode: optional(string()),
    open: optional(openAttempt),
  }),
  pending: optional(
    strictObject({
      handleHash: string(),
      challenge,
      login: strictObject({
        version: number(),
        broker: string(),
        environment: string(),
        awaits: oneOf(["otp", "totp", "mpin", "redirect"]),
        createdAt: count,
        expiresAt: count,
        state: nullable(unknown()),
      }),
    }),
  ),
  clock: optional(strictObject({ offsetMs: number(), measuredAt: number() })),
  earlyEndings: array(number()),
});
