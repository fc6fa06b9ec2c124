import { describe, expect, it } from "vitest";
import { emptyLedger } from "../record/attempt-ledger.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import { failureState } from "./failure-state.ts";
import { after, attempt, ledgerNow as now } from "../../test/ledger-attempts.ts";

const error = (code: BrokerAuthErrorCode, retryAfterMs?: number) => new BrokerAuthError(code, "m", { retryAfterMs });
const blocked = after(emptyLedger, attempt("mpin"), "pin_rejected");
const waiting = after({ ...emptyLedger, proved: "set-1" }, attempt("totp", { proved: true }), "outcome_unknown");

describe("how an account stands after a failure", () => {
  it("is the same for the refusal that blocks and for every call after it", () => {
    const first = failureState(error("pin_rejected"), blocked, now);
    expect(failureState(error("login_blocked"), blocked, now + 1e9)).toEqual(first);
    const again = after(emptyLedger, attempt("mpin"), "pin_rejected", { now: now + 1 });
    expect(failureState(error("pin_rejected"), again, now)).not.toEqual(first);
  });

  it("is the same for a try without an answer and for every call of the pause after it, whose end it tells", () => {
    const first = failureState(error("outcome_unknown", 60_000), waiting, now);
    expect(first.until).toBe(now + 60_000);
    expect(failureState(error("broker_unavailable", 20_000), waiting, now + 40_000)).toEqual(first);
    const next = after(waiting, attempt("totp", { proved: true }), "outcome_unknown", { now: now + 60_000 });
    const second = failureState(error("outcome_unknown", 720_000), next, now + 60_000);
    expect([second.state, second.until]).toEqual([first.state, now + 60_000 + 720_000]);
  });

  it("is told by the code alone where the record says nothing of it", () => {
    for (const ledger of [undefined, emptyLedger, blocked, waiting])
      expect(failureState(error("store_unavailable"), ledger, now)).toEqual({
        state: "store_unavailable",
        until: undefined,
      });
    expect(failureState(error("broker_unavailable", 1_000), emptyLedger, now).until).toBeUndefined();
    expect(failureState(error("broker_unavailable", 1_000), waiting, now + 60_000).state).toBe("broker_unavailable");
  });
});
