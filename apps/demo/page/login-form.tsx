import { type FormEvent, type ReactElement, useState } from "react";
import { type ActionResult, post, type Refusal, refusalText, useAction } from "./desk-action.ts";
import { Field } from "./field.tsx";
import { spanOf } from "./india-time.ts";

/** Where a login stands. The handle is all that the page holds of it. */
export type LoginStep =
  | { readonly kind: "session" }
  | {
      readonly kind: "challenge";
      readonly challenge: {
        readonly kind: string;
        readonly sentTo?: string;
        readonly expiresAt?: number;
        readonly attemptsLeft?: number;
      };
      readonly handle: string;
      readonly refused?: Refusal;
    };

interface LoginFormProps {
  readonly path: string;
  readonly step: Extract<LoginStep, { kind: "challenge" }>;
  readonly now: number;
  readonly next: (step: LoginStep | undefined) => void;
  readonly close: () => void;
}

/** Asks for what the login still needs, and goes on until it is done. */
export function LoginForm({ path, step, now, next, close }: LoginFormProps): ReactElement {
  const [value, setValue] = useState("");
  const { busy, refusal, run, clear } = useAction();
  const { challenge, handle, refused } = step;

  const settle = (result: ActionResult<LoginStep>): void => {
    if (!result.ok || result.answer.kind === "session") return result.ok ? close() : undefined;
    next(result.answer);
  };
  const answer = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    settle(await run(async () => post<LoginStep>(`${path}/answer`, { handle, kind: challenge.kind, value })));
  };
  const resend = async (): Promise<void> => {
    setValue("");
    settle(await run(async () => post<LoginStep>(`${path}/answer`, { handle, kind: "resend" })));
  };
  const again = async (): Promise<void> => {
    clear();
    settle(await run(async () => post<LoginStep>(`${path}/login`)));
  };

  // Told of this answer, or with the challenge that it left open.
  const wrong = refusal ?? refused;
  const over = refusal?.code === "challenge_expired";
  const { label, hint, ...input } = questionOf(challenge, now);
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
        {over ? (
          <button type="button" className="primary" disabled={busy} onClick={() => void again()}>
            Begin again
          </button>
        ) : (
          <button type="submit" className="primary" disabled={busy}>
            Log in
          </button>
        )}
        {challenge.kind === "otp" && !over ? (
          <button type="button" disabled={busy} onClick={() => void resend()}>
            Send a new code
          </button>
        ) : null}
        <button type="button" className="plain" onClick={close}>
          Not now
        </button>
      </div>
    </form>
  );
}

function questionOf(challenge: Extract<LoginStep, { kind: "challenge" }>["challenge"], now: number) {
  if (challenge.kind === "mpin")
    return {
      label: "MPIN",
      hint: "4 to 6 digits",
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
    attemptsLeft === undefined ? "" : `${attemptsLeft} attempts left.`,
  ];
  return {
    label: `Code sent to the ${sentTo ?? "phone"}`,
    hint: hints.join(" ").trim(),
    inputMode: "numeric",
    autoComplete: "one-time-code",
  } as const;
}
