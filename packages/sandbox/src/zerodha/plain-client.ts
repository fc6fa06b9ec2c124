import { createHash } from "node:crypto";
import { type SandboxClock, createSandboxClock } from "../clock.ts";
import { type JsonObject, isJsonObject, parseJson } from "../json.ts";
import { type ZerodhaSandboxAccount, demoZerodhaAccounts } from "./account.ts";
import type { ZerodhaSandbox } from "./sandbox.ts";

// A client of the wire, for the tests: plain `fetch`, no adapter. It sends what it is told to, right or wrong.

/** 2031-03-03 09:30:00 IST. */
const MORNING = Date.UTC(2031, 2, 3, 4, 0);

/** Stands still until it is moved. */
export function stoppedClock(at: number = MORNING): SandboxClock {
  return createSandboxClock({ now: () => 0, startAt: at });
}

export const main: ZerodhaSandboxAccount = accountAt(0);
export const spare: ZerodhaSandboxAccount = accountAt(1);

function accountAt(index: number): ZerodhaSandboxAccount {
  const found = demoZerodhaAccounts[index];
  if (found === undefined) throw new Error("The demo accounts are gone");
  return found;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, or an empty object. */
  readonly body: JsonObject;
  /** Its `data`, or an empty object. */
  readonly data: JsonObject;
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const raw = await response.text();
  const json = parseJson(raw);
  const body = isJsonObject(json) ? json : {};
  const data = isJsonObject(body["data"]) ? body["data"] : {};
  return { status: response.status, headers: response.headers, text: raw, body, data };
}

/** The address of the login page, as a client makes it. */
export function pageOf(sandbox: ZerodhaSandbox, words: Record<string, string> = {}): string {
  const query = new URLSearchParams({ v: "3", api_key: main.apiKey, ...words });
  return `${sandbox.url}/connect/login?${query.toString()}`;
}

/** A request token of this customer. */
export function requestTokenOf(sandbox: ZerodhaSandbox, account: ZerodhaSandboxAccount = main): string {
  return new URL(sandbox.logInAtPage(pageOf(sandbox), account.name)).searchParams.get("request_token") ?? "";
}

function checksumOf(requestToken: string, { apiKey, apiSecret }: ZerodhaSandboxAccount = main): string {
  return createHash("sha256").update(`${apiKey}${requestToken}${apiSecret}`).digest("hex");
}

/** Call 2. A field that is undefined is left out. */
export function sendRequestToken(
  sandbox: ZerodhaSandbox,
  requestToken: string,
  changes: Record<string, string | undefined> = {},
): Promise<Answer> {
  const fields = { api_key: main.apiKey, request_token: requestToken, checksum: checksumOf(requestToken), ...changes };
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return call(`${sandbox.url}/session/token`, {
    method: "POST",
    headers: { "X-Kite-Version": "3" },
    body: new URLSearchParams(given),
  });
}

/** Page and call 2: the access token. */
export async function logIn(sandbox: ZerodhaSandbox, account: ZerodhaSandboxAccount = main): Promise<string> {
  const { data } = await sendRequestToken(sandbox, requestTokenOf(sandbox, account));
  return text(data["access_token"]);
}

export function headersOf(accessToken: string, more: Record<string, string> = {}): Record<string, string> {
  return { "X-Kite-Version": "3", Authorization: `token ${main.apiKey}:${accessToken}`, ...more };
}

export function get(sandbox: ZerodhaSandbox, path: string, accessToken: string): Promise<Answer> {
  return call(`${sandbox.url}${path}`, { headers: headersOf(accessToken) });
}

export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`Expected a text, found ${typeof value}`);
}
