import type { BrokerControl } from "../broker.ts";
import { textField, textsField } from "../control-field.ts";
import type { Json, JsonObject } from "../json.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface ZerodhaControls {
  /**
   * Plays the person in the browser: opens this address, logs in as the account, and returns the address that the browser is led to. Nothing
   * of it is journalled. @throws SandboxError bad_option for an address that is not this broker's login page
   */
  logInAtPage(page: string, account: string): string;
  /** The app's registered redirect address, for all accounts of the app. */
  setRedirectUrl(account: string, url: string): void;
  /** Where calls come from, as the broker sees it; with `from` only those over that loopback address, such as "127.0.0.2". */
  setCallerAddress(address: string, from?: string): void;
  /** From where the account's orders are taken. */
  setListedAddresses(account: string, addresses: readonly string[]): void;
  /** A login somewhere else. It ends the other sessions if `endOthers`, or where logins are exclusive. */
  otherDeviceLogin(account: string, options?: { readonly endOthers?: boolean | undefined }): JsonObject;
  /** The "master logout" in Kite Web (reference section 4): ends all of the account's sessions at once. */
  masterLogout(account: string): void;
}

/** The same, under the names that POST /brokers/zerodha/{control} knows. */
export function zerodhaControls(sandbox: () => ZerodhaControls): Readonly<Record<string, BrokerControl>> {
  return {
    "log-in-at-page": (body) => ({
      address: sandbox().logInAtPage(textField(body, "page"), textField(body, "account")),
    }),
    "redirect-url": (body) => done(sandbox().setRedirectUrl(textField(body, "account"), textField(body, "url"))),
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
    "master-logout": (body) => done(sandbox().masterLogout(textField(body, "account"))),
  };
}

function done(_nothing: void): Json {
  return {};
}
