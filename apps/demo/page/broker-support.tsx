import type { ReactElement } from "react";
import { brokerName } from "./broker-name.ts";
import { Button } from "./button.tsx";
import { post, refusalText, useAction } from "./desk-action.ts";

interface BrokerSupportProps {
  readonly account: string;
  readonly broker: string;
  readonly path: string;
}

/** The sandbox's stand-in for the broker's support. At a real broker the account holder calls it. */
export function BrokerSupport({ account, broker, path }: BrokerSupportProps): ReactElement {
  const { busy, refusal, run } = useAction();
  const id = `support-${account}`;
  return (
    <section className="support" aria-labelledby={id}>
      <h4 id={id}>The sandbox’s support of {brokerName(broker)}</h4>
      <p className="hint">It lifts the lock, and the account is unlocked here too: the next call logs in.</p>
      <Button busy={busy} onClick={() => void run(async () => post(`${path}/unlock-at-broker`))}>
        The broker unlocks the account<span className="unseen"> {account}</span>
      </Button>
      <p className="wrong" role="alert">
        {refusal === undefined ? "" : refusalText(refusal)}
      </p>
    </section>
  );
}
