import type { AccountSession } from "./account-session.ts";
import { wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";

// A session that ends within this is not handed out: the request it is for takes time too (both references, section 6).
const longestMarginMs = 60_000;
// Of one that lives for minutes a tenth is left unused, so that it serves calls at all.
const marginOfLife = 0.1;

// Claims are cut to the second.
const slackMs = 1_000;

/** Whether a session lives until a moment that somebody asked for. */
export function reaches(session: AccountSession, validUntil: number): boolean {
  return session.expiresAt + slackMs >= validUntil;
}

// Seconds until the year 5138, milliseconds of 1973: nobody asks for either.
const secondsBelow = 1e11;

/** Why a moment cannot be asked for, whatever session is at hand. */
export function unreachableMoment(validUntil: unknown, now: number): BrokerAuthError | undefined {
  if (typeof validUntil !== "number") {
    const remedy = isDate(validUntil) ? "; write date.getTime()" : "";
    return wrongArgument("validUntil", `must be a number of epoch milliseconds${remedy}`);
  }
  if (validUntil < secondsBelow)
    return wrongArgument("validUntil", "must be epoch milliseconds, not seconds and not a span: Date.now() + ms");
  return validUntil < now - slackMs
    ? wrongArgument("validUntil", `is in the past: ${formatIndiaTime(validUntil)}; it is now ${formatIndiaTime(now)}`)
    : undefined;
}

function isDate(value: unknown): boolean {
  try {
    return value instanceof Date;
  } catch {
    // A proxy with a trap of its own.
    return false;
  }
}

/**
 * Refuses what no login could bring, before one is spent on it.
 * @param last the session at hand, live or not
 * @throws BrokerAuthError `configuration` naming the furthest time
 */
export function requireReach(
  provider: BrokerAuthProvider,
  validUntil: number,
  now: number,
  last: AccountSession | undefined,
): void {
  // What the broker granted last says more than its documents, where sessions last a span and do not end at a time of day.
  const spans = last !== undefined && provider.traits.dailyCutoff !== true;
  const granted = spans ? now + last.expiresAt - last.issuedAt : Infinity;
  const reach = Math.min(provider.latestExpiry(now), granted);
  // In this form it holds for NaN as well, which no session reaches: a time that was read wrong must not cost a login.
  if (!(validUntil <= reach + slackMs)) throw tooShort(validUntil, reach);
}

/** What it means that even a new session ends before the moment that was asked for. */
export function tooShort(validUntil: number, furthest: number): BrokerAuthError {
  const message = `validUntil: no session can last until ${formatIndiaTime(validUntil)}; the latest is ${formatIndiaTime(furthest)}`;
  return new BrokerAuthError("configuration", message, { field: "validUntil" });
}

/** What is left unused at the end of a session. Milliseconds. */
export function expiryMarginMs(session: Pick<AccountSession, "issuedAt" | "expiresAt"> | undefined): number {
  const lifeMs = Math.max((session?.expiresAt ?? 0) - (session?.issuedAt ?? 0), 0);
  return Math.min(longestMarginMs, lifeMs * marginOfLife);
}
