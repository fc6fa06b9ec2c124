import { useId, useRef, useState } from "react";
import type { AccountView, LoginStepView, PhoneView } from "../src/desk/desk-view.ts";
import { AccountFacts, SessionLife } from "./account-facts.tsx";
import { adviceOf, atPage, attemptsLeftOf, brokerName, isLocked, stateOf } from "./account-state.ts";
import { Button } from "./button.tsx";
import { Confirmation } from "./confirmation.tsx";
import { post, Failure, useAction } from "./desk-action.tsx";
import { EnrolmentForm } from "./enrolment-form.tsx";
import { Icon } from "./icon.tsx";
import { LoginForm, type OpenLogin } from "./login-form.tsx";
import { SandboxPhone } from "./sandbox-phone.tsx";
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
export function AccountCard({ account, now, logins, phone }: AccountCardProps) {
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

  const begin = async (): Promise<void> => {
    const result = await run(post<LoginStepView>(`${path}/login`));
    if (result.ok && result.answer.kind === "challenge") setLogin(result.answer);
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
        {live && account.expiresAt !== undefined ? (
          <SessionLife from={account.obtained?.from ?? now} expiresAt={account.expiresAt} now={now} />
        ) : (
          <p className="no-session">{more}</p>
        )}
        <AccountFacts account={account} logins={logins} />
        {advice !== undefined && login === undefined && (
          <p className="trouble">
            <Icon name="trouble" />
            <span>
              <code>{advice.code}</code> {advice.text}
            </span>
          </p>
        )}
        <Failure of={failure} />
      </div>
      <div className="card-asked">
        {login !== undefined ? (
          <>
            <LoginForm account={account} path={path} step={login} show={setLogin} now={now} close={close} />
            {phone !== undefined && <SandboxPhone phone={phone} />}
          </>
        ) : asked === "enrolment" ? (
          <EnrolmentForm path={path} account={name} close={close} />
        ) : asked === "unlock" ? (
          <Confirmation confirm="Unlock" work={async () => post(`${path}/unlock`)} close={close}>
            <p>{unlockText(account)}</p>
          </Confirmation>
        ) : asked === "disenrolment" && enrolled ? (
          <Confirmation confirm="Turn it off" work={async () => post(`${path}/enrolment/remove`)} close={close}>
            <p>
              {brokerName(broker)} forgets the TOTP secret, and so does this desk. From then on a person logs {name} in
              with a texted code.
            </p>
          </Confirmation>
        ) : (
          <div className="actions">
            {/* One place: the button that becomes another one keeps the focus. */}
            {live
              ? button("Log out", name, () => void run(post(`${path}/logout`)))
              : state === "pending" && !atPage(account)
                ? button("Enter the code", `of ${name}`, () => void begin(), "primary")
                : button("Log in", name, () => void begin(), state === "login_blocked" ? "" : "primary")}
            {state === "login_blocked" && button("Unlock", name, () => setAsked("unlock"))}
            {live &&
              enrollable &&
              !unattended &&
              !enrolled &&
              button("Set up TOTP", `for ${name}`, () => setAsked("enrolment"))}
            {live && enrolled && button("Turn TOTP off", `for ${name}`, () => setAsked("disenrolment"))}
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
      <Button busy={busy} onClick={() => void run(post(`${path}/unlock-at-broker`))}>
        The broker unlocks the account<span className="unseen"> {name}</span>
      </Button>
      <Failure of={failure} />
    </section>
  );
}

/** What a person's word that the next attempt will succeed leads to. */
function unlockText(account: AccountView): string {
  const { blockedBy, unattended, broker } = account;
  const same = blockedBy === "pin_rejected" ? "PIN again: the one that was refused" : "credentials again";
  const next = unattended
    ? `The next call logs in, with the same ${same}.`
    : "Logins may be tried again after this; the next one is yours.";
  if (!isLocked(account)) return `${next} ${attemptsLeftOf(account)}`;
  return `${next} ${brokerName(broker)} has locked the account: until it has unlocked it, it refuses that as well.`;
}
