import type { ClockOffset } from "./account-record.ts";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import type { Platform } from "./platform.ts";
import { neverLeft } from "./unsent-failure.ts";

// Clocks drift slowly, but a host's clock can be set at any moment, and a code made with a stale offset is refused and blocks.
const freshForMs = 60_000;
// A round trip slower than this says too little about the moment in between.
const slowestMs = 5_000;
/** Beyond this something other than drift is wrong: a proxy that answers from a cache, a clock set to another day. */
const largestOffsetMs = 900_000;

/** Whether a measurement still says something: the host's clock may have been set since. */
export function isFresh(clock: ClockOffset | undefined, now: number): clock is ClockOffset {
  return clock !== undefined && Math.abs(now - clock.measuredAt) < freshForMs;
}

/**
 * The broker's clock minus the host's. Asks only when no fresh measurement is stored. An answer that does not tell the time gives undefined,
 * and the login goes on. No answer at all ends it: the next call would carry a factor to where nobody answers.
 * @throws BrokerAuthError `broker_unavailable` when no answer came, `configuration` when the call could not be made, `clock_skew` when the
 * difference is too large to be corrected
 */
export async function measureClock(
  stored: ClockOffset | undefined,
  platform: Platform,
  serverTime: () => Promise<number>,
): Promise<ClockOffset | undefined> {
  const before = platform.now();
  if (isFresh(stored, before)) return stored;
  let server: number;
  try {
    server = await serverTime();
  } catch (error) {
    const ending = withoutAnswer(error);
    if (ending !== undefined) throw ending;
    return undefined;
  }
  const after = platform.now();
  if (!Number.isFinite(server) || after < before || after - before > slowestMs) return undefined;
  const offsetMs = Math.round(server - (before + after) / 2);
  if (Math.abs(offsetMs) > largestOffsetMs) {
    throw new BrokerAuthError(
      "clock_skew",
      `this computer's clock differs from the broker's by ${Math.round(Math.abs(offsetMs) / 60_000)} minutes; nothing was sent`,
    );
  }
  return { offsetMs, measuredAt: after };
}

// An error with a status was made of an answer; whatever that says, the broker is there.
function withoutAnswer(error: unknown): BrokerAuthError | undefined {
  if (isBrokerAuthError(error)) {
    const { code, status } = error;
    return code === "configuration" || (code === "broker_unavailable" && status === undefined) ? error : undefined;
  }
  if (!neverLeft(error)) return undefined;
  return new BrokerAuthError("broker_unavailable", "the broker could not be reached; nothing was sent", {
    cause: error,
  });
}
