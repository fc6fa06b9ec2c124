import { describe, expect, it } from "vitest";
import { type AttemptLedger, emptyLedger } from "./attempt-ledger.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import { automaticHold, automaticHoldError, factorHold, interactiveHoldError, isStopped } from "./login-hold.ts";
import {
  after,
  attempt,
  configuredFactors as configured,
  ledgerNow as now,
  typed,
  unlockedBy,
} from "../../test/ledger-attempts.ts";

const asked = { unasked: false, begins: false, sourced: false };
const unasked = { unasked: true, begins: true, sourced: false };
const onlyPin = { unasked: false, begins: true, sourced: false };
const source = { unasked: true, begins: true, sourced: true };
const refused = after(emptyLedger, attempt("mpin"), "pin_rejected");
const twice = after(refused, attempt("mpin", { fingerprint: "mpin-2" }), "pin_rejected");
const unknown = after(emptyLedger, attempt("totp"), "outcome_unknown");
const silent = after(unknown, attempt("mpin"), "outcome_unknown");
const corrected = { ...configured, mpin: "mpin-3" };

const person = (ledger: AttemptLedger, factors = configured, who = asked, at = now) =>
  interactiveHoldError(ledger, factors, who, at);
const alone = (ledger: AttemptLedger, factors = configured) => automaticHoldError(ledger, factors, now);

describe("a block by a refusal", () => {
  it("lasts however much time goes by, for the refused credential and for a configuration without it", () => {
    for (const factors of [configured, { totp: "totp-1" }, { ...configured, totp: "totp-2" }, {}])
      expect(automaticHoldError(refused, factors, now + 1e11)?.code).toBe("login_blocked");
  });

  it("ends for another credential within the account's budget of two, and not beyond it", () => {
    expect(alone(refused, corrected)).toBeUndefined();
    expect(alone(twice, corrected)?.code).toBe("login_blocked");
    for (const mpin of ["mpin-1", "mpin-2"]) expect(alone(twice, { ...configured, mpin })?.code).toBe("login_blocked");
  });

  it("is known by its block alone", () => {
    const { block } = refused;
    expect(alone({ ...emptyLedger, block })?.code).toBe("login_blocked");
  });

  it("stops a person's login with the same credential, and no other", () => {
    expect(person(refused, configured, asked)?.code).toBe("login_blocked");
    expect(person(refused, corrected, unasked)).toBeUndefined();
    for (const ledger of [refused, twice]) expect(person(ledger, { totp: "totp-1" }, asked)).toBeUndefined();
  });

  it("of a code source stops everything that takes its next code from there", () => {
    const ofSource = attempt("totp", { fingerprint: "code-1", configured: false, source: true });
    const first = after(emptyLedger, ofSource, "totp_rejected");
    const ledger = after(first, { ...ofSource, fingerprint: "code-2" }, "totp_rejected");
    for (const factors of [{}, configured, { totp: "totp-2" }])
      expect(alone(ledger, factors)?.code).toBe("login_blocked");
    expect(person(ledger, {}, source)?.code).toBe("login_blocked");
    expect(person(ledger, {}, asked)).toBeUndefined();
  });
});

describe("two refusals", () => {
  it("stop every configuration also where no block says so", () => {
    expect(alone({ ...emptyLedger, refusals: 2 })?.code).toBe("login_blocked");
    expect(alone({ ...emptyLedger, refusals: 1 })).toBeUndefined();
  });

  it("are final for automatic logins: unlock() is no fresh budget", () => {
    expect(alone(unlockedBy(twice), corrected)).toMatchObject({ code: "login_blocked" });
    expect(alone(unlockedBy(twice), corrected)?.action).toContain("auth.login(account, handlers)");
  });

  it("are final for a login() in which nobody is asked before the first factor leaves, and not for one that asks", () => {
    for (const ledger of [twice, unlockedBy(twice)]) {
      for (const factors of [corrected, { totp: "totp-9" }, {}]) {
        for (const who of [unasked, onlyPin, source]) expect(person(ledger, factors, who)?.code).toBe("login_blocked");
        expect(person(ledger, factors, asked)).toBeUndefined();
      }
    }
  });
});

describe("a block without a clear answer", () => {
  it("lasts for every configuration, and a login that asks a person is the way out", () => {
    for (const factors of [configured, corrected, {}]) {
      expect(alone(silent, factors)?.code).toBe("login_blocked");
      expect(person(silent, factors, unasked)?.code).toBe("login_blocked");
      expect(person(silent, factors, asked)).toBeUndefined();
    }
  });

  it("ends for one further try with unlock(), and for one only", () => {
    expect(alone(unlockedBy(silent))).toBeUndefined();
    const third = after(unlockedBy(silent), attempt("totp"), "outcome_unknown");
    expect(alone(third)?.code).toBe("login_blocked");
    expect(alone(unlockedBy(third))?.code).toBe("login_blocked");
    expect(alone(third)?.action).not.toContain("unlock()");
  });

  it("ends for one further login() that asks nobody with unlock(), and for one only", () => {
    const byHand = attempt("totp", { automatic: false });
    expect(person(unlockedBy(silent), configured, unasked)).toBeUndefined();
    const third = after(unlockedBy(silent), byHand, "outcome_unknown");
    for (const ledger of [third, unlockedBy(third)])
      expect(person(ledger, configured, unasked)?.code).toBe("login_blocked");
    expect(person(third, configured, asked)).toBeUndefined();
  });

  it("tells a refusal and a lost answer apart", () => {
    const mixed = after(refused, attempt("mpin", { fingerprint: "mpin-2" }), "outcome_unknown");
    expect(alone(mixed, { mpin: "mpin-2" })?.message).toBe(
      "nothing was sent: one attempt was refused and one had no clear answer, the last one with this MPIN",
    );
  });
});

describe("an account that is locked at the broker", () => {
  const locked = after(emptyLedger, attempt("mpin"), "account_locked");

  it("stops automatic logins of every configuration, and a person's, until unlock()", () => {
    for (const factors of [configured, corrected, {}]) {
      expect(alone(locked, factors)?.code).toBe("login_blocked");
      expect(person(locked, factors, asked)?.code).toBe("login_blocked");
      expect(alone(unlockedBy(locked), factors)).toBeUndefined();
      expect(person(unlockedBy(locked), factors, asked)).toBeUndefined();
    }
  });

  it("is tried by itself once more after unlock(), and never a third time", () => {
    const again = after(unlockedBy(locked), attempt("mpin"), "account_locked");
    expect(alone(unlockedBy(again))?.code).toBe("login_blocked");
    expect(person(again, configured, asked)?.code).toBe("login_blocked");
    expect(person(unlockedBy(again), configured, asked)).toBeUndefined();
  });
});

describe("an account that the broker denies the access", () => {
  it.each(["ip_not_allowed", "permission_denied"] as const)("is a person's to try: %s", (code) => {
    const ledger = after(emptyLedger, attempt("mpin"), code);
    expect(alone(ledger)?.message).toBe(`nothing was sent: the broker refused this account before (${code})`);
    expect(person(ledger, configured, asked)).toBeUndefined();
  });
});

describe("the broker's last attempts", () => {
  it.each([
    [0, true, true],
    [1, true, true],
    [2, true, false],
    [3, false, false],
  ])(
    "belong to a person: with %d left automatic logins are stopped: %s, after unlock(): %s",
    (attemptsLeft, stopped, still) => {
      const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", { attemptsLeft });
      for (const factors of [configured, { mpin: "mpin-9" }, {}]) {
        const error = alone(ledger, factors);
        expect([error?.code, error?.attemptsLeft]).toEqual(
          stopped ? ["login_blocked", attemptsLeft] : [undefined, undefined],
        );
        expect(alone(unlockedBy(ledger), factors)?.code).toBe(still ? "login_blocked" : undefined);
      }
      expect(person(ledger, configured, asked)).toBeUndefined();
      expect(person(ledger, configured, unasked)?.code).toBe(stopped ? "login_blocked" : undefined);
      expect(person(unlockedBy(ledger), configured, unasked)?.code).toBe(still ? "login_blocked" : undefined);
    },
  );
});

describe("a pause", () => {
  const proven = { ...emptyLedger, proved: "set-1" };
  const waiting = after(proven, attempt("totp", { proved: true }), "outcome_unknown");

  it("holds what comes by itself, login() that asks nobody included, until it is over, and no person who is asked", () => {
    const hold = automaticHold(waiting, configured, now + 20_000);
    expect(hold).toMatchObject({ code: "outcome_unknown", since: now, until: now + 60_000 });
    expect(hold?.error).toMatchObject({ code: "broker_unavailable", retryAfterMs: 40_000 });
    expect(hold?.error.message).toBe(
      "nothing was sent: the last login got no clear answer; the next login by itself may be tried in 40 s",
    );
    expect(automaticHold(waiting, {}, now + 20_000)?.code).toBe("outcome_unknown");
    expect(automaticHold(waiting, configured, now + 60_000)).toBeUndefined();
    for (const who of [asked, onlyPin]) expect(person(waiting, configured, who, now + 20_000)).toBeUndefined();
    expect(person(waiting, configured, unasked, now + 20_000)).toMatchObject({
      code: "broker_unavailable",
      retryAfterMs: 40_000,
    });
    expect(person(waiting, configured, unasked, now + 60_000)).toBeUndefined();
  });

  it.each<[BrokerAuthErrorCode, BrokerAuthErrorCode, string]>([
    ["rate_limited", "rate_limited", "asked for fewer requests"],
    ["broker_unavailable", "broker_unavailable", "turned away"],
    ["configuration", "configuration", "not set up for this login"],
    ["challenge_expired", "broker_unavailable", "half way"],
  ])("says why: %s", (code, told, words) => {
    const error = alone(after(emptyLedger, attempt("totp"), code, { status: 400 }));
    expect(error?.code).toBe(told);
    expect(error?.message).toContain(words);
  });

  it("of hours is told with its end", () => {
    const error = alone(
      after(emptyLedger, attempt("totp"), "rate_limited", { status: 429, retryAfterMs: 5 * 3_600_000 }),
    );
    expect(error?.retryAfterMs).toBe(5 * 3_600_000);
    expect(error?.message).toMatch(/may be tried from .*14:00.* on$/);
  });

  it("is not prolonged by a clock that was set back, nor cut short by one that differs a little", () => {
    expect(automaticHoldError(waiting, configured, now - 30_000)?.code).toBe("broker_unavailable");
    expect(automaticHoldError(waiting, configured, now - 15 * 60_000 - 1)).toBeUndefined();
  });

  it("does not hide a block, and is not lifted by unlock()", () => {
    const blocked = after(waiting, attempt("mpin"), "pin_rejected");
    expect(alone(blocked)?.code).toBe("login_blocked");
    expect(alone(unlockedBy(blocked))?.code).toBe("broker_unavailable");
  });
});

describe("what holds automatic logins", () => {
  it("tells since when, and that only a person ends it", () => {
    expect(automaticHold(refused, configured, now)).toMatchObject({
      code: "pin_rejected",
      since: now,
      until: undefined,
    });
    expect(automaticHold(emptyLedger, configured, now)).toBeUndefined();
  });

  it("is a stop for everybody unless a further try is allowed", () => {
    expect([emptyLedger, unknown, refused, twice, silent].map(isStopped)).toEqual([false, false, true, true, true]);
    expect([refused, twice, silent].map((ledger) => isStopped(unlockedBy(ledger)))).toEqual([false, true, false]);
  });
});

describe("the reason that is given for a stopped login", () => {
  it("is the refusal of the factor that it names, and none where only the refusal of another one is known", () => {
    const totp = attempt("totp");
    const both = after(refused, totp, "totp_rejected");
    expect(alone(both, { mpin: "mpin-1", totp: "totp-2" })?.message).toBe(
      "nothing was sent: an earlier attempt with this MPIN was refused",
    );
    expect(alone(both, { mpin: "mpin-2", totp: "totp-1" })?.message).toBe(
      "nothing was sent: the broker refused this TOTP secret or what is sent with its code before (totp_rejected)",
    );
    expect(alone(refused)?.message).toBe("nothing was sent: the broker refused this MPIN before (pin_rejected)");
    expect(alone(silent)?.message).toBe(
      "nothing was sent: two attempts had no clear answer, the last one with this MPIN",
    );
  });

  it("never holds a fingerprint, and says what to do next in whole sentences", () => {
    const ledgers = [refused, twice, silent, unlockedBy(twice), after(emptyLedger, attempt("mpin"), "account_locked")];
    for (const ledger of ledgers) {
      const error = alone(ledger);
      expect(JSON.stringify(error)).not.toMatch(/mpin-\d|totp-\d/);
      expect(error?.action).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("asks for a new code where a texted one was refused: it is in no configuration", () => {
    for (const ledger of [emptyLedger, twice]) {
      const afterOtp = after(ledger, attempt("otp", { automatic: false, fingerprint: "otp-1" }), "otp_rejected");
      const error = factorHold(afterOtp, "otp", "otp-1");
      expect(error).toMatchObject({ code: "login_blocked", action: "Ask for a new code, and give that one." });
    }
  });

  it("never speaks of a hand: what a person calls is named", () => {
    for (const ledger of [refused, twice, silent, { ...emptyLedger, attemptsLeft: 2 }])
      expect(alone(ledger)?.action).not.toContain("by hand");
    expect(alone(twice)?.action).toMatch(
      /let auth\.login\(account, handlers\) ask a person for it; or call purge\(account\)/,
    );
  });

  it("does not offer what would not help", () => {
    expect(alone(refused)?.action).toContain("unlock() for one further try");
    expect(alone(twice)?.action).toContain("not even with unlock()");
    expect(alone(silent)?.action).toContain("unlock() for one further try");
    expect(errorCodes.account_locked.action).toContain("unlock()");
  });
});
