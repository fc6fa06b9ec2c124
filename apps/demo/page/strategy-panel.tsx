import type { ReactElement } from "react";
import type { LaneView, MarketView, OutcomeView, StrategyView, WorkerView } from "../src/desk/desk-view.ts";
import { brokerName } from "./broker-name.ts";
import { Icon } from "./icon.tsx";
import { timeOf } from "./india-time.ts";

const tasks: Readonly<Record<WorkerView["job"], string>> = {
  momentum: "trades at whatever “trading” stands for",
  positions: "looks after the positions at the second account",
  risk: "watches every account",
};

/** The strategy's processes, and what each of their calls came to. */
export function StrategyPanel({
  strategy,
  market,
}: {
  readonly strategy: StrategyView;
  readonly market: MarketView;
}): ReactElement {
  return (
    <section className="panel" aria-labelledby="strategy">
      <header className="panel-head">
        <h2 id="strategy">Strategy engine</h2>
        <p className="hint">
          Three processes, one login per account. They read every second
          {ordersText(strategy, market)}
        </p>
      </header>
      <div className="workers">
        {strategy.workers.map((worker) => (
          <Worker key={worker.job} worker={worker} />
        ))}
      </div>
    </section>
  );
}

function ordersText({ workers }: StrategyView, { phase }: MarketView): string {
  if (!workers.some(({ lanes }) => lanes.some(({ trades }) => trades)))
    return ". They send no orders: only accounts in the sandbox get any.";
  return phase === "open" ? " and send orders now." : "; orders wait for the market.";
}

function Worker({ worker }: { readonly worker: WorkerView }): ReactElement {
  const { job, pid, restarts, lanes, trouble } = worker;
  return (
    <div className="worker">
      <div className="worker-head">
        <h3>{job}</h3>
        <p className="hint">{tasks[job]}</p>
        <p className="pid" data-tone={pid === undefined ? "bad" : "quiet"}>
          <Icon name={pid === undefined ? "cross" : "gear"} />
          {pid === undefined ? "not running" : `process ${pid}`}
          {restarts > 0 ? `, begun again ${restarts === 1 ? "once" : `${restarts} times`}` : ""}
        </p>
      </div>
      {trouble === undefined ? null : <p className="trouble">{trouble}</p>}
      {lanes.map((lane) => (
        <Lane key={lane.name} lane={lane} />
      ))}
    </div>
  );
}

function Lane({ lane }: { readonly lane: LaneView }): ReactElement {
  const { name, account, broker, outcomes, order, left, trades } = lane;
  const last = outcomes.at(-1);
  return (
    <div className="calls">
      <p className="target">
        <strong>{name === account ? account : `“${name}”`}</strong>
        <span className="hint">
          {name === account ? brokerName(broker) : `${account}, ${brokerName(broker)}`}
          {trades ? <OrderNote order={order} /> : null}
        </span>
      </p>
      <ol className="outcomes" aria-hidden="true">
        {outcomes.map((outcome) => (
          <li
            key={outcome.at}
            data-outcome={kindOf(outcome)}
            title={`${timeOf(outcome.at)} ${wordOf(outcome)}${outcome.message === undefined ? "" : `: ${outcome.message}`}`}
          />
        ))}
      </ol>
      <p className="last" data-outcome={left || last === undefined ? "none" : kindOf(last)}>
        {left ? "left alone" : last === undefined ? "waits" : wordOf(last)}
      </p>
      <p className="unseen">{summaryOf(outcomes)}</p>
    </div>
  );
}

function OrderNote({ order }: { readonly order: LaneView["order"] }): ReactElement {
  if (order === undefined) return <>, no orders yet</>;
  const fate =
    {
      accepted: "accepted",
      refused: "refused",
      not_executed: "not executed",
      unknown: "fate unknown, no further ones",
    }[order.fate] ?? order.fate;
  return (
    <>
      , last order {fate} at {timeOf(order.at)}
    </>
  );
}

function kindOf({ code }: OutcomeView): "answer" | "named" | "unexplained" {
  return code === undefined ? "answer" : code === "unexpected" ? "unexplained" : "named";
}

function wordOf({ status, code }: OutcomeView): string {
  return code ?? `answer ${status ?? ""}`.trim();
}

function summaryOf(outcomes: readonly OutcomeView[]): string {
  const answers = outcomes.filter((outcome) => kindOf(outcome) === "answer").length;
  const named = [...new Set(outcomes.flatMap(({ code }) => code ?? []))];
  return `Of the last ${outcomes.length} calls ${answers} were answered${named.length === 0 ? "" : `; the others: ${named.join(", ")}`}.`;
}
