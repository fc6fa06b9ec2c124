import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { elapsedMs } from "./elapsed.ts";

const windowMs = 600_000;
const limit = 3;

/**
 * The record's messages with further ones. A broker counts them, and locks the account for a while after the fifth.
 * @param sent epoch milliseconds, newest last
 * @param messages how many this login takes from here on; 0 for a call whose message was counted before
 * @throws BrokerAuthError `rate_limited` with the time until so many may be sent
 */
export function withSms(sent: readonly number[] | undefined, now: number, messages: number): readonly number[] {
  const recent = (sent ?? []).filter((at) => elapsedMs(at, now) < windowMs);
  if (messages > 0 && recent.length + messages > limit) {
    const inTheWay = recent.at(messages - limit - 1) ?? recent.at(-1) ?? now;
    const retryAfterMs = windowMs - elapsedMs(inTheWay, now);
    throw new BrokerAuthError(
      "rate_limited",
      `${recent.length} SMS were asked for within ten minutes; the next one may be in ${Math.ceil(retryAfterMs / 60_000)} min, nothing was sent`,
      { retryAfterMs, action: "Type the newest code that came, or wait before you ask for another one." },
    );
  }
  return [...recent, ...Array.from({ length: messages }, () => now)];
}
