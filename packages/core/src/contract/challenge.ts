/** What a login still needs from a human. */
export type Challenge = OtpChallenge | TotpChallenge | MpinChallenge | RedirectChallenge;

/** A one-time password that the broker sent by SMS. */
export interface OtpChallenge {
  readonly kind: "otp";
  /** Where it went, masked for display, such as `phone ending in 01`. */
  readonly sentTo: string;
  /** Epoch milliseconds; for display only, the broker decides. */
  readonly expiresAt?: number | undefined;
  readonly attemptsLeft?: number | undefined;
}

/** A six-digit code from the authenticator app. */
export interface TotpChallenge {
  readonly kind: "totp";
}

/** The account's MPIN. */
export interface MpinChallenge {
  readonly kind: "mpin";
}

/** A page of the broker where the user logs in; the answer is the address it leads back to. */
export interface RedirectChallenge {
  readonly kind: "redirect";
  readonly url: string;
}

/** The answer to a {@link Challenge}, or the wish for a new code, which supersedes the older one. */
export type Answer = { readonly kind: Challenge["kind"]; readonly value: string } | { readonly kind: "resend" };
