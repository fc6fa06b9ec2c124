import { type ReactNode, useId, useRef, useState } from "react";
import { brokerName } from "../src/broker-facts.ts";
import type { AccountView, LoginStepView } from "../src/desk/desk-view.ts";
import { timeOf } from "../src/india-time.ts";
import { AccountFacts, SessionLife } from "./account-facts.tsx";
import { adviceOf, atPage, isLocked, stateOf, unlockText } from "./account-state.ts";
import { Button } from "./button.tsx";
import { Confirmation } from "./card-form.tsx";
import { Failure, useAction } from "./desk-action.tsx";
import { EnrolmentForm } from "./enrolment-form.tsx";
import { Icon } from "./icon.tsx";
import { LoginForm, type OpenLogin } from "./login-form.tsx";
import { useDesk } from "./use-desk.ts";
import { useFocusKept } from "./use-focus-kept.ts";

/** One account: how its session stands, and what a person can do about it. */
export function AccountCard({ account }: { account: AccountView }) {
  const { now, sandbox } = useDesk();
  const id = useId();
  const card = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [login, setLogin] = useState<OpenLogin>();
  const [asked, setAsked] = useState<"enrolment" | "disenrolment" | "unlock">();
  const { busy, failure, run } = useAction();
  useFocusKept(card, heading);
  const { name, state, broker, enrolled, enrollable, unattended } = account;
  const live = state === "logged_in";
  // Somebody has finished it, here or elsewhere.
  if (login !== undefined && live) setLogin(undefined);
  // Unlocked elsewhere: the question is out of date, and must not come back with the next block.
  if (asked === "unlock" && state !== "login_blocked") setAsked(undefined);
  const path = `/accounts/${encodeURIComponent(name)}`;
  const { icon, tone, word, more } = stateOf(account, now);
  const advice = adviceOf(account, now);
  // Where the sandbox has put the wrong PIN there, it can take it away: at a real broker a person writes another one.
  const wrongPin = sandbox?.scenarios.find((one) => one.id === "wrong-pin" && one.lastsAt === name && !one.running);

  const begin = async (): Promise<void> => {
    const step = await run<LoginStepView>(`${path}/login`);
    if (step?.kind === "challenge") setLogin(step);
  };
  const close = (): void => {
    setLogin(undefined);
    setAsked(undefined);
    heading.current?.focus();
  };
  const button = (text: string, of: string, onClick: () => void, className = "") => (
    <Button className={className} busy={busy} onClick={onClick}>
      {text}
      <span className="unseen"> {of}</span>
    </Button>
  );
  const question = (): ReactNode => {
    if (login !== undefined)
      return (
        <>
          <LoginForm account={account} path={path} step={login} show={setLogin} close={close} />
          <SandboxPhone account={name} />
        </>
      );
    if (asked === "enrolment") return <EnrolmentForm path={path} account={name} close={close} />;
    if (asked === "unlock")
      return (
        <Confirmation confirm="Unlock" path={`${path}/unlock`} close={close}>
          {unlockText(account)}
        </Confirmation>
      );
    if (asked === "disenrolment" && enrolled)
      return (
        <Confirmation confirm="Turn it off" path={`${path}/enrolment/remove`} close={close}>
          {brokerName(broker)} forgets the TOTP secret, and so does this desk. From then on a person logs {name} in with
          a texted code.
        </Confirmation>
      );
    return undefined;
  };

  return (
    <article className="card" data-tone={tone} aria-labelledby={id} ref={card}>
      <div className="card-told">
        <header className="card-head">
          <h3 id={id} ref={heading} tabIndex={-1}>
            {name}
          </h3>
          <p className="where">
            <span>{brokerName(broker)}</span> <span className="tag">{account.environment}</span>
          </p>
        </header>
        <p className="state">
          <Icon name={icon} />
          <strong>{word}</strong>
        </p>
        {live ? <SessionLife account={account} /> : <p className="no-session">{more}</p>}
        <AccountFacts account={account} />
        {advice !== undefined && login === undefined && (
          <p className="trouble">
            <Icon name="trouble" />
            <span>{advice}</span>
          </p>
        )}
        <Failure of={failure} />
      </div>
      <div className="card-asked">
        {question() ?? (
          <div className="actions">
            {/* One place: the button that becomes another one keeps the focus. */}
            {live
              ? button("Log out", name, () => void run(`${path}/logout`))
              : state === "pending" && !atPage(account)
                ? button("Enter the code", `of ${name}`, () => void begin(), "primary")
                : button("Log in", name, () => void begin(), state === "login_blocked" ? "" : "primary")}
            {state === "login_blocked" &&
              wrongPin?.remedy !== undefined &&
              button(wrongPin.remedy, `of ${name}`, () => void run(`/scenarios/${wrongPin.id}`), "primary")}
            {state === "login_blocked" && button("Unlock", name, () => setAsked("unlock"))}
            {live &&
              (enrolled
                ? button("Turn TOTP off", `for ${name}`, () => setAsked("disenrolment"))
                : enrollable && !unattended && button("Set up TOTP", `for ${name}`, () => setAsked("enrolment")))}
          </div>
        )}
        {account.brokerLock !== undefined && isLocked(account) && <BrokerSupport account={account} path={path} />}
      </div>
    </article>
  );
}

/** The sandbox's stand-in for the broker's support. At a real broker the account holder calls it. */
function BrokerSupport({ account: { name, broker }, path }: { account: AccountView; path: string }) {
  const { busy, failure, run } = useAction();
  return (
    <section className="support" aria-labelledby={`support-${name}`}>
      <h4 id={`support-${name}`}>The sandbox’s support of {brokerName(broker)}</h4>
      <p className="hint">It lifts the lock, and the account is unlocked here too: the next call logs in.</p>
      <Button busy={busy} onClick={() => void run(`${path}/unlock-at-broker`)}>
        The broker unlocks the account<span className="unseen"> {name}</span>
      </Button>
      <Failure of={failure} />
    </section>
  );
}

/** The sandbox's stand-in for the account holder's phone. At a real broker the message comes to a real one. */
function SandboxPhone({ account }: { account: string }) {
  const phone = useDesk().sandbox?.phones.find((one) => one.account === account);
  if (phone === undefined) return null;
  return (
    <section className="phone" aria-labelledby={`phone-${account}`}>
      <h4 id={`phone-${account}`}>
        <Icon name="phone" /> The sandbox’s phone of {account}
      </h4>
      <div role="log" aria-label={`Messages on the sandbox’s phone of ${account}`}>
        {phone.messages.slice(-2).map(({ at, text }) => (
          <p key={at} className="message">
            <time className="figure">{timeOf(at)}</time>
            {text}
          </p>
        ))}
      </div>
    </section>
  );
}
