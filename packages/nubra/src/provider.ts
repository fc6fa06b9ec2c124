import { type BrokerAuthProvider, lateProtocol } from "@x/core/adapter";
import { authorize, serves } from "./authorize.ts";
import type { NubraClient } from "./client.ts";
import { fields, identify, type NubraAccount, type NubraCredentials, parseCredentials } from "./credentials.ts";
import { names } from "./endpoints.ts";
import { type NubraOptions, parseOptions } from "./options.ts";
import { latestExpiry } from "./expiry.ts";
import { type NubraTokens, tokens } from "./tokens.ts";
import { classify, isOrder, isRead } from "./verdict.ts";

export type NubraProvider = BrokerAuthProvider<"nubra", NubraAccount, NubraCredentials, NubraTokens>;

const load = () => import("./protocol.ts");

/**
 * Nubra's login protocol for `createBrokerAuth({ brokers: [nubra()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function nubra(options: NubraOptions = {}): NubraProvider {
  const settings = parseOptions(options);
  const late = lateProtocol<NubraClient, typeof import("./protocol.ts")>(load, "@x/nubra", settings);
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

    begin: late("begin"),
    answer: late("answer"),
    renew: late("renew"),
    probe: late("probe"),
    serverTime: late("serverTime"),
    socket: (session, credentials, purpose, context) => late("openSocket")(session, purpose, credentials, context),
    network: late("network"),
    revoke: late("revoke"),
    enrolment: {
      generate: late("generateTotp"),
      enable: late("enableTotp"),
      disable: late("disableTotp"),
    },
  };
}
