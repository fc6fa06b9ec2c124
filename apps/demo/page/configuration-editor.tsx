import { useId } from "react";
import { brokerName } from "../src/broker-facts.ts";
import { Button } from "./button.tsx";
import { OneFieldForm } from "./field.tsx";
import { Panel } from "./panel.tsx";
import { useDesk } from "./use-desk.ts";

/** The configuration as far as it may be seen, and the one word in it that switches the broker. */
export function ConfigurationEditor() {
  const { configuration, accounts } = useDesk();
  const { file, use } = configuration;
  const id = useId();
  const [first] = use;
  const at = accounts.find(({ name }) => name === first?.account);
  return (
    <Panel id="configuration" title="Switch the broker by one word">
      <div className="two-sides">
        <div>
          <p className="hint">
            The configuration, without what is secret in it. Write another account’s name, and save.
          </p>
          <div className="yaml">
            <p className="file">{file}</p>
            <p>accounts:</p>
            {accounts.map(({ name, broker }) => (
              <p key={name} className="in">
                {name}: {"{"} broker: {broker}, … {"}"}
              </p>
            ))}
            <p>use:</p>
            {use.map(({ alias, account }) => (
              <OneFieldForm
                key={alias}
                className="in alias"
                path={`/use/${encodeURIComponent(alias)}`}
                field={{
                  label: `${alias}:`,
                  name: "account",
                  value: account,
                  list: id,
                  autoCapitalize: "none",
                  spellCheck: false,
                }}
                done={(word) => `The strategy is at ${word} now.`}
              >
                {(busy) => (
                  <Button type="submit" busy={busy}>
                    Save<span className="unseen"> what {alias} stands for</span>
                  </Button>
                )}
              </OneFieldForm>
            ))}
            <datalist id={id}>
              {accounts.map(({ name }) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </div>
        </div>
        {first !== undefined && (
          <div>
            <p className="hint">The strategy, which stays as it is. It names no broker and knows no token.</p>
            <pre className="code" tabIndex={0} aria-label="The strategy's code">
              <span className="comment">
                {`// "${first.alias}" is ${first.account} now`}
                {at !== undefined && `, at ${brokerName(at.broker)}`}
              </span>
              {`\nconst call = await callAccount(auth, "${first.alias}");\nif (call.ok && plan(now()).phase === "open")\n  await sendOrder(auth, "${first.alias}");`}
            </pre>
          </div>
        )}
      </div>
    </Panel>
  );
}
