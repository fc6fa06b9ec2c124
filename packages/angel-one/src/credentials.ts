import {
  type AccountIdentity,
  type AccountInput,
  type AccountPlace,
  accountShape,
  combinedSecret,
  type CredentialField,
  missingFactors,
  readAccount,
  Secret,
  totpFactor,
  totpSecretForm,
  type TotpSource,
} from "@x/core/adapter";
import { baseUrls, names } from "./endpoints.ts";
import type { AngelOneSettings } from "./options.ts";

/** What a user writes for one Angel One account. Secrets may be plain text or a `Secret`. Unknown fields are refused. */
export interface AngelOneAccount {
  /** Of the app at smartapi.angelone.in. */
  readonly apiKey: string | Secret;
  /** The client code, such as `A123456`, in any case; not the e-mail address. */
  readonly clientCode: string | Secret;
  /** The four digits of the PIN, as text so that zeros stay. The login takes it in the field for the password. */
  readonly pin: string | Secret;
  /** The Base32 secret of the TOTP enrolment, or its whole `otpauth://` address. With it logins need nobody. */
  readonly totpSecret?: string | Secret | undefined;
  /** Gives the current six digits, in place of `totpSecret`. Called once per login, right before the code is sent. */
  readonly totpCode?: (() => string | Promise<string>) | undefined;
  /** Default `production`. `sandbox` is a loopback `baseUrl`. */
  readonly environment?: "production" | "sandbox" | undefined;
  /** Address (scheme, host, port) in place of API and sockets. Needed for `sandbox`. */
  readonly baseUrl?: string | undefined;
}

/** The checked form of {@link AngelOneAccount}. */
export interface AngelOneCredentials extends AccountPlace<"production" | "sandbox"> {
  readonly apiKey: Secret;
  /** Upper case. */
  readonly clientCode: Secret;
  readonly pin: Secret;
  readonly totp: TotpSource | undefined;
}

const shape = accountShape(
  { ...names, baseUrls },
  {
    apiKey: {
      description: "API key of the app at smartapi.angelone.in.",
      required: true,
    },
    clientCode: {
      description: "Client code, such as A123456; not the e-mail address.",
      required: true,
    },
    pin: { description: "PIN: four digits, as text.", required: true },
    totpSecret: totpSecretForm,
  },
);

/** The fields of an account that a configuration file can hold; `totpCode` is a function, so code alone can give it. */
export const fields: Readonly<Record<Exclude<keyof AngelOneAccount, "totpCode">, CredentialField>> = shape.fields;

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: AngelOneAccount, _settings: AngelOneSettings): AngelOneCredentials {
  const account = readAccount(input, shape);
  return {
    ...account.place(),
    apiKey: account.given("apiKey", /^\w{1,64}$/, "letters and digits, as smartapi.angelone.in shows it"),
    clientCode: account.given(
      "clientCode",
      /^[A-Z0-9]{1,20}$/,
      "the client code, letters and digits such as A123456, and not an e-mail address",
      (text) => text.toUpperCase(),
    ),
    pin: parsePin(account),
    totp: account.totp(),
  };
}

/** A session belongs to one customer and one app. PIN and code go out together, and a wrong key is refused in the words for a wrong code (section 4). */
export function identify(credentials: AngelOneCredentials): AccountIdentity {
  const { apiKey, clientCode, pin, totp, environment, baseUrl, isReplaced } = credentials;
  const replaced = isReplaced ? [baseUrl] : [];
  return {
    environment,
    identity: JSON.stringify([clientCode.reveal(), apiKey.reveal(), ...replaced]),
    factors: {
      totp: totpFactor(totp, clientCode, apiKey, pin),
      mpin: combinedSecret(clientCode, pin),
    },
    asks: missingFactors({ totp }),
  };
}

// Longer ones are MPINs of other brokers, and a password is refused since 2022 (angel-one.md section 2).
function parsePin(account: AccountInput): Secret {
  const pin = account.mpin("pin");
  return pin?.reveal().length === 4 ? pin : account.refuse("pin", "must be the 4 digits of the PIN");
}
