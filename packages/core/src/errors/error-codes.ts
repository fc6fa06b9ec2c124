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
 * The row of the attempts table that an error belongs to, where a factor was written down before it. `not_sent`: it never left.
 * `not_looked_at`: it was turned away unseen. `refused`: the broker said no. `unknown`: nobody knows. `not_understood`: an answer came that
 * no page knows. The first two are free.
 */
export type AttemptOutcome = "not_sent" | "not_looked_at" | "refused" | "unknown" | "not_understood";

export interface ErrorCodeEntry {
  readonly retry: RetryAdvice;
  readonly attempt: AttemptOutcome;
  /** One sentence: what to do next. The default of `BrokerAuthError.action`. */
  readonly action: string;
}

/**
 * The one meaning of each code. `docs/errors.md` is generated from this and {@link errorCodes}; apart from it, because programs that do not
 * print meanings shall not carry them.
 */
export const errorMeanings: Readonly<Record<BrokerAuthErrorCode, string>> = {
  configuration:
    "An option, a credential, a file or a request is missing or malformed, the engine was closed before the call, or the broker says the account is not set up for this login.",
  needs_input: "The login needs an answer from a person and nobody is there to give it.",
  invalid_credentials:
    "The broker refused the identity: phone, client code, access token, or a combination that it does not tell apart.",
  otp_rejected: "The broker refused the one-time password.",
  totp_rejected:
    "The broker refused the TOTP code. A secret that has never opened a session is not used again. One that has gets one further try in a later time step, after the clock was measured anew; so does any secret in the sandbox, where another program may have used the first code.",
  pin_rejected: "The broker refused the MPIN.",
  account_locked: "The broker has locked the account, or takes no more attempts for now.",
  login_blocked:
    "This library refuses to try again because of an earlier refusal or two attempts without an answer. After one refusal a corrected credential is enough, or unlock() for one further try with the same one. After two nothing that is configured is sent any more, whoever calls: the third one may lock the account. The way out is a login that asks a person (take one credential out of the configuration for it and give a handler), or purge().",
  challenge_expired: "The pending login is over: too old, superseded, already used, or no longer known to the broker.",
  session_expired: "The session has ended.",
  session_replaced:
    "The session ended long before its time, again and again: somebody else is logging in to this account.",
  ip_not_allowed: "The broker does not accept this call from this network address. The session is alive.",
  permission_denied: "The broker denies this account or application the call. The session is alive.",
  rate_limited: "The broker asks for fewer requests.",
  broker_unavailable: "The broker could not be reached, or answered that it is not working. No factor was spent.",
  outcome_unknown: "A request with an effect (a factor, an order) left and no clear answer came. It counts as spent.",
  protocol_error: "The broker answered something that the documented protocol does not know.",
  clock_skew: "The computer's clock is too far from the broker's for a time-based code. No code was sent.",
  store_unavailable: "The token store could not be read or written. Nothing was sent to the broker after that.",
  store_busy: "Another process holds the account's lock for longer than this call may wait.",
  store_key_missing: "The store is encrypted and its key is not there.",
  store_key_wrong: "The store is encrypted with another key.",
  store_key_locked: "The place that keeps the store's key is locked, or cannot be read.",
  store_corrupt: "A stored record is damaged or belongs to another account. It was left as it is.",
  store_version: "A stored record has the form of another version of this package. It was left as it is.",
  aborted:
    "The caller's signal ended the wait, and a login under way for other callers goes on; or the engine was closed, or the account logged out, during the call.",
};

/** What each error code says: one retry rule, one effect on the credential budget and one next step. */
export const errorCodes: Readonly<Record<BrokerAuthErrorCode, ErrorCodeEntry>> = {
  configuration: {
    retry: "never",
    attempt: "not_looked_at",
    action: "Correct the field that the message names.",
  },
  needs_input: {
    retry: "after-input",
    attempt: "not_sent",
    action:
      "Call login() with a handler for this challenge, or configure what an unattended login needs, where the broker has one.",
  },
  invalid_credentials: {
    retry: "never",
    attempt: "refused",
    action: "Check the account's credentials at the broker and correct them; the refused ones are not sent again.",
  },
  otp_rejected: {
    retry: "after-input",
    attempt: "refused",
    action: "Type the newest code again, or ask for a new one.",
  },
  totp_rejected: {
    retry: "never",
    attempt: "refused",
    action:
      "Check the computer's clock, then the TOTP secret; a secret that was refused twice is not used again by itself.",
  },
  pin_rejected: {
    retry: "never",
    attempt: "refused",
    action: "Correct the MPIN; the refused one is not sent again unless you call unlock().",
  },
  account_locked: {
    retry: "never",
    attempt: "refused",
    action: "Unlock the account at the broker or wait as it says, then call unlock().",
  },
  login_blocked: {
    retry: "never",
    attempt: "not_sent",
    action:
      "Correct the credential that was refused, or call unlock() when you know that the next attempt will succeed; after two refusals let auth.login(account, handlers) ask a person.",
  },
  challenge_expired: {
    retry: "transient",
    attempt: "not_looked_at",
    action: "Start the login again.",
  },
  session_expired: {
    retry: "transient",
    attempt: "not_looked_at",
    action: "Call again: the next call logs in, or say replay: true where a repeated request does no harm.",
  },
  session_replaced: {
    retry: "never",
    attempt: "not_sent",
    action:
      "Find the other program or device that logs in to this account and let both use one store, then log in again.",
  },
  ip_not_allowed: {
    retry: "never",
    attempt: "refused",
    action: "Register the address the broker sees as a static IP of the account, or call from a registered one.",
  },
  permission_denied: {
    retry: "never",
    attempt: "refused",
    action: "Ask the broker to enable API access for this account.",
  },
  rate_limited: {
    retry: "transient",
    attempt: "not_looked_at",
    action: "Wait as long as it says, or a few seconds, before the next request.",
  },
  broker_unavailable: {
    retry: "transient",
    attempt: "not_sent",
    action: "Try again later.",
  },
  outcome_unknown: {
    retry: "unknown",
    attempt: "unknown",
    action: "Look at the broker's side (order book, messages) before sending it again.",
  },
  protocol_error: {
    retry: "never",
    attempt: "not_understood",
    action: "Update the adapter, or report the step and status that the message names.",
  },
  clock_skew: {
    retry: "transient",
    attempt: "not_sent",
    action: "Synchronise the computer's clock.",
  },
  store_unavailable: {
    retry: "transient",
    attempt: "not_sent",
    action: "Make the store reachable and writable.",
  },
  store_busy: {
    retry: "transient",
    attempt: "not_sent",
    action: "Try again; if it stays, find the process that hangs during its login.",
  },
  store_key_missing: {
    retry: "never",
    attempt: "not_sent",
    action: "Give the key that the store was written with.",
  },
  store_key_wrong: {
    retry: "never",
    attempt: "not_sent",
    action: "Give the key that the store was written with.",
  },
  store_key_locked: {
    retry: "never",
    attempt: "not_sent",
    action: "Unlock the keychain or make the key readable, then try again.",
  },
  store_corrupt: {
    retry: "never",
    attempt: "not_sent",
    action: "Restore the record from a backup, or call purge() to log in afresh.",
  },
  store_version: {
    retry: "never",
    attempt: "not_sent",
    action: "Use the version that wrote the record, or call purge() for one that an older version left behind.",
  },
  aborted: {
    retry: "transient",
    attempt: "unknown",
    action: "Call again when the result is wanted; after a close, on a new engine.",
  },
};
