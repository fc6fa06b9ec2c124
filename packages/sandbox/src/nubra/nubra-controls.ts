import type { BrokerControl } from "../broker.ts";
import { textField, textsField } from "../control-field.ts";
import type { Json } from "../json.ts";
import type { NubraSandbox } from "./nubra-sandbox.ts";

/** The account functions of the library object, under the names that POST /brokers/nubra/{control} knows. */
export function nubraControls(sandbox: () => NubraSandbox): Readonly<Record<string, BrokerControl>> {
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

function done(_nothing: void): Json {
  return {};
}
