import type { ListedPaths } from "@x/core/adapter";

/** What this broker is called: in configuration and records, and in messages. */
export const names = { broker: "example-broker", title: "Example Broker" } as const;

/** Where programs call. The sandbox has no address of its own. */
export const baseUrls = { production: "https://api.example-broker.test", sandbox: undefined } as const;

/** The page that a person logs in at, in a browser. It leads back to the app's redirect address. */
export const loginOrigin = "https://login.example-broker.test";
export const loginPagePath = "/connect/login";

/** One call of the protocol. */
export type ExampleBrokerCallName = "grantSession" | "profile" | "logout";

export interface ExampleBrokerEndpoint {
  /** Name of the step in errors and in the ledger of attempts. */
  readonly step: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** Whether it has an effect that must not happen twice, so that no answer means `outcome_unknown`. */
  readonly carriesFactor: boolean;
}

export const endpoints: Readonly<Record<ExampleBrokerCallName, ExampleBrokerEndpoint>> = {
  // Trades a request token for a session.
  grantSession: { step: "session/token", method: "POST", path: "/session/token", carriesFactor: true },
  // The cheapest read that looks at the session.
  profile: { step: "profile", method: "GET", path: "/user/profile", carriesFactor: false },
  logout: { step: "logout", method: "DELETE", path: "/session/token", carriesFactor: false },
};

/** The calls that only read. Everything else is taken for an order, GET or not. */
export const readingPaths: ListedPaths = { GET: [/^\/user\/profile$/, /^\/portfolio\/holdings$/] };
