import { describe, expect, it } from "vitest";
import {
  acceptAttempt,
  acceptEnrolment,
  type AttemptLedger,
  emptyLedger,
  hasFurtherTry,
  isWaitedOut,
  openAttempt,
  resetLedger,
  unlockLedger,
} from "./attempt-ledger.ts";
import { recoverAttempt, settleAttempt } from "./attempt-settlement.ts";
import { after, attempt, behind, ledgerNow as now, refusalOf, settled, typed } from "./testing/ledger-bench.ts";

describe("an accepted attempt", () => {
  it("is closed, and nothing is counted", () => {
    const ledger = acceptAttempt(openAttempt(emptyLedger, attempt("totp"), 7));
    expect(ledger).toEqual({ ...emptyLedger, lastTotpStep: 7 });
  });

  it("makes room for the next factor of the same run, which stands behind it", () => {
    const totp = openAttempt(emptyLedger, attempt("totp"), 7);
    const mpin = openAttempt(totp, attempt("mpin"));
    expect(mpin.open).toMatchObject({ factor: "mpin", behind: true });
    expect(settled(mpin, "pin_rejected").refused).toEqual(["mpin-1"]);
    expect(openAttempt(totp, attempt("mpin", { owner: "run-2" })).open?.behind).toBeUndefined();
    expect(openAttempt(emptyLedger, attempt("mpin")).open?.behind).toBeUndefined();
  });

  it("stands before both factors of the request that follows it", () => {
    const first = openAttempt(emptyLedger, attempt("totp"), 7);
    const both = { step: "together" };
    const ledger = openAttempt(openAttempt(first, attempt("mpin", both)), attempt("otp", both));
    expect(ledger.open).toMatchObject({ factor: "otp", behind: true, joint: { factor: "mpin", behind: true } });
  });
});

describe("a minted session", () => {
  it("resets everything but the last TOTP step, the last code and what is proved", () => {
    const ledger: AttemptLedger = {
      refused: ["a", "b"],
      refusals: 1,
      unknown: 1,
      lastTotpStep: 99,
      lastCode: "code-1",
      attemptsLeft: 1,
      doubtful: ["c"],
      unheard: ["totp"],
      pause: { code: "outcome_unknown", since: now, until: now + 1, tries: 1 },
      granted: true,
      block: { code: "pin_rejected", factor: "mpin", at: now, fingerprint: "a" },
      open: attempt("mpin"),
    };
    const reset = { refused: [], refusals: 0, unknown: 0, lastTotpStep: 99, lastCode: "code-1" };
    expect(resetLedger(ledger)).toEqual(reset);
    expect(resetLedger(ledger, "set-2")).toEqual({ ...reset, proved: "set-2" });
  });

  it("by other means than the whole set leaves the proof of that set as it is", () => {
    const proven = { ...emptyLedger, proved: "set-1" };
    expect(resetLedger(proven, undefined).proved).toBe("set-1");
    expect(resetLedger(proven, "set-2").proved).toBe("set-2");
  });
});

describe("an accepted enrolment", () => {
  const enrolling = { automatic: false, enrolment: true } as const;

  it.each(["pin_rejected", "outcome_unknown"] as const)(
    "ends the block of an earlier one, and what it counted: %s",
    (code) => {
      const once = after(emptyLedger, attempt("mpin", enrolling), code);
      const ledger = code === "pin_rejected" ? once : after(once, attempt("mpin", enrolling), code);
      expect(ledger.block?.code).toBe(code);
      expect(acceptEnrolment(ledger)).toEqual(emptyLedger);
    },
  );

  it("ends no other block", () => {
    for (const ledger of [after(emptyLedger, attempt("mpin"), "pin_rejected"), emptyLedger])
      expect(acceptEnrolment(openAttempt(ledger, attempt("mpin", { fingerprint: "mpin-2" })))).toEqual(ledger);
  });
});

describe("unlock", () => {
  it("allows one further try, which the next failure takes away, and forgets no refusal", () => {
    const refused = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const unlocked = unlockLedger(refused);
    expect(unlocked).toEqual({ ...refused, granted: true });
    expect(openAttempt(unlocked, attempt("mpin")).open?.fingerprint).toBe("mpin-1");
    for (const code of ["pin_rejected", "outcome_unknown", "protocol_error"] as const)
      expect(after(unlocked, attempt("mpin"), code).granted).toBeUndefined();
  });

  it("keeps the further try through what is free and through an accepted step", () => {
    const unlocked = unlockLedger(after(emptyLedger, attempt("mpin"), "pin_rejected"));
    for (const code of ["broker_unavailable", "rate_limited", "session_expired"] as const)
      expect(after(unlocked, attempt("totp"), code).granted).toBe(true);
    expect(openAttempt(openAttempt(unlocked, attempt("totp")), attempt("mpin")).granted).toBe(true);
  });

  it("leaves a ledger alone in which nothing has stopped", () => {
    const waiting = after({ ...emptyLedger, proved: "set-1" }, attempt("totp", { proved: true }), "outcome_unknown");
    for (const ledger of [emptyLedger, waiting]) expect(unlockLedger(ledger)).toBe(ledger);
  });

  it("is a word about the broker's last attempts, too", () => {
    const last = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", { attemptsLeft: 2 });
    expect(unlockLedger({ ...last, refused: [] }).granted).toBe(true);
    expect(unlockLedger({ ...emptyLedger, attemptsLeft: 3 }).granted).toBeUndefined();
  });
});

describe("a refused factor", () => {
  it("is refused before it is sent, whoever gives it again", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    for (const again of [attempt("mpin"), attempt("mpin", { automatic: false }), typed("mpin", "mpin-1")])
      expect(refusalOf(() => openAttempt(ledger, again))).toMatchObject({ code: "login_blocked" });
    expect(openAttempt(ledger, typed("mpin", "typed-1")).open?.fingerprint).toBe("typed-1");
  });
});

describe("an account that is locked at the broker", () => {
  it("gets nothing at all, from nobody, until somebody says unlock()", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "account_locked");
    const other = attempt("mpin", { fingerprint: "mpin-2" });
    const code = attempt("totp", { automatic: false, enrolment: true, configured: false });
    for (const next of [attempt("mpin"), other, typed("otp", "typed-1"), typed("sms", "sms"), code])
      expect(refusalOf(() => openAttempt(ledger, next))).toMatchObject({ code: "login_blocked" });
    expect(openAttempt(unlockLedger(ledger), typed("otp", "typed-1")).open?.fingerprint).toBe("typed-1");
  });
});

describe("a further try of a TOTP code", () => {
  it("is due after the first refusal of it, and after nothing else", () => {
    const once = after(emptyLedger, attempt("totp"), "totp_rejected");
    expect(hasFurtherTry(emptyLedger, once)).toBe(true);
    expect(hasFurtherTry(once, once)).toBe(false);
    expect(hasFurtherTry(once, after(once, attempt("totp"), "totp_rejected"))).toBe(false);
    expect(hasFurtherTry(emptyLedger, after(emptyLedger, attempt("mpin"), "pin_rejected"))).toBe(false);
    expect(hasFurtherTry(emptyLedger, after(emptyLedger, typed("mpin", "t"), "outcome_unknown"))).toBe(false);
    expect(hasFurtherTry(emptyLedger, openAttempt(once, attempt("totp")))).toBe(false);
  });
});

describe("a proved set of credentials", () => {
  it("is waited out while the broker gave it no clear answer", () => {
    const silent = after({ ...emptyLedger, proved: "set-1" }, attempt("totp", { proved: true }), "outcome_unknown");
    expect([isWaitedOut(silent, "set-1"), isWaitedOut(silent, "set-2"), isWaitedOut(silent, undefined)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(isWaitedOut({ ...emptyLedger, proved: "set-1" }, "set-1")).toBe(false);
    expect(isWaitedOut(emptyLedger, undefined)).toBe(false);
  });
});

describe("a code from outside", () => {
  it("is not sent a second time, in whatever step it is given again", () => {
    const given = attempt("totp", { fingerprint: "code-1", configured: false, source: true });
    const ledger = acceptAttempt(openAttempt(emptyLedger, given, 7));
    expect(refusalOf(() => openAttempt(ledger, given, 8))).toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(openAttempt(ledger, { ...given, fingerprint: "code-2" }, 8).lastTotpStep).toBe(8);
  });
});

describe("the broker's count of attempts", () => {
  it("is remembered when a later answer does not name it", () => {
    const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", { attemptsLeft: 2 });
    expect(after(ledger, typed("otp", "typed-2"), "otp_rejected").attemptsLeft).toBe(2);
    expect(after(ledger, typed("otp", "typed-2"), "broker_unavailable").attemptsLeft).toBe(2);
    expect(after(ledger, typed("otp", "typed-2"), "otp_rejected", { attemptsLeft: 5 }).attemptsLeft).toBe(5);
    expect(resetLedger(ledger).attemptsLeft).toBeUndefined();
  });
});

describe("a TOTP time step", () => {
  it("is used once, and steps only rise", () => {
    const ledger = openAttempt(emptyLedger, attempt("totp"), 100);
    expect(ledger.lastTotpStep).toBe(100);
    for (const step of [100, 99, 0]) {
      expect(refusalOf(() => openAttempt(ledger, attempt("totp"), step))).toMatchObject({
        code: "needs_input",
        challenge: "totp",
      });
    }
    expect(openAttempt(ledger, attempt("totp"), 101).lastTotpStep).toBe(101);
  });

  it("that was used costs nothing, not even the factor before it", () => {
    const accepted = openAttempt({ ...emptyLedger, lastTotpStep: 9 }, attempt("mpin"));
    const error = refusalOf(() => openAttempt(accepted, attempt("totp"), 9));
    expect(settleAttempt(accepted, error, { now, random: 0 })).toEqual({ ...emptyLedger, lastTotpStep: 9 });
  });

  it("outlives other factors, refusals, crashes and sessions", () => {
    const used = openAttempt(emptyLedger, attempt("totp"), 100);
    expect(openAttempt(used, attempt("mpin")).lastTotpStep).toBe(100);
    expect(settled(used, "totp_rejected").lastTotpStep).toBe(100);
    expect(recoverAttempt(used, 0).lastTotpStep).toBe(100);
    expect(resetLedger(used).lastTotpStep).toBe(100);
  });

  it("may be the very first one", () => {
    expect(openAttempt(emptyLedger, attempt("totp"), 0).lastTotpStep).toBe(0);
  });
});

describe("a ledger", () => {
  it("means the same after it was stored", () => {
    const proven = { ...emptyLedger, proved: "set-1" };
    const ledgers = [
      behind(proven, { proved: true }, "outcome_unknown"),
      after(emptyLedger, attempt("totp"), "totp_rejected"),
      unlockLedger(after(emptyLedger, attempt("mpin"), "pin_rejected")),
      openAttempt(emptyLedger, attempt("totp", { enrolment: true, source: true }), 7),
    ];
    for (const ledger of ledgers) expect(JSON.parse(JSON.stringify(ledger))).toEqual(ledger);
  });
});
