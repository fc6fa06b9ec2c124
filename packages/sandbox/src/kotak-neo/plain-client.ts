import type { SandboxClock } from "../clock.ts";
import { createSandboxClock } from "../clock.ts";
import { type JsonObject, isJsonObject, parseJson } from "../json.ts";
import { demoKotakNeoAccounts, type KotakNeoSandboxAccount } from "./account.ts";
import type { KotakNeoSandbox } from "./sandbox.ts";

// A client of the wire, for the tests: plain `fetch`, no adapter. It sends what it is told to, right or wrong.

/** 2031-03-02 10:00:00 IST. */
export const MORNING: number = Date.UTC(2031, 2, 2, 4, 30);

/** Stands still until it is moved. */
export function stoppedClock(at: number = MORNING): SandboxClock {
  return createSandboxClock({ now: () => 0, startAt: at });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined if it is no JSON. */
  readonly body: unknown;
  /** Its `data`, or an empty object. */
  readonly data: JsonObject;
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const raw = await response.text();
  const body = parseJson(raw);
  const data = isJsonObject(body) && isJsonObject(body["data"]) ? body["data"] : {};
  return { status: response.status, headers: response.headers, text: raw, body, data };
}

export const hedge: KotakNeoSandboxAccount = accountAt(0);
export const spare: KotakNeoSandboxAccount = accountAt(1);

function accountAt(index: number): KotakNeoSandboxAccount {
  const found = demoKotakNeoAccounts[index];
  if (found === undefined) throw new Error("The demo accounts are gone");
  return found;
}

export interface Sent {
  readonly path?: string;
  /** A header that is undefined is left out. */
  readonly headers?: Record<string, string | undefined>;
  /** A field that is undefined is left out. */
  readonly body?: Record<string, unknown>;
  /** Sent as it is, instead of the fields. */
  readonly raw?: string;
  readonly account?: KotakNeoSandboxAccount;
}

/** A code of a time step that was not used yet: the clock moves on by one step. */
export function freshTotp(sandbox: KotakNeoSandbox, account: KotakNeoSandboxAccount = hedge): string {
  sandbox.clock.advance(30_000);
  return sandbox.totpCode(account.name);
}

/** Call 1. */
export function sendLogin(sandbox: KotakNeoSandbox, sent: Sent = {}): Promise<Answer> {
  const account = sent.account ?? hedge;
  const fields = { mobileNumber: account.mobileNumber, ucc: account.ucc, ...sent.body };
  const body = "totp" in fields ? fields : { ...fields, totp: freshTotp(sandbox, account) };
  return post(
    `${sandbox.loginUrl}${sent.path ?? "/login/1.0/tradeApiLogin"}`,
    loginHeaders(account, sent),
    sent.raw ?? JSON.stringify(body),
  );
}

/** Call 2, with the pair of call 1. */
export function sendValidate(sandbox: KotakNeoSandbox, view: JsonObject, sent: Sent = {}): Promise<Answer> {
  const account = sent.account ?? hedge;
  const { sid, token } = view;
  const pair = { sid: text(sid), auth: text(token) };
  const headers = loginHeaders(account, { ...sent, headers: { ...pair, ...sent.headers } });
  const body = sent.raw ?? JSON.stringify({ mpin: account.mpin, ...sent.body });
  return post(`${sandbox.loginUrl}${sent.path ?? "/login/1.0/tradeApiValidate"}`, headers, body);
}

/** Both calls. */
export async function logIn(sandbox: KotakNeoSandbox, account: KotakNeoSandboxAccount = hedge): Promise<JsonObject> {
  const view = await sendLogin(sandbox, { account });
  const trade = await sendValidate(sandbox, view.data, { account });
  return trade.data;
}

/** The documented headers of a trading call. */
export function tradeHeaders(session: JsonObject, more: Record<string, string | undefined> = {}): Headers {
  return headersOf({ auth: text(session["token"]), sid: text(session["sid"]), "neo-fin-key": "neotradeapi", ...more });
}

export function get(sandbox: KotakNeoSandbox, path: string, headers: Headers): Promise<Answer> {
  return call(`${sandbox.tradingUrl}${path}`, { headers });
}

/** A trading call with its question in `jData`. */
export function sendForm(sandbox: KotakNeoSandbox, path: string, headers: Headers, jData: JsonObject): Promise<Answer> {
  return call(`${sandbox.tradingUrl}${path}`, {
    method: "POST",
    headers,
    body: new URLSearchParams({ jData: JSON.stringify(jData) }),
  });
}

export function placeOrder(sandbox: KotakNeoSandbox, session: JsonObject): Promise<Answer> {
  const order = { es: "nse_cm", pc: "CNC", pr: "1.00", pt: "L", qt: "1", rt: "DAY", ts: "INVENTED-EQ", tt: "B" };
  return sendForm(sandbox, "/quick/order/rule/ms/place", tradeHeaders(session), order);
}

function post(url: string, headers: Headers, body: string): Promise<Answer> {
  return call(url, { method: "POST", headers, body });
}

function loginHeaders(account: KotakNeoSandboxAccount, sent: Sent): Headers {
  const usual = {
    authorization: account.accessToken,
    "neo-fin-key": "neotradeapi",
    "content-type": "application/json",
  };
  return headersOf({ ...usual, ...sent.headers });
}

export function headersOf(values: Record<string, string | undefined>): Headers {
  return new Headers(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`Expected a text, found ${typeof value}`);
}
