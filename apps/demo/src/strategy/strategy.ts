import type { AccountStatus } from "@x/core";
import { callAccount, type CallReport, failure, type OrderReport, sendOrder } from "../account-call.ts";
import type { DayMoment } from "./day-plan.ts";
import type { DeskAuth } from "./engine.ts";

/** What one process of the strategy works on, by names of accounts or aliases. */
export interface StrategyJob {
  readonly reads: readonly string[];
  /** Some of these; orders go there. */
  readonly trades: readonly string[];
}

export type StrategyReport =
  | { readonly kind: "call"; readonly at: number; readonly call: CallReport }
  | { readonly kind: "order"; readonly at: number; readonly call: OrderReport };

export interface StrategyOptions {
  readonly auth: DeskAuth;
  readonly job: StrategyJob;
  readonly plan: (now: number) => DayMoment;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Waits for the next round. Resolves at once when the strategy is over. */
  readonly pause: () => Promise<void>;
  readonly ended: AbortSignal;
  readonly tell: (report: StrategyReport) => void;
  /** Whether the account is to be left alone: a person has said so, or has to log in first. */
  readonly left: (status: AccountStatus) => boolean;
  /** Is told of each round with an account: until it is over, a login may come of it. */
  readonly began?: (account: string, round: Promise<unknown>) => void;
}

// One order in so many rounds.
const orderEvery = 10;

/**
 * A strategy's day: sessions ready before the open, reads every round, orders only while the market is open. It knows no broker, no OTP and no
 * token. Every failure that it meets has a name; what to do about each is decided here and not in the library.
 */
export async function runStrategy(options: StrategyOptions): Promise<void> {
  // One account that is slow, or waits for its login, holds up no other.
  await Promise.all(options.job.reads.map((name) => runAccount(name, options)));
}

async function runAccount(name: string, options: StrategyOptions): Promise<void> {
  const { auth, now, pause, ended, tell, left, began } = options;
  let ordersHeld = false;
  for (let round = 0; !ended.aborted; round++) {
    try {
      const status = await auth.status(name);
      if (!left(status)) {
        const work = runRound(name, status, round % orderEvery === 0 && !ordersHeld, options);
        began?.(status.account, work);
        // It may stand in the order book. No further one until a person has looked there and started the strategy again.
        ordersHeld ||= (await work)?.fate === "unknown";
      }
    } catch (error) {
      // The store, most likely: calls report their own failures.
      const call = { account: name, broker: "", method: "", path: "", status: null, ok: false, error: failure(error) };
      if (!ended.aborted) tell({ kind: "call", at: now(), call });
    }
    await pause();
  }
}

async function runRound(
  name: string,
  { environment, state }: AccountStatus,
  orderIsDue: boolean,
  { auth, job, plan, now, ended, tell }: StrategyOptions,
): Promise<OrderReport | undefined> {
  const { phase, mayRead, lastUntil } = plan(now());
  if (!mayRead) {
    if (state === "logged_in") await auth.logout(name);
    return undefined;
  }
  // A session that would end while the market is open is replaced now, at a moment when nobody trades. What goes wrong, the call tells.
  if (phase === "prepare") await auth.session(name, { validUntil: lastUntil, signal: ended }).catch(() => undefined);
  const call = await callAccount(auth, name);
  if (ended.aborted) return undefined;
  tell({ kind: "call", at: now(), call });
  if (!orderIsDue || !call.ok || !job.trades.includes(name) || plan(now()).phase !== "open") return undefined;
  // Take this condition away, and money moves.
  if (environment !== "sandbox") return undefined;
  const order = await sendOrder(auth, name);
  tell({ kind: "order", at: now(), call: order });
  return order;
}
