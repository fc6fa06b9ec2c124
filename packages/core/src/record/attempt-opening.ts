import type { AttemptLedger, OpenAttempt } from "./attempt-ledger.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { factorHold, lockHold } from "./login-hold.ts";
import {
  isOpenToOutside,
  isOpenToPrograms,
  type StepTime,
  type TotpSteps,
  useStep,
} from "../adapter-kit/totp-steps.ts";

/** The TOTP code of an attempt. */
export interface SpentCode extends StepTime {
  readonly step: number;
  /** Fingerprint of the code itself. */
  readonly code: string | undefined;
}

/**
 * Writes an attempt down before it is sent. An attempt that was open before has led to this one, so it was accepted; one of the same step
 * travels with it, or has never left where it is of the same factor.
 * @throws BrokerAuthError `login_blocked` for a factor that was refused or an account that is locked, `needs_input` for a TOTP code or a time
 * step that was used
 */
export function openAttempt(ledger: AttemptLedger, attempt: OpenAttempt, spent?: SpentCode): AttemptLedger {
  const held = lockHold(ledger) ?? factorHold(ledger, attempt.factor, attempt.fingerprint);
  if (held !== undefined) throw held;
  const before = ledger.open?.owner === attempt.owner ? ledger.open : undefined;
  const sameRequest = before !== undefined && before.step === attempt.step;
  // A code that was written down too late to be sent is followed by the next one, and takes no place beside it.
  const joint = !sameRequest ? undefined : before.factor === attempt.factor ? before.joint : before;
  const behind = before !== undefined && (!sameRequest || before.behind === true);
  return {
    ...ledger,
    open: { ...attempt, ...(behind ? { behind } : {}), ...(joint === undefined ? {} : { joint }) },
    totp: spent === undefined ? ledger.totp : useCode(ledger.totp, spent, attempt.configured),
  };
}

function useCode(steps: TotpSteps, { step, code, ...time }: SpentCode, ofOurMaking: boolean): TotpSteps {
  const open = ofOurMaking ? isOpenToPrograms(steps, step, time) : isOpenToOutside(steps, step);
  if (!open) {
    throw new BrokerAuthError("needs_input", "a code of this TOTP time step was used already; nothing was sent", {
      challenge: "totp",
      action: "Wait for the authenticator's next code and give that one.",
    });
  }
  if (code !== undefined && steps.codes.includes(code)) {
    throw new BrokerAuthError("needs_input", "this TOTP code was sent before; nothing was sent", {
      challenge: "totp",
      action: "Check the clock of whatever gives the code, and wait for its next one.",
    });
  }
  return useStep(steps, step, ofOurMaking ? "made" : "outside", code);
}
