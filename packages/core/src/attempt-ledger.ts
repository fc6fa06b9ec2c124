import { BrokerAuthError } from "./broker-auth-error.ts";
import { type AttemptOutcome, type BrokerAuthErrorCode, errorCodes } from "./error-codes.ts";
import type { Factor } from "./io.ts";

/**
 * What an account's attempts have come to since its last minted session. Pure data in the account's record: written ahead of every attempt,
 * so that neither a crash nor a restart forgets one. The rules are the attempts table of the documentation.
 */
export interface AttemptLedger {
  /** Fingerprints that are never sent again. */
  readonly refused: readonly string[];
  /** Attempts without a clear answer. The second one blocks. */
  readonly unknown: number;
  /** The newest TOTP time step that was used; -1 for none. Outlives sessions and logouts. */
  readonly lastTotpStep: number;
  /** Fingerprints of what a person typed and got no clear answer for: one further try, then they count as refused. */
  readonly doubtful?: readonly string[] | undefined;
  /** Fingerprint of the last TOTP code that came from outside. A code source on a slow clock may give the same one again. */
  readonly lastCode?: string | undefined;
  /** What the broker last said is left of its own budget. */
  readonly attemptsLeft?: number | undefined;
  /** Why automatic logins have stopped. */
  readonly block?: LoginBlock | undefined;
  /** The attempt that is under way. Found by the next holder of the lock, it means that a process died with it. */
  readonly open?: OpenAttempt | undefined;
}

export interface LoginBlock {
  readonly code: BrokerAuthErrorCode;
  readonly factor: Factor;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the configured credential that was refused; absent where a code source or a person gave it. */
  readonly fingerprint?: string | undefined;
  /** A code source gave it: the next code comes from the same place. */
  readonly source?: boolean | undefined;
}

export interface OpenAttempt {
  /** Which login run wrote it. */
  readonly owner: string;
  readonly factor: Factor;
  readonly step: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly fingerprint?: string | undefined;
  /** It came from the configuration, so that nothing new comes by itself. */
  readonly configured: boolean;
  /** A code source of the configuration gave it, so that the next one is as wrong as this one. */
  readonly source?: boolean | undefined;
  /** Nobody is there to look at the result. */
  readonly automatic: boolean;
  /** What travels in the same request: the broker's answer may be about either. */
  readonly joint?: OpenAttempt | undefined;
}

/** The fingerprints of an account's configured factors. */
export type ConfiguredFactors = Readonly<Partial<Record<Factor, string>>>;

export const emptyLedger: AttemptLedger = { refused: [], unknown: 0, lastTotpStep: -1 };

/** Refusals of the account and not of the factor: whoever gave it, the next one fares no better. */
const aboutTheAccount: ReadonlySet<BrokerAuthErrorCode> = new Set([
  "account_locked",
  "ip_not_allowed",
  "permission_denied",
]);

/** The broker's last attempts belong to the human: with this many left or fewer, nothing is tried automatically. */
const humanAttempts = 2;
const unknownLimit = 2;

/** Why no automatic login may be tried now; undefined when one may. */
export function automaticRefusal(ledger: AttemptLedger, configured: ConfiguredFactors): BrokerAuthError | undefined {
  const refused = interactiveRefusal(ledger, configured);
  if (refused !== undefined) return refused;
  const { block } = ledger;
  if (block !== undefined && !isReplaced(block, configured)) return blocked(block.factor, block.code);
  if (ledger.attemptsLeft !== undefined && ledger.attemptsLeft <= humanAttempts) {
    return new BrokerAuthError(
      "login_blocked",
      `the broker has ${ledger.attemptsLeft} attempts left for this account, and they belong to a person`,
      {
        attemptsLeft: ledger.attemptsLeft,
        action: "Log in by hand, or call unlock() when you know that the next attempt will succeed.",
      },
    );
  }
  return undefined;
}

/**
 * Why a person's login with the configured factors makes no sense now; undefined when it may be tried.
 * @param sourced the first factor comes from a code source, which a person does not look at either
 */
export function interactiveRefusal(
  ledger: AttemptLedger,
  configured: ConfiguredFactors,
  sourced = false,
): BrokerAuthError | undefined {
  if (sourced && ledger.block?.source) return blocked(ledger.block.factor, ledger.block.code);
  for (const [factor, fingerprint] of Object.entries(configured)) {
    const refused = refusedBefore(ledger, factor as Factor, fingerprint);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/**
 * Writes an attempt down before it is sent. An attempt that was open before has led to this one, so it was accepted; one of the same step
 * travels with it.
 * @throws BrokerAuthError `login_blocked` for a fingerprint that was refused, `needs_input` for a time step that was used
 */
export function openAttempt(ledger: AttemptLedger, attempt: OpenAttempt, totpStep?: number): AttemptLedger {
  const refused = refusedBefore(ledger, attempt.factor, attempt.fingerprint);
  if (refused !== undefined) throw refused;
  if (totpStep !== undefined && totpStep <= ledger.lastTotpStep) {
    throw new BrokerAuthError("needs_input", "a code of this TOTP time step was used already; nothing was sent", {
      challenge: "totp",
      action: "Wait for the authenticator's next code and give that one.",
    });
  }
  const outside = attempt.factor === "totp" && !attempt.configured ? attempt.fingerprint : undefined;
  if (outside !== undefined && outside === ledger.lastCode) {
    throw new BrokerAuthError("needs_input", "this TOTP code was sent before; nothing was sent", {
      challenge: "totp",
      action: "Check the clock of whatever gives the code, and wait for its next one.",
    });
  }
  const { open } = ledger;
  const joint = open?.owner === attempt.owner && open.step === attempt.step ? open : undefined;
  return {
    ...ledger,
    open: joint === undefined ? attempt : { ...attempt, joint },
    lastTotpStep: totpStep ?? ledger.lastTotpStep,
    lastCode: outside ?? ledger.lastCode,
  };
}

/** Closes the open attempt after the broker went on to a challenge. */
export function acceptAttempt(ledger: AttemptLedger): AttemptLedger {
  return { ...ledger, open: undefined };
}

/** Closes the open attempt by the error that came of it. */
export function settleAttempt(ledger: AttemptLedger, error: BrokerAuthError, now: number): AttemptLedger {
  const left = error.attemptsLeft ?? ledger.attemptsLeft;
  return closeAttempt({ ...ledger, attemptsLeft: left }, errorCodes[error.code].attempt, error.code, now);
}

/** Closes an attempt whose process died: nobody knows what the broker made of it. */
export function recoverAttempt(ledger: AttemptLedger, now: number): AttemptLedger {
  return closeAttempt(ledger, "unknown", "outcome_unknown", now);
}

/** A session was minted: everything was right. Only the used TOTP step stays. */
export function resetLedger(ledger: AttemptLedger): AttemptLedger {
  return { ...emptyLedger, lastTotpStep: ledger.lastTotpStep, lastCode: ledger.lastCode };
}

function closeAttempt(
  ledger: AttemptLedger,
  outcome: AttemptOutcome,
  code: BrokerAuthErrorCode,
  now: number,
): AttemptLedger {
  const closed = { ...ledger, open: undefined };
  if (ledger.open === undefined || outcome === "free") return closed;
  const attempts = blamed(ledger.open, code);
  // What a person types is a new credential every time; only what would come again by itself is blocked and counted together.
  const repeating = attempts.filter((attempt) => repeats(attempt) || aboutTheAccount.has(code));
  const unknown = ledger.unknown + (outcome === "unknown" && repeating.length > 0 ? 1 : 0);
  const doubted = ledger.doubtful ?? [];
  const given = fingerprints(attempts.filter((attempt) => !repeating.includes(attempt)));
  const doubtful = outcome === "unknown" ? union(doubted, given) : doubted;
  const kept = { ...closed, unknown, ...(doubtful.length > 0 ? { doubtful } : {}) };
  // A typed factor has its own second try: the same value without an answer again is not sent a third time.
  const spent = outcome === "refused" ? given : given.filter((fingerprint) => doubted.includes(fingerprint));
  const [first] = repeating;
  if (first === undefined || (outcome === "unknown" && unknown < unknownLimit)) {
    return { ...kept, refused: union(ledger.refused, spent) };
  }
  const block: LoginBlock = {
    code,
    factor: first.factor,
    at: now,
    ...(first.configured ? { fingerprint: first.fingerprint } : {}),
    ...(first.source ? { source: true } : {}),
  };
  return { ...kept, refused: union(ledger.refused, [...spent, ...fingerprints(repeating)]), block };
}

// One request may carry two factors. A refusal that names one of them leaves the other alone; any other outcome is about both.
function blamed(open: OpenAttempt, code: BrokerAuthErrorCode): readonly OpenAttempt[] {
  const attempts: OpenAttempt[] = [];
  for (let attempt: OpenAttempt | undefined = open; attempt !== undefined; attempt = attempt.joint)
    attempts.push(attempt);
  const named = attempts.filter(({ factor }) => factor === namedFactors[code]);
  return named.length > 0 ? named : attempts;
}

const namedFactors: Readonly<Partial<Record<BrokerAuthErrorCode, Factor>>> = {
  otp_rejected: "otp",
  totp_rejected: "totp",
  pin_rejected: "mpin",
};

function repeats({ configured, source, automatic }: OpenAttempt): boolean {
  return configured || automatic || source === true;
}

function fingerprints(attempts: readonly OpenAttempt[]): readonly string[] {
  return attempts.map(({ fingerprint }) => fingerprint).filter((fingerprint) => fingerprint !== undefined);
}

function union(known: readonly string[], further: readonly string[]): readonly string[] {
  return further.every((fingerprint) => known.includes(fingerprint)) ? known : [...new Set([...known, ...further])];
}

function refusedBefore(
  { block, refused }: AttemptLedger,
  factor: Factor,
  fingerprint: string | undefined,
): BrokerAuthError | undefined {
  if (fingerprint === undefined || !refused.includes(fingerprint)) return undefined;
  // The block tells about the last refusal only. Of an earlier one there is the fingerprint and nothing else.
  return blocked(factor, block?.fingerprint === fingerprint ? block.code : undefined);
}

// A block is lifted for a configured credential that is not the refused one. What a code source gives cannot be told apart beforehand.
function isReplaced(block: LoginBlock, configured: ConfiguredFactors): boolean {
  const fingerprint = configured[block.factor];
  return fingerprint !== undefined && block.fingerprint !== undefined && fingerprint !== block.fingerprint;
}

const factorNames: Readonly<Record<Factor, string>> = {
  otp: "OTP",
  totp: "TOTP secret or identity",
  mpin: "MPIN",
  sms: "request for an SMS",
};

function blocked(factor: Factor, code: BrokerAuthErrorCode | undefined): BrokerAuthError {
  return new BrokerAuthError("login_blocked", `nothing was sent: ${blockReason(factorNames[factor], code)}`);
}

function blockReason(what: string, code: BrokerAuthErrorCode | undefined): string {
  if (code === undefined) return `an earlier attempt with this ${what} was refused or had no clear answer`;
  if (aboutTheAccount.has(code)) return `the broker refused this account before (${code})`;
  return errorCodes[code].attempt === "unknown"
    ? `two attempts had no clear answer, the last one with this ${what}`
    : `the broker refused this ${what} before (${code})`;
}
