import { type BrokerAuthProvider, lateProtocol } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { KotakNeoClient } from "./client.ts";
import { fields, identify, type KotakNeoAccount, type KotakNeoCredentials, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type KotakNeoOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./expiry.ts";
import { type KotakNeoTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type KotakNeoProvider = BrokerAuthProvider<"kotak-neo", KotakNeoAccount, KotakNeoCredentials, KotakNeoTokens>;

const load = () => import("./protocol.ts");

/**
 * Kotak Neo's login protocol for `createBrokerAuth({ brokers: [kotakNeo()] })`. Holds no state and sends nothing by itself. It has neither
 * `renew` nor `revoke`: this broker knows no renewal and no remote logout (kotak-neo.md section 6).
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function kotakNeo(options: KotakNeoOptions = {}): KotakNeoProvider {
  const settings = parseOptions(options);
  const late = lateProtocol<KotakNeoClient, typeof import("./protocol.ts")>(load, "@x/kotak-neo", settings);
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
    probe: late("probe"),
    serverTime: late("serverTime"),
    socket: (session, credentials, purpose, context) => late("openSocket")(session, purpose, credentials, context),
    network: late("network"),
  };
}
