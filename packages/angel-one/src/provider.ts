import { type BrokerAuthProvider, loadPart, type ProviderContext } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { AngelOneClient } from "./client.ts";
import { type AngelOneAccount, type AngelOneCredentials, fields, identify, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type AngelOneOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./session.ts";
import { type AngelOneTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type AngelOneProvider = BrokerAuthProvider<"angel-one", AngelOneAccount, AngelOneCredentials, AngelOneTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
const load = () => import("./protocol.ts");
const protocol = () => loadPart(load, "@x/angel-one");

/**
 * Angel One's login protocol (SmartAPI) for `createBrokerAuth({ brokers: [angelOne()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function angelOne(options: AngelOneOptions = {}): AngelOneProvider {
  const settings = parseOptions(options);
  const client = (credentials: AngelOneCredentials, context: ProviderContext): AngelOneClient => ({
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
    revoke: async (session, credentials, context) => (await protocol()).revoke(session, client(credentials, context)),
  };
}
