import {
  type AccountIdentity,
  type AccountInput,
  type AccountShape,
  type CredentialField,
  readAccount,
  Secret,
} from "@x/core/adapter";
import { apiOrigin, brokerId, loginOrigin } from "./endpoints.ts";

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
export interface ExampleBrokerCredentials {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
  /** Upper case. */
  readonly userId: Secret;
  readonly environment: "production" | "sandbox";
  /** Origins, without a slash at their ends. */
  readonly loginOrigin: string;
  readonly apiOrigin: string;
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
  broker: brokerId,
  title: "Example Broker",
  fields: Object.keys(fields),
  required: { apiKey: "the key of your app", apiSecret: "the secret of your app", userId: "your client id" },
};

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: unknown): ExampleBrokerCredentials {
  const account = readAccount(input, shape);
  const environment = account.oneOf("environment", ["production", "sandbox"]);
  const replaced = account.address("baseUrl", environment);
  if (environment === "sandbox" && replaced === undefined) account.refuse("baseUrl", "is needed in the sandbox");
  return {
    // A colon would end it early in the header.
    apiKey: word(account, "apiKey", /^[A-Za-z0-9]{4,64}$/),
    apiSecret: word(account, "apiSecret", /^[A-Za-z0-9]{4,128}$/),
    userId: new Secret(
      word(account, "userId", /^[A-Za-z0-9]{1,20}$/)
        .reveal()
        .toUpperCase(),
    ),
    environment,
    loginOrigin: replaced ?? loginOrigin,
    apiOrigin: replaced ?? apiOrigin,
  };
}

/** A session belongs to one customer and one app. No factor is configured: the request token is another one every time. */
export function identify({
  userId,
  apiKey,
  environment,
  apiOrigin: origin,
}: ExampleBrokerCredentials): AccountIdentity {
  const replaced = origin === apiOrigin ? [] : [origin];
  return {
    environment,
    identity: JSON.stringify([userId.reveal(), apiKey.reveal(), ...replaced]),
    factors: {},
    asks: ["redirect"],
  };
}

function word(account: AccountInput, field: string, form: RegExp): Secret {
  const text = account.text(field) ?? "";
  if (form.test(text)) return new Secret(text);
  return account.refuse(field, "must be letters and digits only, as the broker shows it");
}
