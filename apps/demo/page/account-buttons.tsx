import type { ReactElement } from "react";
import type { AccountView } from "../src/desk/desk-view.ts";
import { Button } from "./button.tsx";
import { type Action, post } from "./desk-action.ts";

/** What is asked before it is done. */
export type Asked = "enrolment" | "disenrolment" | "unlock";

interface AccountButtonsProps {
  readonly account: AccountView;
  readonly path: string;
  readonly action: Action;
  readonly begin: () => Promise<void>;
  readonly ask: (asked: Asked) => void;
}

/** What a person can do with an account just now. */
export function AccountButtons({ account, path, action, begin, ask }: AccountButtonsProps): ReactElement {
  const { name, state, enrollable, enrolled, unattended } = account;
  const { busy, run } = action;
  const live = state === "logged_in";
  return (
    <div className="actions">
      {live ? (
        <Button busy={busy} onClick={() => void run(async () => post(`${path}/logout`))}>
          Log out<span className="unseen"> {name}</span>
        </Button>
      ) : (
        <Button className={state === "login_blocked" ? "" : "primary"} busy={busy} onClick={() => void begin()}>
          {state === "pending" ? "Enter the code" : "Log in"}
          <span className="unseen"> {state === "pending" ? `of ${name}` : name}</span>
        </Button>
      )}
      {state === "login_blocked" ? (
        <Button busy={busy} onClick={() => ask("unlock")}>
          Unlock<span className="unseen"> {name}</span>
        </Button>
      ) : null}
      {live && enrollable && !unattended && !enrolled ? (
        <Button busy={busy} onClick={() => ask("enrolment")}>
          Set up TOTP<span className="unseen"> for {name}</span>
        </Button>
      ) : null}
      {live && enrolled ? (
        <Button busy={busy} onClick={() => ask("disenrolment")}>
          Turn TOTP off<span className="unseen"> for {name}</span>
        </Button>
      ) : null}
    </div>
  );
}
