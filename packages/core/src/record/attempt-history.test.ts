import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptAttempt,
  type AttemptLedger,
  type ConfiguredFactors,
  emptyLedger,
  type OpenAttempt,
  resetLedger,
} from "./attempt-ledger.ts";
import { openAttempt } from "./attempt-opening.ts";
import { recoverAttempt, settleAttempt } from "./attempt-settlement.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import { automaticHold, interactiveHoldError } from "./login-hold.ts";
import { codeOf, unlockedBy } from "../../test/ledger-attempts.ts";

const seed = 20310303;
const minuteMs = 60_000;
const codes = Object.keys(errorCodes) as BrokerAuthErrorCode[];
const factors = ["totp", "mpin"] as const;
type LoginFactor = (typeof factors)[number];
type Fate = BrokerAuthErrorCode | "crash";

interface Act {
  readonly who: "program" | "person";
  /** Which of the account's configurations; the first one is right. */
  readonly set: number;
  /** The step that fails, and how; a login of the right set without one succeeds. */
  readonly failing: { readonly factor: LoginFactor; readonly fate: Fate } | undefined;
  readonly attemptsLeft: number | undefined;
  readonly unlockBefore: boolean;
  readonly laterMs: number;
}

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constantFrom<Fate>(
    "outcome_unknown",
    "outcome_unknown",
    "totp_rejected",
    "pin_rejected",
    "account_locked",
    "crash",
  ),
  fc.constantFrom<Fate>(...codes),
);
const act: fc.Arbitrary<Act> = fc.record({
  who: fc.constantFrom("program" as const, "program" as const, "program" as const, "person" as const),
  set: fc.constantFrom(0, 0, 0, 1, 2, 3),
  failing: fc.option(fc.record({ factor: fc.constantFrom(...factors), fate }), { nil: undefined, freq: 2 }),
  attemptsLeft: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 8 }),
  unlockBefore: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  laterMs: fc.constantFrom(0, 1_000, minuteMs, 14 * minuteMs, 3_600_000),
});

/** What a watcher counts who knows nothing of the ledger. */
interface Seen {
  refused: number;
  unclear: number;
  granted: number;
  readonly pauses: number[];
  locked: boolean;
  readonly dead: Set<string>;
}

const afresh = (): Seen => ({ refused: 0, unclear: 0, granted: 0, pauses: [], locked: false, dead: new Set() });
const reached = { refused: 0, unclear: 0, locked: 0, silent: 0, unlocked: 0, minted: 0 };

/** Plays a history, through what a store does to a ledger, and names the first rule that is broken. */
function play(acts: readonly Act[]): string | undefined {
  let ledger = emptyLedger;
  let now = 1_000_000_000_000;
  let step = 0;
  let seen = afresh();
  for (const [index, { who, set, failing, attemptsLeft, unlockBefore, laterMs }] of acts.entries()) {
    now += laterMs;
    ledger = JSON.parse(JSON.stringify(ledger)) as AttemptLedger;
    const configured: ConfiguredFactors = { totp: `totp-${set}`, mpin: `mpin-${set}` };
    const automatic = who === "program";
    if (unlockBefore) {
      ledger = unlockedBy(ledger, configured);
      seen.granted += 1;
      seen.locked = false;
      seen.dead.clear();
      reached.unlocked += 1;
    }
    const hold = automatic
      ? automaticHold(ledger, configured, now)?.error
      : interactiveHoldError(ledger, configured, { unasked: false, begins: false, sourced: false }, now);
    if (hold !== undefined) continue;
    // A wrong set is refused at its first step, whatever was to happen.
    const happening = failing ?? (set === 0 ? undefined : { factor: "totp", fate: "totp_rejected" as const });
    for (const factor of factors) {
      const fingerprint = configured[factor] ?? "";
      const proved = ledger.proved === `set-${set}`;
      const open: OpenAttempt = {
        owner: `run-${index}`,
        factor,
        step: factor,
        at: now,
        fingerprint,
        configured: true,
        automatic,
        ...(proved ? { proved } : {}),
      };
      try {
        ledger = openAttempt(ledger, open, factor === "totp" ? codeOf(++step) : undefined);
      } catch (error) {
        if (isBrokerAuthError(error)) break;
        throw error;
      }
      if (seen.locked) return "something is sent to a locked account";
      if (seen.dead.has(fingerprint)) return "a refused factor is sent again";
      if (automatic && factor === "totp" && seen.pauses.some((until) => now < until)) return "a try within a pause";
      if (happening?.factor !== factor) continue;
      const before = ledger;
      ledger = end(ledger, happening.fate, attemptsLeft, now);
      const why = count(seen, before, ledger, open, happening.fate, automatic);
      if (why !== undefined) return why;
      break;
    }
    if (ledger.open === undefined) continue;
    ledger = resetLedger(acceptAttempt(ledger), `set-${set}`);
    seen = afresh();
    reached.minted += 1;
  }
  return undefined;
}

function end(ledger: AttemptLedger, fated: Fate, attemptsLeft: number | undefined, now: number): AttemptLedger {
  if (fated === "crash") return recoverAttempt(ledger, 0.5);
  return settleAttempt(ledger, new BrokerAuthError(fated, "m", { attemptsLeft, status: 400 }), { now, random: 0.5 });
}

function count(
  seen: Seen,
  before: AttemptLedger,
  after: AttemptLedger,
  { fingerprint = "", factor }: OpenAttempt,
  fated: Fate,
  automatic: boolean,
): string | undefined {
  const row = fated === "crash" ? "unknown" : errorCodes[fated].attempt;
  if (row === "refused") {
    const secondOfTotp = factor !== "totp" || (before.doubtful ?? []).includes(fingerprint);
    const ofAccount = ["account_locked", "ip_not_allowed", "permission_denied"].includes(fated);
    if (secondOfTotp && !ofAccount) seen.dead.add(fingerprint);
    seen.locked ||= fated === "account_locked";
    seen.refused += automatic ? 1 : 0;
    reached.refused += 1;
    reached.locked += seen.locked ? 1 : 0;
    if (after.proved !== undefined) return "a proof outlives a refusal";
    if (seen.refused > 2) return "a third automatic refusal";
  }
  if (row === "unknown" || row === "not_understood") {
    const silent = after.pause !== before.pause;
    if (silent) seen.pauses.push(after.pause?.until ?? 0);
    seen.unclear += automatic && !silent ? 1 : 0;
    reached.unclear += 1;
    reached.silent += silent ? 1 : 0;
    // The strict count begins anew with nothing but a session; one unlock() adds one.
    if (seen.unclear > 2 + Math.min(seen.granted, 1)) return "a further try too many";
  }
  return undefined;
}

// Programs with different configurations, a person, a broker of any mood, crashes and unlocks, in any order.
describe("any history of attempts", () => {
  it("has at most two automatic refusals between sessions, one further try of what is unclear, and sends nothing that was refused", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        expect(play(acts)).toBeUndefined();
      }),
      { seed, numRuns: 5_000 },
    );
    // The histories reached every corner.
    expect(Math.min(...Object.values(reached))).toBeGreaterThan(200);
  });
});
