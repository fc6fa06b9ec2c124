import type { BrokerControl } from "../broker.ts";
import { textField, textsField } from "../control-field.ts";
import type { Json, JsonObject } from "../json.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface AngelOneControls {
  /** Where calls come from, as the broker sees it; with `from` only those over that loopback address, such as "127.0.0.2". */
  setCallerAddress(address: string, from?: string): void;
  /** From where the account's orders are taken. */
  setListedAddresses(account: string, addresses: readonly string[]): void;
  /** A login somewhere else. It ends the other sessions if `endOthers`, or where logins are exclusive. */
  otherDeviceLogin(account: string, options?: { readonly endOthers?: boolean | undefined }): JsonObject;
  /** Ends all of the account's sessions and what would renew them. */
  endSessions(account: string): void;
  /** Lifts a lock, as a person at the broker's support would. */
  unlock(account: string): void;
  /** What the customer's authenticator app shows at the broker's time. */
  totpCode(account: string): string;
}

/** The same, under the names that POST /brokers/angel-one/{control} knows. */
export function angelOneControls(sandbox: () => AngelOneControls): Readonly<Record<string, BrokerControl>> {
  return {
    "caller-address": (body) => {
      const from = body["from"] === undefined ? undefined : textField(body, "from");
      return done(sandbox().setCallerAddress(textField(body, "address"), from));
    },
    "listed-addresses": (body) =>
      done(sandbox().setListedAddresses(textField(body, "account"), textsField(body, "addresses"))),
    "other-device-login": (body) =>
      sandbox().otherDeviceLogin(textField(body, "account"), {
        endOthers: body["endOthers"] === true ? true : undefined,
      }),
    "end-sessions": (body) => done(sandbox().endSessions(textField(body, "account"))),
    unlock: (body) => done(sandbox().unlock(textField(body, "account"))),
    "totp-code": (body) => ({ code: sandbox().totpCode(textField(body, "account")) }),
  };
}

function done(_nothing: void): Json {
  return {};
}
