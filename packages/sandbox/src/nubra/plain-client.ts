import { createSandboxClock } from "../clock.ts";
import { type Json, type JsonObject, isJsonObject, parseJson } from "../json.ts";
import type { NubraSandboxOptions } from "./options.ts";
import { type NubraSandbox, startNubraSandbox } from "./sandbox.ts";

/** 2031-03-03 09:30:00 IST, the start of a time step: where the clock of `startStill` stands. */
export const STILL_AT: number = Date.parse("2031-03-03T09:30:00+05:30");
export const DEVICE = "TS123";
export const MAIN = { phone: "9000000001", email: "main@example.com", pin: "1357" } as const;
export const SMS = { phone: "9000000002", email: "sms@example.com", pin: "2468" } as const;

/** A sandbox whose clock moves only when it is told to. */
export function startStill(options: NubraSandboxOptions = {}): Promise<NubraSandbox> {
  return startNubraSandbox({ clock: createSandboxClock({ now: () => STILL_AT }), ...options });
}

/** What came back, unjudged. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined if the text is no JSON. */
  readonly json: Json | undefined;
  /** A text field of the JSON; empty if there is none. */
  field(name: string): string;
}

export interface PlainRequest {
  readonly headers?: Record<string, string>;
  /** An object goes out as JSON with its content type, a string as it is and without one. */
  readonly body?: JsonObject | string;
  readonly signal?: AbortSignal;
}

/** A client in plain fetch that sends what it is told, right or wrong, and follows nothing. */
export async function send(
  sandbox: { readonly url: string },
  method: string,
  path: string,
  request: PlainRequest = {},
): Promise<Answer> {
  const { body, signal } = request;
  const type: Record<string, string> = typeof body === "object" ? { "content-type": "application/json" } : {};
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { ...type, ...request.headers },
    body: typeof body === "object" ? JSON.stringify(body) : (body ?? null),
    redirect: "manual",
    signal: signal ?? null,
  });
  const text = await response.text();
  const json = parseJson(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    field(name) {
      const value = isJsonObject(json) ? json[name] : undefined;
      return typeof value === "string" ? value : "";
    },
  };
}

export function startOtp(sandbox: NubraSandbox, phone: string): Promise<Answer> {
  return send(sandbox, "POST", "/sendphoneotp", { body: { phone, skip_totp: false } });
}

export function forceSms(sandbox: NubraSandbox, phone: string, tempToken: string): Promise<Answer> {
  return send(sandbox, "POST", "/sendphoneotp", {
    headers: { "x-temp-token": tempToken },
    body: { phone, skip_totp: true },
  });
}

export function verifyOtp(sandbox: NubraSandbox, phone: string, tempToken: string, otp: string): Promise<Answer> {
  return send(sandbox, "POST", "/verifyphoneotp", {
    headers: { "x-temp-token": tempToken, "x-device-id": DEVICE },
    body: { phone, otp },
  });
}

export function totpLogin(sandbox: NubraSandbox, code: string): Promise<Answer> {
  return send(sandbox, "POST", "/totp/login", {
    headers: { "x-device-id": DEVICE },
    body: { phone: MAIN.phone, totp: Number(code) },
  });
}

export function verifyPin(
  sandbox: NubraSandbox,
  authToken: string,
  pin: string,
  device: string = DEVICE,
): Promise<Answer> {
  return send(sandbox, "POST", "/verifypin", {
    headers: { authorization: `Bearer ${authToken}`, "x-device-id": device },
    body: { pin },
  });
}

export function withSession(token: string, device: string = DEVICE): Record<string, string> {
  return { authorization: `Bearer ${token}`, "x-device-id": device };
}

export function get(sandbox: NubraSandbox, path: string, token: string): Promise<Answer> {
  return send(sandbox, "GET", path, { headers: withSession(token) });
}

/** The last code texted to the account; empty if none was. */
export function lastCode(sandbox: NubraSandbox, account: string): string {
  return sandbox.inbox(account).at(-1)?.code ?? "";
}

/** A whole login of `main` by TOTP, after moving the clock on to a fresh time step. */
export async function login(sandbox: NubraSandbox): Promise<{ readonly authToken: string; readonly session: string }> {
  sandbox.clock.advance(30_000);
  const authToken = (await totpLogin(sandbox, sandbox.totpCode("main") ?? "")).field("auth_token");
  const session = (await verifyPin(sandbox, authToken, MAIN.pin)).field("session_token");
  return { authToken, session };
}

/** The first half of a login of `sms`: a code is out. */
export async function openSms(sandbox: NubraSandbox): Promise<{ readonly tempToken: string; readonly code: string }> {
  const tempToken = (await startOtp(sandbox, SMS.phone)).field("temp_token");
  return { tempToken, code: lastCode(sandbox, "sms") };
}

/** The current shape of an error. */
export function errorOf(text: string): Json {
  return { error: text, nubra_error_code: "" };
}

export const INVALID_INPUT: Json = errorOf("Enter valid inputs to proceed.");
