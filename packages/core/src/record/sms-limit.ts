import { BrokerAuthError } from "../errors/broker-auth-error.ts";

const windowMs = 600_000;
const limit = 3;

/**
 * The record's sends with one more. A broker counts them, and locks the account for a while after the fifth.
 * @param sent epoch milliseconds, newest last
 * @param again a further send of the same login, which some accounts need: it is noted, and not refused half way
 * @throws BrokerAuthError `rate_limited` with the time until the next one
 */
export function withSms(sent: readonly number[] | undefined, now: number, again: boolean): readonly number[] {
  // A clock that was set back must not bar the next one for long.
  const recent = (sent ?? []).filter((at) => at > now - windowMs && at <= now);
  if (!again && recent.length >= limit) {
    const retryAfterMs = (recent.at(-limit) ?? now) + windowMs - now;
    throw new BrokerAuthError(
      "rate_limited",
      `${recent.length} SMS were asked for within ten minutes; the next one may be in ${Math.ceil(retryAfterMs / 60_000)} min, nothing was sent`,
      { retryAfterMs, action: "Type the newest code that came, or wait before you ask for another one." },
    );
  }
  return [...recent, now];
}
