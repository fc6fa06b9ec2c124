import { type BrokerAuthProvider, nextIndiaTime } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { fields, identify, type KotakNeoAccount, type KotakNeoCredentials, parseCredentials } from "./credentials.ts";
import { brokerId } from "./endpoints.ts";
import { answer, begin } from "./login.ts";
import { network } from "./network.ts";
import { type KotakNeoOptions, parseOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { serverTime } from "./server-time.ts";
import { openSocket } from "./socket.ts";
import { type KotakNeoTokens, tokens } from "./tokens.ts";
import { isRead, judge } from "./verdict.ts";

export type KotakNeoProvider = BrokerAuthProvider<"kotak-neo", KotakNeoAccount, KotakNeoCredentials, KotakNeoTokens>;

/**
 * Kotak Neo's login protocol for `createBrokerAuth({ brokers: [kotakNeo()] })`. Holds no state and sends nothing by itself. It has neither
 * `renew` nor `revoke`: this broker knows no renewal and no remote logout (kotak-neo.md section 6).
 * @throws BrokerAuthError `configuration` for an unknown or malformed option
 */
export function kotakNeo(options: KotakNeoOptions = {}): KotakNeoProvider {
  const settings = parseOptions(options);
  return {
    broker: brokerId,
    traits: {
      // Several sessions may live at once, but whether a login from the same address ends the older one is unknown (kotak-neo.md section 6).
      sessions: "exclusive",
      dailyCutoff: { hour: 0, minute: 0, zone: "Asia/Kolkata" },
      verdictIn: "body",
      boundTo: "ip",
    },
    fields,
    tokens,
    parseCredentials: (input) => parseCredentials(input, settings),
    identify,
    reach: (now) => nextIndiaTime(now),
    begin: (credentials, io) => begin({ settings, credentials, io }),
    answer: (pending, given, credentials, io) => answer(pending, given, { settings, credentials, io }),
    authorize: (session, credentials, request) => authorize(session, request, { settings, credentials }),
    isRead,
    judge: (seen, _session, now) => judge(seen, now),
    probe: (session, credentials, io) => probe(session, { settings, credentials, io }),
    serverTime: (credentials, io) => serverTime({ settings, credentials, io }),
    socket: async (session, credentials, purpose) => openSocket(session, purpose, { settings, credentials }),
    network: (session, credentials, io) => network(session, { settings, credentials, io }),
  };
}
