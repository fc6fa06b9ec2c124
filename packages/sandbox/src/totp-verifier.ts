import { generateSync } from "otplib";
import type { SandboxClock } from "./clock.ts";
import { type Json, isJsonObject } from "./json.ts";

/** Length of a time step in milliseconds, at both brokers. */
export const TOTP_STEP_MS = 30_000;

/** "used": the code is right, but its time step was accepted or refused before. */
export type TotpVerdict = "accepted" | "wrong" | "used";

/** Checks six-digit codes for the time step of `at` and its two neighbours. */
export interface TotpVerifier {
  /**
   * Every answer uses a step up for this account: the code's own if the code is right, else the one of `at`. So a wrong code spoils the
   * right one of the same 30 seconds (nubra reference section 12 rule 11, kotak-neo reference section 12 rule 3).
   */
  verify(account: string, secret: string, code: string, at: number): TotpVerdict;
  snapshot(): Json;
  restore(saved: Json): void;
}

export function createTotpVerifier(): TotpVerifier {
  const used = new Map<string, Set<number>>();

  return {
    verify(account, secret, code, at) {
      const steps = used.get(account) ?? new Set();
      used.set(account, steps);
      const current = Math.floor(at / TOTP_STEP_MS);
      const matching = [current, current - 1, current + 1].find(
        (step) => totpCode(secret, step * TOTP_STEP_MS) === code,
      );
      if (matching === undefined) {
        steps.add(current);
        return "wrong";
      }
      if (steps.has(matching)) return "used";
      steps.add(matching);
      return "accepted";
    },
    snapshot: () => Object.fromEntries([...used].map(([account, steps]) => [account, [...steps]])),
    restore(saved) {
      used.clear();
      if (!isJsonObject(saved)) return;
      for (const [account, steps] of Object.entries(saved)) {
        if (Array.isArray(steps)) used.set(account, new Set(steps.filter((step) => typeof step === "number")));
      }
    },
  };
}

/** The code that an authenticator app shows at this moment, epoch milliseconds: always six characters. */
export function totpCode(secret: string, at: number): string {
  return generateSync({ secret, epoch: Math.floor(at / 1000) });
}

/** Moves the clock on to the next time step of the broker's time whose code starts with 0: one in ten does. */
export function advanceToLeadingZero(clock: SandboxClock, now: number, secret: string): void {
  let step = Math.floor(now / TOTP_STEP_MS) + 1;
  while (!totpCode(secret, step * TOTP_STEP_MS).startsWith("0")) step += 1;
  clock.advance(step * TOTP_STEP_MS - now);
}
