import type {
  Answer,
  Challenge,
  MpinChallenge,
  OtpChallenge,
  RedirectChallenge,
  TotpChallenge,
} from "../contract/challenge.ts";
import { isObject, readArgument, requireFunction, wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";

/** What a handler is told besides the challenge. */
export interface ChallengeContext {
  /** Why the last answer was refused; undefined at the first time of asking. */
  readonly refused?: BrokerAuthError | undefined;
}

/** Functions that ask a person. Each returns the answer; `otp` may return `{ resend: true }` for a new code. */
export interface LoginHandlers {
  otp?(
    challenge: OtpChallenge & ChallengeContext,
  ): string | { readonly resend: true } | Promise<string | { readonly resend: true }>;
  totp?(challenge: TotpChallenge & ChallengeContext): string | Promise<string>;
  mpin?(challenge: MpinChallenge & ChallengeContext): string | Promise<string>;
  redirect?(challenge: RedirectChallenge & ChallengeContext): string | Promise<string>;
}

/** Checks the handlers before a login begins, which may send an SMS. @throws BrokerAuthError `configuration` naming the handler */
export function requireHandlers(handlers: LoginHandlers): LoginHandlers {
  if (!isObject(handlers)) throw wrongArgument("handlers", "must be an object of functions, such as { otp: () => … }");
  for (const kind of ["otp", "totp", "mpin", "redirect"] as const) {
    const handler: unknown = readArgument("handlers", () => handlers[kind]);
    requireFunction(handler, kind, " that returns the answer");
  }
  return handlers;
}

/**
 * Asks the handler of a challenge.
 * @throws BrokerAuthError `needs_input` where there is none, or where it comes back without an answer; `configuration` for a number
 */
export async function askHandler(
  handlers: LoginHandlers,
  challenge: Challenge,
  refused: BrokerAuthError | undefined,
): Promise<Answer> {
  const { kind } = challenge;
  const handler = handlers[kind] as ((challenge: Challenge & ChallengeContext) => unknown) | undefined;
  if (handler === undefined) throw unanswered(kind, "no handler is configured for");
  const value: unknown = await handler.call(handlers, { ...challenge, refused });
  if (typeof value === "string") return { kind, value };
  if (typeof value === "object" && value !== null && (value as { resend?: unknown }).resend === true)
    return { kind: "resend" };
  if (typeof value === "number" || typeof value === "bigint")
    throw wrongArgument(kind, "its handler gave a number; it must be text, in quotes, so that no zero is lost");
  // A prompt that was cancelled. Taking it for a wish would send one SMS after another.
  throw unanswered(kind, "the handler gave no answer for");
}

const titles: Readonly<Record<Challenge["kind"], string>> = {
  otp: "OTP",
  totp: "TOTP code",
  mpin: "MPIN",
  redirect: "address that the login page leads back to",
};

/** A login that waits for a person in vain. @param why the sentence before what it waits for */
export function unanswered(
  challenge: Challenge["kind"],
  why = "nobody is there to give",
  field?: string,
): BrokerAuthError {
  return new BrokerAuthError("needs_input", `${why} the ${titles[challenge]}`, { challenge, field });
}
