import { type SandboxClock, createSandboxClock } from "../clock.ts";
import { type JsonObject, isJsonObject, parseJson } from "../json.ts";
import { type AngelOneSandboxAccount, demoAngelOneAccounts } from "./account.ts";
import type { AngelOneSandbox } from "./sandbox.ts";

// A client of the wire, for the tests: plain `fetch`, no adapter. It sends what it is told to, right or wrong.

/** Stands still at 2031-03-03 09:30:00 IST until it is moved. */
export function stoppedClock(): SandboxClock {
  return createSandboxClock({ now: () => 0, startAt: Date.UTC(2031, 2, 3, 4, 0) });
}

export const main: AngelOneSandboxAccount = accountAt(0);
export const spare: AngelOneSandboxAccount = accountAt(1);

function accountAt(index: number): AngelOneSandboxAccount {
  const found = demoAngelOneAccounts[index];
  if (found === undefined) throw new Error("The demo accounts are gone");
  return found;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The parsed body, or an empty object. */
  readonly body: JsonObject;
  /** Its `data`, or an empty object. */
  readonly data: JsonObject;
}

export const paths = {
  login: "/rest/auth/angelbroking/user/v1/loginByPassword",
  renew: "/rest/auth/angelbroking/jwt/v1/generateTokens",
  profile: "/rest/secure/angelbroking/user/v1/getProfile",
  logout: "/rest/secure/angelbroking/user/v1/logout",
  orders: "/rest/secure/angelbroking/order/v1/getOrderBook",
  place: "/rest/secure/angelbroking/order/v1/placeOrder",
} as const;

/** The documented headers of every call. */
export function headersOf(jwt?: string, account: AngelOneSandboxAccount = main): Record<string, string> {
  return {
    Accept: "application/json",
    "X-PrivateKey": account.apiKey,
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-MACAddress": "00:00:5e:00:53:01",
    "X-ClientLocalIP": "192.0.2.1",
    "X-ClientPublicIP": "203.0.113.10",
    ...(jwt === undefined ? {} : { Authorization: `Bearer ${jwt}` }),
  };
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const raw = await response.text();
  const json = parseJson(raw);
  const body = isJsonObject(json) ? json : {};
  const data = isJsonObject(body["data"]) ? body["data"] : {};
  return { status: response.status, text: raw, body, data };
}

export function post(
  sandbox: AngelOneSandbox,
  path: string,
  body: JsonObject,
  headers: Record<string, string>,
): Promise<Answer> {
  const json = { "Content-Type": "application/json", ...headers };
  return call(`${sandbox.url}${path}`, { method: "POST", headers: json, body: JSON.stringify(body) });
}

export function get(sandbox: AngelOneSandbox, path: string, jwt: string): Promise<Answer> {
  return call(`${sandbox.url}${path}`, { headers: headersOf(jwt) });
}

/** Call 1, with a code of a time step that was not used yet: the clock moves on by one step. */
export function sendLogin(
  sandbox: AngelOneSandbox,
  changes: JsonObject = {},
  account: AngelOneSandboxAccount = main,
): Promise<Answer> {
  sandbox.clock.advance(30_000);
  const totp = sandbox.totpCode(account.name);
  const body = { clientcode: account.clientCode, password: account.pin, totp, ...changes };
  return post(sandbox, paths.login, body, headersOf(undefined, account));
}

export interface Tokens {
  readonly jwt: string;
  readonly refreshToken: string;
  readonly feedToken: string;
}

export async function logIn(sandbox: AngelOneSandbox, account: AngelOneSandboxAccount = main): Promise<Tokens> {
  const { data } = await sendLogin(sandbox, {}, account);
  return { jwt: text(data["jwtToken"]), refreshToken: text(data["refreshToken"]), feedToken: text(data["feedToken"]) };
}

export function renew(sandbox: AngelOneSandbox, { jwt, refreshToken }: Tokens): Promise<Answer> {
  return post(sandbox, paths.renew, { refreshToken }, headersOf(jwt));
}

export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`Expected a text, found ${typeof value}`);
}
