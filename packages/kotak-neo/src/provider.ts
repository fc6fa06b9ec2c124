import { type BrokerAuthProvider, missingPart, nextIndiaTime, trustedUrl } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { originPolicy } from "./call.ts";
import { fields, identify, type KotakNeoAccount, type KotakNeoCredentials, parseCredentials } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import { type KotakNeoOptions, parseOptions } from "./options.ts";
import { type KotakNeoTokens, tokens } from "./tokens.ts";
import { isRead, classify } from "./verdict.ts";

export type KotakNeoProvider = BrokerAuthProvider<"kotak-neo", KotakNeoAccount, KotakNeoCredentials, KotakNeoTokens>;

// Loaded at the first call, and the schema library with it: a program that adopts a stored session never pays for either.
async function protocol(): Promise<typeof import("./protocol.ts")> {
  try {
    return await import("./protocol.ts");
  } catch (cause) {
    throw missingPart(cause, "@x/kotak-neo");
  }
}

/**
 * Kotak Neo's login protocol for `createBrokerAuth({ brokers: [kotakNeo()] })`. Holds no state and sends nothing by itself. It has neither
 * `renew` nor `revoke`: this broker knows no renewal and no remote logout (kotak-neo.md section 6).
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function kotakNeo(options: KotakNeoOptions = {}): KotakNeoProvider {
  const settings = parseOptions(options);
  return {
    broker: brokerId,
    specificationVersion: 1,
    traits: { dailyCutoff: true, verdictIn: "body" },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    latestExpiry: (now) => nextIndiaTime(now),
    authorize: (session, credentials, request) => authorize(session, request, { settings, credentials }),
    serves: (address, credentials) => trustedUrl(address, originPolicy({ settings, credentials })) !== undefined,
    isRead,
    classify: (seen, _session, now) => classify(seen, now),

    begin: async (credentials, context) => (await protocol()).begin({ settings, credentials, context }),
    answer: async (pending, given, credentials, context) =>
      (await protocol()).answer(pending, given, { settings, credentials, context }),
    probe: async (session, credentials, context) =>
      (await protocol()).probe(session, { settings, credentials, context }),
    serverTime: async (credentials, context) => (await protocol()).serverTime({ settings, credentials, context }),
    socket: async (session, credentials, purpose) =>
      (await protocol()).openSocket(session, purpose, { settings, credentials }),
    network: async (session, credentials, context) =>
      (await protocol()).network(session, { settings, credentials, context }),
  };
}
