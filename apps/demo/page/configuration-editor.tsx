import { type FormEvent, useId, useState } from "react";
import type { AccountView, DeskView } from "../src/desk/desk-view.ts";
import { brokerName } from "./account-state.ts";
import { Button } from "./button.tsx";
import { post, failureText, useAction } from "./desk-action.tsx";
import { FieldMessage, useFocus } from "./field.tsx";
import { Panel } from "./panel.tsx";

interface EditorProps {
  readonly configuration: DeskView["configuration"];
  readonly accounts: readonly AccountView[];
}

/** The configuration as far as it may be seen, and the one word in it that switches the broker. */
export function ConfigurationEditor({ configuration: { file, use }, accounts }: EditorProps) {
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
              <AliasForm key={alias} alias={alias} account={account} names={accounts.map(({ name }) => name)} />
            ))}
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

function AliasForm({ alias, account, names }: { alias: string; account: string; names: readonly string[] }) {
  const id = useId();
  const [word, setWord] = useState<string>();
  const [done, setDone] = useState("");
  const { busy, failure, run } = useAction();
  const wrong = failure === undefined ? undefined : failureText(failure);
  const field = useFocus(wrong);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = (word ?? account).trim();
    setDone("");
    if (!(await run(post(`/use/${encodeURIComponent(alias)}`, { account: wanted }))).ok) return;
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
        {names.map((name) => (
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
