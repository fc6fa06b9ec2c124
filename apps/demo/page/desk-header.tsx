import type { DeskView } from "../src/desk/desk-view.ts";
import { Icon } from "./icon.tsx";
import { dayName, dayOf, minuteOf, spanOf, timeOf } from "./india-time.ts";

// Files of this clone, which the desk serves as they are.
const sources = {
  readme: "README",
  engine: "How it is opened",
  strategy: "The strategy’s code",
  errors: "Error codes",
};
const count = new Intl.NumberFormat("en-IN");

/** The time, the market, and the figures that a trader looks for first. */
export function DeskHeader({ view: { strategy, market, sandbox }, now }: { view: DeskView; now: number }) {
  const figures = {
    "Calls answered": strategy.answers,
    "Named errors": Object.values(strategy.named).reduce((sum, times) => sum + times, 0),
    "Orders sent": strategy.orders,
  };
  return (
    <header className="top">
      <div className="title">
        <h1>Trading desk</h1>
        <p className="hint">Four brokers, one interface, one login per account, by @x/core.</p>
        <ul className="links">
          {Object.entries(sources).map(([name, text]) => (
            <li key={name}>
              <a href={`/source/${name}`}>{text}</a>
            </li>
          ))}
        </ul>
      </div>
      <dl className="figures">
        {Object.entries(figures).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{count.format(value)}</dd>
          </div>
        ))}
      </dl>
      <div className="time">
        <p className="clock-face">
          <time dateTime={new Date(now).toISOString()}>{timeOf(now)}</time> <span>IST</span>
        </p>
        <p className="hint">
          {dayOf(now)}
          {sandbox !== undefined && ", the sandbox’s clock"}
        </p>
        <Phase market={market} now={now} />
      </div>
    </header>
  );
}

function Phase({ market: { phase, nextAt }, now }: { market: DeskView["market"]; now: number }) {
  const left = <span className="figure">{spanOf(nextAt - now)}</span>;
  const { tone, icon, text } = {
    open: { tone: "good", icon: "live", text: <>Market open, closes in {left}</> } as const,
    prepare: { tone: "warn", icon: "expired", text: <>Opens in {left}, sessions are made ready</> } as const,
    closed: {
      tone: "quiet",
      icon: "pause",
      text: `Market closed; sessions are made ready for the day from ${dayName(nextAt, now)}${minuteOf(nextAt)} on`,
    } as const,
  }[phase];
  return (
    <p className="phase" data-tone={tone}>
      <Icon name={icon} /> {text}
    </p>
  );
}
