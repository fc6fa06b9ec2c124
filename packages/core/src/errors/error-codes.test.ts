import { describe, expect, it } from "vitest";
import {
  type AttemptOutcome,
  type BrokerAuthErrorCode,
  errorCodes,
  errorMeanings,
  type RetryAdvice,
} from "./error-codes.ts";

// The design's list (section 7), with what each code means for the caller, and its row of the attempts table. A change here breaks
// every program that switches over the codes, and every account's budget.
const agreed: Readonly<Record<BrokerAuthErrorCode, readonly [RetryAdvice, AttemptOutcome]>> = {
  configuration: ["never", "not_looked_at"],
  needs_input: ["after-input", "not_sent"],
  invalid_credentials: ["never", "refused"],
  otp_rejected: ["after-input", "refused"],
  totp_rejected: ["never", "refused"],
  pin_rejected: ["never", "refused"],
  account_locked: ["never", "refused"],
  login_blocked: ["never", "not_sent"],
  challenge_expired: ["transient", "not_looked_at"],
  session_expired: ["transient", "not_looked_at"],
  session_replaced: ["never", "not_sent"],
  ip_not_allowed: ["never", "refused"],
  permission_denied: ["never", "refused"],
  rate_limited: ["transient", "not_looked_at"],
  broker_unavailable: ["transient", "not_sent"],
  outcome_unknown: ["unknown", "unknown"],
  protocol_error: ["never", "not_understood"],
  clock_skew: ["transient", "not_sent"],
  store_unavailable: ["transient", "not_sent"],
  store_busy: ["transient", "not_sent"],
  store_key_missing: ["never", "not_sent"],
  store_key_wrong: ["never", "not_sent"],
  store_key_locked: ["never", "not_sent"],
  store_corrupt: ["never", "not_sent"],
  store_version: ["never", "not_sent"],
  aborted: ["transient", "unknown"],
};

describe("the table of error codes", () => {
  it("holds the agreed codes with their retry advice and their effect on the budget, and no other", () => {
    const table = Object.entries(errorCodes).map(([code, { retry, attempt }]) => [code, [retry, attempt]]);
    expect(Object.fromEntries(table)).toEqual(agreed);
  });

  it.each(Object.entries(errorMeanings))(
    "says what %s means and what to do next, in whole sentences",
    (code, meaning) => {
      for (const sentence of [meaning, errorCodes[code as BrokerAuthErrorCode].action]) {
        expect(sentence).toMatch(/^[A-Z][^\n]*[.]$/);
        expect(sentence).not.toMatch(/ {2}|TODO|undefined/);
      }
    },
  );

  it("has one meaning per code", () => {
    const meanings = Object.values(errorMeanings);
    expect(new Set(meanings).size).toBe(meanings.length);
  });
});
