import { errorMeanings } from "@x/core";
import { brokerName, renewalText } from "../src/broker-facts.ts";
import type { AccountView } from "../src/desk/desk-view.ts";
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
  const { state, left, trouble, broker } = account;
  const as = (icon: IconName, tone: AccountState["tone"], word: string, more: string) => ({ icon, tone, word, more });
  if (state === "logged_in") return as("live", "good", "Logged in", "");
  const seconds = Math.ceil(waitOf(account, now) / 1000);
  const waits = "A time-based code is good once and needs a few seconds to live. The login goes on by itself.";
  if (seconds > 0) return as("expired", "warn", `Waits for the next code, ${seconds}\u00a0s`, waits);
  const locked = "No login is possible before the broker has unlocked it.";
  if (isLocked(account)) return as("lock", "bad", `Locked by ${brokerName(broker)}`, locked);
  const blocked = `Automatic logins have stopped. ${blockReason(account)} Nothing is sent.`;
  if (state === "login_blocked") return as("lock", "bad", "Blocked", blocked);
  const stopped = "Somebody else keeps logging in. The library does not fight over the account.";
  if (trouble?.code === "session_replaced") return as("trouble", "bad", "Stopped", stopped);
  const leftAlone = "The strategy leaves it alone until you log in again, also after a restart.";
  if (left) return as("pause", "quiet", "Logged out by you", leftAlone);
  if (state === "unknown") return as("trouble", "bad", "Not readable", "The store does not answer.");
  const forWhat = atPage(account) ? "Waits at the broker’s page" : "Waits for a code";
  if (state === "pending") return as("pending", "warn", forWhat, "A login was begun and waits for its answer.");
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

/** `1 attempt`, `2 attempts` */
export function attemptsText(count: number): string {
  return `${count} ${count === 1 ? "attempt" : "attempts"}`;
}

/** How many wrong tries the broker still forgives, as far as anybody knows. */
export function attemptsLeftOf({ broker, brokerLock }: AccountView): string {
  const name = brokerName(broker);
  if (brokerLock === undefined)
    return `How many attempts are left ${name} does not say: brokers lock an account after a few that are wrong.`;
  if (brokerLock.locked) return `${name} has locked the account.`;
  return `${name} has ${attemptsText(brokerLock.attemptsLeft)} left; then it locks the account.`;
}

/** Why automatic logins have stopped, for people: what the code means, without what more there is to know of it. */
function blockReason({ blockedBy = "login_blocked" }: AccountView): string {
  const [reason = ""] = errorMeanings[blockedBy].split(/(?<=\.) /);
  return reason;
}

/** What to do about an account that stands badly, in a sentence; undefined where there is nothing to do. */
export function adviceOf(account: AccountView, now: number): string | undefined {
  const { state, blockedBy, trouble, broker } = account;
  if (waitOf(account, now) > 0 && state !== "logged_in") return undefined;
  const name = brokerName(broker);
  if (isLocked(account)) {
    const next = state === "login_blocked" ? "press Unlock" : "log in";
    return `${name} has locked the account. Ask it to unlock the account, or wait as it says; then ${next}.`;
  }
  if (state === "login_blocked" && blockedBy === "pin_rejected") {
    return `${name} refused the PIN. Correct it in the configuration: another one lifts the block by itself.`;
  }
  // What calls met while the account was blocked says nothing once it is not.
  const isOver = trouble?.code === "login_blocked" && state !== "login_blocked";
  if (trouble === undefined || isOver) return undefined;
  // These say in their message what it is about; the others in what to do.
  const told = trouble.code === "unexpected" || trouble.code === "configuration";
  return told ? trouble.message : trouble.action;
}

/** What a person's word that the next attempt will succeed leads to. */
export function unlockText(account: AccountView): string {
  const { blockedBy, unattended, broker } = account;
  const same = blockedBy === "pin_rejected" ? "PIN again: the one that was refused" : "credentials again";
  const next = unattended
    ? `The next call logs in, with the same ${same}.`
    : "Logins may be tried again after this; the next one is yours.";
  if (!isLocked(account)) return `${next} ${attemptsLeftOf(account)}`;
  return `${next} ${brokerName(broker)} has locked the account: until it has unlocked it, it refuses that as well.`;
}

/** For how long a login of the account still waits for the next code, in milliseconds. */
function waitOf({ waitsUntil = 0 }: AccountView, now: number): number {
  return Math.max(0, waitsUntil - now);
}

function nextLogin({ unattended, renewable, broker, asks: [first = ""] }: AccountView): string {
  if (unattended) return "The strategy's next call logs in by itself.";
  if (renewable) return renewalText(broker);
  const asked: Readonly<Record<string, string>> = {
    otp: "No TOTP secret: a person logs in with a texted code.",
    redirect: "A person logs in at the broker’s own page, once a day.",
    totp: "No TOTP secret: a person logs in with the authenticator's code.",
  };
  return asked[first] ?? "A person has to log in.";
}
