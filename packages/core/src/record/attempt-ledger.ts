import { humanAttempts } from "./attempt-budget.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import type { Factor } from "../contract/provider-context.ts";
import type { LoginPause } from "./login-pause.ts";
import { noTotpSteps, type TotpSteps } from "../adapter-kit/totp-steps.ts";

/**
 * What an account's attempts have come to since its last minted session. Pure data in the account's record: written ahead of every attempt,
 * so that neither a crash nor a restart forgets one. The rules are the attempts table of the documentation.
 */
export interface AttemptLedger {
  /** Fingerprints of factors that were refused. They are never sent again. */
  readonly refused: readonly string[];
  /** How often the broker refused what comes by itself, whichever program and configuration it came from. */
  readonly refusals: number;
  /** Attempts without a clear answer, where it was not known that the credentials are right. */
  readonly unknown: number;
  /** The TOTP time steps that were used. */
  readonly totp: TotpSteps;
  /** Fingerprints that have one further try: a TOTP secret that was refused once, and what a person typed and got no clear answer for. */
  readonly doubtful?: readonly string[] | undefined;
  /** What the broker last said is left of its own budget. */
  readonly attemptsLeft?: number | undefined;
  /** Fingerprint of the whole set of credentials that opened a session by itself, and was refused nothing since. */
  readonly proved?: string | undefined;
  /** Factors of the proved set that got no clear answer since the last session. */
  readonly unheard?: readonly Factor[] | undefined;
  /** Until when nobody logs in by itself, although nothing is blocked. */
  readonly pause?: LoginPause | undefined;
  /** Why automatic logins have stopped. */
  readonly block?: LoginBlock | undefined;
  /** A person called unlock(): one further try. */
  readonly granted?: true | undefined;
  /** Who called it was configured with other credentials than the refused ones: the further try is not for these. */
  readonly corrected?: true | undefined;
  /** The attempt that is under way. Found by the next holder of the lock, it means that a process died with it. */
  readonly open?: OpenAttempt | undefined;
}

export interface LoginBlock {
  readonly code: BrokerAuthErrorCode;
  readonly factor: Factor;
  /** Epoch milliseconds of the broker's time, as far as it was known. */
  readonly at: number;
  /** Of the configured credential that was refused; absent where a code source or a person gave it. */
  readonly fingerprint?: string | undefined;
  /** A code source gave it: the next code comes from the same place. */
  readonly source?: true | undefined;
  /** An enrolment caused it, so that one that succeeds ends it. */
  readonly enrolment?: true | undefined;
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
  readonly source?: true | undefined;
  /** Nobody is there to look at the result. */
  readonly automatic: boolean;
  /** It is part of an enrolment: its code is of a secret that nobody has configured yet. */
  readonly enrolment?: true | undefined;
  /** It belongs to the set of credentials that is proved. */
  readonly proved?: true | undefined;
  /** The step before it was accepted in the same run. */
  readonly behind?: true | undefined;
  /** What travels in the same request: the broker's answer may be about either. */
  readonly joint?: OpenAttempt | undefined;
}

/** The fingerprints of an account's configured factors. */
export type ConfiguredFactors = Readonly<Partial<Record<Factor, string>>>;

export const emptyLedger: AttemptLedger = { refused: [], refusals: 0, unknown: 0, totp: noTotpSteps };

/** Closes the open attempt after the broker went on to a challenge, or where it never left. */
export function acceptAttempt(ledger: AttemptLedger): AttemptLedger {
  return { ...ledger, open: undefined };
}

/** Closes the attempts of an enrolment that succeeded: what an earlier one was stopped by is over. Another MPIN that it refused stays refused. */
export function acceptEnrolment(ledger: AttemptLedger): AttemptLedger {
  const { block, ...accepted } = acceptAttempt(ledger);
  if (block?.enrolment === undefined) return { ...accepted, block };
  const right = [ledger.open?.fingerprint, ledger.open?.joint?.fingerprint];
  const refused = accepted.refused.filter((fingerprint) => !right.includes(fingerprint));
  const refusals = Math.max(accepted.refusals - 1, 0);
  return errorCodes[block.code].attempt === "refused"
    ? { ...accepted, refused, refusals }
    : { ...accepted, unknown: 0 };
}

/**
 * A session was minted: everything was right. The used TOTP steps stay, and which credentials are proved.
 * @param proved fingerprint of the whole set, where it was this set alone that opened the session
 */
export function resetLedger(ledger: AttemptLedger, proved: string | undefined = ledger.proved): AttemptLedger {
  return { ...emptyLedger, totp: ledger.totp, ...(proved === undefined ? {} : { proved }) };
}

/**
 * A person's word that the next attempt will succeed: one further try of what is stopped, and no budget beyond the one that there is.
 * @param configured of the program that was told it. Where these are not the refused ones, no program that still has those may use the try up
 */
export function unlockLedger(ledger: AttemptLedger, configured: ConfiguredFactors): AttemptLedger {
  const { block, refused, attemptsLeft = Infinity } = ledger;
  if (block === undefined && refused.length === 0 && attemptsLeft > humanAttempts) return ledger;
  const isRefused = Object.values(configured).some((fingerprint) => refused.includes(fingerprint));
  const corrected = block !== undefined && isReplaced(block, configured) && !isRefused;
  return { ...ledger, granted: true, corrected: corrected || undefined };
}

/** Whether another credential is configured than the one of the block. What a code source gives cannot be told apart beforehand. */
export function isReplaced(block: LoginBlock, configured: ConfiguredFactors): boolean {
  const fingerprint = configured[block.factor];
  return fingerprint !== undefined && block.fingerprint !== undefined && fingerprint !== block.fingerprint;
}

/** Whether what came between these two is a refused TOTP code that may be followed by one of a later time step. */
export function hasFurtherTry(before: AttemptLedger, after: AttemptLedger): boolean {
  const doubted = (after.doubtful?.length ?? 0) > (before.doubtful?.length ?? 0);
  return doubted && after.refusals > before.refusals && after.open === undefined;
}

/** Whether this set of credentials is proved, and the broker gave no clear answer to it since. */
export function isWaitedOut({ proved, unheard }: AttemptLedger, set: string | undefined): boolean {
  return set !== undefined && proved === set && unheard !== undefined;
}
