import { factsOf } from "../src/broker-facts.ts";
import type { AccountView } from "../src/desk/desk-view.ts";
import type { IconName } from "./icon.tsx";

export interface AccountState {
  readonly icon: IconName;
  readonly tone: "good" | "warn" | "bad" | "quiet";
  readonly word: string;
  /** A sentence on what that means. */
  readonly more: string;
}

/** The broker's name for people. */
export function brokerName(broker: string): string {
  return factsOf(broker)?.title ?? broker;
}

/** How an account stands, in words. */
export function stateOf(account: AccountView, now: number): AccountState {
  const { state, left, blockedBy, trouble } = account;
  const as = (icon: IconName, tone: AccountState["tone"], word: string, more: string) => ({ icon, tone, word, more });
  if (state === "logged_in") return as("live", "good", "Logged in", "");
  const waitMs = waitOf(account, now);
  if (waitMs > 0) {
    const word = `Waits for the next code, ${Math.ceil(waitMs / 1000)}\u00a0s`;
    return as(
      "expired",
      "warn",
      word,
      "A time-based code is good once and needs a few seconds to live. The login goes on by itself.",
    );
  }
  if (isLocked(account)) {
    const word = `Locked by ${brokerName(account.broker)}`;
    return as("lock", "bad", word, "No login is possible before the broker has unlocked it.");
  }
  if (state === "login_blocked") {
    const more = `Automatic logins have stopped after ${blockedBy ?? "a refusal"}. Nothing is sent.`;
    return as("lock", "bad", "Blocked", more);
  }
  if (trouble?.code === "session_replaced")
    return as(
      "trouble",
      "bad",
      "Stopped",
      "Somebody else keeps logging in. The library does not fight over the account.",
    );
  if (left)
    return as(
      "pause",
      "quiet",
      "Logged out by you",
      "The strategy leaves it alone until you log in again, also after a restart.",
    );
  if (state === "unknown") return as("trouble", "bad", "Not readable", "The store does not answer.");
  if (state === "pending")
    return as(
      "pending",
      "warn",
      atPage(account) ? "Waits at the broker’s page" : "Waits for a code",
      "A login was begun and waits for its answer.",
    );
  if (state === "expired") return as("expired", "quiet", "Session is over", nextLogin(account));
  return as("out", "quiet", "Logged out", nextLogin(account));
}

/** Whether the account logs in at a page of its broker. */
export function atPage({ asks }: Pick<AccountView, "asks">): boolean {
  return asks.includes("redirect");
}

/** Whether the broker itself has locked the account, as far as is known. */
export function isLocked({ state, blockedBy, brokerLock }: AccountView): boolean {
  return state !== "logged_in" && (blockedBy === "account_locked" || brokerLock?.locked === true);
}

/** How many wrong tries the broker still forgives, as far as anybody knows. */
export function attemptsLeftOf({ broker, brokerLock }: AccountView): string {
  const name = brokerName(broker);
  if (brokerLock === undefined)
    return `How many attempts are left ${name} does not say: brokers lock an account after a few that are wrong.`;
  const { attemptsLeft, locked } = brokerLock;
  if (locked) return `${name} has locked the account.`;
  return `${name} has ${attemptsLeft} ${attemptsLeft === 1 ? "attempt" : "attempts"} left; then it locks the account.`;
}

/** What to do about an account that stands badly: a code, and a sentence; undefined where there is nothing to do. */
export function adviceOf(
  account: AccountView,
  now: number,
): { readonly code: string; readonly text: string } | undefined {
  const { state, blockedBy, trouble, broker } = account;
  if (waitOf(account, now) > 0 && state !== "logged_in") return undefined;
  const name = brokerName(broker);
  if (isLocked(account)) {
    const next = state === "login_blocked" ? "press Unlock" : "log in";
    const text = `${name} has locked the account. Ask it to unlock the account, or wait as it says; then ${next}.`;
    return { code: "account_locked", text };
  }
  if (state === "login_blocked" && blockedBy === "pin_rejected") {
    const text = `${name} refused the PIN. Correct it in the configuration: another one lifts the block by itself.`;
    return { code: blockedBy, text };
  }
  if (trouble === undefined) return undefined;
  // These say in their message what it is about; the others in what to do.
  const told = trouble.code === "unexpected" || trouble.code === "configuration";
  return { code: trouble.code, text: told ? trouble.message : trouble.action };
}

/** For how long a login of the account still waits for the next code, in milliseconds. */
function waitOf({ waitsUntil = 0 }: AccountView, now: number): number {
  return Math.max(0, waitsUntil - now);
}

function nextLogin({ unattended, asks: [first] }: AccountView): string {
  if (unattended) return "The strategy's next call logs in by itself.";
  if (first === "otp") return "No TOTP secret: a person logs in with a texted code.";
  if (first === "redirect") return "A person logs in at the broker’s own page, once a day.";
  if (first === "totp") return "No TOTP secret: a person logs in with the authenticator's code.";
  return "A person has to log in.";
}
