import type { DeskView } from "../src/desk/desk-view.ts";
import { stateOf } from "./account-state.ts";
import { Icon } from "./icon.tsx";

const count = new Intl.NumberFormat("en-IN");
const offline = "The desk does not answer. What stands here is from before; it goes on when npm start runs again.";

/** What a scenario must not change, and how the accounts stand: always to be seen, wherever on the page the scenario is caused. */
export function StandingBar({ view, now, connected }: { view: DeskView; now: number; connected: boolean }) {
  const { strategy, sandbox, accounts } = view;
  return (
    <section className="standing" aria-label="How it stands">
      <p className="offline" role="alert">
        {!connected && offline}
      </p>
      <dl className="counters">
        <div data-tone={strategy.unexplained === 0 ? "good" : "bad"}>
          <dt>Unexplained failures</dt>
          <dd className="figure">{count.format(strategy.unexplained)}</dd>
        </div>
        {sandbox !== undefined && (
          <div>
            <dt>Logins counted at the brokers</dt>
            <dd className="figure">
              {count.format(Object.values(sandbox.logins).reduce((sum, times) => sum + times, 0))}
            </dd>
          </div>
        )}
      </dl>
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
