import {
  type AccountIdentity,
  type AccountPlace,
  accountShape,
  type CredentialField,
  readAccount,
  Secret,
} from "@x/core/adapter";
import { baseUrls, loginPage, names, socketOrigin } from "./endpoints.ts";
import type { ZerodhaSettings } from "./options.ts";

/**
 * What a user writes for one Zerodha account. There is no unattended login: each one leads through Zerodha's page (zerodha.md section 1). Secrets may be
 * plain text or a `Secret`. Unknown fields are refused.
 */
export interface ZerodhaAccount {
  /** Of the app in the Kite Connect developer console. */
  readonly apiKey: string | Secret;
  /** Of the same app. It makes a checksum and is never sent. */
  readonly apiSecret: string | Secret;
  /** The customer's id at Zerodha, such as `AB1234`, in any case: a login by somebody else at the page is refused. */
  readonly userId: string | Secret;
  /** Default `production`. `sandbox` is a loopback `baseUrl`. */
  readonly environment?: "production" | "sandbox" | undefined;
  /** Address (scheme, host, port) in place of API, login page and socket. Needed for `sandbox`. */
  readonly baseUrl?: string | undefined;
}

/** The checked form of {@link ZerodhaAccount}. */
export interface ZerodhaCredentials extends AccountPlace<"production" | "sandbox"> {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  /** Upper case. */
  readonly userId: Secret;
  /** Where the login page and the socket are: origins. */
  readonly loginOrigin: string;
  readonly socketOrigin: string;
}

const shape = accountShape(
  { ...names, baseUrls },
  {
    apiKey: {
      description: "API key of the app in the Kite Connect developer console.",
      required: true,
    },
    apiSecret: {
      description: "API secret of the same app. It makes a checksum and is never sent.",
      required: true,
    },
    userId: {
      description: "Customer id at Zerodha, such as AB1234. A login by somebody else is refused.",
      required: true,
    },
  },
);

/** The fields of an account that a configuration file can hold. */
export const fields: Readonly<Record<keyof ZerodhaAccount, CredentialField>> = shape.fields;

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: ZerodhaAccount, _settings: ZerodhaSettings): ZerodhaCredentials {
  const account = readAccount(input, shape);
  const place = account.place();
  return {
    ...place,
    // A colon would end it early in the header.
    apiKey: account.given("apiKey", /^[A-Za-z0-9]{1,64}$/, "letters and digits, as the developer console shows it"),
    apiSecret: account.given(
      "apiSecret",
      /^[A-Za-z0-9]{1,128}$/,
      "letters and digits, as the developer console shows it",
    ),
    userId: account.given("userId", /^[A-Z0-9]{1,20}$/, "letters and digits, such as AB1234", (text) =>
      text.toUpperCase(),
    ),
    loginOrigin: place.isReplaced ? place.baseUrl : loginPage.origin,
    socketOrigin: place.isReplaced ? place.baseUrl.replace(/^http/, "ws") : socketOrigin,
  };
}

/** A session belongs to one customer and one app. No factor is configured: the request token is another one every time. */
export function identify(credentials: ZerodhaCredentials): AccountIdentity {
  const { userId, apiKey, environment, baseUrl, isReplaced } = credentials;
  const replaced = isReplaced ? [baseUrl] : [];
  return {
    environment,
    identity: JSON.stringify([userId.reveal(), apiKey.reveal(), ...replaced]),
    factors: {},
    asks: ["redirect"],
  };
}
