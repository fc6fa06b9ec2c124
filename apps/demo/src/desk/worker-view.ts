import type { Supervisor } from "../strategy/supervisor.ts";
import type { DeskEngine } from "./desk-engine.ts";
import type { AccountView, LaneView, WorkerView } from "./desk-view.ts";
import type { EventLog } from "./event-log.ts";

/** The strategy's processes, as far as they have told. */
export function workerViews(
  supervisor: Supervisor,
  log: EventLog,
  engine: DeskEngine,
  accounts: readonly AccountView[],
): readonly WorkerView[] {
  return [...supervisor.members].map(([job, { child, starts, work, trouble }]): WorkerView => {
    const lanes = work.reads.map((name): LaneView => {
      const account = engine.meantBy(name);
      const { broker = "", environment, left = false, state } = accounts.find((one) => one.name === account) ?? {};
      // Orders go to accounts in the sandbox only.
      const trades = work.trades.includes(name) && environment === "sandbox";
      return { name, account, broker, trades, left, live: state === "logged_in", ...log.lane(job, name, account) };
    });
    return { job, pid: child?.pid, restarts: Math.max(0, starts - 1), lanes, trouble };
  });
}
