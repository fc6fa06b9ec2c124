import { wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { withinSignal } from "../adapter-kit/signal-limit.ts";

/** Why a caller's signal begins no wait: it is none, or has fired; undefined for one that can be waited with. */
export function refusedSignal(signal: AbortSignal | undefined): BrokerAuthError | undefined {
  if (signal === undefined) return undefined;
  if (!isSignal(signal)) return wrongArgument("signal", "must be an AbortSignal");
  return signal.aborted ? new BrokerAuthError("aborted", "the caller's signal had fired before the wait") : undefined;
}

// Not by its class: a signal may come from another realm.
function isSignal(given: unknown): boolean {
  try {
    const { addEventListener, aborted } = given as Partial<AbortSignal>;
    return typeof addEventListener === "function" && typeof aborted === "boolean";
  } catch {
    return false;
  }
}

/**
 * Waits for shared work until the caller's own signal ends the wait. The work goes on for the others.
 * @param why the error of an ended wait
 */
export function abortable<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
  why: () => unknown = endedBySignal,
): Promise<Result> {
  return withinSignal(signal, work, why);
}

export function endedBySignal(): BrokerAuthError {
  return new BrokerAuthError("aborted", "the caller's signal ended the wait");
}
