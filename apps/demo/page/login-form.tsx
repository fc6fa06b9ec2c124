import { type FormEvent, useState } from "react";
import { brokerName } from "../src/broker-facts.ts";
import type { AccountView, FailureView, LoginStepView } from "../src/desk/desk-view.ts";
import { countdown } from "../src/india-time.ts";
import { attemptsLeftOf, attemptsText } from "./account-state.ts";
import { Button } from "./button.tsx";
import { CardForm } from "./card-form.tsx";
import { failureText, useAction } from "./desk-action.tsx";
import { Field } from "./field.tsx";
import { useDesk } from "./use-desk.ts";

/** A login that waits for its answer. */
export type OpenLogin = Extract<LoginStepView, { kind: "challenge" }>;

interface LoginFormProps {
  readonly account: AccountView;
  readonly path: string;
  readonly step: OpenLogin;
  readonly show: (step: OpenLogin) => void;
  readonly close: () => void;
}

/** Asks for what the login still needs, and goes on until it is done or over. */
export function LoginForm({ account, path, step, show, close }: LoginFormProps) {
  const { now } = useDesk();
  const [value, setValue] = useState("");
  const { busy, failure, run } = useAction();
  const { challenge, handle, refused } = step;
  const { kind } = challenge;

  const send = async (to: string, fields?: { handle: string; kind: string; value?: string }): Promise<void> => {
    if (fields?.value === undefined) setValue("");
    const next = await run<LoginStepView>(`${path}/${to}`, fields);
    if (next?.kind === "session") return close();
    if (next === undefined) return undefined;
    // What was typed answered another question, and a broker counts a wrong MPIN.
    if (next.challenge.kind !== kind) setValue("");
    return show(next);
  };
  const answer = (event: FormEvent): void => {
    event.preventDefault();
    void send("answer", { handle, kind, value });
  };

  const over = overText(failure, step);
  if (over !== undefined) {
    const again = (
      <Button className="primary" busy={busy} onClick={() => void send("login")} autoFocus>
        Begin again
      </Button>
    );
    return (
      <CardForm actions={again} leave="Close" close={close}>
        <p className="wrong" role="alert">
          {over}
        </p>
        {kind === "mpin" && <p className="hint">{attemptsLeftOf(account)}</p>}
      </CardForm>
    );
  }
  if (kind === "redirect") {
    const open = (
      <a className="button primary" href={challenge.url}>
        Open the login page<span className="unseen"> of {brokerName(account.broker)}</span>
      </a>
    );
    return (
      <CardForm actions={open} close={close}>
        <p className="hint">{brokerName(account.broker)} asks at its own page, which leads back here.</p>
      </CardForm>
    );
  }
  const actions = (
    <>
      <Button type="submit" className="primary" busy={busy}>
        Log in
      </Button>
      {kind === "otp" && (
        <Button busy={busy} onClick={() => void send("answer", { handle, kind: "resend" })}>
          Send a new code
        </Button>
      )}
    </>
  );
  return (
    <CardForm onSubmit={answer} actions={actions} close={close}>
      <input type="hidden" name="handle" value={handle} readOnly />
      <Field
        {...questionOf(step, account, now)}
        key={kind}
        inputMode="numeric"
        // Told of this answer, or with the challenge that it left open.
        wrong={failure ?? refused}
        name="value"
        value={value}
        onChange={({ target }) => setValue(target.value)}
        focused
      />
    </CardForm>
  );
}

/** Why no further answer makes sense: the desk says so, or the broker has none left. Undefined while one does. */
function overText(failure: FailureView | undefined, { challenge, refused }: OpenLogin): string | undefined {
  if (failure?.over === true) {
    const retype = { ...failure, action: "This one is not sent again: begin again, and type another one." };
    return failureText(failure.code === "pin_rejected" ? retype : failure);
  }
  if (refused === undefined || challenge.kind !== "otp" || challenge.attemptsLeft !== 0) return undefined;
  return failureText({ ...(failure ?? refused), action: "This login takes no further code." });
}

function questionOf({ challenge }: OpenLogin, account: AccountView, now: number) {
  const autoComplete = challenge.kind === "mpin" ? "off" : "one-time-code";
  if (challenge.kind === "mpin")
    return { label: "MPIN", hint: `4 to 6 digits. ${attemptsLeftOf(account)}`, type: "password", autoComplete };
  if (challenge.kind !== "otp") return { label: "Code of the authenticator app", hint: "Six digits", autoComplete };
  const { sentTo, attemptsLeft, expiresAt } = challenge;
  const leftMs = (expiresAt ?? now) - now;
  const over = expiresAt === undefined ? "" : "The broker's time for it is over: it may be refused.";
  const time = leftMs > 0 ? `The broker says it is good for ${countdown(leftMs)}.` : over;
  const left = attemptsLeft === undefined ? "" : ` ${attemptsText(attemptsLeft)} left; a new code takes one.`;
  const hint = `${time}${left}`;
  return { label: `Code sent to the ${sentTo}`, hint, autoComplete };
}
