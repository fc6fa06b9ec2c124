import { type BrokerAuthProvider, loadPart, type ProviderContext } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { KotakNeoClient } from "./client.ts";
import { fields, identify, type KotakNeoAccount, type KotakNeoCredentials, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type KotakNeoOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./session.ts";
import { type KotakNeoTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type KotakNeoProvider = BrokerAuthProvider<"kotak-neo", KotakNeoAccount, KotakNeoCredentials, KotakNeoTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
const load = () => import("./protocol.ts");
const protocol = () => loadPart(load, "@x/kotak-neo");

/**
 * Kotak Neo's login protocol for `createBrokerAuth({ brokers: [kotakNeo()] })`. Holds no state and sends nothing by itself. It has neither
 * `renew` nor `revoke`: this broker knows no renewal and no remote logout (kotak-neo.md section 6).
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function kotakNeo(options: KotakNeoOptions = {}): KotakNeoProvider {
  const settings = parseOptions(options);
  const client = (credentials: KotakNeoCredentials, context: ProviderContext): KotakNeoClient => ({
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
    probe: async (session, credentials, context) => (await protocol()).probe(session, client(credentials, context)),
    serverTime: async (credentials, context) => (await protocol()).serverTime(client(credentials, context)),
    socket: async (session, credentials, purpose, context) =>
      (await protocol()).openSocket(session, purpose, client(credentials, context)),
    network: async (session, credentials, context) => (await protocol()).network(session, client(credentials, context)),
  };
}
