import { countdown, dayOf, momentOf, timeOf } from "../src/india-time.ts";
import { stateOf } from "./account-state.ts";
import { Icon } from "./icon.tsx";
import { useDesk } from "./use-desk.ts";

const count = new Intl.NumberFormat("en-IN");
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, times) => all + times, 0);
const offline = "The desk does not answer. What stands here is from before; it goes on when npm start runs again.";

function Figures({ className, figures }: { className: string; figures: Readonly<Record<string, number>> }) {
  return (
    <dl className={className}>
      {Object.entries(figures).map(([name, value]) => (
        <div key={name} data-none={value === 0}>
          <dt>{name}</dt>
          <dd className="figure">{count.format(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The time, the market, and the figures that a trader looks for first. */
export function DeskHeader() {
  const { now, strategy, market, sandbox } = useDesk();
  const { answers, named, orders } = strategy;
  const left = <span className="figure">{countdown(market.nextAt - now)}</span>;
  const phases = {
    open: { tone: "good", icon: "live", text: <>Market open, closes in {left}</> },
    prepare: { tone: "warn", icon: "expired", text: <>Opens in {left}, sessions are made ready</> },
    closed: {
      tone: "quiet",
      icon: "pause",
      text: `Market closed; sessions are made ready for the day from ${momentOf(market.nextAt, now)} on`,
    },
  } as const;
  const { tone, icon, text } = phases[market.phase];
  return (
    <header className="top">
      <div className="title">
        <h1>Trading desk</h1>
        <p className="hint">Four brokers, one interface, one login per account, by @x/core.</p>
      </div>
      <Figures
        className="figures"
        figures={{ "Calls answered": answers, "Named errors": sum(named), "Orders sent": orders }}
      />
      <div className="time">
        <p className="clock-face">
          <time dateTime={new Date(now).toISOString()}>{timeOf(now)}</time> <span>IST</span>
        </p>
        <p className="hint">
          {dayOf(now)}
          {sandbox !== undefined && ", the sandbox’s clock"}
        </p>
        <p className="phase" data-tone={tone}>
          <Icon name={icon} /> {text}
        </p>
      </div>
    </header>
  );
}

/** What a scenario must not change, and how the accounts stand: always to be seen, wherever on the page the scenario is caused. */
export function StandingBar() {
  const { now, connected, strategy, sandbox, accounts } = useDesk();
  const logins = sandbox && { "Logins counted at the brokers": sum(sandbox.logins) };
  return (
    <section className="standing" aria-label="How it stands">
      <p className="offline" role="alert">
        {!connected && offline}
      </p>
      <Figures className="counters" figures={{ "Unknown failures": strategy.unexplained, ...logins }} />
      <ul className="states">
        {accounts.map((account) => {
          const { icon, tone, word } = stateOf(account, now);
          return (
            <li key={account.name} data-tone={tone}>
              <Icon name={icon} />
              <strong>{account.name}</strong> <span className="word">{word}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
