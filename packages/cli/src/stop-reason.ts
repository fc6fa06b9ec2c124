import type { BrokerAuthErrorCode } from "@x/core";

// What can hold up logins. Every other code ends one call alone.
const reasons: Readonly<Partial<Record<BrokerAuthErrorCode, string>>> = {
  configuration: "the configuration will not do for a login",
  invalid_credentials: "the broker refused the account's credentials",
  otp_rejected: "the broker refused the code of the SMS",
  totp_rejected: "the broker refused the TOTP code",
  pin_rejected: "the broker refused the MPIN",
  account_locked: "the broker has locked the account",
  login_blocked: "the attempts that are left at the broker belong to a person",
  session_replaced: "somebody else logs in to this account again and again",
  ip_not_allowed: "the broker takes no login from this address",
  permission_denied: "the broker denies this account the login",
  rate_limited: "the broker asks for fewer requests",
  broker_unavailable: "the broker did not work",
  outcome_unknown: "attempts had no clear answer",
  protocol_error: "the broker answered what no page of it knows",
};

/** Why no login is made by itself, as half a sentence. */
export function stopReason(code: BrokerAuthErrorCode): string {
  return reasons[code] ?? code.replaceAll("_", " ");
}
