import { unanswered } from "./login-handlers.ts";
import {
  type AccountRecord,
  nextGeneration,
  type RecordedPending,
  type RecordedRenewal,
} from "../record/account-record.ts";
import { acceptAttempt, resetLedger } from "../record/attempt-ledger.ts";
import { adapterError } from "../errors/adapter-error.ts";
import { AttemptRun, type AttemptRunOptions } from "./attempt-run.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { Challenge } from "../contract/challenge.ts";
import { errorCodes } from "../errors/error-codes.ts";
import { withMinting } from "./minting-limit.ts";
import { randomText } from "../record/fingerprint.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import type { Json } from "../contract/json.ts";
import type { LoginStep, Warning } from "../contract/login-step.ts";
import type { BrokerAuthProvider, TokenCodec } from "../contract/provider.ts";
import type { Renewal, SessionGrant } from "../contract/session.ts";
import type { Platform } from "./platform.ts";

/** What one run of a login needs. */
export interface LoginRun extends AttemptRunOptions {
  readonly provider: BrokerAuthProvider;
  readonly obtainedBy: "login" | "renewal";
  /** What this program calls itself. */
  readonly program?: string | undefined;
  /** Somebody wants a session that lives for longer than the one that is there. */
  readonly extends?: boolean | undefined;
  /** The session that is there may be dead, or not permitted: see `RecordedSession.onDoubt`. */
  readonly onDoubt?: boolean | undefined;
  /** The provider's part. */
  readonly step: (context: ProviderContext) => Promise<LoginStep<unknown>>;
  /** Whether the broker lets this session live: asked where two logins were under way at once. */
  readonly lives: (session: SessionGrant<unknown>, context: ProviderContext) => Promise<boolean>;
}

export type LoginRunResult =
  | { readonly kind: "session"; readonly record: AccountRecord; readonly warnings: readonly Warning[] }
  | {
      readonly kind: "challenge";
      readonly record: AccountRecord;
      readonly pending: RecordedPending;
      readonly refused: BrokerAuthError | undefined;
    };

/**
 * Runs a provider's step and settles what came of it: a session is saved, a challenge is kept for its answer, a refusal is blocked.
 * Throws what the provider threw, after it was settled.
 */
export async function runLogin(run: LoginRun): Promise<LoginRunResult> {
  const attempts = new AttemptRun(run);
  try {
    if (run.obtainedBy === "renewal") await attempts.requireFree();
    const step = await run.step(attempts.context);
    if (step.kind === "session") return await saveSession(run, step, attempts);
    if (run.automatic) throw unanswered(step.challenge.kind);
    return await keepChallenge(step, attempts);
  } catch (error) {
    throw await attempts.fail(adapterError(error));
  }
}

async function saveSession(
  run: LoginRun,
  { session, renewal, warnings }: Extract<LoginStep<unknown>, { kind: "session" }>,
  attempts: AttemptRun,
): Promise<LoginRunResult> {
  // Such as of a token without a claim of its end. Nobody could tell when it is over, and each call would log in anew.
  if (!isMoment(session.expiresAt) || !isMoment(session.issuedAt)) {
    throw new BrokerAuthError("protocol_error", "the session that the broker granted has no end that could be read", {
      action: "Update the adapter, or tell its author that the end of a session is not understood.",
    });
  }
  const tokens = storedTokens(run.provider.tokens, session.tokens);
  // A process that slept between the broker's answer and this line would take its old session for the newest: what was sent first is older.
  const issuedAt = Math.floor(Math.min(session.issuedAt, attempts.sentAt ?? session.issuedAt));
  const withSession = (record: AccountRecord): AccountRecord => {
    const kept = run.obtainedBy === "renewal" ? record.renewal : undefined;
    return {
      ...record,
      generation: nextGeneration(record.generation, run.platform.now()),
      session: {
        tokens,
        tokensVersion: run.provider.tokens.version,
        issuedAt,
        expiresAt: Math.floor(session.expiresAt),
        deviceId: session.deviceId.reveal(),
        obtainedBy: run.obtainedBy,
        ...(run.program === undefined ? {} : { mintedBy: run.program }),
        ...(run.onDoubt ? { onDoubt: true } : {}),
      },
      renewal: renewal === undefined ? kept : recordedRenewal(renewal),
      ledger: resetLedger(record.ledger, attempts.proof),
      pending: undefined,
      mintedAt: withMinting(record, attempts.now()),
      extendedAt: run.extends ? attempts.now() : record.extendedAt,
      earlyEndings: run.automatic ? record.earlyEndings : [],
    };
  };
  let rival: number | undefined;
  let saved = await persistently(run.platform, (again) =>
    attempts.save((record) => {
      rival = undefined;
      const isOthers = record.generation !== run.record.generation;
      // A try that was reported as failed may have been made, and the session ended since: it is not brought back.
      if (again && isOthers) return record;
      if (!isOthers || (record.session?.issuedAt ?? 0) < issuedAt) return withSession(record);
      rival = record.generation;
      return record;
    }),
  );
  // Two holders after a lost lock. The other login was begun later, but what was sent first may have arrived last: the broker knows.
  if (rival !== undefined && (await run.lives(session, attempts.context)))
    saved = await attempts.save((record) => (record.generation === rival ? withSession(record) : record));
  return { kind: "session", record: saved, warnings: warnings ?? [] };
}

// What any program can read back, this one included.
function storedTokens(codec: TokenCodec<unknown>, tokens: unknown): Json {
  try {
    const stored = JSON.parse(JSON.stringify(codec.encode(tokens))) as Json;
    codec.decode(stored, codec.version);
    return stored;
  } catch (cause) {
    throw new BrokerAuthError("protocol_error", "the session that the broker granted cannot be kept", {
      action: "Update the adapter, or tell its author that its tokens do not come back from their stored form.",
      cause,
    });
  }
}

// A renewal is tried until the broker says that it is over, so its end is no more than a hint.
function recordedRenewal({ token, issuedAt, expiresAt }: Renewal): RecordedRenewal {
  return { token: token.reveal(), issuedAt, ...(isMoment(expiresAt) ? { expiresAt } : {}) };
}

function isMoment(at: unknown): at is number {
  return typeof at === "number" && at >= 0 && at <= 8.64e15;
}

// What the broker has just granted cost a login, and may have ended other sessions: a store that fails for a moment must not lose it.
const savePausesMs = [50, 250, 1_000];

async function persistently<Result>(platform: Platform, save: (again: boolean) => Promise<Result>): Promise<Result> {
  for (const [tries, pauseMs] of savePausesMs.entries()) {
    try {
      return await save(tries > 0);
    } catch (error) {
      if (!isBrokerAuthError(error) || errorCodes[error.code].retry !== "transient") throw error;
      // The engine was closed: nothing is written any more.
      if (error.code === "aborted") throw error;
      await platform.sleep(pauseMs);
    }
  }
  return save(true);
}

async function keepChallenge(
  step: Extract<LoginStep<unknown>, { kind: "challenge" }>,
  attempts: AttemptRun,
): Promise<LoginRunResult> {
  const { refused } = step;
  const challenge = shownChallenge(step.challenge);
  const pending: RecordedPending = { handle: randomText(32), challenge, login: step.pending };
  const saved = await attempts.save((record) => {
    const ledger = refused === undefined ? acceptAttempt(record.ledger) : attempts.settled(record.ledger, refused);
    return { ...record, pending, ledger };
  });
  return { kind: "challenge", record: saved, pending, refused };
}

// A number for display that is none is left out: the login is as good without it.
function shownChallenge(challenge: Challenge): Challenge {
  if (challenge.kind !== "otp") return challenge;
  const { expiresAt, attemptsLeft, ...shown } = challenge;
  return {
    ...shown,
    ...(isMoment(expiresAt) ? { expiresAt } : {}),
    ...(isMoment(attemptsLeft) ? { attemptsLeft } : {}),
  };
}
