import { attemptCount, isObject } from "@x/core/adapter";

/** What an answer says about a failure. */
export interface Failure {
  /** The broker's words, for matching only: they may repeat what was sent, so they are never shown. */
  readonly text: string;
  readonly attemptsLeft: number | undefined;
}

// Refusals are a few words. A text as long as the body cap allows would keep the patterns that look through it busy for minutes.
const longestText = 500;

/**
 * nubra.md section 8: `error`, then `message`, then `detail`; JSON bodies only. Empty text when there is none. By hand: judging an answer must not
 * load what only a login needs.
 */
export function readFailure(json: unknown): Failure {
  const { error, message, detail, attempts_left: attemptsLeft } = isObject(json) ? json : {};
  const text = [error, message, detail].find((given) => typeof given === "string" && given !== "");
  return {
    text: typeof text === "string" ? text.slice(0, longestText) : "",
    attemptsLeft: attemptCount(attemptsLeft),
  };
}

/** No static IP is registered, or another one (nubra.md section 8). */
export const addressText: RegExp = /no ip addresses registered|ip address mismatch|trading access is restricted/i;
