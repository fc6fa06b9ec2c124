import { type BrokerAuthProvider, loadPart, type ProviderContext } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { NubraClient } from "./client.ts";
import { fields, identify, type NubraAccount, type NubraCredentials, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type NubraOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./session.ts";
import { type NubraTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type NubraProvider = BrokerAuthProvider<"nubra", NubraAccount, NubraCredentials, NubraTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
const load = () => import("./protocol.ts");
const protocol = () => loadPart(load, "@x/nubra");

/**
 * Nubra's login protocol for `createBrokerAuth({ brokers: [nubra()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function nubra(options: NubraOptions = {}): NubraProvider {
  const settings = parseOptions(options);
  const client = (credentials: NubraCredentials, context: ProviderContext): NubraClient => ({
    settings,
    credentials,
    context,
  });
  return {
    broker: names.broker,
    specificationVersion: 1,
    traits: { verdictIn: "status" },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    latestExpiry,
    authorize: (session, credentials, request) => authorize(session, request, { settings, credentials }),
    serves: (address, credentials) => serves(address, { settings, credentials }),
    isRead,
    isOrder,
    classify: (seen, _session, now) => classify(seen, now),

    begin: async (credentials, context) => (await protocol()).begin(client(credentials, context)),
    answer: async (pending, given, credentials, context) =>
      (await protocol()).answer(pending, given, client(credentials, context)),
    renew: async (renewal, credentials, context) => (await protocol()).renew(renewal, client(credentials, context)),
    probe: async (session, credentials, context) => (await protocol()).probe(session, client(credentials, context)),
    serverTime: async (credentials, context) => (await protocol()).serverTime(client(credentials, context)),
    socket: async (session, credentials, purpose, context) =>
      (await protocol()).openSocket(session, purpose, client(credentials, context)),
    network: async (session, credentials, context) => (await protocol()).network(session, client(credentials, context)),
    revoke: async (session, credentials, context) => (await protocol()).revoke(session, client(credentials, context)),
    enrolment: {
      generate: async (session, credentials, context) =>
        (await protocol()).generateTotp(session, client(credentials, context)),
      enable: async (secret, session, credentials, context) =>
        (await protocol()).enableTotp(secret, session, client(credentials, context)),
      disable: async (session, credentials, context) =>
        (await protocol()).disableTotp(session, client(credentials, context)),
    },
  };
}
