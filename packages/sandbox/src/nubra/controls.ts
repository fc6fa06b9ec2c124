import type { BrokerControl } from "../broker.ts";
import { done, textField, textsField } from "../control-field.ts";
import type { SmsMessage } from "./account-state.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface NubraControls {
  /** The text messages on the account holder's phone, oldest first; the last ten. */
  inbox(account: string): readonly SmsMessage[];
  /** What the account holder's authenticator shows now, by the broker's clock; undefined if TOTP is not enrolled. */
  totpCode(account: string): string | undefined;
  /** The account's sessions run out now. */
  endSessions(account: string): void;
  /** The account's auth tokens run out now. */
  endAuthTokens(account: string): void;
  /** Lifts locks and counters, as the broker's support would. */
  unlock(account: string): void;
  setMpin(account: string, mpin: string): void;
  /** An empty list: none is registered. */
  registerIps(account: string, addresses: readonly string[]): void;
  /** The address every caller seems to come from from now on. */
  setCallerAddress(address: string): void;
  /** Moves the clock on to a time step whose code starts with 0. */
  showLeadingZero(account: string): void;
}

/** The same, under the names that POST /brokers/nubra/{control} knows. */
export function nubraControls(sandbox: () => NubraControls): Readonly<Record<string, BrokerControl>> {
  return {
    inbox: (body) =>
      sandbox()
        .inbox(textField(body, "account"))
        .map((message) => ({ ...message })),
    "totp-code": (body) => ({ code: sandbox().totpCode(textField(body, "account")) ?? null }),
    "end-sessions": (body) => done(sandbox().endSessions(textField(body, "account"))),
    "end-auth-tokens": (body) => done(sandbox().endAuthTokens(textField(body, "account"))),
    unlock: (body) => done(sandbox().unlock(textField(body, "account"))),
    "set-mpin": (body) => done(sandbox().setMpin(textField(body, "account"), textField(body, "mpin"))),
    "register-ips": (body) => done(sandbox().registerIps(textField(body, "account"), textsField(body, "addresses"))),
    "set-caller-address": (body) => done(sandbox().setCallerAddress(textField(body, "address"))),
    "show-leading-zero": (body) => done(sandbox().showLeadingZero(textField(body, "account"))),
  };
}
