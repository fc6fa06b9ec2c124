import { useId, useState } from "react";
import { brokerName } from "../src/broker-facts.ts";
import type { SandboxView, ScenarioView } from "../src/desk/desk-view.ts";
import { dayOf, minuteOf } from "../src/india-time.ts";
import { Button } from "./button.tsx";
import { Failure, useAction } from "./desk-action.tsx";
import { OneFieldForm } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { useDesk } from "./use-desk.ts";

/** What only the sandbox has: scenarios, and a clock that can be moved. Nothing of it exists at a real broker. */
export function SandboxPanel({ sandbox: { scenarios, skewMs } }: { sandbox: SandboxView }) {
  const { accounts, now } = useDesk();
  const id = useId();
  const [account, setAccount] = useState(accounts[0]?.name ?? "");
  const fast = skewMs === 0 ? "" : `, on a clock that is ${Math.round(skewMs / 1000)} s fast`;
  return (
    <aside className="sandbox" aria-labelledby="sandbox">
      <header>
        <h2 id="sandbox">Sandbox</h2>
        <p className="hint">
          The brokers run on this computer, with invented accounts. What stands here is not part of the library.
        </p>
      </header>
      <section aria-labelledby="scenarios">
        <h3 id="scenarios">Cause a scenario</h3>
        <p className="field at">
          <label htmlFor={id}>At the account</label>
          <select id={id} value={account} onChange={({ target }) => setAccount(target.value)}>
            {accounts.map(({ name, broker }) => (
              <option key={name} value={name}>
                {name}, {brokerName(broker)}
              </option>
            ))}
          </select>
        </p>
        <ul className="scenarios">
          {scenarios.map((one) => (
            <Scenario
              key={one.id}
              scenario={one}
              account={account}
              anyRuns={scenarios.some((other) => other.running)}
            />
          ))}
        </ul>
      </section>
      <h3>Clock</h3>
      <OneFieldForm
        className="form clock"
        aria-label="The sandbox’s clock"
        path="/clock"
        field={{
          label: "Go on to (India time)",
          hint: `It is ${dayOf(now)}, ${minuteOf(now)}${fast}. Earlier times are tomorrow’s.`,
          name: "time",
          value: "",
          placeholder: "15:29",
          inputMode: "numeric",
        }}
        done={(_, told) => told}
      >
        {(busy) => (
          <Button type="submit" busy={busy}>
            Move the clock
          </Button>
        )}
      </OneFieldForm>
    </aside>
  );
}

interface ScenarioProps {
  readonly scenario: ScenarioView;
  readonly account: string;
  readonly anyRuns: boolean;
}

function Scenario({ scenario, account, anyRuns }: ScenarioProps) {
  const { id, title, does, everywhere, running, remedy, outcome } = scenario;
  const cannot = remedy === undefined && !everywhere ? scenario.cannot[account] : undefined;
  const { busy, failure, run } = useAction();
  const counted = Object.entries(outcome?.logins ?? {}).map(
    ([name, count]) => `${name} ${count > 0 ? "+" : ""}${count}`,
  );
  return (
    <li data-running={running} data-ended={outcome?.endedAt}>
      <div className="scenario-head">
        <div>
          <h4 id={`scenario-${id}`}>{title}</h4>
          <p className="hint" id={`does-${id}`}>
            {everywhere ? `${does} At every account.` : does}
          </p>
        </div>
        {cannot === undefined && (
          <Button
            className={remedy === undefined ? "" : "primary"}
            aria-labelledby={`button-${id} scenario-${id}`}
            aria-describedby={`does-${id}`}
            busy={anyRuns || busy}
            onClick={() => void run(`/scenarios/${id}`, { account })}
          >
            <Icon name={remedy === undefined ? "bolt" : "live"} />
            <span id={`button-${id}`}>{running ? "Under way" : (remedy ?? "Cause")}</span>
          </Button>
        )}
      </div>
      {cannot !== undefined && <p className="hint">{cannot}</p>}
      <div role="status">
        {outcome !== undefined && !running && (
          <p className="told">
            {outcome.told}
            <span className="counted">
              Logins counted at the brokers: <span className="figure">{counted.join(", ")}</span>
            </span>
            {outcome.moved !== undefined && (
              <span className="moved">The sandbox’s clock went on by {outcome.moved}.</span>
            )}
          </p>
        )}
      </div>
      <Failure of={failure} />
    </li>
  );
}
