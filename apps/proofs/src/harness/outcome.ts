import { isBrokerAuthError } from "@x/core";

/** What came of a call, in one word: the status of an answer, `done` for any other result, or the error's code. */
export async function outcomeOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  try {
    const result = await (typeof work === "function" ? work() : work);
    if (!(result instanceof Response)) return "done";
    await result.body?.cancel();
    return String(result.status);
  } catch (error) {
    return errorCode(error);
  }
}

/** The same where any other error than one of ours is a mistake of the proof. @throws Error for it */
export async function typedOutcomeOf(work: Promise<unknown>): Promise<string> {
  const outcome = await outcomeOf(work);
  if (outcome.startsWith("untyped")) throw new Error(outcome);
  return outcome;
}

/** The code of one of our errors. Any other error is told whole, so that it matches nothing that is expected. */
export function errorCode(error: unknown): string {
  return isBrokerAuthError(error) ? error.code : `untyped: ${String(error)}`;
}
