import { type BrokerAuthProvider, nextIndiaTime } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import {
  type ExampleBrokerAccount,
  type ExampleBrokerCredentials,
  fields,
  identify,
  parseCredentials,
} from "./credentials.ts";
import { brokerId, cutoff } from "./endpoints.ts";
import { answer, begin } from "./login.ts";
import { revoke } from "./logout.ts";
import { type ExampleBrokerOptions, parseOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { type ExampleBrokerTokens, tokens } from "./tokens.ts";
import { isRead, classify } from "./verdict.ts";

export type ExampleBrokerProvider = BrokerAuthProvider<
  "example-broker",
  ExampleBrokerAccount,
  ExampleBrokerCredentials,
  ExampleBrokerTokens
>;

/**
 * The login protocol of an invented broker, for docs/add-a-broker.md. It has no `renew`, `serverTime`, `socket`, `network` and `enrolment`,
 * because the broker has none.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function exampleBroker(given: ExampleBrokerOptions = {}): ExampleBrokerProvider {
  const options = parseOptions(given);
  return {
    broker: brokerId,
    specificationVersion: 1,
    traits: { dailyCutoff: true, verdictIn: "body" },
    fields,
    tokens,
    parseCredentials,
    identify,
    latestExpiry: (now) => nextIndiaTime(now, cutoff),
    begin: async (credentials, context) => begin({ options, credentials, context }),
    answer: (pending, reply, credentials, context) => answer(pending, reply, { options, credentials, context }),
    authorize: (session, credentials, { purpose }) => authorize(session, credentials, purpose),
    isRead,
    classify: (seen, _session, now) => classify(seen, now),
    probe: (session, credentials, context) => probe(session, { options, credentials, context }),
    revoke: (session, credentials, context) => revoke(session, { options, credentials, context }),
  };
}
