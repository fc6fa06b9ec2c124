import { type BrokerAuthProvider, loadPart, type ProviderContext } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { ZerodhaClient } from "./client.ts";
import { type ZerodhaAccount, type ZerodhaCredentials, fields, identify, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type ZerodhaOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./session.ts";
import { type ZerodhaTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type ZerodhaProvider = BrokerAuthProvider<"zerodha", ZerodhaAccount, ZerodhaCredentials, ZerodhaTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
const load = () => import("./protocol.ts");
const protocol = () => loadPart(load, "@x/zerodha");

/**
 * Zerodha's login protocol (Kite Connect 3) for `createBrokerAuth({ brokers: [zerodha()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function zerodha(options: ZerodhaOptions = {}): ZerodhaProvider {
  const settings = parseOptions(options);
  const client = (credentials: ZerodhaCredentials, context: ProviderContext): ZerodhaClient => ({
    settings,
    credentials,
    context,
  });
  return {
    broker: names.broker,
    specificationVersion: 1,
    traits: { dailyCutoff: true, verdictIn: "status" },
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
    socket: async (session, credentials, purpose, context) =>
      (await protocol()).openSocket(session, purpose, client(credentials, context)),
    revoke: async (session, credentials, context) => (await protocol()).revoke(session, client(credentials, context)),
  };
}
