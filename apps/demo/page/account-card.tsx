import { type ReactElement, useId, useRef, useState } from "react";
import type { AccountView, LoginStepView, PhoneView } from "../src/desk/desk-view.ts";
import { type Asked, AccountButtons } from "./account-buttons.tsx";
import { AccountFacts, SessionLife } from "./account-facts.tsx";
import { adviceOf, isLocked, stateOf } from "./account-state.ts";
import { brokerName } from "./broker-name.ts";
import { BrokerSupport } from "./broker-support.tsx";
import { Confirmation } from "./confirmation.tsx";
import { post, refusalText, useAction } from "./desk-action.ts";
import { EnrolmentForm } from "./enrolment-form.tsx";
import { Icon } from "./icon.tsx";
import { LoginForm, type OpenLogin } from "./login-form.tsx";
import { SandboxPhone } from "./sandbox-phone.tsx";
import { UnlockForm } from "./unlock-form.tsx";
import { useFocusKept } from "./use-focus-kept.ts";

interface AccountCardProps {
  readonly account: AccountView;
  readonly now: number;
  /** Sessions that the broker has minted, where that can be counted. */
  readonly logins: number | undefined;
  /** In the sandbox: what stands on the account holder's phone. */
  readonly phone: PhoneView | undefined;
}

/** One account: how its session stands, and what a person can do about it. */
export function AccountCard({ account, now, logins, phone }: AccountCardProps): ReactElement {
  const id = useId();
  const card = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [login, setLogin] = useState<OpenLogin>();
  const [asked, setAsked] = useState<Asked>();
  const action = useAction();
  useFocusKept(card, heading);
  // Somebody has finished it, here or elsewhere.
  if (login !== undefined && account.state === "logged_in") setLogin(undefined);
  // Unlocked elsewhere: the question is out of date, and must not come back with the next block.
  if (asked === "unlock" && account.state !== "login_blocked") setAsked(undefined);
  const path = `/accounts/${encodeURIComponent(account.name)}`;
  const { icon, tone, word, more } = stateOf(account, now);
  const advice = adviceOf(account, now);

  const begin = async (): Promise<void> => {
    const result = await action.run(async () => post<LoginStepView>(`${path}/login`));
    if (result.ok && result.answer.kind === "challenge") setLogin(result.answer);
  };
  const close = (): void => {
    setLogin(undefined);
    setAsked(undefined);
    heading.current?.focus();
  };

  return (
    <article className="card" data-tone={tone} aria-labelledby={id} ref={card}>
      <div className="card-told">
        <header className="card-head">
          <h3 id={id} ref={heading} tabIndex={-1}>
            {account.name}
          </h3>
          <p className="where">
            <span>{brokerName(account.broker)}</span> <span className="tag">{account.environment}</span>
          </p>
        </header>
        <p className="state">
          <Icon name={icon} />
          <strong>{word}</strong>
        </p>
        {account.state === "logged_in" && account.expiresAt !== undefined ? (
          <SessionLife from={account.obtained?.at ?? now} expiresAt={account.expiresAt} now={now} />
        ) : (
          <p className="no-session">{more}</p>
        )}
        <AccountFacts account={account} logins={logins} />
        {advice === undefined || login !== undefined ? null : (
          <p className="trouble">
            <Icon name="trouble" />
            <span>
              <code>{advice.code}</code> {advice.text}
            </span>
          </p>
        )}
        <p className="wrong" role="alert">
          {action.refusal === undefined ? "" : refusalText(action.refusal)}
        </p>
      </div>
      <div className="card-asked">
        {login !== undefined ? (
          <>
            <LoginForm account={account} path={path} step={login} show={setLogin} now={now} close={close} />
            {phone === undefined ? null : <SandboxPhone phone={phone} />}
          </>
        ) : asked === "enrolment" ? (
          <EnrolmentForm path={path} account={account.name} close={close} />
        ) : asked === "unlock" ? (
          <UnlockForm account={account} path={path} close={close} />
        ) : asked === "disenrolment" && account.enrolled ? (
          <Confirmation confirm="Turn it off" work={async () => post(`${path}/enrolment/remove`)} close={close}>
            <p>
              {brokerName(account.broker)} forgets the TOTP secret, and so does this desk. From then on a person logs{" "}
              {account.name} in with a texted code.
            </p>
          </Confirmation>
        ) : (
          <AccountButtons account={account} path={path} action={action} begin={begin} ask={setAsked} />
        )}
        {account.brokerLock !== undefined && isLocked(account) ? (
          <BrokerSupport account={account.name} broker={account.broker} path={path} />
        ) : null}
      </div>
    </article>
  );
}
