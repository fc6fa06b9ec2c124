import { type BrokerAuthProvider, lateProtocol } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { ZerodhaClient } from "./client.ts";
import { type ZerodhaAccount, type ZerodhaCredentials, fields, identify, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type ZerodhaOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./expiry.ts";
import { type ZerodhaTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type ZerodhaProvider = BrokerAuthProvider<"zerodha", ZerodhaAccount, ZerodhaCredentials, ZerodhaTokens>;

const load = () => import("./protocol.ts");

/**
 * Zerodha's login protocol (Kite Connect 3) for `createBrokerAuth({ brokers: [zerodha()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function zerodha(options: ZerodhaOptions = {}): ZerodhaProvider {
  const settings = parseOptions(options);
  const late = lateProtocol<ZerodhaClient, typeof import("./protocol.ts")>(load, "@x/zerodha", settings);
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

    begin: late("begin"),
    answer: late("answer"),
    probe: late("probe"),
    socket: (session, credentials, purpose, context) => late("openSocket")(session, purpose, credentials, context),
    revoke: late("revoke"),
  };
}
