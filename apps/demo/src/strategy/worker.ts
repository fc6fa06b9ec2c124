import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { dayPlan } from "./day-plan.ts";
import { openEngine, unattendedAccounts } from "./engine.ts";
import { jobs } from "./jobs.ts";
import { runStrategy } from "./strategy.ts";
import type { SupervisorOrder, SupervisorReport, WorkerTask } from "./supervisor.ts";

// One process of the strategy. Its parent says when to begin and is told everything; without its parent it ends.
const { job, config, folder, sandbox, roundMs } = JSON.parse(process.argv[2] ?? "{}") as WorkerTask;
const { env } = process;
const tell = (report: SupervisorReport): void => void process.send?.(report, undefined, undefined, () => undefined);

const ended = new AbortController();
const end = (): void => ended.abort();
process.once("SIGTERM", end).once("disconnect", end);
// Ctrl-C reaches every process of a terminal; the parent is the one that ends us.
process.on("SIGINT", () => undefined);

let order: SupervisorOrder = { clockOffsetMs: 0, left: [] };
let round = new AbortController();
const rounds = new Map<Promise<unknown>, string>();
process.on("message", (given: SupervisorOrder) => {
  order = given;
  if (given.reload === true) round.abort();
  const { left } = given;
  const underWay = [...rounds].filter(([, account]) => left.includes(account)).map(([one]) => one);
  void Promise.allSettled(underWay).then(() => tell({ type: "left", left }));
});
if (process.connected) await Promise.race([once(process, "message"), once(ended.signal, "abort")]);

const now = (): number => Date.now() + order.clockOffsetMs;

while (!ended.signal.aborted) {
  round = new AbortController();
  const over = AbortSignal.any([ended.signal, round.signal]);
  const pause = async (): Promise<void> => sleep(roundMs, undefined, { signal: over }).catch(() => undefined);
  try {
    const { auth, configuration } = await openEngine({ config, folder, env, now, sandbox });
    const work = jobs[job](configuration);
    const unattended = unattendedAccounts(configuration);
    auth.on((event) => tell({ type: "event", event }));
    tell({ type: "ready", job: work });
    const strategy = runStrategy({
      auth,
      job: work,
      plan: dayPlan(),
      now,
      pause,
      ended: over,
      tell: (report) => tell({ type: "report", report }),
      left: ({ account, state }) =>
        order.left.includes(account) || (state !== "logged_in" && !unattended.includes(account)),
      began(account, one) {
        rounds.set(one, account);
        void Promise.allSettled([one]).then(() => rounds.delete(one));
      },
    });
    await Promise.race([strategy, once(over, "abort")]);
    // A login that is under way comes to its end beside the next engine: cut short, nobody would know what became of it. The end of the process
    // waits for nothing.
    const closed = Promise.race([strategy, once(ended.signal, "abort")])
      .catch(() => undefined)
      .then(async () => auth.close());
    if (ended.signal.aborted) await closed;
  } catch (error) {
    tell({ type: "trouble", message: error instanceof Error ? error.message : String(error) });
    await pause();
  }
}
// A parent that ended first has hung up already.
if (process.connected) process.disconnect();
