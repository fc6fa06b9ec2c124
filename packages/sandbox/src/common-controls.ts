import type { BrokerControl } from "./broker.ts";
import { done, textField, textsField } from "./control-field.ts";
import type { JsonObject } from "./json.ts";

/** What a test does at a broker that tells callers apart by their addresses. Functions that take an account throw SandboxError unknown_account. */
export interface CommonControls {
  /** Where calls come from, as the broker sees it; with `from` only those over that loopback address, such as "127.0.0.2". */
  setCallerAddress(address: string, from?: string): void;
  /** From where the account's orders are taken. */
  setListedAddresses(account: string, addresses: readonly string[]): void;
  /** A login somewhere else. It ends the other sessions if `endOthers`, or where logins are exclusive. */
  otherDeviceLogin(account: string, options?: { readonly endOthers?: boolean | undefined }): JsonObject;
}

/** The same, under the names that POST /brokers/{broker}/{control} knows. */
export function commonControls(sandbox: () => CommonControls): Readonly<Record<string, BrokerControl>> {
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
  };
}
