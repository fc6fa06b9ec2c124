import { type BrokerAuthProvider, loadPart, type ProviderContext } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { ExampleBrokerClient } from "./client.ts";
import {
  type ExampleBrokerAccount,
  type ExampleBrokerCredentials,
  fields,
  identify,
  parseCredentials,
} from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type ExampleBrokerOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./session.ts";
import { type ExampleBrokerTokens, tokens } from "./tokens.ts";
import { classify, isRead } from "./verdict.ts";

export type ExampleBrokerProvider = BrokerAuthProvider<
  "example-broker",
  ExampleBrokerAccount,
  ExampleBrokerCredentials,
  ExampleBrokerTokens
>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
const protocol = () => loadPart(() => import("./protocol.ts"), "@x/example-broker");

/**
 * The login protocol of an invented broker, for docs/add-a-broker.md. It has no `renew`, `serverTime`, `socket`, `network` and `enrolment`,
 * because the broker has none.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function exampleBroker(options: ExampleBrokerOptions = {}): ExampleBrokerProvider {
  const settings = parseOptions(options);
  const client = (credentials: ExampleBrokerCredentials, context: ProviderContext): ExampleBrokerClient => ({
    settings,
    credentials,
    context,
  });
  return {
    broker: names.broker,
    specificationVersion: 1,
    traits: { dailyCutoff: true, verdictIn: "body" },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    latestExpiry,
    authorize: (session, credentials, request) => authorize(session, request, { settings, credentials }),
    serves: (address, credentials) => serves(address, { settings, credentials }),
    isRead,
    classify: (seen, _session, now) => classify(seen, now),

    begin: async (credentials, context) => (await protocol()).begin(client(credentials, context)),
    answer: async (pending, given, credentials, context) =>
      (await protocol()).answer(pending, given, client(credentials, context)),
    probe: async (session, credentials, context) => (await protocol()).probe(session, client(credentials, context)),
    revoke: async (session, credentials, context) => (await protocol()).revoke(session, client(credentials, context)),
  };
}
