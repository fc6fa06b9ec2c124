import type { ReactElement } from "react";
import type { DeskView } from "../src/desk/desk-view.ts";
import { stateOf } from "./account-state.ts";
import { Icon } from "./icon.tsx";

const count = new Intl.NumberFormat("en-IN");

/** What a scenario must not change, and how the accounts stand: always to be seen, wherever on the page the scenario is caused. */
export function StandingBar({
  view,
  now,
  connected,
}: {
  readonly view: DeskView;
  readonly now: number;
  readonly connected: boolean;
}): ReactElement {
  const { strategy, sandbox, accounts } = view;
  const logins =
    sandbox === undefined ? undefined : Object.values(sandbox.logins).reduce((sum, times) => sum + times, 0);
  return (
    <section className="standing" aria-label="How it stands">
      <p className="offline" role="alert">
        {connected
          ? ""
          : "The desk does not answer. What stands here is from before; it goes on when npm start runs again."}
      </p>
      <dl className="counters">
        <div data-tone={strategy.unexplained === 0 ? "good" : "bad"}>
          <dt>Unexplained failures</dt>
          <dd className="figure">{count.format(strategy.unexplained)}</dd>
        </div>
        {logins === undefined ? null : (
          <div>
            <dt>Logins counted at the brokers</dt>
            <dd className="figure">{count.format(logins)}</dd>
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
