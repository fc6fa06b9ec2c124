import { type FormEvent, useId, useState } from "react";
import type { AccountView, ScenarioView } from "../src/desk/desk-view.ts";
import { brokerName } from "./account-state.ts";
import { Button } from "./button.tsx";
import { post, Failure, failureText, useAction } from "./desk-action.tsx";
import { Field } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { dayOf, minuteOf } from "./india-time.ts";

interface SandboxPanelProps {
  readonly scenarios: readonly ScenarioView[];
  readonly accounts: readonly AccountView[];
  readonly skewMs: number;
  readonly now: number;
}

/** What only the sandbox has: scenarios, and a clock that can be moved. Nothing of it exists at a real broker. */
export function SandboxPanel({ scenarios, accounts, skewMs, now }: SandboxPanelProps) {
  const id = useId();
  const [account, setAccount] = useState(accounts[0]?.name ?? "");
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
          {scenarios.map((scenario) => (
            <Scenario
              key={scenario.id}
              scenario={scenario}
              account={account}
              anyRuns={scenarios.some(({ running }) => running)}
            />
          ))}
        </ul>
      </section>
      <ClockForm now={now} skewMs={skewMs} />
    </aside>
  );
}

interface ScenarioProps {
  readonly scenario: ScenarioView;
  readonly account: string;
  readonly anyRuns: boolean;
}

function Scenario({ scenario, account, anyRuns }: ScenarioProps) {
  const { id, title, does, everywhere, running, remedy, told, endedAt, logins = {}, moved } = scenario;
  const cannot = remedy === undefined && !everywhere ? scenario.cannot[account] : undefined;
  const { busy, failure, run } = useAction();
  const counted = Object.entries(logins).map(([name, count]) => `${name} ${count === 0 ? "0" : `+${count}`}`);
  return (
    <li data-running={running} data-ended={endedAt}>
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
            onClick={() => void run(post(`/scenarios/${id}`, { account }))}
          >
            <Icon name={remedy === undefined ? "bolt" : "live"} />
            <span id={`button-${id}`}>{running ? "Under way" : (remedy ?? "Cause")}</span>
          </Button>
        )}
      </div>
      {cannot !== undefined && <p className="hint">{cannot}</p>}
      <div role="status">
        {told !== undefined && !running && (
          <p className="told">
            {told}
            <span className="counted">
              Logins counted at the brokers: <span className="figure">{counted.join(", ")}</span>
            </span>
            {moved !== undefined && <span className="moved">The sandbox’s clock went on by {moved}.</span>}
          </p>
        )}
      </div>
      <Failure of={failure} />
    </li>
  );
}

function ClockForm({ now, skewMs }: { now: number; skewMs: number }) {
  const [time, setTime] = useState("");
  const [told, setTold] = useState("");
  const { busy, failure, run } = useAction();
  const fast = skewMs === 0 ? "" : `, on a clock that is ${Math.round(skewMs / 1000)} s fast`;
  const move = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTold("");
    const result = await run(post<{ readonly told: string }>("/clock", { time }));
    if (!result.ok) return;
    setTime("");
    setTold(result.answer.told);
  };
  return (
    <form className="form clock" onSubmit={(event) => void move(event)} noValidate aria-label="The sandbox’s clock">
      <h3>Clock</h3>
      <Field
        label="Go on to (India time)"
        hint={`It is ${dayOf(now)}, ${minuteOf(now)}${fast}. Earlier times are tomorrow’s.`}
        name="time"
        value={time}
        placeholder="15:29"
        inputMode="numeric"
        autoComplete="off"
        wrong={failure === undefined ? undefined : failureText(failure)}
        onChange={({ target }) => setTime(target.value)}
      />
      <Button type="submit" busy={busy}>
        Move the clock
      </Button>
      <p className="done" role="status">
        {told}
      </p>
    </form>
  );
}
