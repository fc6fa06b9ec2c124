import { setTimeout as pause } from "node:timers/promises";
import { formatIndiaTime, isBrokerAuthError } from "@x/core";
import type { Desk } from "../desk.ts";
import { exitCodeOf, exitCodes } from "../exit-code.ts";
import { failureOf, messageOf } from "../failure.ts";
import type { Alarm } from "../notification.ts";
import { planOf } from "./trading-day.ts";

export interface KeeperOptions {
  /** Milliseconds since midnight in India. */
  readonly end: number;
  readonly signal: AbortSignal;
  /** Told once for each change. */
  readonly report: (account: string, text: string) => void;
  readonly alarm: Alarm;
  /** Epoch milliseconds; the system's clock unless it is given. */
  readonly now?: (() => number) | undefined;
}

const lookMs = 30_000;
const retryMs = 60_000;

/** Keeps an account's session through the trading day, until the signal ends it. It logs in when a session is missing, and never ahead of need. */
export async function keep(desk: Desk, account: string, options: KeeperOptions): Promise<void> {
  const { end, signal, report, alarm, now = Date.now } = options;
  const random = Math.random();
  let told = "";
  const tell = (state: string, text: string): boolean => {
    if (state === told) return false;
    told = state;
    report(account, text);
    return true;
  };
  while (!signal.aborted) {
    const plan = planOf(now(), end, random);
    let wait = lookMs;
    if (plan.kind === "rest") {
      tell(`rest ${plan.until}`, `nothing to do before ${formatIndiaTime(plan.until)}`);
      wait = plan.until - now();
    } else {
      try {
        const { generation, expiresAt } = await reaching(desk, account, plan.until, signal);
        if (tell(`session ${generation}`, `logged in until ${formatIndiaTime(expiresAt)}`)) alarm.calm(account);
      } catch (error) {
        if (signal.aborted) return;
        const { message: named, action } = failureOf(error);
        const message = isBrokerAuthError(error) ? messageOf(error) : named;
        const code = isBrokerAuthError(error) ? error.code : "protocol_error";
        if (tell(`failed ${code}`, `${message}${action === undefined ? "" : `; ${action}`}`))
          void alarm.failed(desk, { account, code, message });
        const retryAfterMs = isBrokerAuthError(error) ? (error.retryAfterMs ?? 0) : 0;
        wait = exitCodeOf[code] === exitCodes.unavailable ? Math.max(retryMs, retryAfterMs) : retryMs;
      }
    }
    // Looked at again every few minutes at the latest: a computer may sleep, and its clock may be set.
    await pause(Math.min(Math.max(wait, 1000), 300_000), undefined, { signal, ref: true }).catch(() => undefined);
  }
}

// A session that cannot reach the end of the day is better than none: the next one is minted when it is over.
async function reaching(
  desk: Desk,
  account: string,
  until: number,
  signal: AbortSignal,
): ReturnType<Desk["auth"]["session"]> {
  try {
    return await desk.auth.session(account, { validUntil: until, signal });
  } catch (error) {
    if (!isBrokerAuthError(error) || error.code !== "configuration") throw error;
    return desk.auth.session(account, { signal });
  }
}
