import {
  type AccountIdentity,
  BrokerAuthError,
  type CredentialField,
  isSecret,
  parseBaseUrl,
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

/** @throws BrokerAuthError `configuration` naming the field, never its value */
export function parseCredentials(input: unknown): ExampleBrokerCredentials {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return refuse("account", "must be an object with apiKey, apiSecret and userId");
  }
  const account: Readonly<Record<string, unknown>> = { ...input };
  const surplus = Object.keys(account).find((name) => !Object.hasOwn(fields, name));
  if (surplus !== undefined) return refuse(surplus, `is not a field; there are ${Object.keys(fields).join(", ")}`);
  const { environment = "production", baseUrl } = account;
  if (environment !== "production" && environment !== "sandbox") {
    return refuse("environment", 'must be "production" or "sandbox"');
  }
  if (environment === "sandbox" && baseUrl === undefined) return refuse("baseUrl", "is needed in the sandbox");
  const replaced = baseUrl === undefined ? undefined : parseBaseUrl(baseUrl, environment, "baseUrl", brokerId);
  return {
    // A colon would end it early in the header.
    apiKey: word("apiKey", account["apiKey"], /^[A-Za-z0-9]{4,64}$/),
    apiSecret: word("apiSecret", account["apiSecret"], /^[A-Za-z0-9]{4,128}$/),
    userId: new Secret(
      word("userId", account["userId"], /^[A-Za-z0-9]{1,20}$/)
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

function word(field: string, input: unknown, form: RegExp): Secret {
  const value = isSecret(input) ? input.reveal() : input;
  if (value === undefined) return refuse(field, "is missing");
  if (typeof value !== "string") return refuse(field, "must be text; put digits in quotes, so that no zero is lost");
  const text = value.trim();
  return form.test(text) ? new Secret(text) : refuse(field, "must be letters and digits only, as the broker shows it");
}

// A field name comes from the user's file: one that does not look like a name may be a misplaced value.
function refuse(name: string, message: string): never {
  const field = /^[A-Za-z_]\w{0,39}$/.test(name) ? name : "account";
  const what = field === name ? message : "has a field that no account of this broker has";
  throw new BrokerAuthError("configuration", `${field}: ${what}`, { field, broker: brokerId });
}
