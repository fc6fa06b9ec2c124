import type { BrokerAuthErrorCode } from "@x/core";

/** What the command ends with. `fault` is a mistake of our own, `interrupted` is Ctrl-C, `brokenPipe` a reader that went away. */
export const exitCodes = {
  fine: 0,
  fault: 1,
  usage: 2,
  person: 3,
  refused: 4,
  unavailable: 5,
  interrupted: 130,
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of each error, by what a script does about it: correct something, call a person, give up, or try again later. */
export const exitCodeOf: Readonly<Record<BrokerAuthErrorCode, ExitCode>> = {
  configuration: exitCodes.usage,
  needs_input: exitCodes.person,
  login_blocked: exitCodes.person,
  challenge_expired: exitCodes.person,
  session_replaced: exitCodes.person,
  invalid_credentials: exitCodes.refused,
  otp_rejected: exitCodes.refused,
  totp_rejected: exitCodes.refused,
  pin_rejected: exitCodes.refused,
  account_locked: exitCodes.refused,
  session_expired: exitCodes.refused,
  ip_not_allowed: exitCodes.refused,
  permission_denied: exitCodes.refused,
  rate_limited: exitCodes.unavailable,
  broker_unavailable: exitCodes.unavailable,
  outcome_unknown: exitCodes.unavailable,
  protocol_error: exitCodes.unavailable,
  clock_skew: exitCodes.unavailable,
  store_unavailable: exitCodes.unavailable,
  store_busy: exitCodes.unavailable,
  store_key_missing: exitCodes.unavailable,
  store_key_wrong: exitCodes.unavailable,
  store_key_locked: exitCodes.unavailable,
  store_corrupt: exitCodes.unavailable,
  store_version: exitCodes.unavailable,
  aborted: exitCodes.unavailable,
};
