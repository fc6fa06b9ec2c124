import { type BrokerAnswer, type BrokerCall, callBroker, type Secret, type SessionGrant } from "@x/core/adapter";
import { authorize } from "./authorize.ts";
import { type KotakNeoAccess, type KotakNeoClient, originPolicy } from "./client.ts";
import { type KotakNeoApi, type KotakNeoCallName, type KotakNeoEndpoint, type LoginCall, names } from "./endpoints.ts";
import type { KotakNeoTokens } from "./tokens.ts";

/** What a call carries: the headers of a session, then it goes to the trading host, or its own, then to the login host. */
export interface KotakNeoCallParts extends Pick<BrokerCall, "headers" | "json"> {
  readonly session?: SessionGrant<KotakNeoTokens>;
}

/** Sends one call of the protocol. @throws BrokerAuthError as `callBroker` does */
export function callKotakNeo(
  name: KotakNeoCallName,
  { session, ...parts }: KotakNeoCallParts,
  client: KotakNeoClient,
): Promise<BrokerAnswer> {
  const { settings, credentials, context } = client;
  const endpoint = endpointOf(name, settings.api);
  const authorized = session === undefined ? { origin: credentials.baseUrl } : authorize(session, endpoint, client);
  return callBroker(
    { ...endpoint, ...parts, ...authorized },
    { ...names, policy: originPolicy(client), ...settings },
    context,
  );
}

/** By the current document and by the original one. */
const loginSteps: Readonly<Record<LoginCall, readonly [current: string, original: string]>> = {
  loginTotp: ["tradeApiLogin", "totp/login"],
  verifyPin: ["tradeApiValidate", "totp/validate"],
};

const login = "/login/1.0/";

export function endpointOf(name: KotakNeoCallName, api: KotakNeoApi): KotakNeoEndpoint {
  if (name === "loginTotp" || name === "verifyPin") {
    const [current, original] = loginSteps[name];
    const [step, place] = api === "totp-v6" ? [original, "login/v6/"] : [current, ""];
    return { step, method: "POST", path: login + place + step, carriesFactor: true };
  }
  const [path, step] =
    name === "clientIp"
      ? // The address that the broker sees (kotak-neo.md section 4, call 3). Without credentials it is refused, and its Date header tells the time.
        [login, "get-client-ip"]
      : // At the trading host: the cheapest call that is known to look at the session (kotak-neo.md section 7).
        ["/quick/user/", "positions"];
  return { step, method: "GET", path: path + step, carriesFactor: false };
}

/** The two headers of every login call. No `Bearer`, and not the SDK's client-id header, which repeats part of the access token (kotak-neo.md section 4). */
export function loginHeaders({ credentials, settings }: KotakNeoAccess): Readonly<Record<string, string | Secret>> {
  return { authorization: credentials.accessToken, "neo-fin-key": settings.neoFinKey };
}

/** The headers of get-client-ip (kotak-neo.md section 4, call 3), which is a call of the login host with a session. */
export function clientIpHeaders(
  { tokens }: SessionGrant<KotakNeoTokens>,
  { credentials }: KotakNeoAccess,
): Readonly<Record<string, Secret>> {
  return { authorization: credentials.accessToken, sid: tokens.sid, auth: tokens.token };
}
