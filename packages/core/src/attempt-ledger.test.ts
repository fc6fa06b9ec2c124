import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptAttempt,
  type AttemptLedger,
  automaticRefusal,
  type ConfiguredFactors,
  emptyLedger,
  interactiveRefusal,
  type OpenAttempt,
  openAttempt,
  recoverAttempt,
  resetLedger,
  settleAttempt,
} from "./attempt-ledger.ts";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "./error-codes.ts";
import type { Factor } from "./io.ts";

const seed = 20310303;
const now = Date.UTC(2031, 2, 3, 3, 30);
const configured: ConfiguredFactors = { totp: "totp-1", mpin: "mpin-1" };

/** How an attempt comes about: by itself from the configuration, from a code source, or with a person at hand. */
function attempt(factor: Factor, given: Partial<OpenAttempt> = {}): OpenAttempt {
  const fingerprint = configured[factor];
  return {
    owner: "run-1",
    factor,
    step: `send-${factor}`,
    at: now,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    configured: fingerprint !== undefined,
    automatic: true,
    ...given,
  };
}

function typed(factor: Factor, fingerprint: string): OpenAttempt {
  return attempt(factor, { fingerprint, configured: false, automatic: false });
}

function settled(ledger: AttemptLedger, code: BrokerAuthErrorCode, attemptsLeft?: number): AttemptLedger {
  return settleAttempt(ledger, new BrokerAuthError(code, "m", { attemptsLeft }), now);
}

/** One attempt from end to end. */
function after(
  ledger: AttemptLedger,
  open: OpenAttempt,
  code: BrokerAuthErrorCode,
  attemptsLeft?: number,
): AttemptLedger {
  return settled(openAttempt(ledger, open), code, attemptsLeft);
}

function refusalOf(act: () => unknown): BrokerAuthError {
  try {
    act();
  } catch (error) {
    if (isBrokerAuthError(error)) return error;
    throw error;
  }
  throw new Error("it was allowed");
}

/** The one message of every login that would use these factors. */
function messageFor(ledger: AttemptLedger, factors: ConfiguredFactors): string | undefined {
  const [alone, byHand] = [automaticRefusal(ledger, factors), interactiveRefusal(ledger, factors)];
  expect(alone?.message).toBe(byHand?.message);
  return alone?.message;
}

const codes = Object.keys(errorCodes) as BrokerAuthErrorCode[];
const codesOf = (outcome: string): BrokerAuthErrorCode[] =>
  codes.filter((code) => errorCodes[code].attempt === outcome);

describe("an attempt that was not sent, or was never looked at", () => {
  it.each(codesOf("free"))("is free: %s", (code) => {
    const ledger = after(emptyLedger, attempt("mpin"), code);
    expect(ledger).toEqual({ ...emptyLedger, open: undefined, attemptsLeft: undefined });
    expect(automaticRefusal(ledger, configured)).toBeUndefined();
  });
});

describe("an accepted attempt", () => {
  it("is closed, and nothing is counted", () => {
    const ledger = acceptAttempt(openAttempt(emptyLedger, attempt("totp"), 7));
    expect(ledger).toEqual({ ...emptyLedger, lastTotpStep: 7, open: undefined });
  });

  it("makes room for the next factor of the same run", () => {
    const totp = openAttempt(emptyLedger, attempt("totp"), 7);
    const mpin = openAttempt(totp, attempt("mpin"));
    expect(mpin.open?.factor).toBe("mpin");
    expect(settled(mpin, "pin_rejected").refused).toEqual(["mpin-1"]);
  });
});

describe("two factors in one request", () => {
  const [user, code] = [attempt("mpin", { step: "login" }), attempt("totp", { step: "login" })];
  const sent = openAttempt(openAttempt(emptyLedger, user), code, 7);

  it.each([
    ["pin_rejected", "mpin"],
    ["totp_rejected", "totp"],
  ] as const)("are told apart by a refusal that names one of them: %s", (refusal, factor) => {
    const ledger = settled(sent, refusal);
    expect(ledger.refused).toEqual([`${factor}-1`]);
    expect(ledger.block).toEqual({ code: refusal, factor, at: now, fingerprint: `${factor}-1` });
    expect(automaticRefusal(ledger, { totp: "totp-1", mpin: "mpin-1", [factor]: "corrected" })).toBeUndefined();
  });

  it.each(["invalid_credentials", "otp_rejected"] as const)(
    "are both refused where the broker names neither: %s",
    (refusal) => {
      const ledger = settled(sent, refusal);
      expect(ledger.refused.toSorted()).toEqual(["mpin-1", "totp-1"]);
      for (const factors of [{ mpin: "mpin-1" }, { totp: "totp-1" }])
        expect(automaticRefusal(ledger, factors)?.code).toBe("login_blocked");
    },
  );

  it("are one attempt where no clear answer came", () => {
    expect(settled(sent, "outcome_unknown")).toMatchObject({ unknown: 1, refused: [] });
    const twice = settled(openAttempt(openAttempt(settled(sent, "outcome_unknown"), user), code, 8), "outcome_unknown");
    expect(twice).toMatchObject({ unknown: 2, refused: expect.arrayContaining(["mpin-1", "totp-1"]) as unknown });
  });

  it("have each a further try of their own where a person typed them", () => {
    const joint = (ledger: AttemptLedger): AttemptLedger =>
      ["typed-1", "typed-2"].reduce((before, value) => openAttempt(before, typed("otp", value)), ledger);
    const doubted = after(emptyLedger, typed("otp", "typed-1"), "outcome_unknown");
    const ledger = settled(joint(doubted), "outcome_unknown");
    expect(ledger.doubtful).toEqual(["typed-1", "typed-2"]);
    expect(ledger.refused).toEqual(["typed-1"]);
    expect(after(ledger, typed("otp", "typed-2"), "outcome_unknown").refused).toEqual(["typed-1", "typed-2"]);
  });

  it("are two requests, the first of which was accepted, where they are of two steps or of two runs", () => {
    for (const other of [attempt("totp"), attempt("totp", { step: "login", owner: "run-2" })]) {
      const ledger = openAttempt(openAttempt(emptyLedger, user), other, 7);
      expect(ledger.open).toEqual(other);
      expect(settled(ledger, "invalid_credentials").refused).toEqual(["totp-1"]);
    }
  });
});

describe("a minted session", () => {
  it("resets everything but the last TOTP step", () => {
    const ledger: AttemptLedger = {
      refused: ["a", "b"],
      unknown: 1,
      lastTotpStep: 99,
      attemptsLeft: 1,
      block: { code: "pin_rejected", factor: "mpin", at: now, fingerprint: "a" },
      open: attempt("mpin"),
    };
    expect(resetLedger(ledger)).toEqual({ refused: [], unknown: 0, lastTotpStep: 99 });
  });
});

describe("a refused configured factor", () => {
  it.each(codesOf("refused"))("blocks at once and is never sent again: %s", (code) => {
    const ledger = after(emptyLedger, attempt("mpin"), code);
    expect(ledger).toMatchObject({
      refused: ["mpin-1"],
      unknown: 0,
      open: undefined,
      block: { code, factor: "mpin", at: now, fingerprint: "mpin-1" },
    });
    expect(automaticRefusal(ledger, configured)).toMatchObject({ code: "login_blocked" });
    expect(automaticRefusal(ledger, configured)?.message).toMatch(/the broker refused this (MPIN|account) before/);
    expect(automaticRefusal(ledger, configured)?.message).toContain(`(${code})`);
    expect(interactiveRefusal(ledger, configured)).toMatchObject({ code: "login_blocked" });
    expect(refusalOf(() => openAttempt(ledger, attempt("mpin")))).toMatchObject({ code: "login_blocked" });
  });

  it("is refused before it is sent also where a person is at hand or types the same", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    expect(refusalOf(() => openAttempt(ledger, attempt("mpin", { automatic: false }))).code).toBe("login_blocked");
    expect(refusalOf(() => openAttempt(ledger, typed("mpin", "mpin-1"))).code).toBe("login_blocked");
  });

  it("opens again for a credential that was never refused, and only then", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const corrected = { ...configured, mpin: "mpin-2" };
    expect(automaticRefusal(ledger, corrected)).toBeUndefined();
    const twice = after(ledger, attempt("mpin", { fingerprint: "mpin-2" }), "pin_rejected");
    expect(twice.refused).toEqual(["mpin-1", "mpin-2"]);
    for (const mpin of ["mpin-1", "mpin-2"]) {
      expect(automaticRefusal(twice, { ...configured, mpin })?.code).toBe("login_blocked");
      expect(refusalOf(() => openAttempt(twice, attempt("mpin", { fingerprint: mpin }))).code).toBe("login_blocked");
    }
  });

  it("does not open for another factor's correction, nor for a configuration without the factor", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    expect(automaticRefusal(ledger, { ...configured, totp: "totp-2" })?.code).toBe("login_blocked");
    expect(automaticRefusal(ledger, { totp: "totp-1" })?.code).toBe("login_blocked");
    expect(automaticRefusal(ledger, {})?.code).toBe("login_blocked");
  });

  it("is known by its block alone", () => {
    const { block } = after(emptyLedger, attempt("mpin"), "pin_rejected");
    expect(automaticRefusal({ ...emptyLedger, block }, configured)?.code).toBe("login_blocked");
  });

  it("leaves a person free to type another one", () => {
    const ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    expect(interactiveRefusal(ledger, { totp: "totp-1" })).toBeUndefined();
    expect(openAttempt(ledger, typed("mpin", "typed-1")).open?.fingerprint).toBe("typed-1");
  });

  it("blocks in a person's login as well, because it would come again by itself", () => {
    const ledger = after(emptyLedger, attempt("mpin", { automatic: false }), "pin_rejected");
    expect(ledger.block).toMatchObject({ factor: "mpin", fingerprint: "mpin-1" });
    expect(automaticRefusal(ledger, configured)?.code).toBe("login_blocked");
  });

  it("says in people's words what was refused, and never a fingerprint", () => {
    const ledger = after(emptyLedger, attempt("totp"), "totp_rejected");
    const error = automaticRefusal(ledger, configured);
    expect(error?.message).toBe(
      "nothing was sent: the broker refused this TOTP secret or identity before (totp_rejected)",
    );
    expect(JSON.stringify(error)).not.toContain("totp-1");
  });
});

describe("the reason that is given for a stopped login", () => {
  it("is the refusal of the factor that it names, and none where only the refusal of another one is known", () => {
    const pin = after(emptyLedger, attempt("mpin"), "pin_rejected");
    const both = after(pin, attempt("totp"), "totp_rejected");
    expect(messageFor(both, { mpin: "mpin-1", totp: "totp-2" })).toBe(
      "nothing was sent: an earlier attempt with this MPIN was refused or had no clear answer",
    );
    expect(messageFor(both, { mpin: "mpin-2", totp: "totp-1" })).toBe(
      "nothing was sent: the broker refused this TOTP secret or identity before (totp_rejected)",
    );
    expect(refusalOf(() => openAttempt(both, attempt("mpin"))).message).toBe(messageFor(both, { mpin: "mpin-1" }));
    expect(messageFor(pin, { mpin: "mpin-1" })).toContain("this MPIN before (pin_rejected)");
  });

  it("is not what became of another credential of the same factor", () => {
    let ledger = after(emptyLedger, attempt("mpin"), "pin_rejected");
    for (let time = 0; time < 2; time++)
      ledger = after(ledger, attempt("mpin", { fingerprint: "mpin-2" }), "outcome_unknown");
    expect(messageFor(ledger, { mpin: "mpin-2" })).toContain("two attempts had no clear answer");
    expect(messageFor(ledger, { mpin: "mpin-1" })).not.toContain("two attempts");
  });

  it("says two attempts without an answer, and not that both were of the factor that came last", () => {
    const once = after(emptyLedger, attempt("totp"), "outcome_unknown");
    const twice = after(once, attempt("mpin"), "outcome_unknown");
    expect(messageFor(twice, configured)).toBe(
      "nothing was sent: two attempts had no clear answer, the last one with this MPIN",
    );
  });
});

describe("a code from outside", () => {
  it("is not sent a second time, in whatever step it is given again", () => {
    const given = attempt("totp", { fingerprint: "code-1", configured: false, source: true });
    const ledger = acceptAttempt(openAttempt(emptyLedger, given, 7));
    expect(refusalOf(() => openAttempt(ledger, given, 8))).toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(openAttempt(ledger, { ...given, fingerprint: "code-2" }, 8).lastTotpStep).toBe(8);
  });

  it("that was refused stops a person's login where the next one comes from there again, and no other", () => {
    const given = attempt("totp", { fingerprint: "code-1", configured: false, source: true, automatic: false });
    const ledger = after(emptyLedger, given, "totp_rejected");
    expect(ledger.block).toEqual({ code: "totp_rejected", factor: "totp", at: now, source: true });
    expect(interactiveRefusal(ledger, {}, true)).toMatchObject({ code: "login_blocked" });
    expect(interactiveRefusal(ledger, {})).toBeUndefined();
  });
});

describe("a refused code of a code source", () => {
  it("blocks until a person unlocks, whatever is configured", () => {
    const ledger = after(emptyLedger, attempt("totp", { fingerprint: "code-1", configured: false }), "totp_rejected");
    expect(ledger.block).toEqual({ code: "totp_rejected", factor: "totp", at: now });
    for (const factors of [{}, configured, { totp: "totp-2" }]) {
      expect(automaticRefusal(ledger, factors)?.code).toBe("login_blocked");
    }
  });
});

describe("what a person types", () => {
  it.each(["otp_rejected", "totp_rejected", "pin_rejected"] as const)(
    "is not sent twice and does not block: %s",
    (code) => {
      const ledger = after(emptyLedger, typed("otp", "typed-1"), code);
      expect(ledger).toEqual({ ...emptyLedger, refused: ["typed-1"] });
      expect(automaticRefusal(ledger, configured)).toBeUndefined();
      expect(interactiveRefusal(ledger, configured)).toBeUndefined();
      expect(refusalOf(() => openAttempt(ledger, typed("otp", "typed-1"))).code).toBe("login_blocked");
      expect(openAttempt(ledger, typed("otp", "typed-2")).open?.fingerprint).toBe("typed-2");
    },
  );

  it.each(["account_locked", "ip_not_allowed", "permission_denied"] as const)(
    "stops automatic logins where the answer is about the account: %s",
    (code) => {
      const ledger = after(emptyLedger, typed("otp", "typed-1"), code);
      expect(ledger.block).toEqual({ code, factor: "otp", at: now });
      for (const factors of [configured, { mpin: "mpin-9", totp: "totp-9" }, {}]) {
        const error = automaticRefusal(ledger, factors);
        expect(error?.code).toBe("login_blocked");
        expect(error?.message).toBe(`nothing was sent: the broker refused this account before (${code})`);
      }
      // A person may know that it is open again.
      expect(interactiveRefusal(ledger, configured)).toBeUndefined();
      expect(openAttempt(ledger, typed("otp", "typed-2")).open?.fingerprint).toBe("typed-2");
    },
  );

  it("has one further try of its own where its outcome is unknown, and stops nothing else", () => {
    const once = after(emptyLedger, typed("mpin", "typed-1"), "outcome_unknown");
    const other = after(once, typed("mpin", "typed-2"), "outcome_unknown");
    expect(other).toMatchObject({ unknown: 0, refused: [] });
    const twice = after(other, typed("mpin", "typed-1"), "outcome_unknown");
    expect(twice).toMatchObject({ unknown: 0, refused: ["typed-1"] });
    expect(twice.block).toBeUndefined();
    expect(automaticRefusal(twice, configured)).toBeUndefined();
    expect(() => openAttempt(twice, typed("mpin", "typed-1"))).toThrow(
      expect.objectContaining({ code: "login_blocked" }),
    );
  });

  it("does not open an earlier block", () => {
    const blocked = after(emptyLedger, attempt("mpin"), "pin_rejected");
    for (const code of ["otp_rejected", "outcome_unknown", "broker_unavailable"] as const) {
      const ledger = after(blocked, typed("otp", "typed-1"), code);
      expect(ledger.block).toEqual(blocked.block);
      expect(automaticRefusal(ledger, configured)?.code).toBe("login_blocked");
    }
  });

  it("costs of the broker's budget like everything else", () => {
    const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", 2);
    expect(ledger.attemptsLeft).toBe(2);
    expect(automaticRefusal(ledger, configured)?.code).toBe("login_blocked");
    expect(interactiveRefusal(ledger, configured)).toBeUndefined();
  });
});

describe("an attempt without a clear answer", () => {
  it.each(codesOf("unknown"))("counts as spent, allows exactly one further try, and then blocks: %s", (code) => {
    const once = after(emptyLedger, attempt("totp"), code);
    expect(once).toEqual({ ...emptyLedger, unknown: 1 });
    expect(automaticRefusal(once, configured)).toBeUndefined();
    const twice = after(once, attempt("totp"), code);
    expect(twice).toMatchObject({
      unknown: 2,
      refused: ["totp-1"],
      block: { code, factor: "totp", fingerprint: "totp-1" },
    });
    expect(automaticRefusal(twice, configured)?.message).toContain("two attempts");
    expect(refusalOf(() => openAttempt(twice, attempt("totp"))).code).toBe("login_blocked");
  });

  it("blocks with a refusal after it", () => {
    const once = after(emptyLedger, attempt("totp"), "outcome_unknown");
    expect(after(once, attempt("totp"), "totp_rejected").block?.code).toBe("totp_rejected");
  });

  it("shares one budget with every other factor of the account", () => {
    const once = after(emptyLedger, attempt("totp"), "outcome_unknown");
    const accepted = acceptAttempt(openAttempt(once, attempt("totp")));
    const twice = after(accepted, attempt("mpin"), "outcome_unknown");
    expect(twice.block).toMatchObject({ factor: "mpin" });
    expect(automaticRefusal(twice, configured)?.code).toBe("login_blocked");
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

describe("an attempt whose process died", () => {
  it("counts as unknown, and the second one blocks", () => {
    const once = recoverAttempt(openAttempt(emptyLedger, attempt("totp")), now);
    expect(once).toMatchObject({ unknown: 1, open: undefined });
    const twice = recoverAttempt(openAttempt(once, attempt("totp")), now);
    expect(twice).toMatchObject({ unknown: 2, refused: ["totp-1"], block: { code: "outcome_unknown", at: now } });
  });

  it("is nothing where none was open", () => {
    expect(recoverAttempt(emptyLedger, now)).toEqual({ ...emptyLedger, open: undefined });
  });
});

describe("the broker's last attempts", () => {
  it.each([
    [0, true],
    [1, true],
    [2, true],
    [3, false],
  ])("belong to a person: with %d left automatic logins are stopped: %s", (attemptsLeft, stopped) => {
    const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", attemptsLeft);
    for (const factors of [configured, { mpin: "mpin-9" }, {}]) {
      const error = automaticRefusal(ledger, factors);
      expect([error?.code, error?.attemptsLeft]).toEqual(
        stopped ? ["login_blocked", attemptsLeft] : [undefined, undefined],
      );
    }
    expect(interactiveRefusal(ledger, configured)).toBeUndefined();
  });

  it("are remembered when a later answer does not name them", () => {
    const ledger = after(emptyLedger, typed("otp", "typed-1"), "otp_rejected", 2);
    expect(after(ledger, typed("otp", "typed-2"), "otp_rejected").attemptsLeft).toBe(2);
    expect(after(ledger, typed("otp", "typed-2"), "broker_unavailable").attemptsLeft).toBe(2);
    expect(after(ledger, typed("otp", "typed-2"), "otp_rejected", 5).attemptsLeft).toBe(5);
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
    expect(settleAttempt(accepted, error, now)).toEqual({ ...emptyLedger, lastTotpStep: 9, open: undefined });
  });

  it("outlives other factors, refusals, crashes and sessions", () => {
    const used = openAttempt(emptyLedger, attempt("totp"), 100);
    expect(openAttempt(used, attempt("mpin")).lastTotpStep).toBe(100);
    expect(settled(used, "totp_rejected").lastTotpStep).toBe(100);
    expect(recoverAttempt(used, now).lastTotpStep).toBe(100);
    expect(resetLedger(used).lastTotpStep).toBe(100);
  });

  it("may be the very first one", () => {
    expect(openAttempt(emptyLedger, attempt("totp"), 0).lastTotpStep).toBe(0);
  });
});

interface Act {
  readonly who: "program" | "source" | "person-typing" | "person-configured";
  readonly factor: Factor;
  readonly credential: number;
  readonly fate: BrokerAuthErrorCode | "accepted" | "crash" | "mint";
  readonly attemptsLeft: number | undefined;
  readonly stepsAhead: number;
  readonly unlockBefore: boolean;
}

const act: fc.Arbitrary<Act> = fc.record({
  who: fc.constantFrom("program", "program", "source", "person-typing", "person-configured"),
  factor: fc.constantFrom("otp", "totp", "mpin", "sms"),
  credential: fc.integer({ min: 1, max: 3 }),
  fate: fc.oneof(fc.constantFrom(...codes), fc.constantFrom("accepted", "crash", "mint")),
  attemptsLeft: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 6 }),
  stepsAhead: fc.integer({ min: -1, max: 3 }),
  unlockBefore: fc.integer({ min: 0, max: 13 }).map((one) => one === 0),
});

/** The books of the attempts table, kept a second time and in other words: what is dead, what was lost, what has stopped. */
class Books {
  dead = new Set<string>();
  doubted = new Set<string>();
  lost = 0;
  lastCode: string | undefined;
  stopped: "no" | "for good" | { readonly factor: Factor; readonly fingerprint: string } = "no";
  brokerLeft: number | undefined;
  readonly steps: number[] = [];

  get lastStep(): number {
    return this.steps.at(-1) ?? -1;
  }

  forget(): void {
    this.dead = new Set();
    this.doubted = new Set();
    this.lost = 0;
    this.stopped = "no";
    this.brokerLeft = undefined;
  }

  holdsDead(factors: ConfiguredFactors): boolean {
    return Object.values(factors).some((fingerprint) => this.dead.has(fingerprint));
  }

  mayTryAlone(factors: ConfiguredFactors): boolean {
    if (this.holdsDead(factors) || this.stopped === "for good") return false;
    if (this.brokerLeft !== undefined && this.brokerLeft <= 2) return false;
    if (this.stopped === "no") return true;
    const current = factors[this.stopped.factor];
    return current !== undefined && current !== this.stopped.fingerprint;
  }

  /** Why this attempt must not leave; undefined when it may. */
  refusal(open: OpenAttempt, step: number | undefined): BrokerAuthErrorCode | undefined {
    if (open.fingerprint !== undefined && this.dead.has(open.fingerprint)) return "login_blocked";
    if (step !== undefined && step <= this.lastStep) return "needs_input";
    return step !== undefined &&
      !open.configured &&
      open.fingerprint !== undefined &&
      open.fingerprint === this.lastCode
      ? "needs_input"
      : undefined;
  }

  note(open: OpenAttempt, fate: Act["fate"], attemptsLeft: number | undefined): void {
    if (fate === "mint") this.forget();
    if (fate === "mint" || fate === "accepted") return;
    const outcome = fate === "crash" ? "unknown" : errorCodes[fate].attempt;
    if (fate !== "crash") this.brokerLeft = attemptsLeft ?? this.brokerLeft;
    const comesAgain = open.configured || open.automatic;
    if (outcome === "unknown" && comesAgain) this.lost += 1;
    const again = open.fingerprint !== undefined && this.doubted.has(open.fingerprint);
    if (outcome === "unknown" && !comesAgain && open.fingerprint !== undefined) this.doubted.add(open.fingerprint);
    if (outcome === "unknown" && !comesAgain && again) this.dead.add(open.fingerprint);
    const over = outcome === "refused" || (outcome === "unknown" && comesAgain && this.lost >= 2);
    if (!over) return;
    if (open.fingerprint !== undefined) this.dead.add(open.fingerprint);
    const ofTheAccount = ["account_locked", "ip_not_allowed", "permission_denied"].includes(fate);
    if (!comesAgain && !ofTheAccount) return;
    const { factor, fingerprint } = open;
    this.stopped = open.configured && fingerprint !== undefined ? { factor, fingerprint } : "for good";
  }
}

/** Plays a history on the ledger and in the books. Gives what each of them says at every turn. */
function play(acts: readonly Act[], seen: Record<"refusedBefore" | "sent" | "stopped" | "lost", number>) {
  let ledger = emptyLedger;
  const books = new Books();
  const [said, meant]: [unknown[], unknown[]] = [[], []];
  const rule = (name: string, actual: unknown, expected: unknown): void => {
    said.push([name, actual]);
    meant.push([name, expected]);
  };
  for (const [index, { who, factor, credential, fate, attemptsLeft, stepsAhead, unlockBefore }] of acts.entries()) {
    if (unlockBefore) {
      ledger = resetLedger(ledger);
      books.forget();
    }
    const factors: ConfiguredFactors = { totp: `totp-${credential}`, mpin: `mpin-${credential}` };
    const automatic = who === "program" || who === "source";
    const fromConfiguration = (who === "program" || who === "person-configured") && factor in factors;
    if (automatic) {
      const refusal = automaticRefusal(ledger, factors);
      rule("may try alone", refusal?.code, books.mayTryAlone(factors) ? undefined : "login_blocked");
      seen.stopped += refusal === undefined ? 0 : 1;
      if (refusal !== undefined) continue;
    }
    const open: OpenAttempt = {
      owner: `run-${index}`,
      factor,
      step: "s",
      at: index,
      ...(who === "program" && !fromConfiguration ? {} : { fingerprint: `${factor}-${credential}` }),
      configured: fromConfiguration,
      automatic,
    };
    const step = factor === "totp" ? Math.max(books.lastStep + stepsAhead, 0) : undefined;
    const [opened, refused] = attemptTo(() => openAttempt(ledger, open, step));
    rule("may leave", refused, books.refusal(open, step));
    if (opened === undefined) {
      seen.refusedBefore += 1;
      continue;
    }
    seen.sent += 1;
    if (step !== undefined) books.steps.push(step);
    if (step !== undefined && !open.configured) books.lastCode = open.fingerprint ?? books.lastCode;
    rule("is written down first", opened.open, open);
    const error =
      fate in errorCodes ? new BrokerAuthError(fate as BrokerAuthErrorCode, "m", { attemptsLeft }) : undefined;
    if (error !== undefined) ledger = settleAttempt(opened, error, index);
    else if (fate === "crash") ledger = recoverAttempt(opened, index);
    else ledger = fate === "mint" ? resetLedger(opened) : acceptAttempt(opened);
    books.note(open, fate, attemptsLeft);
    seen.lost += books.lost > 0 ? 1 : 0;
    rule("nothing is open", ledger.open, undefined);
    rule("refused", ledger.refused.toSorted(), [...books.dead].toSorted());
    rule("without an answer", ledger.unknown, books.lost);
    rule("last step", ledger.lastTotpStep, books.lastStep);
    rule("stopped", ledger.block !== undefined, books.stopped !== "no");
    rule("a person may try", interactiveRefusal(ledger, factors) === undefined, !books.holdsDead(factors));
  }
  return { said, meant, steps: books.steps };
}

function attemptTo(attempting: () => AttemptLedger): [AttemptLedger | undefined, BrokerAuthErrorCode | undefined] {
  try {
    return [attempting(), undefined];
  } catch (error) {
    if (isBrokerAuthError(error)) return [undefined, error.code];
    throw error;
  }
}

// Programs with different configurations, a code source, a person, a broker of any mood, crashes and unlocks, in any order.
describe("any history of attempts", () => {
  it("sends no refused factor, tries unknowns once more only, leaves the last attempts alone, and never repeats a step", () => {
    const seen = { refusedBefore: 0, sent: 0, stopped: 0, lost: 0 };
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const { said, meant, steps } = play(acts, seen);
        expect(said).toEqual(meant);
        expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
      }),
      { seed, numRuns: 3_000 },
    );
    // The histories reached every corner.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(300);
  });

  it("survives being stored: a ledger means the same after JSON", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom<Factor>("totp", "mpin"), fc.constantFrom(...codes)), { maxLength: 8 }),
        (acts) => {
          let ledger = emptyLedger;
          let stored = emptyLedger;
          for (const [factor, code] of acts) {
            if (automaticRefusal(ledger, configured) !== undefined) break;
            ledger = after(ledger, attempt(factor), code);
            stored = JSON.parse(JSON.stringify(after(stored, attempt(factor), code))) as AttemptLedger;
            expect(stored).toEqual(JSON.parse(JSON.stringify(ledger)));
            expect(automaticRefusal(stored, configured)?.message).toBe(automaticRefusal(ledger, configured)?.message);
          }
        },
      ),
      { seed },
    );
  });
});
