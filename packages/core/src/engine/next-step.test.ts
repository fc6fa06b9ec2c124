import { describe, expect, it } from "vitest";
import { type AttemptLedger, emptyLedger, type OpenAttempt, unlockLedger } from "../record/attempt-ledger.ts";
import { openAttempt } from "../record/attempt-opening.ts";
import { settleAttempt } from "../record/attempt-settlement.ts";
import { BrokerAuthError, type BrokerAuthErrorDetails } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import { withNextStep } from "./next-step.ts";
import { after, attempt, ledgerNow as now, typed } from "../../test/ledger-attempts.ts";

function readAgain(ledger: AttemptLedger): AttemptLedger {
  return JSON.parse(JSON.stringify(ledger)) as AttemptLedger;
}

/** What a caller is told of this attempt. */
function told(
  ledger: AttemptLedger,
  open: OpenAttempt,
  code: BrokerAuthErrorCode,
  details: BrokerAuthErrorDetails = {},
): BrokerAuthError {
  const opened = openAttempt(ledger, open);
  const error = new BrokerAuthError(code, "what happened", { action: "What the adapter says.", ...details });
  return withNextStep(error, opened, settleAttempt(opened, error, { now, random: 0 }), now);
}

const proven = { ...emptyLedger, proved: "set-1" };
const once = after(emptyLedger, attempt("totp"), "outcome_unknown");

describe("an error that ends a login", () => {
  it("promises one further try where one is made, and only there", () => {
    const first = told(emptyLedger, attempt("totp"), "outcome_unknown");
    expect(first.action).toMatch(/^Call again: one further try is made, in a new time step/);
    const second = told(once, attempt("totp"), "outcome_unknown");
    expect(second.action).toMatch(/^No further try is made by itself\. Look whether the broker works/);
    const granted = unlockLedger(after(once, attempt("totp"), "outcome_unknown"), {});
    expect(told(granted, attempt("totp"), "outcome_unknown").action).toMatch(/^No further try is made by itself/);
  });

  it("says when the next try is made where the credentials are proved, and that nothing is blocked", () => {
    const error = told(proven, attempt("totp", { proved: true }), "outcome_unknown");
    expect(error).toMatchObject({ code: "outcome_unknown", retryAfterMs: 60_000 });
    expect(error.action).toBe(
      "Nothing is blocked: the next login by itself may be tried in 60 s. An auth.login(account) that asks a person for something does not have to wait.",
    );
  });

  it("says how long to wait where it was not looked at", () => {
    expect(told(emptyLedger, attempt("totp"), "rate_limited", { retryAfterMs: 5_000 })).toMatchObject({
      retryAfterMs: 60_000,
      action: "What the adapter says.",
    });
    const byHand = told(emptyLedger, typed("otp", "t"), "rate_limited", { retryAfterMs: 5_000 });
    expect(byHand.retryAfterMs).toBe(5_000);
  });

  it("keeps what the adapter advises about a refusal or an answer that nobody knows, and goes on from there", () => {
    expect(told(emptyLedger, attempt("mpin"), "pin_rejected").action).toBe("What the adapter says.");
    expect(told(emptyLedger, attempt("totp"), "totp_rejected").action).toBe(
      "What the adapter says. One further try is made, in a later time step.",
    );
    const refused = after(emptyLedger, attempt("totp"), "totp_rejected");
    expect(told(refused, attempt("totp"), "totp_rejected").action).toBe(
      "What the adapter says. Correct the credentials: after two refusals nothing more is sent by itself, not even with unlock(). Then take one credential out of the configuration and let auth.login(account, handlers) ask a person for it; or call purge(account), which forgets the refusals.",
    );
    expect(told(emptyLedger, attempt("totp"), "protocol_error").action).toMatch(
      /^What the adapter says\. Call again: one further try/,
    );
  });

  it("does not take an earlier block or wait for its own, as a record tells them that was written and read again", () => {
    const blocked = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const waiting = after(proven, attempt("totp", { proved: true }), "outcome_unknown");
    for (const before of [blocked, waiting]) {
      const opened = openAttempt(before, typed("otp", "t"));
      const lost = new BrokerAuthError("outcome_unknown", "what happened");
      const error = withNextStep(lost, opened, readAgain(settleAttempt(opened, lost, { now, random: 0 })), now);
      expect(error.action).toBe("Begin the login again: what was typed may be sent once more.");
      expect(error.retryAfterMs).toBeUndefined();
    }
  });

  it("says nothing new where nothing was sent, or where a person typed it", () => {
    expect(told(emptyLedger, attempt("totp"), "broker_unavailable").action).toBe("What the adapter says.");
    expect(told(emptyLedger, typed("otp", "t"), "otp_rejected").action).toBe("What the adapter says.");
    expect(told(emptyLedger, typed("otp", "t"), "outcome_unknown").action).toBe(
      "Begin the login again: what was typed may be sent once more.",
    );
  });
});
