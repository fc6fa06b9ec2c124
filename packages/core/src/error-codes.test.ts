import { describe, expect, it } from "vitest";
import {
  type AttemptOutcome,
  type BrokerAuthErrorCode,
  errorCodes,
  errorMeanings,
  type RetryAdvice,
} from "./error-codes.ts";

// The design's list (section 7), with what each code means for the caller and for a factor that was sent before it. A change here breaks
// every program that switches over the codes, and every account's budget.
const agreed: Readonly<Record<BrokerAuthErrorCode, readonly [RetryAdvice, AttemptOutcome]>> = {
  configuration: ["never", "refused"],
  needs_input: ["after-input", "free"],
  invalid_credentials: ["never", "refused"],
  otp_rejected: ["after-input", "refused"],
  totp_rejected: ["never", "refused"],
  pin_rejected: ["never", "refused"],
  account_locked: ["never", "refused"],
  login_blocked: ["never", "free"],
  challenge_expired: ["transient", "unknown"],
  session_expired: ["transient", "free"],
  session_replaced: ["never", "free"],
  ip_not_allowed: ["never", "refused"],
  permission_denied: ["never", "refused"],
  rate_limited: ["transient", "unknown"],
  broker_unavailable: ["transient", "free"],
  outcome_unknown: ["unknown", "unknown"],
  protocol_error: ["never", "unknown"],
  clock_skew: ["transient", "free"],
  store_unavailable: ["transient", "free"],
  store_busy: ["transient", "free"],
  store_key_missing: ["never", "free"],
  store_key_wrong: ["never", "free"],
  store_key_locked: ["never", "free"],
  store_corrupt: ["never", "free"],
  store_version: ["never", "free"],
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
