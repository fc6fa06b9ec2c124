import type { ReactElement } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";
import { Icon } from "./icon.tsx";
import { dayName, dayOf, minuteOf, spanOf, timeOf } from "./india-time.ts";

// Files of this clone, which the desk serves as they are.
const sources = [
  ["readme", "README"],
  ["engine", "How it is opened"],
  ["strategy", "The strategy’s code"],
  ["errors", "Error codes"],
] as const;

const count = new Intl.NumberFormat("en-IN");

/** The time, the market, and the figures that a trader looks for first. */
export function DeskHeader({ view, now }: { readonly view: DeskView; readonly now: number }): ReactElement {
  const { strategy, market, sandbox } = view;
  const named = Object.values(strategy.named).reduce((sum, times) => sum + times, 0);
  return (
    <header className="top">
      <div className="title">
        <h1>Trading desk</h1>
        <p className="hint">Two brokers, one interface, one login per account, by @x/core.</p>
        <ul className="links">
          {sources.map(([name, text]) => (
            <li key={name}>
              <a href={`/source/${name}`}>{text}</a>
            </li>
          ))}
        </ul>
      </div>
      <dl className="figures">
        <Figure name="Calls answered" value={count.format(strategy.answers)} />
        <Figure name="Named errors" value={count.format(named)} />
        <Figure name="Orders sent" value={count.format(strategy.orders)} />
      </dl>
      <div className="time">
        <p className="clock-face">
          <time dateTime={new Date(now).toISOString()}>{timeOf(now)}</time> <span>IST</span>
        </p>
        <p className="hint">
          {dayOf(now)}
          {sandbox === undefined ? "" : ", the sandbox’s clock"}
        </p>
        <Phase phase={market.phase} nextAt={market.nextAt} now={now} />
      </div>
    </header>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figure">{value}</dd>
    </div>
  );
}

function Phase({
  phase,
  nextAt,
  now,
}: {
  readonly phase: string;
  readonly nextAt: number;
  readonly now: number;
}): ReactElement {
  if (phase === "open")
    return (
      <p className="phase" data-tone="good">
        <Icon name="live" /> Market open, closes in <span className="figure">{spanOf(nextAt - now)}</span>
      </p>
    );
  if (phase === "prepare")
    return (
      <p className="phase" data-tone="warn">
        <Icon name="expired" /> Opens in <span className="figure">{spanOf(nextAt - now)}</span>, sessions are made ready
      </p>
    );
  return (
    <p className="phase" data-tone="quiet">
      <Icon name="pause" /> Market closed; sessions are made ready for the day from {dayName(nextAt, now)}
      {minuteOf(nextAt)} on
    </p>
  );
}
