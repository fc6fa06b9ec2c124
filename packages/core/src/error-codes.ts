/** Every way in which something can go wrong. Closed: a switch over it is complete. */
export type BrokerAuthErrorCode =
  | "configuration"
  | "needs_input"
  | "invalid_credentials"
  | "otp_rejected"
  | "totp_rejected"
  | "pin_rejected"
  | "account_locked"
  | "login_blocked"
  | "challenge_expired"
  | "session_expired"
  | "session_replaced"
  | "ip_not_allowed"
  | "permission_denied"
  | "rate_limited"
  | "broker_unavailable"
  | "outcome_unknown"
  | "protocol_error"
  | "clock_skew"
  | "store_unavailable"
  | "store_busy"
  | "store_key_missing"
  | "store_key_wrong"
  | "store_key_locked"
  | "store_corrupt"
  | "store_version"
  | "aborted";

/**
 * What a caller may do after an error, seen from the credential budget and not from the network.
 * `never`: not before a person acted. `after-input`: the login is still open, a new answer may be given.
 * `transient`: the same call may be made again later. `unknown`: something left and its effect is not known; it counts as spent.
 */
export type RetryAdvice = "never" | "after-input" | "transient" | "unknown";

/**
 * What an error says about a factor that was sent before it: `free` it did not count or was never looked at,
 * `refused` the broker said no, `unknown` nobody knows.
 */
export type AttemptOutcome = "free" | "refused" | "unknown";

export interface ErrorCodeEntry {
  /** The one meaning of the code. */
  readonly meaning: string;
  readonly retry: RetryAdvice;
  readonly attempt: AttemptOutcome;
  /** One sentence: what to do next. The default of `BrokerAuthError.action`. */
  readonly action: string;
}

/** What each error code means of error codes: one meaning, one retry rule and one next step. `docs/errors.md` is generated from it. */
export const errorCodes: Readonly<Record<BrokerAuthErrorCode, ErrorCodeEntry>> = {
  configuration: {
    meaning:
      "An option, a credential or a file is missing or malformed, or the broker says the account is not set up for this login.",
    retry: "never",
    attempt: "refused",
    action: "Correct the field that the message names.",
  },
  needs_input: {
    meaning: "The login needs an answer from a person and nobody is there to give it.",
    retry: "after-input",
    attempt: "free",
    action:
      "Call login() with a handler for this challenge, or configure what an unattended login needs, where the broker has one.",
  },
  invalid_credentials: {
    meaning:
      "The broker refused the identity: phone, client code, access token, or a combination that it does not tell apart.",
    retry: "never",
    attempt: "refused",
    action: "Check the account's credentials at the broker and correct them; the refused ones are not sent again.",
  },
  otp_rejected: {
    meaning: "The broker refused the one-time password.",
    retry: "after-input",
    attempt: "refused",
    action: "Type the newest code again, or ask for a new one.",
  },
  totp_rejected: {
    meaning: "The broker refused the TOTP code.",
    retry: "never",
    attempt: "refused",
    action: "Check the computer's clock, then the TOTP secret; the refused secret is not used again by itself.",
  },
  pin_rejected: {
    meaning: "The broker refused the MPIN.",
    retry: "never",
    attempt: "refused",
    action: "Correct the MPIN; the refused one is not sent again unless you call unlock().",
  },
  account_locked: {
    meaning: "The broker has locked the account, or takes no more attempts for now.",
    retry: "never",
    attempt: "refused",
    action: "Unlock the account at the broker or wait as it says, then call unlock().",
  },
  login_blocked: {
    meaning: "This library refuses to try again because of an earlier refusal or two attempts without an answer.",
    retry: "never",
    attempt: "free",
    action:
      "Correct the credential that was refused, or call unlock() when you know that the next attempt will succeed.",
  },
  challenge_expired: {
    meaning: "The pending login is over: too old, superseded, already used, or no longer known to the broker.",
    retry: "transient",
    attempt: "unknown",
    action: "Start the login again.",
  },
  session_expired: {
    meaning: "The session has ended.",
    retry: "transient",
    attempt: "free",
    action: "Call again: the next call logs in, or say replay: true where a repeated request does no harm.",
  },
  session_replaced: {
    meaning: "The session ended long before its time, again and again: somebody else is logging in to this account.",
    retry: "never",
    attempt: "free",
    action:
      "Find the other program or device that logs in to this account and let both use one store, then log in again.",
  },
  ip_not_allowed: {
    meaning: "The broker does not accept this call from this network address. The session is alive.",
    retry: "never",
    attempt: "refused",
    action: "Register the address the broker sees as a static IP of the account, or call from a registered one.",
  },
  permission_denied: {
    meaning: "The broker denies this account or application the call. The session is alive.",
    retry: "never",
    attempt: "refused",
    action: "Ask the broker to enable API access for this account.",
  },
  rate_limited: {
    meaning: "The broker asks for fewer requests.",
    retry: "transient",
    attempt: "unknown",
    action: "Wait as long as it says, or a few seconds, before the next request.",
  },
  broker_unavailable: {
    meaning: "The broker could not be reached, or answered that it is not working. No factor was spent.",
    retry: "transient",
    attempt: "free",
    action: "Try again later.",
  },
  outcome_unknown: {
    meaning: "A request with an effect (a factor, an order) left and no clear answer came. It counts as spent.",
    retry: "unknown",
    attempt: "unknown",
    action: "Look at the broker's side (order book, messages) before sending it again.",
  },
  protocol_error: {
    meaning: "The broker answered something that the documented protocol does not know.",
    retry: "never",
    attempt: "unknown",
    action: "Update the adapter, or report the step and status that the message names.",
  },
  clock_skew: {
    meaning: "The computer's clock is too far from the broker's for a time-based code. Nothing was sent.",
    retry: "transient",
    attempt: "free",
    action: "Synchronise the computer's clock.",
  },
  store_unavailable: {
    meaning: "The token store could not be read or written. Nothing was sent to the broker after that.",
    retry: "transient",
    attempt: "free",
    action: "Make the store reachable and writable.",
  },
  store_busy: {
    meaning: "Another process holds the account's lock for longer than this call may wait.",
    retry: "transient",
    attempt: "free",
    action: "Try again; if it stays, find the process that hangs during its login.",
  },
  store_key_missing: {
    meaning: "The store is encrypted and its key is not there.",
    retry: "never",
    attempt: "free",
    action: "Give the key that the store was written with.",
  },
  store_key_wrong: {
    meaning: "The store is encrypted with another key.",
    retry: "never",
    attempt: "free",
    action: "Give the key that the store was written with.",
  },
  store_key_locked: {
    meaning: "The place that keeps the store's key is locked, or cannot be read.",
    retry: "never",
    attempt: "free",
    action: "Unlock the keychain or make the key readable, then try again.",
  },
  store_corrupt: {
    meaning: "A stored record is damaged or belongs to another account. It was left as it is.",
    retry: "never",
    attempt: "free",
    action: "Restore the record from a backup, or call purge() to log in afresh.",
  },
  store_version: {
    meaning: "A stored record has the form of another version of this package. It was left as it is.",
    retry: "never",
    attempt: "free",
    action: "Use the version that wrote the record, or call purge() for one that an older version left behind.",
  },
  aborted: {
    meaning: "The caller's signal ended the wait. A login under way for other callers goes on.",
    retry: "transient",
    attempt: "unknown",
    action: "Call again when the result is wanted.",
  },
};
