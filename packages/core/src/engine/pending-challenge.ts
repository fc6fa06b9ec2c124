import type { AccountParts } from "./account-parts.ts";
import type { AccountRecord } from "../record/account-record.ts";
import type { Challenge } from "../contract/challenge.ts";
import type { LoginProgress } from "./login-progress.ts";

/** The challenge of the pending login, where there is one that is still good: nothing is sent for it a second time. */
export function pendingChallenge(parts: AccountParts, record: AccountRecord): LoginProgress | undefined {
  const { context } = parts;
  const { pending } = record;
  if (pending === undefined || !context.identify().asks.includes(pending.challenge.kind)) return undefined;
  const { challenge, handle, login } = pending;
  // What a challenge says of its own end is for display: the broker decides, and a person can ask for a new code.
  return login.expiresAt > context.platform.now() + offsetMs(parts, record)
    ? { kind: "challenge", challenge: shownChallenge(parts, challenge, record), handle }
    : undefined;
}

/** A challenge with its end by this host's clock: people look at their own. */
export function shownChallenge(parts: AccountParts, challenge: Challenge, record: AccountRecord): Challenge {
  // A copy: what a caller does to it does not reach the record.
  if (challenge.kind !== "otp" || challenge.expiresAt === undefined) return { ...challenge };
  return { ...challenge, expiresAt: challenge.expiresAt - offsetMs(parts, record) };
}

function offsetMs({ clock }: AccountParts, record: AccountRecord): number {
  return clock.latest(record.clock)?.offsetMs ?? 0;
}
