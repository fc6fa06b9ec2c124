import { errorCodes } from "@x/core";
import type { FailureReport } from "../account-call.ts";

/** What a person at the desk can do, where the library speaks to whoever writes a program. */
const actions: Partial<Record<FailureReport["code"], string>> = {
  needs_input: "A person has to log in: press Log in.",
  totp_rejected: "Log in with a texted code.",
  pin_rejected: "Correct it in the configuration; the refused one is not sent again unless you press Unlock.",
  account_locked: "Unlock it at the broker, or wait as it says; then press Unlock.",
  login_blocked: "Correct what was refused, or press Unlock when you know that the next attempt will succeed.",
  session_expired: "The next call logs in.",
  store_corrupt: "Restore the record from a backup.",
  store_version: "Use the version of the library that wrote the record.",
};

/** What to do about an error, for a person at the page. */
export function personAction({ code, message, action }: FailureReport): string {
  // The page says it at the field, without its name: then there is nothing that "the message names".
  if (action === errorCodes.configuration.action) return message;
  return isForPrograms(action) ? (actions[code] ?? "Look at its card.") : action;
}

/** Whether a text names functions or options, `unlock()` or `replay: true`. */
export function isForPrograms(text: string): boolean {
  return /\w\(|\w: true/.test(text);
}
