import { type BrokerAuthProvider, missingPart } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { fields, identify, type NubraAccount, type NubraCredentials, parseCredentials } from "./credentials.ts";
import { type NubraOptions, parseOptions } from "./options.ts";
import { sessionLifetimeMs } from "./session.ts";
import { type NubraTokens, tokens } from "./tokens.ts";
import { isRead, judge } from "./verdict.ts";

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
    // "Each new login invalidates previous tokens" (nubra.md section 6). Its verdicts are in the status: bodies are never looked at.
    traits: { sessions: "exclusive", verdictIn: "status" },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    reach: (now) => now + sessionLifetimeMs,
    authorize: (session, credentials) => authorize(session, credentials, settings),
    serves: (address, { baseUrl }) => URL.canParse(address) && new URL(address).origin === baseUrl,
    isRead,
    judge: (seen, _session, now) => judge(seen, now),

    begin: async (credentials, io) => (await protocol()).begin({ settings, credentials, io }),
    answer: async (pending, given, credentials, io) =>
      (await protocol()).answer(pending, given, { settings, credentials, io }),
    renew: async (renewal, credentials, io) => (await protocol()).renew(renewal, { settings, credentials, io }),
    probe: async (session, credentials, io) => (await protocol()).probe(session, { settings, credentials, io }),
    serverTime: async (credentials, io) => (await protocol()).serverTime({ settings, credentials, io }),
    socket: async (session, credentials, purpose, io) =>
      (await protocol()).openSocket(session, purpose, { settings, credentials, io }),
    network: async (session, credentials, io) => (await protocol()).network(session, { settings, credentials, io }),
    revoke: async (session, credentials, io) => (await protocol()).revoke(session, { settings, credentials, io }),
    enrolment: {
      generate: async (session, credentials, io) =>
        (await protocol()).generateTotp(session, { settings, credentials, io }),
      enable: async (secret, session, credentials, io) =>
        (await protocol()).enableTotp(secret, session, { settings, credentials, io }),
      disable: async (session, credentials, io) =>
        (await protocol()).disableTotp(session, { settings, credentials, io }),
    },
  };
}
