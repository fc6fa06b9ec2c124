import { type BrokerAuthProvider, lateProtocol } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { AngelOneClient } from "./client.ts";
import { type AngelOneAccount, type AngelOneCredentials, fields, identify, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type AngelOneOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./expiry.ts";
import { type AngelOneTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type AngelOneProvider = BrokerAuthProvider<"angel-one", AngelOneAccount, AngelOneCredentials, AngelOneTokens>;

const load = () => import("./protocol.ts");

/**
 * Angel One's login protocol (SmartAPI) for `createBrokerAuth({ brokers: [angelOne()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function angelOne(options: AngelOneOptions = {}): AngelOneProvider {
  const settings = parseOptions(options);
  const late = lateProtocol<AngelOneClient, typeof import("./protocol.ts")>(load, "@x/angel-one", settings);
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

    begin: late("begin"),
    answer: late("answer"),
    renew: late("renew"),
    probe: late("probe"),
    serverTime: late("serverTime"),
    socket: (session, credentials, purpose, context) => late("openSocket")(session, purpose, credentials, context),
    revoke: late("revoke"),
  };
}
