import type { ReactElement } from "react";
import type { AccountView } from "../src/desk/desk-view.ts";
import { isLocked } from "./account-state.ts";
import { attemptsLeftOf } from "./attempts-left.ts";
import { brokerName } from "./broker-name.ts";
import { Confirmation } from "./confirmation.tsx";
import { post } from "./desk-action.ts";

interface UnlockFormProps {
  readonly account: AccountView;
  readonly path: string;
  readonly close: () => void;
}

/** A person's word that the next attempt will succeed, after being told what that attempt is. */
export function UnlockForm({ account, path, close }: UnlockFormProps): ReactElement {
  return (
    <Confirmation confirm="Unlock" work={async () => post(`${path}/unlock`)} close={close}>
      <p>
        {sentOf(account)} {leftOf(account)}
      </p>
    </Confirmation>
  );
}

function sentOf({ blockedBy, unattended }: AccountView): string {
  if (!unattended) return "Logins may be tried again after this; the next one is yours.";
  if (blockedBy === "pin_rejected") return "The next call logs in, with the same MPIN again: the one that was refused.";
  return "The next call logs in, with the same credentials again.";
}

function leftOf(account: AccountView): string {
  if (!isLocked(account)) return attemptsLeftOf(account);
  return `${brokerName(account.broker)} has locked the account: until it has unlocked it, it refuses that as well.`;
}
