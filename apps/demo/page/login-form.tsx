import { type FormEvent, type ReactElement, useState } from "react";
import type { AccountView, ChallengeView, LoginStepView } from "../src/desk/desk-view.ts";
import { attemptsLeftOf } from "./attempts-left.ts";
import { Button } from "./button.tsx";
import { type ActionResult, post, type Refusal, refusalText, useAction } from "./desk-action.ts";
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
export function LoginForm({ account, path, step, show, now, close }: LoginFormProps): ReactElement {
  const [value, setValue] = useState("");
  const { busy, refusal, run, clear } = useAction();
  const { challenge, handle, refused } = step;

  const settle = (result: ActionResult<LoginStepView>): void => {
    if (!result.ok) return;
    if (result.answer.kind === "session") return close();
    // What was typed answered another question, and a broker counts a wrong MPIN.
    if (result.answer.challenge.kind !== challenge.kind) setValue("");
    show(result.answer);
  };
  const answer = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    settle(await run(async () => post<LoginStepView>(`${path}/answer`, { handle, kind: challenge.kind, value })));
  };
  const resend = async (): Promise<void> => {
    setValue("");
    settle(await run(async () => post<LoginStepView>(`${path}/answer`, { handle, kind: "resend" })));
  };
  const again = async (): Promise<void> => {
    clear();
    setValue("");
    settle(await run(async () => post<LoginStepView>(`${path}/login`)));
  };

  if (isOver(refusal, step))
    return (
      <div className="form">
        <p className="wrong" role="alert">
          {overText(refusal, step)}
        </p>
        {challenge.kind === "mpin" ? <p className="hint">{attemptsLeftOf(account)}</p> : null}
        <div className="actions">
          <Button className="primary" busy={busy} onClick={() => void again()} autoFocus>
            Begin again
          </Button>
          <Button className="plain" onClick={close}>
            Close
          </Button>
        </div>
      </div>
    );
  // Told of this answer, or with the challenge that it left open.
  const wrong = refusal ?? refused;
  const { label, hint, ...input } = questionOf(challenge, account, now);
  return (
    <form className="form" onSubmit={(event) => void answer(event)} noValidate>
      <input type="hidden" name="handle" value={handle} readOnly />
      <Field
        {...input}
        key={challenge.kind}
        label={label}
        hint={hint}
        wrong={wrong === undefined ? undefined : refusalText(wrong)}
        name="value"
        value={value}
        onChange={({ target }) => setValue(target.value)}
        focused
      />
      <div className="actions">
        <Button type="submit" className="primary" busy={busy}>
          Log in
        </Button>
        {challenge.kind === "otp" ? (
          <Button busy={busy} onClick={() => void resend()}>
            Send a new code
          </Button>
        ) : null}
        <Button className="plain" onClick={close}>
          Not now
        </Button>
      </div>
    </form>
  );
}

/** Whether no further answer makes sense: the desk says so, or the broker has none left. */
function isOver(refusal: Refusal | undefined, { challenge, refused }: OpenLogin): boolean {
  return refusal?.over === true || (refused !== undefined && challenge.attemptsLeft === 0);
}

function overText(refusal: Refusal | undefined, { refused }: OpenLogin): string {
  if (refusal?.code === "pin_rejected")
    return refusalText({ ...refusal, action: "This one is not sent again: begin again, and type another one." });
  if (refusal !== undefined) return refusalText(refusal);
  if (refused === undefined) return "";
  return refusalText({ ...refused, action: "This login takes no further code." });
}

function questionOf(challenge: ChallengeView, account: AccountView, now: number) {
  if (challenge.kind === "mpin")
    return {
      label: "MPIN",
      hint: `4 to 6 digits. ${attemptsLeftOf(account)}`,
      type: "password",
      inputMode: "numeric",
      autoComplete: "off",
    } as const;
  if (challenge.kind === "totp")
    return {
      label: "Code of the authenticator app",
      hint: "Six digits",
      inputMode: "numeric",
      autoComplete: "one-time-code",
    } as const;
  const { sentTo, attemptsLeft, expiresAt } = challenge;
  const left = expiresAt === undefined ? undefined : expiresAt - now;
  const hints = [
    left === undefined
      ? ""
      : left > 0
        ? `The broker says it is good for ${spanOf(left)}.`
        : "The broker's time for it is over: it may be refused.",
    attemptsLeft === undefined ? "" : `${attemptsLeft} ${attemptsLeft === 1 ? "attempt" : "attempts"} left.`,
  ];
  return {
    label: `Code sent to the ${sentTo ?? "phone"}`,
    hint: hints.join(" ").trim(),
    inputMode: "numeric",
    autoComplete: "one-time-code",
  } as const;
}
