import type { BrokerControl } from "../broker.ts";
import { type CommonControls, commonControls } from "../common-controls.ts";
import { done, textField } from "../control-field.ts";

/** What a test does for the account holder or the broker. Functions that take an account throw SandboxError unknown_account. */
export interface AngelOneControls extends CommonControls {
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
    ...commonControls(sandbox),
    "end-sessions": (body) => done(sandbox().endSessions(textField(body, "account"))),
    unlock: (body) => done(sandbox().unlock(textField(body, "account"))),
    "totp-code": (body) => ({ code: sandbox().totpCode(textField(body, "account")) }),
  };
}
