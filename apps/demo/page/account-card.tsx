import { type ReactElement, useId, useRef, useState } from "react";
import type { AccountView, PhoneView } from "../src/desk/desk-view.ts";
import { refusalText, post, useAction } from "./desk-action.ts";
import { EnrolmentForm } from "./enrolment-form.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { minuteOf, spanOf, timeOf } from "./india-time.ts";
import { LoginForm, type LoginStep } from "./login-form.tsx";
import { SandboxPhone } from "./sandbox-phone.tsx";

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
  const heading = useRef<HTMLHeadingElement>(null);
  const [login, setLogin] = useState<LoginStep>();
  const [enrolling, setEnrolling] = useState(false);
  const { busy, refusal, run } = useAction();
  const path = `/accounts/${encodeURIComponent(account.name)}`;
  const live = account.state === "logged_in";
  const { icon, tone, word, more } = stateOf(account);

  const begin = async (): Promise<void> => {
    const result = await run(async () => post<LoginStep>(`${path}/login`));
    if (result.ok && result.answer.kind === "challenge") setLogin(result.answer);
  };
  const close = (): void => {
    setLogin(undefined);
    setEnrolling(false);
    heading.current?.focus();
  };

  return (
    <article className="card" data-tone={tone} aria-labelledby={id}>
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
      {live && account.expiresAt !== undefined ? (
        <SessionLife from={account.obtained?.at ?? now} expiresAt={account.expiresAt} now={now} />
      ) : (
        <p className="no-session">{more}</p>
      )}
      <dl className="facts">
        <div>
          <dt>Session</dt>
          <dd className="figure">{account.generation === 0 ? "none yet" : account.generation}</dd>
        </div>
        {live ? (
          <>
            <div>
              <dt>How</dt>
              <dd>{howOf(account)}</dd>
            </div>
            <div>
              <dt>Shared by</dt>
              <dd>{account.sharedWith.length > 0 ? account.sharedWith.join(", ") : "–"}</dd>
            </div>
          </>
        ) : null}
        {account.clockOffsetMs === undefined || Math.abs(account.clockOffsetMs) < 2000 ? null : (
          <div>
            <dt>Our clock</dt>
            <dd>{clockOf(account.clockOffsetMs)}, corrected</dd>
          </div>
        )}
        {logins === undefined ? null : (
          <div>
            <dt>Logins counted</dt>
            <dd className="figure" data-logins={account.name}>
              {logins}
            </dd>
          </div>
        )}
      </dl>
      {account.trouble === undefined || login !== undefined ? null : (
        <p className="trouble">
          <Icon name="trouble" />
          <span>
            <code>{account.trouble.code}</code>{" "}
            {account.trouble.code === "unexpected" ? account.trouble.message : account.trouble.action}
          </span>
        </p>
      )}
      <p className="wrong" role="alert">
        {refusal === undefined ? "" : refusalText(refusal)}
      </p>
      {login?.kind === "challenge" ? (
        <>
          <LoginForm path={path} step={login} now={now} next={setLogin} close={close} />
          {phone === undefined ? null : <SandboxPhone phone={phone} />}
        </>
      ) : enrolling ? (
        <EnrolmentForm path={path} account={account.name} close={close} />
      ) : (
        <div className="actions">
          {live ? (
            <button type="button" disabled={busy} onClick={() => void run(async () => post(`${path}/logout`))}>
              Log out<span className="unseen"> {account.name}</span>
            </button>
          ) : (
            <button
              type="button"
              className={account.state === "latched" ? "" : "primary"}
              disabled={busy}
              onClick={() => void begin()}
            >
              Log in<span className="unseen"> {account.name}</span>
            </button>
          )}
          {account.state === "latched" ? (
            <button type="button" disabled={busy} onClick={() => void run(async () => post(`${path}/unlock`))}>
              Unlock<span className="unseen"> {account.name}</span>
            </button>
          ) : null}
          {live && account.enrollable && !account.unattended ? (
            <button type="button" disabled={busy} onClick={() => setEnrolling(true)}>
              Set up TOTP<span className="unseen"> for {account.name}</span>
            </button>
          ) : null}
          {live && account.enrolled ? (
            <button
              type="button"
              disabled={busy}
              onClick={() => void run(async () => post(`${path}/enrolment/remove`))}
            >
              Turn TOTP off<span className="unseen"> for {account.name}</span>
            </button>
          ) : null}
        </div>
      )}
    </article>
  );
}

interface SessionLifeProps {
  readonly from: number;
  readonly expiresAt: number;
  readonly now: number;
}

function SessionLife({ from, expiresAt, now }: SessionLifeProps): ReactElement {
  const left = Math.max(0, Math.min(1, (expiresAt - now) / Math.max(1, expiresAt - from)));
  return (
    <div className="life">
      <p>
        <span className="countdown">{spanOf(expiresAt - now)}</span> left, until{" "}
        <time dateTime={new Date(expiresAt).toISOString()}>{minuteOf(expiresAt)} IST</time>
      </p>
      <div className="meter" aria-hidden="true">
        <span style={{ width: `${left * 100}%` }} />
      </div>
    </div>
  );
}

function stateOf(account: AccountView): { icon: IconName; tone: string; word: string; more: string } {
  const { state, left, unattended, latchedBy, trouble } = account;
  if (state === "logged_in") return { icon: "live", tone: "good", word: "Logged in", more: "" };
  if (state === "latched")
    return {
      icon: "lock",
      tone: "bad",
      word: "Latched",
      more: `Automatic logins have stopped after ${latchedBy ?? "a refusal"}. Nothing is sent.`,
    };
  if (trouble?.code === "session_replaced")
    return {
      icon: "trouble",
      tone: "bad",
      word: "Stopped",
      more: "Somebody else keeps logging in. The library does not fight over the account.",
    };
  if (left)
    return {
      icon: "pause",
      tone: "quiet",
      word: "Logged out by you",
      more: "The strategy leaves it alone until you log in again.",
    };
  if (state === "unknown")
    return { icon: "trouble", tone: "bad", word: "Not readable", more: "The store does not answer." };
  if (state === "pending")
    return {
      icon: "pending",
      tone: "warn",
      word: "Waits for a code",
      more: "A login was begun and waits for its answer.",
    };
  const more = unattended
    ? "The strategy's next call logs in by itself."
    : "No TOTP secret: a person logs in with a texted code.";
  if (state === "expired") return { icon: "expired", tone: "quiet", word: "Session is over", more };
  return { icon: "out", tone: "quiet", word: "Logged out", more };
}

function howOf({ obtained }: AccountView): string {
  if (obtained === undefined) return "adopted from the store";
  const { by, who, at } = obtained;
  if (by === "adoption") return "adopted from the store";
  return `${by === "login" ? "logged in" : "renewed"} by ${who === "page" ? "this page" : who} at ${timeOf(at)}`;
}

function clockOf(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  return `${seconds} s ${offsetMs > 0 ? "slow" : "fast"}`;
}

export function brokerName(broker: string): string {
  return ({ nubra: "Nubra", "kotak-neo": "Kotak Neo" } as Readonly<Record<string, string>>)[broker] ?? broker;
}
