import type { BrokerControl } from "../broker.ts";
import { type CommonControls, commonControls } from "../common-controls.ts";
import { done, textField } from "../control-field.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface KotakNeoControls extends CommonControls {
  /** Resets the access token in the dashboard: ends all sessions at once. Returns the new token. */
  resetAccessToken(account: string): string;
  /** Lifts a lock, as a person at the broker's support would. */
  unlock(account: string): void;
  /** What the customer's authenticator app shows at the broker's time. */
  totpCode(account: string): string;
}

/** The same, under the names that POST /brokers/kotak-neo/{control} knows. */
export function kotakNeoControls(sandbox: () => KotakNeoControls): Readonly<Record<string, BrokerControl>> {
  return {
    ...commonControls(sandbox),
    "reset-access-token": (body) => ({ accessToken: sandbox().resetAccessToken(textField(body, "account")) }),
    unlock: (body) => done(sandbox().unlock(textField(body, "account"))),
    "totp-code": (body) => ({ code: sandbox().totpCode(textField(body, "account")) }),
  };
}
