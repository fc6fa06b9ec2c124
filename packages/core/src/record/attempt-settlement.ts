import { aboutTheAccount, attemptBudget, humanAttempts, spentAttempts } from "./attempt-budget.ts";
import { acceptAttempt, type AttemptLedger, type LoginBlock, type OpenAttempt } from "./attempt-ledger.ts";
import { attemptOutcome } from "./attempt-outcome.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { Factor } from "../contract/provider-context.ts";
import { type Moment, silentPause, toldPause } from "./login-pause.ts";

/** Closes the open attempt by the error that came of it. */
export function settleAttempt(ledger: AttemptLedger, error: BrokerAuthError, moment: Moment): AttemptLedger {
  const { open } = ledger;
  const closed = { ...acceptAttempt(ledger), attemptsLeft: error.attemptsLeft ?? ledger.attemptsLeft };
  if (open === undefined) return closed;
  switch (attemptOutcome(error)) {
    case "not_sent":
      return closed;
    case "not_looked_at":
      return { ...closed, ...pauseAfter(closed, open, error, moment) };
    case "refused":
      return refuse(closed, open, error, moment);
    case "unknown":
      return isProved(open) && !isSecondSilence(closed, open) && !wouldSpendBudget(closed, open)
        ? waitOut(closed, open, error, moment)
        : doubt(closed, open, error.code, moment.now);
    case "not_understood":
      return doubt(closed, open, error.code, moment.now);
  }
}

/** Closes an attempt whose process died: nobody knows what the broker made of it. */
export function recoverAttempt(ledger: AttemptLedger, random: number): AttemptLedger {
  const { open } = ledger;
  if (open === undefined) return ledger;
  const died = new BrokerAuthError("outcome_unknown", "the program ended before the broker's answer was written down");
  return settleAttempt(ledger, died, { now: open.at, random });
}

/**
 * Takes back what another program has counted of an attempt, which it took for one of a dead process and which has never left. Where more than that
 * was written down since, it stands as it is: no attempt is forgotten.
 * @param opened the ledger with the attempt in it
 */
export function withdrawRecovery(ledger: AttemptLedger, opened: AttemptLedger): AttemptLedger {
  if (counts(ledger) !== counts(recoverAttempt(opened, 0))) return ledger;
  return { ...acceptAttempt(opened), open: ledger.open, totp: ledger.totp };
}

// Without what is drawn at random, and what an attempt leaves wherever it ends.
function counts(ledger: AttemptLedger): string {
  const { refused, refusals, unknown, doubtful, attemptsLeft, proved, unheard, granted, pause, block } = ledger;
  const stopped = [pause?.code, pause?.since, pause?.tries, block?.code, block?.factor, block?.at, block?.fingerprint];
  return JSON.stringify([refused, refusals, unknown, doubtful, attemptsLeft, proved, unheard, granted, ...stopped]);
}

function refuse(
  ledger: AttemptLedger,
  open: OpenAttempt,
  { code, field }: BrokerAuthError,
  moment: Moment,
): AttemptLedger {
  const attempts = blamed(open, code);
  const ofTheAccount = aboutTheAccount.has(code);
  // What a person types is a new credential every time; only what would come again by itself is counted and blocked.
  const repeating = attempts.filter(repeats);
  const given = fingerprints(attempts.filter((attempt) => !repeating.includes(attempt)));
  const refusals = ledger.refusals + (repeating.length > 0 ? 1 : 0);
  // A refusal of the account says nothing about what was sent.
  const refused = ofTheAccount ? ledger.refused : union(ledger.refused, given);
  const after = { ...ledger, refused, refusals, proved: undefined };
  const [first] = ofTheAccount ? attempts : repeating;
  if (first === undefined) return after;
  const again = fingerprints(repeating);
  // Where the broker names what is wrong, such as an access token, another code does not mend it.
  const named = code === "invalid_credentials" && field !== undefined;
  if (!moment.finalCode && !named && mayTryTotpAgain(after, attempts, code))
    return { ...after, doubtful: union(ledger.doubtful ?? [], again) };
  return {
    ...after,
    refused: ofTheAccount ? refused : union(refused, again),
    granted: undefined,
    corrected: undefined,
    block: blockBy(first, code, moment.now),
  };
}

// A refused code may have been made with a wrong idea of the broker's time, or be of a step that somebody else has used.
function mayTryTotpAgain(ledger: AttemptLedger, attempts: readonly OpenAttempt[], code: BrokerAuthErrorCode): boolean {
  const { doubtful = [], attemptsLeft = Infinity, granted } = ledger;
  const ofTotp = code === "totp_rejected" || code === "invalid_credentials";
  if (!ofTotp || granted || attemptsLeft <= humanAttempts) return false;
  return attempts.every(
    ({ factor, automatic, source, fingerprint = "" }) =>
      factor === "totp" &&
      !doubtful.includes(fingerprint) &&
      // A source gives another code each time: only the budget knows that it was refused before.
      ((!automatic && !source) || spentAttempts(ledger) < attemptBudget),
  );
}

/** No clear answer, and nothing that tells the credentials from wrong ones: one further try, and then a person has to look. */
function doubt(ledger: AttemptLedger, open: OpenAttempt, code: BrokerAuthErrorCode, now: number): AttemptLedger {
  const attempts = jointly(open);
  const repeating = attempts.filter(repeats);
  const { doubtful = [], refused } = ledger;
  const given = fingerprints(attempts.filter((attempt) => !repeating.includes(attempt)));
  // A typed factor has its own second try: the same value without an answer again is not sent a third time.
  const spent = given.filter((fingerprint) => doubtful.includes(fingerprint));
  const after = {
    ...ledger,
    refused: union(refused, spent),
    ...(given.length > 0 ? { doubtful: union(doubtful, given) } : {}),
  };
  const [first] = repeating;
  if (first === undefined) return after;
  const counted = { ...after, unknown: ledger.unknown + 1, granted: undefined, corrected: undefined };
  if (spentAttempts(counted) < attemptBudget) return counted;
  return { ...counted, proved: undefined, block: blockBy(first, code, now) };
}

/** No clear answer to credentials that are known to be right: the broker has a bad morning, and is asked again after a while. */
function waitOut(
  ledger: AttemptLedger,
  open: OpenAttempt,
  { code, retryAfterMs }: BrokerAuthError,
  moment: Moment,
): AttemptLedger {
  const factors = jointly(open)
    .filter(repeats)
    .map(({ factor }) => factor);
  const unheard = [...new Set([...(ledger.unheard ?? []), ...factors])];
  return { ...ledger, unheard, pause: silentPause(ledger.pause, code, retryAfterMs, moment) };
}

// Of the code of an enrolment nothing can be known: it is of a new secret.
function isProved(open: OpenAttempt): boolean {
  const repeating = jointly(open).filter(repeats);
  return repeating.length > 0 && repeating.every(({ proved }) => proved === true);
}

// An error of the server can hide a refusal. Where the step before was accepted, or a session lives, the broker works, and twice is no accident.
function isSecondSilence({ unheard = [] }: AttemptLedger, open: OpenAttempt): boolean {
  return (
    (open.behind === true || open.enrolment === true) && jointly(open).some(({ factor }) => unheard.includes(factor))
  );
}

// Silence about an MPIN is waited out while it cannot be the second of what may be refusals.
function wouldSpendBudget(ledger: AttemptLedger, open: OpenAttempt): boolean {
  const { unheard = [] } = ledger;
  const ofPin = jointly(open).some(({ factor }) => factor === "mpin") && !unheard.includes("mpin");
  return ofPin && spentAttempts(ledger) + 1 >= attemptBudget;
}

function pauseAfter(
  { pause }: AttemptLedger,
  open: OpenAttempt,
  { code, retryAfterMs }: BrokerAuthError,
  moment: Moment,
): Pick<AttemptLedger, "pause"> {
  // What outlived the session is over, and the full login that is due begins at once. What a person does by hand holds up nobody else.
  if (code === "session_expired" || !jointly(open).some(repeats)) return {};
  // Nothing that time heals for certain: no hurry to meet it again.
  const lasting = code === "configuration" || code === "challenge_expired";
  return {
    pause: lasting ? silentPause(pause, code, retryAfterMs, moment) : toldPause(pause, code, retryAfterMs, moment.now),
  };
}

function blockBy(
  { factor, configured, fingerprint, source, enrolment }: OpenAttempt,
  code: BrokerAuthErrorCode,
  at: number,
): LoginBlock {
  return {
    code,
    factor,
    at,
    ...(configured && fingerprint !== undefined ? { fingerprint } : {}),
    ...(source ? { source } : {}),
    ...(enrolment ? { enrolment } : {}),
  };
}

// One request may carry two factors. A refusal that names one of them leaves the other alone; any other outcome is about both.
function blamed(open: OpenAttempt, code: BrokerAuthErrorCode): readonly OpenAttempt[] {
  const attempts = jointly(open);
  const named = attempts.filter(({ factor }) => factor === namedFactors[code]);
  return named.length > 0 ? named : attempts;
}

const namedFactors: Readonly<Partial<Record<BrokerAuthErrorCode, Factor>>> = {
  otp_rejected: "otp",
  totp_rejected: "totp",
  pin_rejected: "mpin",
};

function jointly(open: OpenAttempt): readonly OpenAttempt[] {
  return open.joint === undefined ? [open] : [open, ...jointly(open.joint)];
}

// The code of an enrolment is of a new secret: nothing that is configured was wrong, and nothing sends it again.
function repeats({ configured, source, automatic, enrolment, factor }: OpenAttempt): boolean {
  return (configured || automatic || source === true) && !(enrolment && factor === "totp");
}

function fingerprints(attempts: readonly OpenAttempt[]): readonly string[] {
  return attempts.map(({ fingerprint }) => fingerprint).filter((fingerprint) => fingerprint !== undefined);
}

function union(known: readonly string[], further: readonly string[]): readonly string[] {
  return further.every((fingerprint) => known.includes(fingerprint)) ? known : [...new Set([...known, ...further])];
}
