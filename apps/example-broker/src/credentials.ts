import {
  type AccountIdentity,
  type AccountPlace,
  type AccountShape,
  type CredentialField,
  readAccount,
  Secret,
} from "@x/core/adapter";
import { baseUrls, loginOrigin, names } from "./endpoints.ts";
import type { ExampleBrokerSettings } from "./options.ts";

/** What a user writes for an account. There is no unattended login: each one leads through the broker's page. */
export interface ExampleBrokerAccount {
  /** The app's API key. */
  readonly apiKey: string | Secret;
  /** The app's API secret. */
  readonly apiSecret: string | Secret;
  /** The customer's id at the broker, such as `AB1234`: whoever else logs in at the page is refused. */
  readonly userId: string | Secret;
  /** Default `production`. `sandbox` means a loopback address in `baseUrl`. */
  readonly environment?: "production" | "sandbox" | undefined;
  /** Address (scheme, host, port) in place of both of the broker's hosts. Needed for `sandbox`. */
  readonly baseUrl?: string | undefined;
}

/** The checked and normalised form of {@link ExampleBrokerAccount}. */
export interface ExampleBrokerCredentials extends AccountPlace<"production" | "sandbox"> {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  /** Upper case. */
  readonly userId: Secret;
  /** Where the login page is: an origin. */
  readonly loginOrigin: string;
}

export const fields: Readonly<Record<keyof ExampleBrokerAccount, CredentialField>> = {
  apiKey: { description: "API key of the app", secret: true, required: true, env: ["EXAMPLE_BROKER_API_KEY"] },
  apiSecret: { description: "API secret of the app", secret: true, required: true, env: ["EXAMPLE_BROKER_API_SECRET"] },
  userId: {
    description: "Customer id at the broker, such as AB1234",
    secret: true,
    required: true,
    env: ["EXAMPLE_BROKER_USER_ID"],
  },
  environment: {
    description: "production, or sandbox for a loopback baseUrl",
    secret: false,
    required: false,
    env: ["EXAMPLE_BROKER_ENVIRONMENT"],
    values: ["production", "sandbox"],
  },
  baseUrl: {
    description: "Address in place of both of the broker's hosts; needed for sandbox",
    secret: false,
    required: false,
    env: false,
  },
};

const shape: AccountShape = {
  ...names,
  fields: Object.keys(fields),
  required: { apiKey: "the key of your app", apiSecret: "the secret of your app", userId: "your client id" },
};

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: unknown, _settings: ExampleBrokerSettings): ExampleBrokerCredentials {
  const account = readAccount(input, shape);
  const place = account.place(baseUrls, "baseUrl");
  const word = (field: string, longest: number): Secret =>
    account.secret(
      field,
      new RegExp(`^[A-Za-z0-9]{1,${longest}}$`),
      "letters and digits only, as the broker shows it",
    ) ?? account.refuse(field, "is missing");
  return {
    ...place,
    // A colon would end it early in the header.
    apiKey: word("apiKey", 64),
    apiSecret: word("apiSecret", 128),
    userId: new Secret(word("userId", 20).reveal().toUpperCase()),
    loginOrigin: place.isReplaced ? place.baseUrl : loginOrigin,
  };
}

/** A session belongs to one customer and one app. No factor is configured: the request token is another one every time. */
export function identify(credentials: ExampleBrokerCredentials): AccountIdentity {
  const { userId, apiKey, environment, baseUrl, isReplaced } = credentials;
  const replaced = isReplaced ? [baseUrl] : [];
  return {
    environment,
    identity: JSON.stringify([userId.reveal(), apiKey.reveal(), ...replaced]),
    factors: {},
    asks: ["redirect"],
  };
}
