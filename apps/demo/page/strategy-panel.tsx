import { brokerName } from "../src/broker-facts.ts";
import type { LaneView, OutcomeView, WorkerView } from "../src/desk/desk-view.ts";
import { timeOf } from "../src/india-time.ts";
import { Icon } from "./icon.tsx";
import { Panel } from "./panel.tsx";
import { useDesk } from "./use-desk.ts";

const tasks: Readonly<Record<WorkerView["job"], string>> = {
  momentum: "trades at whatever “trading” stands for",
  positions: "looks after the positions at the second account",
  risk: "watches every account",
};

/** The strategy's processes, and what each of their calls came to. */
export function StrategyPanel() {
  const { strategy, market } = useDesk();
  const { workers } = strategy;
  const trades = workers.some(({ lanes }) => lanes.some((lane) => lane.trades));
  const due = market.phase === "open" ? " and send orders now." : "; orders wait for the market.";
  const orders = trades ? due : ". They send no orders: only accounts in the sandbox get any.";
  const hint = <p className="hint">Three processes, one login per account. They read every second{orders}</p>;
  return (
    <Panel id="strategy" title="Strategy engine" aside={hint}>
      <div className="workers">
        {workers.map(({ job, pid, restarts, lanes, trouble }) => (
          <div key={job} className="worker">
            <div className="worker-head">
              <h3>{job}</h3>
              <p className="hint">{tasks[job]}</p>
              <p className="pid" data-tone={pid === undefined ? "bad" : "quiet"}>
                <Icon name={pid === undefined ? "cross" : "gear"} />
                {pid === undefined ? "not running" : `process ${pid}`}
                {restarts > 0 && `, begun again ${restarts === 1 ? "once" : `${restarts} times`}`}
              </p>
            </div>
            {trouble !== undefined && <p className="trouble">{trouble}</p>}
            {lanes.map((lane) => (
              <Lane key={lane.name} lane={lane} />
            ))}
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Lane({ lane }: { lane: LaneView }) {
  const { name, account, broker, outcomes, order, trades } = lane;
  const last = lastOf(lane);
  const fate = order?.fate === "unknown" ? "fate unknown, no further ones" : order?.fate.replace("_", " ");
  const orders = order === undefined ? ", no orders yet" : `, last order ${fate} at ${timeOf(order.at)}`;
  return (
    <div className="calls">
      <p className="target">
        <strong>{name === account ? account : `“${name}”`}</strong>
        <span className="hint">
          {name === account ? brokerName(broker) : `${account}, ${brokerName(broker)}`}
          {trades && orders}
        </span>
      </p>
      <ol className="outcomes" aria-hidden="true">
        {outcomes.map((outcome) => (
          <li
            key={outcome.at}
            data-outcome={kindOf(outcome)}
            title={[`${timeOf(outcome.at)} ${wordOf(outcome)}`, outcome.message].filter(Boolean).join(": ")}
          />
        ))}
      </ol>
      <p className="last" data-outcome={last.outcome}>
        {last.word}
      </p>
      <p className="unseen">{summaryOf(outcomes)}</p>
    </div>
  );
}

/** How the last call stands now. */
function lastOf({ outcomes, left, live }: LaneView): { readonly outcome: string; readonly word: string } {
  const call = outcomes.at(-1);
  if (left) return { outcome: "none", word: "left alone" };
  if (call === undefined) return { outcome: "none", word: "waits" };
  // Nobody calls an account that needs a person, so its last answer would stand for ever.
  if (!live && call.code === undefined) return { outcome: "none", word: "no session" };
  return { outcome: kindOf(call), word: wordOf(call) };
}

function kindOf({ code }: OutcomeView): "answer" | "named" | "unexplained" {
  return code === undefined ? "answer" : code === "unexpected" ? "unexplained" : "named";
}

function wordOf({ status, code }: OutcomeView): string {
  if (code !== undefined) return code.replaceAll("_", " ");
  return status !== null && status < 400 ? "answered" : `answered with an error (${status})`;
}

function summaryOf(outcomes: readonly OutcomeView[]): string {
  if (outcomes.length === 0) return "No calls so far.";
  const answers = outcomes.filter(({ code }) => code === undefined).length;
  const named = [...new Set(outcomes.flatMap(({ code }) => code ?? []))];
  const others = named.length === 0 ? "" : `; the others: ${named.join(", ").replaceAll("_", " ")}`;
  return `Of the last ${outcomes.length} calls ${answers} were answered${others}.`;
}
