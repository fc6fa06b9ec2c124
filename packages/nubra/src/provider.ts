import { type BrokerAuthProvider, missingPart } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { fields, identify, type NubraAccount, type NubraCredentials, parseCredentials } from "./credentials.ts";
import { type NubraOptions, parseOptions } from "./options.ts";
import { sessionLifetimeMs } from "./session.ts";
import { type NubraTokens, tokens } from "./tokens.ts";
import { isRead, classify } from "./verdict.ts";

export type NubraProvider = BrokerAuthProvider<"nubra", NubraAccount, NubraCredentials, NubraTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
async function protocol(): Promise<typeof import("./protocol.ts")> {
  try {
    return await import("./protocol.ts");
  } catch (cause) {
    throw missingPart(cause, "@x/nubra");
  }
}

/**
 * Nubra's login protocol for `createBrokerAuth({ brokers: [nubra()] })`. Holds no state and sends nothing by itself.
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function nubra(options: NubraOptions = {}): NubraProvider {
  const settings = parseOptions(options);
  return {
    broker: "nubra",
    specificationVersion: 1,
    traits: { verdictIn: "status" },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    latestExpiry: (now) => now + sessionLifetimeMs,
    authorize: (session, credentials) => authorize(session, credentials, settings),
    serves: (address, { baseUrl }) => URL.canParse(address) && new URL(address).origin === baseUrl,
    isRead,
    classify: (seen, _session, now) => classify(seen, now),

    begin: async (credentials, context) => (await protocol()).begin({ settings, credentials, context }),
    answer: async (pending, given, credentials, context) =>
      (await protocol()).answer(pending, given, { settings, credentials, context }),
    renew: async (renewal, credentials, context) =>
      (await protocol()).renew(renewal, { settings, credentials, context }),
    probe: async (session, credentials, context) =>
      (await protocol()).probe(session, { settings, credentials, context }),
    serverTime: async (credentials, context) => (await protocol()).serverTime({ settings, credentials, context }),
    socket: async (session, credentials, purpose, context) =>
      (await protocol()).openSocket(session, purpose, { settings, credentials, context }),
    network: async (session, credentials, context) =>
      (await protocol()).network(session, { settings, credentials, context }),
    revoke: async (session, credentials, context) =>
      (await protocol()).revoke(session, { settings, credentials, context }),
    enrolment: {
      generate: async (session, credentials, context) =>
        (await protocol()).generateTotp(session, { settings, credentials, context }),
      enable: async (secret, session, credentials, context) =>
        (await protocol()).enableTotp(secret, session, { settings, credentials, context }),
      disable: async (session, credentials, context) =>
        (await protocol()).disableTotp(session, { settings, credentials, context }),
    },
  };
}
