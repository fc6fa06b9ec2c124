import type { BrokerControl } from "../broker.ts";
import type { JsonObject } from "../json.ts";
import { SandboxError } from "../sandbox-error.ts";
import type { KotakNeoSandbox } from "./kotak-neo-sandbox.ts";

/** What the control endpoint reaches as POST /brokers/kotak-neo/{name}, with a JSON object as parameters. */
export function controlsOf(sandbox: KotakNeoSandbox): Readonly<Record<string, BrokerControl>> {
  return {
    "caller-address": (parameters) => {
      const from = parameters["from"] === undefined ? undefined : text(parameters, "from");
      sandbox.setCallerAddress(text(parameters, "address"), from);
      return {};
    },
    "listed-addresses": (parameters) => {
      sandbox.setListedAddresses(text(parameters, "account"), texts(parameters, "addresses"));
      return {};
    },
    "reset-access-token": (parameters) => ({ accessToken: sandbox.resetAccessToken(text(parameters, "account")) }),
    "other-device-login": (parameters) =>
      sandbox.otherDeviceLogin(text(parameters, "account"), {
        endOthers: parameters["endOthers"] === true ? true : undefined,
      }),
    unlock: (parameters) => {
      sandbox.unlock(text(parameters, "account"));
      return {};
    },
    "totp-code": (parameters) => ({ code: sandbox.totpCode(text(parameters, "account")) }),
  };
}

function text(parameters: JsonObject, field: string): string {
  const value = parameters[field];
  if (typeof value === "string" && value !== "") return value;
  throw new SandboxError("bad_option", `The field "${field}" must be a text.`);
}

function texts(parameters: JsonObject, field: string): string[] {
  const value = parameters[field];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new SandboxError("bad_option", `The field "${field}" must be a list of texts.`);
}
