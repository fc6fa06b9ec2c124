import { type FormEvent, type ReactElement, useId, useState } from "react";
import type { ConfigurationView } from "../src/desk/desk-view.ts";
import { brokerName } from "./broker-name.ts";
import { Button } from "./button.tsx";
import { post, refusalText, useAction } from "./desk-action.ts";
import { FieldMessage, useFocus } from "./field.tsx";

/** The configuration as far as it may be seen, and the one word in it that switches the broker. */
export function ConfigurationEditor({ configuration }: { readonly configuration: ConfigurationView }): ReactElement {
  const { file, accounts, use } = configuration;
  const [first] = use;
  const at = accounts.find(({ name }) => name === first?.account);
  return (
    <section className="panel" aria-labelledby="configuration">
      <header className="panel-head">
        <h2 id="configuration">Switch the broker by one word</h2>
      </header>
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
              <AliasForm key={alias} alias={alias} account={account} accounts={accounts.map(({ name }) => name)} />
            ))}
          </div>
        </div>
        {first === undefined ? null : (
          <div>
            <p className="hint">The strategy, which stays as it is. It names no broker and knows no token.</p>
            <pre className="code" tabIndex={0} aria-label="The strategy's code">
              <span className="comment">
                {`// "${first.alias}" is ${first.account} now`}
                {at === undefined ? "" : `, at ${brokerName(at.broker)}`}
              </span>
              {`\nconst call = await callAccount(auth, "${first.alias}");\nif (call.ok && plan(now()).mayOrder)\n  await sendOrder(auth, "${first.alias}");`}
            </pre>
          </div>
        )}
      </div>
    </section>
  );
}

interface AliasFormProps {
  readonly alias: string;
  readonly account: string;
  readonly accounts: readonly string[];
}

function AliasForm({ alias, account, accounts }: AliasFormProps): ReactElement {
  const id = useId();
  const [word, setWord] = useState<string>();
  const [done, setDone] = useState("");
  const { busy, refusal, run } = useAction();
  const wrong = refusal === undefined ? undefined : refusalText(refusal);
  const field = useFocus(wrong, false);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = (word ?? account).trim();
    setDone("");
    const result = await run(async () => post(`/use/${encodeURIComponent(alias)}`, { account: wanted }));
    if (!result.ok) return;
    setWord(undefined);
    setDone(`The strategy is at ${wanted} now.`);
  };
  return (
    <form className="in alias" onSubmit={(event) => void save(event)} noValidate>
      <label htmlFor={id}>{alias}:</label>
      <input
        ref={field}
        id={id}
        name="account"
        list={`${id}-names`}
        value={word ?? account}
        onChange={({ target }) => setWord(target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-wrong`}
      />
      <datalist id={`${id}-names`}>
        {accounts.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Button type="submit" busy={busy}>
        Save<span className="unseen"> what {alias} stands for</span>
      </Button>
      <FieldMessage id={`${id}-wrong`} wrong={wrong} />
      <p className="done" role="status">
        {done}
      </p>
    </form>
  );
}
