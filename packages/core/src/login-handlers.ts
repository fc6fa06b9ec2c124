import type { Challenge, MpinChallenge, OtpChallenge, RedirectChallenge, TotpChallenge } from "./challenge.ts";
import { BrokerAuthError } from "./broker-auth-error.ts";

/** What a handler is told besides the challenge. */
export interface Refused {
  /** Why the last answer was refused; undefined at the first time of asking. */
  readonly refused?: BrokerAuthError | undefined;
}

/** Functions that ask a person. Each returns the answer; `otp` may return `{ resend: true }` for a new code. */
export interface LoginHandlers {
  otp?(
    challenge: OtpChallenge & Refused,
  ): string | { readonly resend: true } | Promise<string | { readonly resend: true }>;
  totp?(challenge: TotpChallenge & Refused): string | Promise<string>;
  mpin?(challenge: MpinChallenge & Refused): string | Promise<string>;
  redirect?(challenge: RedirectChallenge & Refused): string | Promise<string>;
}

/** Asks the handler of a challenge. @throws BrokerAuthError `needs_input` where there is none */
export async function askHandler(
  handlers: LoginHandlers,
  challenge: Challenge,
  refused: BrokerAuthError | undefined,
): Promise<string | { readonly resend: true }> {
  const handler = handlers[challenge.kind] as
    | ((challenge: Challenge & Refused) => Promise<string | { readonly resend: true }>)
    | undefined;
  if (handler === undefined) {
    throw new BrokerAuthError(
      "needs_input",
      `the login waits for the ${challenge.kind}, and there is no handler for it`,
      { challenge: challenge.kind },
    );
  }
  return handler({ ...challenge, refused });
}
