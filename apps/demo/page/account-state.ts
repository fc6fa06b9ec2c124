import type { AccountView } from "../src/desk/desk-view.ts";
import { brokerName } from "./broker-name.ts";
import type { IconName } from "./icon.tsx";

export interface AccountState {
  readonly icon: IconName;
  readonly tone: "good" | "warn" | "bad" | "quiet";
  readonly word: string;
  /** A sentence on what that means. */
  readonly more: string;
}

/** How an account stands, in words. */
export function stateOf(account: AccountView, now: number): AccountState {
  const { state, left, blockedBy, trouble, waitsUntil } = account;
  if (state === "logged_in") return { icon: "live", tone: "good", word: "Logged in", more: "" };
  if (waitsUntil !== undefined && waitsUntil > now)
    return {
      icon: "expired",
      tone: "warn",
      word: `Waits for the next code, ${Math.ceil((waitsUntil - now) / 1000)}\u00a0s`,
      more: "A time-based code is good once and needs a few seconds to live. The login goes on by itself.",
    };
  if (isLocked(account))
    return {
      icon: "lock",
      tone: "bad",
      word: `Locked by ${brokerName(account.broker)}`,
      more: "No login is possible before the broker has unlocked it.",
    };
  if (state === "login_blocked")
    return {
      icon: "lock",
      tone: "bad",
      word: "Blocked",
      more: `Automatic logins have stopped after ${blockedBy ?? "a refusal"}. Nothing is sent.`,
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
      more: "The strategy leaves it alone until you log in again, also after a restart.",
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
  const more = nextLogin(account);
  if (state === "expired") return { icon: "expired", tone: "quiet", word: "Session is over", more };
  return { icon: "out", tone: "quiet", word: "Logged out", more };
}

/** Whether the broker itself has locked the account, as far as is known. */
export function isLocked({ state, blockedBy, brokerLock }: AccountView): boolean {
  return state !== "logged_in" && (blockedBy === "account_locked" || brokerLock?.locked === true);
}

/** What to do about an account that stands badly: a code, and a sentence; undefined where there is nothing to do. */
export function adviceOf(
  account: AccountView,
  now: number,
): { readonly code: string; readonly text: string } | undefined {
  const { state, blockedBy, trouble, waitsUntil, broker } = account;
  if (waitsUntil !== undefined && waitsUntil > now && state !== "logged_in") return undefined;
  const name = brokerName(broker);
  if (isLocked(account)) {
    const next = state === "login_blocked" ? "press Unlock" : "log in";
    const text = `${name} has locked the account. Ask it to unlock the account, or wait as it says; then ${next}.`;
    return { code: "account_locked", text };
  }
  if (state === "login_blocked" && blockedBy === "pin_rejected")
    return {
      code: blockedBy,
      text: `${name} refused the MPIN. Correct it in the configuration: another one lifts the block by itself.`,
    };
  if (trouble === undefined) return undefined;
  // These say in their message what it is about; the others in what to do.
  const told = trouble.code === "unexpected" || trouble.code === "configuration";
  return { code: trouble.code, text: told ? trouble.message : trouble.action };
}

function nextLogin({ unattended, asks }: AccountView): string {
  if (unattended) return "The strategy's next call logs in by itself.";
  const [first] = asks;
  if (first === "otp") return "No TOTP secret: a person logs in with a texted code.";
  return first === "totp"
    ? "No TOTP secret: a person logs in with the authenticator's code."
    : "A person has to log in.";
}
