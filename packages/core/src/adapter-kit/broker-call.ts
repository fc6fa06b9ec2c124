import { answerAge, httpDate } from "./answer-date.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import type { Json } from "../contract/json.ts";
import type { PlainRequest, sendByKy } from "./ky-request.ts";
import { missingPart } from "../errors/missing-part.ts";
import { type OneShotBody, oneShotBody } from "./one-shot-body.ts";
import { isLoopback, type OriginPolicy, trustedUrl } from "./origin-policy.ts";
import { isReadableAnswer, noteReadable, unreadableAction } from "./readable-answer.ts";
import { isSecret, type Secret } from "../contract/secret.ts";
import { isSendableHeader } from "./sendable-header.ts";
import { withinSignal } from "./signal-limit.ts";
import { requireCheckedTls } from "./unchecked-tls.ts";
import { markUnsent, unsentFailure } from "./unsent-failure.ts";

/** What holds for every call of one adapter. */
export interface BrokerCallOptions {
  readonly broker: string;
  readonly policy: OriginPolicy;
  /**
   * How long one call may take, in milliseconds. From 1 up; default 10 000. Covers connecting, headers and body together.
   * A call cut off after it left counts as an attempt if it carried a factor: the broker may have acted on it.
   */
  readonly timeoutMs?: number | undefined;
  /** The largest answer that is read, in bytes after decompression. From 1 up; default 262 144. */
  readonly maxBodyBytes?: number | undefined;
}

/** One request of a login protocol. Secrets stay wrapped; they are opened on the line that sends them. */
export interface BrokerCall {
  /** The protocol step, for errors. */
  readonly step: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly json?: Readonly<Record<string, Json | Secret>>;
  /** Sent as a form (`application/x-www-form-urlencoded`). */
  readonly form?: Readonly<Record<string, string | Secret>>;
  /** Whether it has an effect that must not happen twice: then silence is `outcome_unknown`, not `broker_unavailable`. */
  readonly carriesFactor?: boolean;
}

interface CallFacts {
  readonly broker: string;
  readonly step: string;
}

/** An answer within the caps. Any status but a redirect. */
export interface BrokerAnswer {
  readonly status: number;
  /** 2xx. */
  readonly ok: boolean;
  header(name: string): string | undefined;
  /** The parsed body if it is a JSON object or array, else undefined. */
  readonly json: unknown;
  /** What the body is: a JSON object or array, nothing, or something else such as HTML. */
  readonly body: "json" | "empty" | "other";
}

/**
 * Sends one request and reads the answer within the caps of time and size. No retry, no redirect, and no address outside the policy.
 * @throws BrokerAuthError `broker_unavailable`, `outcome_unknown`, `protocol_error` or `aborted`; `configuration` for an option out of range, and
 * while this process checks no certificates; never the HTTP library's own error
 */
export async function callBroker(
  call: BrokerCall,
  options: BrokerCallOptions,
  context: ProviderContext,
): Promise<BrokerAnswer> {
  const facts = { broker: options.broker, step: call.step };
  const { timeoutMs = 10_000, maxBodyBytes = 262_144 } = options;
  checkLimit("timeoutMs", "milliseconds", timeoutMs, facts);
  checkLimit("maxBodyBytes", "bytes", maxBodyBytes, facts);
  const trusted = trustedUrl(call.url, options.policy);
  if (trusted === undefined) {
    throw new BrokerAuthError(
      "protocol_error",
      `${call.step}: the address is not one of the broker's; nothing was sent`,
      facts,
    );
  }
  if (!isLoopback(trusted.hostname)) requireCheckedTls(facts);
  const plain = plainRequest(call, facts);
  const send = await transport(facts);
  if (context.signal?.aborted)
    throw markUnsent(new BrokerAuthError("aborted", `${call.step}: ended before it was sent`, facts));
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  let body: OneShotBody | undefined;
  const once: typeof fetch = (address, init = {}) => {
    body = oneShotBody(init, context.fetch);
    return context.fetch(address, body.init);
  };
  try {
    const answered = send(call.carriesFactor ? once : context.fetch, { ...plain, signal }, facts).then((response) => {
      if (!isReadableAnswer(response)) throw unreadable(call, facts);
      noteReadable(context.fetch);
      return readAnswer(response, facts, maxBodyBytes);
    });
    return await withinSignal(signal, answered);
  } catch (error) {
    if (isBrokerAuthError(error)) throw error;
    throw noAnswer(error, call, options, context, body);
  }
}

// Loaded at the first request: a program that only adopts a stored session never pays for it.
let loading: Promise<typeof sendByKy> | undefined;

async function transport(facts: CallFacts): Promise<typeof sendByKy> {
  loading ??= import("./ky-request.ts").then(({ sendByKy: send }) => send);
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    const { message, action } = missingPart(cause);
    // A code that is free: a factor of this call was written down as spent, and it stays here.
    throw new BrokerAuthError("broker_unavailable", `${message}; nothing was sent`, { ...facts, cause, action });
  }
}

function plainRequest(call: BrokerCall, facts: CallFacts): Omit<PlainRequest, "signal"> {
  const { url, method, json, form } = call;
  const headers = sendable(call.headers ?? {}, facts);
  if (form !== undefined) return { url, method, headers, body: new URLSearchParams(opened(form)) };
  if (json === undefined) return { url, method, headers, body: undefined };
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const type = typed ? {} : { "content-type": "application/json" };
  return { url, method, headers: { ...type, ...headers }, body: JSON.stringify(opened(json)) };
}

/**
 * The broker's clock by an answer, in epoch milliseconds and precise to the second: its Date, with its Age added. Undefined where it has none, or
 * where a cache kept it and nobody can tell for how long.
 */
export function answerDate(answer: BrokerAnswer): number | undefined {
  const age = answerAge((name) => answer.header(name));
  return age === undefined ? undefined : age.datedAt + age.ageMs;
}

/** The Retry-After header in milliseconds, at most one hour; undefined where there is none. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const date = httpDate(value);
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : date === undefined ? Number.NaN : date - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : undefined;
}

async function readAnswer(response: Response, call: CallFacts, maxBodyBytes: number): Promise<BrokerAnswer> {
  const { status, headers } = response;
  const facts = { ...call, status };
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw new BrokerAuthError(
      "protocol_error",
      `${call.step}: the broker answered with a redirect, which is never followed`,
      facts,
    );
  }
  const text = await readText(response, maxBodyBytes);
  if (text === undefined) {
    throw new BrokerAuthError(
      "protocol_error",
      `${call.step}: the answer is larger than any answer of this step`,
      facts,
    );
  }
  const json = parseJson(text);
  const body = json === undefined ? (text.trim() === "" ? "empty" : "other") : "json";
  return { status, ok: response.ok, header: (name) => headers.get(name) ?? undefined, json, body };
}

// Counted after decompression, chunk by chunk: a compressed bomb is dropped at the cap, not after it was unpacked.
async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function opened<Value>(fields: Readonly<Record<string, Value | Secret>>): Record<string, Exclude<Value, Secret>> {
  const plain: Record<string, Exclude<Value, Secret>> = {};
  for (const [name, value] of Object.entries(fields)) {
    plain[name] = (isSecret(value) ? value.reveal() : value) as Exclude<Value, Secret>;
  }
  return plain;
}

/** Opens the headers and makes sure that all of them can leave. */
function sendable(headers: NonNullable<BrokerCall["headers"]>, facts: CallFacts): Record<string, string> {
  const plain = opened(headers);
  const stuck = Object.entries(plain).find(([name, value]) => !isSendableHeader(name, value));
  if (stuck === undefined) return plain;
  // A code that is free: the factor of this call was written down as spent, and it stays here.
  const message = `${facts.step}: the header ${stuck[0]} has a character that no header can carry; nothing was sent`;
  const action = `Correct what goes into the header ${stuck[0]}, such as a token that was copied from a shortened display.`;
  throw new BrokerAuthError("broker_unavailable", message, { ...facts, action });
}

// Timers take no longer span, and no platform a longer text.
const largestLimit = 2 ** 31 - 1;

function checkLimit(name: "timeoutMs" | "maxBodyBytes", unit: string, value: number, facts: CallFacts): void {
  if (Number.isInteger(value) && value >= 1 && value <= largestLimit) return;
  const message = `${name}: must be a whole number of ${unit} from 1 to ${largestLimit}; nothing was sent`;
  throw new BrokerAuthError("configuration", message, { ...facts, field: name });
}

// A factor that left may have been accepted, whatever became of its answer.
function unreadable({ step, carriesFactor }: BrokerCall, facts: CallFacts): BrokerAuthError {
  const code = carriesFactor ? "outcome_unknown" : "configuration";
  const message = `${step}: the answer of the given fetch cannot be read: it is no web Response`;
  return new BrokerAuthError(code, message, { ...facts, field: "fetch", action: unreadableAction });
}

function noAnswer(
  error: unknown,
  call: BrokerCall,
  options: BrokerCallOptions,
  context: ProviderContext,
  body: OneShotBody | undefined,
): BrokerAuthError {
  const details = { broker: options.broker, step: call.step, cause: error };
  const unsent = unsentFailure(error, body);
  if (context.signal?.aborted) {
    const message = `${call.step}: ended by its signal ${unsent === undefined ? "before the broker answered" : "before it was sent"}`;
    const ended = new BrokerAuthError("aborted", message, details);
    return unsent === undefined ? ended : markUnsent(ended);
  }
  if (unsent !== undefined)
    return new BrokerAuthError("broker_unavailable", `${call.step}: ${unsent.message}`, {
      ...details,
      action: unsent.action,
    });
  if (call.carriesFactor) {
    return new BrokerAuthError(
      "outcome_unknown",
      `${call.step}: it was sent and no answer came; a factor in it counts as an attempt`,
      {
        ...details,
      },
    );
  }
  return new BrokerAuthError("broker_unavailable", `${call.step}: no answer came in time`, details);
}
