import type { BrokerControl } from "../broker.ts";
import { type CommonControls, commonControls } from "../common-controls.ts";
import { done, textField } from "../control-field.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface ZerodhaControls extends CommonControls {
  /**
   * Plays the person in the browser: opens this address, logs in as the account, and returns the address that the browser is led to. Nothing
   * of it is journalled. @throws SandboxError bad_option for an address that is not this broker's login page
   */
  logInAtPage(page: string, account: string): string;
  /** The app's registered redirect address, for all accounts of the app. */
  setRedirectUrl(account: string, url: string): void;
  /** The "master logout" in Kite Web (reference section 4): ends all of the account's sessions at once. */
  masterLogout(account: string): void;
}

/** The same, under the names that POST /brokers/zerodha/{control} knows. */
export function zerodhaControls(sandbox: () => ZerodhaControls): Readonly<Record<string, BrokerControl>> {
  return {
    ...commonControls(sandbox),
    "log-in-at-page": (body) => ({
      address: sandbox().logInAtPage(textField(body, "page"), textField(body, "account")),
    }),
    "redirect-url": (body) => done(sandbox().setRedirectUrl(textField(body, "account"), textField(body, "url"))),
    "master-logout": (body) => done(sandbox().masterLogout(textField(body, "account"))),
  };
}
