import { describe, expect, it } from "vitest";
import {
  acceptAttempt,
  acceptEnrolment,
  type AttemptLedger,
  emptyLedger,
  hasFurtherTry,
  isWaitedOut,
  resetLedger,
} from "./attempt-ledger.ts";
import { openAttempt } from "./attempt-opening.ts";
import { recoverAttempt, settleAttempt } from "./attempt-settlement.ts";
import {
  after,
  attempt,
  behind,
  codeOf,
  ledgerNow as now,
  refusalOf,
  settled,
  typed,
  unlockedBy,
} from "../../test/ledger-attempts.ts";
import { noTotpSteps } from "../adapter-kit/totp-steps.ts";

describe("an accepted attempt", () => {
  it("is closed, and nothing is counted", () => {
    const ledger = acceptAttempt(openAttempt(emptyLedger, attempt("totp"), codeOf(7)));
    expect(ledger).toEqual({ ...emptyLedger, totp: { ...noTotpSteps, made: [7], codes: ["code of 7"] } });
  });

  it("makes room for the next factor of the same run, which stands behind it", () => {
    const totp = openAttempt(emptyLedger, attempt("totp"), codeOf(7));
    const mpin = openAttempt(totp, attempt("mpin"));
    expect(mpin.open).toMatchObject({ factor: "mpin", behind: true });
    expect(settled(mpin, "pin_rejected").refused).toEqual(["mpin-1"]);
    expect(openAttempt(totp, attempt("mpin", { owner: "run-2" })).open?.behind).toBeUndefined();
    expect(openAttempt(emptyLedger, attempt("mpin")).open?.behind).toBeUndefined();
  });

  it("of a code that was written down too late to leave makes room for the next code of the same request, and was not accepted", () => {
    const late = openAttempt(emptyLedger, attempt("totp"), codeOf(7));
    const next = openAttempt(openAttempt(late, attempt("totp"), codeOf(8)), attempt("totp"), codeOf(9));
    expect(next.open).toEqual(late.open);
    expect(next.totp.made).toEqual([7, 8, 9]);
    const both = { step: "together" };
    const pair = openAttempt(openAttempt(emptyLedger, attempt("mpin", both)), attempt("totp", both), codeOf(7));
    const again = openAttempt(pair, attempt("totp", both), codeOf(8));
    expect(again.open).toEqual(pair.open);
  });

  it("stands before both factors of the request that follows it", () => {
    const first = openAttempt(emptyLedger, attempt("totp"), codeOf(7));
    const both = { step: "together" };
    const ledger = openAttempt(openAttempt(first, attempt("mpin", both)), attempt("otp", both));
    expect(ledger.open).toMatchObject({ factor: "otp", behind: true, joint: { factor: "mpin", behind: true } });
  });
});

describe("a minted session", () => {
  it("resets everything but the used TOTP steps and what is proved", () => {
    const totp = { made: [99], outside: [98], floor: 5, codes: ["code-1"] };
    const ledger: AttemptLedger = {
      refused: ["a", "b"],
      refusals: 1,
      unknown: 1,
      totp,
      attemptsLeft: 1,
      doubtful: ["c"],
      unheard: ["totp"],
      pause: { code: "outcome_unknown", since: now, until: now + 1, tries: 1 },
      granted: true,
      block: { code: "pin_rejected", factor: "mpin", at: now, fingerprint: "a" },
      open: attempt("mpin"),
    };
    const reset = { refused: [], refusals: 0, unknown: 0, totp };
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
      const refused = code === "pin_rejected" ? ["mpin-1"] : [];
      const other = attempt("mpin", { ...enrolling, fingerprint: "mpin-2" });
      expect(acceptEnrolment(openAttempt(ledger, other))).toEqual({ ...emptyLedger, refused });
    },
  );

  it("with the MPIN that was refused, after unlock(), shows that this one is right", () => {
    const refused = after(emptyLedger, attempt("mpin", enrolling), "pin_rejected");
    const ledger = acceptEnrolment(openAttempt(unlockedBy(refused), attempt("mpin", enrolling)));
    expect(ledger).toMatchObject({ refused: [], refusals: 0 });
    expect(ledger.block).toBeUndefined();
  });

  it("ends no other block", () => {
    for (const ledger of [after(emptyLedger, attempt("mpin"), "pin_rejected"), emptyLedger])
      expect(acceptEnrolment(openAttempt(ledger, attempt("mpin", { fingerprint: "mpin-2" })))).toEqual(ledger);
  });
});

describe("unlock", () => {
  it("allows one further try, which the next failure takes away, and forgets no refusal", () => {
    const refused = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const unlocked = unlockedBy(refused);
    expect(unlocked).toEqual({ ...refused, granted: true });
    expect(openAttempt(unlocked, attempt("mpin")).open?.fingerprint).toBe("mpin-1");
    for (const code of ["pin_rejected", "outcome_unknown", "protocol_error"] as const)
      expect(after(unlocked, attempt("mpin"), code).granted).toBeUndefined();
  });

  it("keeps the further try through what is free and through an accepted step", () => {
    const unlocked = unlockedBy(after(emptyLedger, attempt("mpin"), "pin_rejected"));
    for (const code of ["broker_unavailable", "rate_limited", "session_expired"] as const)
      expect(after(unlocked, attempt("totp"), code).granted).toBe(true);
    expect(openAttempt(openAttempt(unlocked, attempt("totp")), attempt("mpin")).granted).toBe(true);
  });

  it("of a program with other credentials than the refused ones is no further try for those", () => {
    const refused = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const corrected = unlockedBy(refused, { totp: "totp-1", mpin: "mpin-2" });
    expect(corrected).toEqual({ ...refused, granted: true, corrected: true });
    expect(() => openAttempt(corrected, attempt("mpin"))).toThrow(expect.objectContaining({ code: "login_blocked" }));
    expect(openAttempt(corrected, attempt("mpin", { fingerprint: "mpin-2" })).open?.fingerprint).toBe("mpin-2");
    // Whoever has the refused ones can still say that they are right.
    expect(unlockedBy(corrected)).toEqual({ ...refused, granted: true });
    for (const code of ["pin_rejected", "outcome_unknown"] as const)
      expect(after(corrected, attempt("mpin", { fingerprint: "mpin-2" }), code).corrected).toBeUndefined();
  });

  it("leaves a ledger alone in which nothing has stopped", () => {
    const waiting = after({ ...emptyLedger, proved: "set-1" }, attempt("totp", { proved: true }), "outcome_unknown");
    for (const ledger of [emptyLedger, waiting]) expect(unlockedBy(ledger)).toBe(ledger);
  });

  it("is a word about the broker's last attempts, too", () => {
    const last = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", { attemptsLeft: 2 });
    expect(unlockedBy({ ...last, refused: [] }).granted).toBe(true);
    expect(unlockedBy({ ...emptyLedger, attemptsLeft: 3 }).granted).toBeUndefined();
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
    expect(openAttempt(unlockedBy(ledger), typed("otp", "typed-1")).open?.fingerprint).toBe("typed-1");
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
  it("is used once, and what is refused because of it costs nothing, not even the factor before it", () => {
    const used = acceptAttempt(openAttempt(emptyLedger, attempt("totp"), codeOf(9)));
    const accepted = openAttempt(used, attempt("mpin"));
    const error = refusalOf(() => openAttempt(accepted, attempt("totp"), codeOf(9)));
    expect(error).toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(settleAttempt(accepted, error, { now, random: 0 })).toEqual(used);
  });

  it("outlives other factors, refusals, crashes and sessions", () => {
    const used = openAttempt(emptyLedger, attempt("totp"), codeOf(100));
    for (const ledger of [
      openAttempt(used, attempt("mpin")),
      settled(used, "totp_rejected"),
      recoverAttempt(used, 0),
      resetLedger(used),
      unlockedBy(settled(used, "totp_rejected")),
    ])
      expect(ledger.totp).toEqual(used.totp);
  });

  it("of a code that we made is another thing than one in which a code from outside was sent", () => {
    const source = attempt("totp", { configured: false, source: true, fingerprint: "code-1" });
    expect(openAttempt(emptyLedger, attempt("totp"), codeOf(7)).totp).toMatchObject({ made: [7], outside: [] });
    for (const outside of [typed("totp", "code-1"), source])
      expect(openAttempt(emptyLedger, outside, codeOf(7)).totp).toMatchObject({ made: [], outside: [7] });
  });
});

describe("a TOTP code", () => {
  const outside = attempt("totp", { configured: false, source: true, fingerprint: "code-1" });

  it("from outside is not sent a second time, in whatever step it is given again", () => {
    const ledger = acceptAttempt(openAttempt(emptyLedger, outside, codeOf(7, { code: "code-1" })));
    expect(refusalOf(() => openAttempt(ledger, outside, codeOf(8, { code: "code-1" })))).toMatchObject({
      code: "needs_input",
      challenge: "totp",
    });
    expect(openAttempt(ledger, outside, codeOf(8, { code: "code-2" })).totp.outside).toEqual([7, 8]);
  });

  it("that a program has made is not sent again by a person whose phone is behind", () => {
    const ledger = acceptAttempt(openAttempt(emptyLedger, attempt("totp"), codeOf(7)));
    const again = codeOf(8, { code: "code of 7" });
    expect(refusalOf(() => openAttempt(ledger, typed("totp", "code of 7"), again)).message).toContain(
      "was sent before",
    );
  });

  it("that a person has typed from a phone that is ahead is not made for the next step", () => {
    const ledger = acceptAttempt(
      openAttempt(emptyLedger, typed("totp", "code of 8"), codeOf(7, { code: "code of 8" })),
    );
    expect(refusalOf(() => openAttempt(ledger, attempt("totp"), codeOf(8))).code).toBe("needs_input");
    expect(openAttempt(ledger, attempt("totp"), codeOf(9)).totp.made).toEqual([9]);
    // The person may go on.
    expect(openAttempt(ledger, typed("totp", "code of 9"), codeOf(8, { code: "code of 9" })).totp.outside).toEqual([
      7, 8,
    ]);
  });

  it("that an adapter does not show is known by its step alone", () => {
    const ledger = openAttempt(emptyLedger, attempt("totp"), codeOf(7, { code: undefined }));
    expect(ledger.totp).toEqual({ ...noTotpSteps, made: [7] });
  });
});

describe("a ledger", () => {
  it("means the same after it was stored", () => {
    const proven = { ...emptyLedger, proved: "set-1" };
    const ledgers = [
      behind(proven, { proved: true }, "outcome_unknown"),
      after(emptyLedger, attempt("totp"), "totp_rejected"),
      unlockedBy(after(emptyLedger, attempt("mpin"), "pin_rejected")),
      openAttempt(emptyLedger, attempt("totp", { enrolment: true, source: true }), codeOf(7)),
    ];
    for (const ledger of ledgers) expect(JSON.parse(JSON.stringify(ledger))).toEqual(ledger);
  });
});
