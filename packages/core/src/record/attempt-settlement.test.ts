import { describe, expect, it } from "vitest";
import { acceptAttempt, type AttemptLedger, type OpenAttempt, emptyLedger, resetLedger } from "./attempt-ledger.ts";
import { openAttempt } from "./attempt-opening.ts";
import { attemptOutcome } from "./attempt-outcome.ts";
import { recoverAttempt, settleAttempt, withdrawRecovery } from "./attempt-settlement.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type AttemptOutcome, type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import { automaticHoldError } from "./login-hold.ts";
import {
  after,
  attempt,
  behind,
  codeOf,
  configuredFactors as configured,
  ledgerNow as now,
  settled,
  typed,
  unlockedBy,
} from "../../test/ledger-attempts.ts";

const minuteMs = 60_000;
const codes = Object.keys(errorCodes) as BrokerAuthErrorCode[];
const codesOf = (outcome: AttemptOutcome): BrokerAuthErrorCode[] =>
  codes.filter((code) => errorCodes[code].attempt === outcome);
const proven: AttemptLedger = { ...emptyLedger, proved: "set-1" };
const proved = { proved: true } as const;
const mayTry = (ledger: AttemptLedger, at = now): boolean => automaticHoldError(ledger, configured, at) === undefined;

const byHand = (fingerprint: string): OpenAttempt => attempt("totp", { fingerprint, automatic: false });
const typedTogether = (ledger: AttemptLedger): AttemptLedger => {
  const step = "together";
  return openAttempt(openAttempt(ledger, { ...typed("otp", "typed-1"), step }), { ...typed("mpin", "typed-2"), step });
};

// Which row each code has is written down in error-codes.test.ts.
describe("every error code", () => {
  it.each(codes)("closes the attempt that it is about, and counts as its row says: %s", (code) => {
    const ledger = after(emptyLedger, attempt("mpin"), code, { status: 400 });
    expect(ledger.open).toBeUndefined();
    const [refusals, unknown, blocked] = {
      not_sent: [0, 0, false],
      not_looked_at: [0, 0, false],
      refused: [1, 0, true],
      unknown: [0, 1, false],
      not_understood: [0, 1, false],
    }[errorCodes[code].attempt] as [number, number, boolean];
    expect(ledger).toMatchObject({ refusals, unknown });
    expect(ledger.block !== undefined).toBe(blocked);
  });

  it.each(codes)("is nothing where no attempt was open: %s", (code) => {
    expect(settled(emptyLedger, code)).toEqual(emptyLedger);
  });
});

describe("an unavailable broker", () => {
  it.each<[AttemptOutcome, { status?: number; retryAfterMs?: number }]>([
    ["not_sent", {}],
    ["not_looked_at", { status: 408 }],
    ["not_looked_at", { status: 403 }],
    ["not_looked_at", { retryAfterMs: 5_000 }],
  ])("is %s where it said %o", (outcome, details) => {
    expect(attemptOutcome(new BrokerAuthError("broker_unavailable", "m", details))).toBe(outcome);
  });

  it("without an answer leaves the ledger as it was before the attempt", () => {
    expect(after(emptyLedger, attempt("mpin"), "broker_unavailable")).toEqual(emptyLedger);
    const stopped = after(emptyLedger, attempt("mpin"), "pin_rejected");
    expect(after(stopped, attempt("mpin", { fingerprint: "mpin-2" }), "broker_unavailable")).toEqual(stopped);
  });
});

describe("a call that was not looked at", () => {
  it.each([
    ["rate_limited", undefined, minuteMs],
    ["rate_limited", 3_000, minuteMs],
    ["rate_limited", 600_000, 600_000],
    ["broker_unavailable", 60_001, 60_001],
  ] as const)(
    "is free, and nobody tries for as long as is told, a minute at least: %s, %s ms",
    (code, told, waitMs) => {
      for (const before of [emptyLedger, proven]) {
        const ledger = after(before, attempt("mpin"), code, { status: 429, retryAfterMs: told });
        expect(ledger).toMatchObject({ refused: [], refusals: 0, unknown: 0, pause: { code, since: now } });
        expect(ledger.proved).toBe(before.proved);
        expect([mayTry(ledger, now + waitMs - 1), mayTry(ledger, now + waitMs)]).toEqual([false, true]);
      }
    },
  );

  it.each(["configuration", "challenge_expired"] as const)(
    "and that time does not heal for certain is tried again after a minute, then every 12 to 14 minutes: %s",
    (code) => {
      const once = after(emptyLedger, attempt("totp"), code, { status: 404 });
      expect(once.pause?.until).toBe(now + minuteMs);
      expect(after(once, attempt("totp"), code, { status: 404, random: 0.5 }).pause?.until).toBe(now + 13 * minuteMs);
    },
  );

  it("by an adapter's own check waits for nothing: nobody was asked", () => {
    expect(after(emptyLedger, attempt("mpin"), "configuration")).toEqual(emptyLedger);
  });

  it("because the renewal is over waits for nothing: the full login follows at once", () => {
    expect(after(emptyLedger, attempt("mpin"), "session_expired", { status: 440 })).toEqual(emptyLedger);
  });

  it("of a person holds up no program", () => {
    expect(after(emptyLedger, typed("otp", "typed-1"), "rate_limited", { status: 429 }).pause).toBeUndefined();
  });

  it("never ends a longer wait that was told before", () => {
    const long = after(emptyLedger, attempt("totp"), "rate_limited", { retryAfterMs: 3_600_000 });
    const further = after(long, attempt("totp", { automatic: false }), "rate_limited", { retryAfterMs: 1_000 });
    expect(further.pause?.until).toBe(now + 3_600_000);
  });
});

describe("a refused MPIN", () => {
  it.each(codesOf("refused").filter((code) => code !== "account_locked"))("blocks at once: %s", (code) => {
    const ledger = after(proven, attempt("mpin"), code);
    expect(ledger).toMatchObject({ refusals: 1, unknown: 0, block: { code, factor: "mpin", at: now } });
    expect(ledger.proved).toBeUndefined();
    expect(mayTry(ledger)).toBe(false);
  });

  it("is kept as a fingerprint, unless the account was refused and not the MPIN", () => {
    expect(after(emptyLedger, attempt("mpin"), "pin_rejected").refused).toEqual(["mpin-1"]);
    for (const code of ["account_locked", "ip_not_allowed", "permission_denied"] as const)
      expect(after(emptyLedger, attempt("mpin"), code).refused).toEqual([]);
  });

  it("that a person's login took from the configuration blocks as well, because it would come again by itself", () => {
    const ledger = after(emptyLedger, attempt("mpin", { automatic: false }), "pin_rejected");
    expect(ledger).toMatchObject({ refusals: 1, block: { factor: "mpin", fingerprint: "mpin-1" } });
  });
});

describe("a refused TOTP code", () => {
  it.each(["totp_rejected", "invalid_credentials"] as const)(
    "has one further try, proved or not, and the second refusal blocks: %s",
    (code) => {
      for (const before of [emptyLedger, proven]) {
        const once = after(before, attempt("totp"), code);
        expect(once).toMatchObject({ refused: [], refusals: 1, doubtful: ["totp-1"] });
        expect([once.block, once.proved]).toEqual([undefined, undefined]);
        expect(mayTry(once)).toBe(true);
        const twice = after(once, attempt("totp"), code);
        expect(twice).toMatchObject({ refused: ["totp-1"], refusals: 2, block: { code, fingerprint: "totp-1" } });
        expect(mayTry(twice)).toBe(false);
      }
    },
  );

  it.each([
    ["the account was refused", "permission_denied", {}],
    ["the broker has two attempts left", "totp_rejected", { attemptsLeft: 2 }],
  ] as const)("has none where %s", (_, code, details) => {
    const ledger = after(emptyLedger, attempt("totp"), code, details);
    expect(ledger.block).toMatchObject({ code, factor: "totp" });
  });

  it("has none where the budget of the account is spent with it", () => {
    const doubted = after(emptyLedger, attempt("totp"), "outcome_unknown");
    expect(after(doubted, attempt("totp"), "totp_rejected").block?.code).toBe("totp_rejected");
    const refused = after(emptyLedger, attempt("mpin", { fingerprint: "mpin-9" }), "pin_rejected");
    expect(after(refused, attempt("totp"), "totp_rejected")).toMatchObject({ refusals: 2, block: { factor: "totp" } });
  });

  it("has none where another code would fare no better, and blocks at once", () => {
    const opened = openAttempt(emptyLedger, attempt("totp"));
    const error = new BrokerAuthError("totp_rejected", "m");
    const ledger = settleAttempt(opened, error, { now, random: 0, finalCode: true });
    expect(ledger).toMatchObject({ refused: ["totp-1"], refusals: 1, block: { code: "totp_rejected" } });
  });

  it("has none where the broker names what is wrong: another code does not mend an access token", () => {
    const named = after(emptyLedger, attempt("totp"), "invalid_credentials", { field: "accessToken" });
    expect(named).toMatchObject({ refusals: 1, block: { code: "invalid_credentials" } });
    expect(automaticHoldError(named, { ...configured, totp: "totp-2" }, now)).toBeUndefined();
  });

  it("has none as the further try that unlock() allowed", () => {
    const twice = after(after(emptyLedger, attempt("totp"), "outcome_unknown"), attempt("totp"), "outcome_unknown");
    const again = after(unlockedBy(twice), attempt("totp"), "totp_rejected");
    expect(again).toMatchObject({ refusals: 1, block: { code: "totp_rejected" } });
    expect(again.granted).toBeUndefined();
  });

  it("of a code source has one further try too, and the second one blocks whatever its code is", () => {
    for (const automatic of [true, false]) {
      const source = (code: string) =>
        attempt("totp", { fingerprint: code, configured: false, source: true, automatic });
      const once = after(emptyLedger, source("code-1"), "totp_rejected");
      expect(once.block).toBeUndefined();
      const twice = after(once, source("code-2"), "totp_rejected");
      expect(twice.block).toEqual({ code: "totp_rejected", factor: "totp", at: now, source: true });
    }
  });

  it("has one further try in each person's login with another secret, whatever the budget for automatic ones", () => {
    const first = after(after(emptyLedger, byHand("totp-1"), "totp_rejected"), byHand("totp-1"), "totp_rejected");
    const second = after(first, byHand("totp-2"), "totp_rejected");
    expect(second).toMatchObject({ doubtful: ["totp-1", "totp-2"], refused: ["totp-1"], refusals: 3 });
    expect(after(second, byHand("totp-2"), "totp_rejected").refused).toEqual(["totp-1", "totp-2"]);
  });
});

describe("an unclear outcome of credentials that were never proved", () => {
  it.each([...codesOf("unknown"), ...codesOf("not_understood")])(
    "allows exactly one further try, and then blocks without a refusal: %s",
    (code) => {
      const once = after(emptyLedger, attempt("totp"), code);
      expect(once).toMatchObject({ unknown: 1, refusals: 0 });
      expect([once.block, once.pause]).toEqual([undefined, undefined]);
      expect(mayTry(once)).toBe(true);
      const twice = after(once, attempt("totp"), code);
      expect(twice).toMatchObject({ unknown: 2, refused: [], block: { code, factor: "totp", fingerprint: "totp-1" } });
      expect(mayTry(twice)).toBe(false);
    },
  );

  it("shares one budget over all factors and configurations, with the refusals", () => {
    const once = after(emptyLedger, attempt("totp"), "outcome_unknown");
    const other = { fingerprint: "mpin-9" };
    expect(after(once, attempt("mpin", other), "outcome_unknown").block).toMatchObject({ factor: "mpin" });
    const refused = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const corrected = after(refused, attempt("mpin", other), "outcome_unknown");
    expect(corrected).toMatchObject({ refusals: 1, unknown: 1, block: { code: "outcome_unknown" } });
  });

  it("is forgotten with a minted session, not with an accepted step", () => {
    const once = after(emptyLedger, attempt("totp"), "outcome_unknown");
    expect(acceptAttempt(openAttempt(once, attempt("totp"))).unknown).toBe(1);
    expect(resetLedger(once).unknown).toBe(0);
  });

  it("counts for a code source, and for the configured factors of a person's login", () => {
    const source = attempt("totp", { fingerprint: "code-1", configured: false });
    expect(after(emptyLedger, source, "outcome_unknown").unknown).toBe(1);
    expect(after(emptyLedger, attempt("mpin", { automatic: false }), "outcome_unknown").unknown).toBe(1);
  });
});

describe("an unclear outcome of proved credentials", () => {
  it("blocks nothing: the next try comes after a minute, then every 12 to 14 minutes", () => {
    let ledger = proven;
    let at = now;
    for (const [random, waitMs] of [
      [0.3, minuteMs],
      [0, 12 * minuteMs],
      [0.999_999, 14 * minuteMs],
      [0.5, 13 * minuteMs],
    ] as const) {
      ledger = after(ledger, attempt("totp", proved), "outcome_unknown", { now: at, random });
      expect(ledger).toMatchObject({ unknown: 0, refusals: 0, proved: "set-1", unheard: ["totp"] });
      expect(ledger.block).toBeUndefined();
      const left = (ledger.pause?.until ?? 0) - at;
      expect(Math.abs(left - waitMs)).toBeLessThanOrEqual(1);
      expect([mayTry(ledger, at + left - 1), mayTry(ledger, at + left)]).toEqual([false, true]);
      at += left;
    }
  });

  it.each([
    [30_000, minuteMs],
    [90_000, 90_000],
    [3_600_000, 3_600_000],
  ])("waits longer where the broker says so, and never shorter: %d ms", (retryAfterMs, waitMs) => {
    expect(after(proven, attempt("totp", proved), "outcome_unknown", { retryAfterMs }).pause?.until).toBe(now + waitMs);
  });

  it("counts the second time in a row behind a step that was accepted as the second of never proved ones", () => {
    const once = behind(proven, proved, "outcome_unknown");
    expect(once).toMatchObject({ unknown: 0, proved: "set-1", unheard: ["mpin"] });
    const twice = behind(once, proved, "outcome_unknown");
    expect(twice).toMatchObject({ unknown: 1, unheard: ["mpin"], block: { code: "outcome_unknown", factor: "mpin" } });
    expect(twice.proved).toBeUndefined();
    expect(mayTry(twice, now + 86_400_000)).toBe(false);
  });

  it("of an MPIN is counted together with one of credentials that are not proved, whichever came first", () => {
    const ofOthers = after(emptyLedger, attempt("mpin", { fingerprint: "mpin-2" }), "outcome_unknown");
    const first = behind(proven, proved, "outcome_unknown");
    for (const ledger of [
      behind({ ...ofOthers, proved: "set-1" }, proved, "outcome_unknown"),
      after(first, attempt("mpin", { fingerprint: "mpin-2" }), "outcome_unknown"),
    ]) {
      expect(ledger).toMatchObject({ block: { code: "outcome_unknown", factor: "mpin" } });
      expect(ledger.proved).toBeUndefined();
      expect(mayTry(ledger, now + 86_400_000)).toBe(false);
    }
  });

  it("of an MPIN leaves no budget for a second refusal, nor for a further code", () => {
    const silent = behind(proven, proved, "outcome_unknown");
    const refused = after(silent, attempt("mpin", { fingerprint: "mpin-2" }), "pin_rejected");
    expect(automaticHoldError(refused, { ...configured, mpin: "mpin-3" }, now + 86_400_000)?.code).toBe(
      "login_blocked",
    );
    expect(after(silent, attempt("totp", { fingerprint: "totp-2" }), "totp_rejected").block?.code).toBe(
      "totp_rejected",
    );
  });

  it("of an enrolment is waited out once: a session lives, so the broker works", () => {
    const enrolment = attempt("mpin", { ...proved, automatic: false, enrolment: true });
    const once = after(proven, enrolment, "outcome_unknown");
    expect(once).toMatchObject({ unheard: ["mpin"], pause: { tries: 1 } });
    expect(after(once, enrolment, "outcome_unknown").block?.code).toBe("outcome_unknown");
  });

  it("counts so also where the first time was a renewal, or other steps failed in between", () => {
    const renewal = after(proven, attempt("mpin", proved), "outcome_unknown");
    expect(behind(renewal, proved, "outcome_unknown").block?.factor).toBe("mpin");
    const between = after(behind(proven, proved, "outcome_unknown"), attempt("totp", proved), "outcome_unknown");
    expect(between.block).toBeUndefined();
    expect(behind(between, proved, "outcome_unknown").block?.factor).toBe("mpin");
  });

  it("is treated as never proved where no page knows the answer: each try may have minted a session", () => {
    const once = after(proven, attempt("totp", proved), "protocol_error");
    expect(once).toMatchObject({ unknown: 1, proved: "set-1" });
    expect(once.pause).toBeUndefined();
    expect(after(once, attempt("totp", proved), "protocol_error")).toMatchObject({
      unknown: 2,
      block: { code: "protocol_error" },
    });
  });

  it("is forgotten with a minted session", () => {
    const twice = after(after(proven, attempt("totp", proved), "outcome_unknown"), attempt("totp", proved), "aborted");
    expect(twice.pause?.tries).toBe(2);
    expect(resetLedger(twice)).toEqual({ ...emptyLedger, proved: "set-1" });
  });

  it("ends their proof where it is a refusal, of whatever factor", () => {
    expect(after(proven, attempt("totp", proved), "totp_rejected").proved).toBeUndefined();
    expect(after(proven, typed("otp", "typed-1"), "otp_rejected").proved).toBeUndefined();
  });
});

describe("an attempt whose process died", () => {
  it("counts as unknown, and the second one blocks", () => {
    const once = recoverAttempt(openAttempt(emptyLedger, attempt("totp")), 0);
    expect(once).toMatchObject({ unknown: 1 });
    expect(once.open).toBeUndefined();
    const twice = recoverAttempt(openAttempt(once, attempt("totp")), 0);
    expect(twice).toMatchObject({ unknown: 2, block: { code: "outcome_unknown", at: now } });
  });

  it("of proved credentials is waited out from the moment it was made", () => {
    const died = recoverAttempt(openAttempt(proven, attempt("totp", proved)), 0);
    expect(died).toMatchObject({ unknown: 0, pause: { since: now, until: now + minuteMs } });
  });

  it("is nothing where none was open", () => {
    expect(recoverAttempt(emptyLedger, 0)).toEqual(emptyLedger);
  });
});

describe("two factors in one request", () => {
  const [pin, code] = [attempt("mpin", { step: "login" }), attempt("totp", { step: "login" })];
  const sent = openAttempt(openAttempt(emptyLedger, pin), code, codeOf(7));

  it("are told apart by a refusal that names one of them", () => {
    const ofPin = settled(sent, "pin_rejected");
    expect(ofPin).toMatchObject({ refused: ["mpin-1"], block: { factor: "mpin", fingerprint: "mpin-1" } });
    expect(mayTry(ofPin)).toBe(false);
    expect(automaticHoldError(ofPin, { ...configured, mpin: "corrected" }, now)).toBeUndefined();
    expect(settled(sent, "totp_rejected")).toMatchObject({ refused: [], doubtful: ["totp-1"] });
  });

  it.each(["invalid_credentials", "otp_rejected"] as const)(
    "are one refusal of both where the broker names neither: %s",
    (refusal) => {
      const ledger = settled(sent, refusal);
      expect(ledger.refusals).toBe(1);
      expect(ledger.refused.toSorted()).toEqual(["mpin-1", "totp-1"]);
      for (const factors of [{ mpin: "mpin-1" }, { totp: "totp-1" }])
        expect(automaticHoldError(ledger, factors, now)?.code).toBe("login_blocked");
    },
  );

  it("are one attempt where no clear answer came, and not one behind the other", () => {
    const ledger = settled(sent, "outcome_unknown");
    expect(ledger).toMatchObject({ unknown: 1, refused: [] });
    const both = { ...proved, step: "login" };
    const joint = (before: AttemptLedger) =>
      settled(openAttempt(openAttempt(before, attempt("mpin", both)), attempt("totp", both)), "outcome_unknown");
    const twice = joint(joint(proven));
    expect(twice).toMatchObject({ unknown: 0, unheard: ["totp", "mpin"], pause: { tries: 2 } });
    expect(twice.block).toBeUndefined();
  });

  it("have each a further try of their own where a person typed them", () => {
    const doubted = after(emptyLedger, typed("otp", "typed-1"), "outcome_unknown");
    const ledger = settled(typedTogether(doubted), "outcome_unknown");
    expect(ledger.doubtful).toEqual(["typed-1", "typed-2"]);
    expect(ledger.refused).toEqual(["typed-1"]);
    expect(after(ledger, typed("otp", "typed-2"), "outcome_unknown").refused).toEqual(["typed-1", "typed-2"]);
  });

  it("are two requests, the first of which was accepted, where they are of two steps or of two runs", () => {
    for (const other of [attempt("mpin"), attempt("mpin", { step: "login", owner: "run-2" })]) {
      const ledger = openAttempt(openAttempt(emptyLedger, code, codeOf(7)), other);
      expect(ledger.open).toMatchObject(other);
      expect(settled(ledger, "invalid_credentials").refused).toEqual(["mpin-1"]);
    }
  });
});

describe("what a person types", () => {
  it.each(["otp_rejected", "totp_rejected", "pin_rejected"] as const)(
    "is not sent twice and does not block: %s",
    (code) => {
      const ledger = after(emptyLedger, typed("otp", "typed-1"), code);
      expect(ledger).toEqual({ ...emptyLedger, refused: ["typed-1"] });
      expect(mayTry(ledger)).toBe(true);
    },
  );

  it.each(["account_locked", "ip_not_allowed", "permission_denied"] as const)(
    "stops automatic logins where the answer is about the account: %s",
    (code) => {
      const ledger = after(emptyLedger, typed("otp", "typed-1"), code);
      expect(ledger).toEqual({ ...emptyLedger, block: { code, factor: "otp", at: now } });
      for (const factors of [configured, { mpin: "mpin-9", totp: "totp-9" }, {}])
        expect(automaticHoldError(ledger, factors, now)?.code).toBe("login_blocked");
    },
  );

  it("has one further try of its own where its outcome is unknown, and stops nothing else", () => {
    const once = after(emptyLedger, typed("mpin", "typed-1"), "outcome_unknown");
    const other = after(once, typed("mpin", "typed-2"), "outcome_unknown");
    expect(other).toMatchObject({ unknown: 0, refused: [] });
    const twice = after(other, typed("mpin", "typed-1"), "outcome_unknown");
    expect(twice).toMatchObject({ unknown: 0, refused: ["typed-1"] });
    expect(twice.block).toBeUndefined();
    expect(mayTry(twice)).toBe(true);
  });

  it("does not open an earlier block, and takes nobody's further try away", () => {
    const blocked = unlockedBy(after(emptyLedger, attempt("mpin"), "pin_rejected"));
    for (const code of ["otp_rejected", "outcome_unknown", "broker_unavailable"] as const) {
      const ledger = after(blocked, typed("otp", "typed-1"), code);
      expect(ledger).toMatchObject({ block: blocked.block, granted: true });
    }
  });

  it("costs of the broker's budget like everything else", () => {
    const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", { attemptsLeft: 2 });
    expect(ledger.attemptsLeft).toBe(2);
    expect(mayTry(ledger)).toBe(false);
  });
});

describe("an enrolment", () => {
  const mpin = attempt("mpin", { automatic: false, enrolment: true, step: "enable" });
  const code = attempt("totp", {
    fingerprint: "code-1",
    configured: false,
    source: true,
    automatic: false,
    enrolment: true,
    step: "enable",
  });
  const sent = openAttempt(openAttempt(emptyLedger, mpin), code, codeOf(7));

  it("whose code is refused stops nothing: nothing that is configured was wrong", () => {
    const ledger = settled(sent, "totp_rejected");
    expect(ledger).toMatchObject({ refused: ["code-1"], refusals: 0 });
    expect(ledger.block).toBeUndefined();
    expect(mayTry(ledger)).toBe(true);
  });

  it("whose MPIN is refused, or that got no clear answer twice, stops what would send that MPIN again", () => {
    expect(settled(sent, "pin_rejected").block).toMatchObject({ code: "pin_rejected", enrolment: true });
    const twice = settled(openAttempt(settled(sent, "outcome_unknown"), { ...mpin, step: "again" }), "outcome_unknown");
    expect(twice.block).toMatchObject({ code: "outcome_unknown", enrolment: true });
  });
});

describe("an attempt that was counted as a dead process's and has never left", () => {
  const opened = openAttempt(proven, attempt("mpin"));

  it.each([
    ["of credentials that are proved", openAttempt(proven, attempt("mpin", proved))],
    ["of others", openAttempt(emptyLedger, attempt("mpin"))],
    ["the second one, which stopped the account", openAttempt({ ...emptyLedger, unknown: 1 }, attempt("mpin"))],
  ])("is taken back whole, %s", (_, ledger) => {
    expect(withdrawRecovery(recoverAttempt(ledger, 0.7), ledger)).toEqual(acceptAttempt(ledger));
  });

  it("leaves what the next holder has under way, and the time steps that it has used", () => {
    const totp = { ...opened.totp, codes: ["another"] };
    const open = { ...attempt("mpin"), owner: "next" };
    const counted = { ...recoverAttempt(opened, 0), open, totp };
    expect(withdrawRecovery(counted, opened)).toMatchObject({ unknown: 0, open, totp });
  });

  it.each<[string, Partial<AttemptLedger>]>([
    ["a further silence", { unknown: 2 }],
    ["a refusal", { refusals: 1 }],
    ["a refused factor", { refused: ["another"] }],
    ["what is left", { attemptsLeft: 1 }],
    ["a person's permission", { granted: true }],
    ["a pause", { pause: { code: "rate_limited", since: now, until: now + minuteMs, tries: 0 } }],
  ])("stands where more was written down since: %s", (_, since) => {
    const counted = { ...recoverAttempt(opened, 0), ...since };
    expect(withdrawRecovery(counted, opened)).toBe(counted);
  });
});
