import { type FormEvent, useState } from "react";
import type { AccountView, LoginStepView, FailureView } from "../src/desk/desk-view.ts";
import { attemptsLeftOf, brokerName } from "./account-state.ts";
import { Button } from "./button.tsx";
import { type ActionResult, post, failureText, useAction } from "./desk-action.tsx";
import { Field } from "./field.tsx";
import { spanOf } from "./india-time.ts";

/** A login that waits for its answer. */
export type OpenLogin = Extract<LoginStepView, { kind: "challenge" }>;

interface LoginFormProps {
  readonly account: AccountView;
  readonly path: string;
  readonly step: OpenLogin;
  readonly show: (step: OpenLogin) => void;
  readonly now: number;
  readonly close: () => void;
}

/** Asks for what the login still needs, and goes on until it is done or over. */
export function LoginForm({ account, path, step, show, now, close }: LoginFormProps) {
  const [value, setValue] = useState("");
  const { busy, failure, run, clear } = useAction();
  const { challenge, handle, refused } = step;

  const settle = async (asking: Promise<ActionResult<LoginStepView>>): Promise<void> => {
    const result = await run(asking);
    if (!result.ok) return;
    if (result.answer.kind === "session") return close();
    // What was typed answered another question, and a broker counts a wrong MPIN.
    if (result.answer.challenge.kind !== challenge.kind) setValue("");
    show(result.answer);
  };
  const answer = (event: FormEvent): void => {
    event.preventDefault();
    void settle(post(`${path}/answer`, { handle, kind: challenge.kind, value }));
  };
  const resend = (): void => {
    setValue("");
    void settle(post(`${path}/answer`, { handle, kind: "resend" }));
  };
  const again = (): void => {
    clear();
    setValue("");
    void settle(post(`${path}/login`));
  };

  const over = overText(failure, step);
  if (over !== undefined)
    return (
      <div className="form">
        <p className="wrong" role="alert">
          {over}
        </p>
        {challenge.kind === "mpin" && <p className="hint">{attemptsLeftOf(account)}</p>}
        <div className="actions">
          <Button className="primary" busy={busy} onClick={again} autoFocus>
            Begin again
          </Button>
          <Button className="plain" onClick={close}>
            Close
          </Button>
        </div>
      </div>
    );
  if (challenge.kind === "redirect")
    return (
      <div className="form">
        <p className="hint">{brokerName(account.broker)} asks at its own page, which leads back here.</p>
        <div className="actions">
          <a className="button primary" href={challenge.url}>
            Open the login page<span className="unseen"> of {brokerName(account.broker)}</span>
          </a>
          <Button className="plain" onClick={close}>
            Not now
          </Button>
        </div>
      </div>
    );
  // Told of this answer, or with the challenge that it left open.
  const wrong = failure ?? refused;
  return (
    <form className="form" onSubmit={answer} noValidate>
      <input type="hidden" name="handle" value={handle} readOnly />
      <Field
        {...questionOf(step, account, now)}
        key={challenge.kind}
        inputMode="numeric"
        wrong={wrong === undefined ? undefined : failureText(wrong)}
        name="value"
        value={value}
        onChange={({ target }) => setValue(target.value)}
        focused
      />
      <div className="actions">
        <Button type="submit" className="primary" busy={busy}>
          Log in
        </Button>
        {challenge.kind === "otp" && (
          <Button busy={busy} onClick={resend}>
            Send a new code
          </Button>
        )}
        <Button className="plain" onClick={close}>
          Not now
        </Button>
      </div>
    </form>
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
  const time = leftMs > 0 ? `The broker says it is good for ${spanOf(leftMs)}.` : over;
  const attempts = `${attemptsLeft} ${attemptsLeft === 1 ? "attempt" : "attempts"} left.`;
  const hint = [time, attemptsLeft === undefined ? "" : attempts].join(" ").trim();
  return { label: `Code sent to the ${sentTo}`, hint, autoComplete };
}
