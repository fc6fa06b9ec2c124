import type { CallLimits } from "./adapter-options.ts";
import { answerAge, httpDate } from "./answer-date.ts";
import { BrokerAuthError, type BrokerAuthErrorDetails, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import { isProgramError, programErrorAction, programErrorMessage } from "./program-error.ts";
import type { ProviderContext } from "../contract/provider-context.ts";
import type { Json } from "../contract/json.ts";
import type { PlainRequest, sendByKy } from "./ky-request.ts";
import { loadPart } from "../errors/missing-part.ts";
import { type OneShotBody, oneShotBody } from "./one-shot-body.ts";
import { isLoopback, type OriginPolicy, trustedUrl } from "./origin-policy.ts";
import { isReadableAnswer, noteReadable, unreadableAction, unreadableMessage } from "./readable-answer.ts";
import { isSecret, type Secret } from "../contract/secret.ts";
import { isSendableHeader } from "./sendable-header.ts";
import { withinSignal } from "./signal-limit.ts";
import { requireCheckedTls } from "./unchecked-tls.ts";
import { markUnsent, unsentFailure } from "./unsent-failure.ts";

/** What holds for every call of one adapter. Its limits are those of `readOptions`, which has checked them. */
export interface BrokerCallOptions extends CallLimits {
  readonly broker: string;
  /** The broker as messages name it, such as "Kotak Neo". */
  readonly title: string;
  readonly policy: OriginPolicy;
}

/** One request of a login protocol. Secrets stay wrapped; they are opened on the line that sends them. */
export interface BrokerCall {
  /** The protocol step, for errors. */
  readonly step: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  /** Words of the query, where the broker wants a token there. */
  readonly query?: Readonly<Record<string, string | Secret>>;
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly json?: Readonly<Record<string, Json | Secret>>;
  /** Sent as a form (`application/x-www-form-urlencoded`). */
  readonly form?: Readonly<Record<string, string | Secret>>;
  /** Whether it has an effect that must not happen twice: then silence is `outcome_unknown`, not `broker_unavailable`. */
  readonly carriesFactor?: boolean;
}

type CallFacts = Pick<BrokerAnswer, "broker" | "step">;

/** An answer within the caps, to the call that it names. Any status but a redirect. */
export interface BrokerAnswer {
  readonly broker: string;
  readonly title: string;
  readonly step: string;
  /** Of the call, without its query. */
  readonly path: string;
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
 * @throws BrokerAuthError `broker_unavailable`, `outcome_unknown`, `protocol_error` or `aborted`; `configuration` while this process checks no
 * certificates; never the HTTP library's own error
 */
export async function callBroker(
  call: BrokerCall,
  options: BrokerCallOptions,
  context: ProviderContext,
): Promise<BrokerAnswer> {
  const facts = { broker: options.broker, step: call.step };
  const { title, policy, timeoutMs = 10_000, maxBodyBytes = 262_144 } = options;
  const url = `${call.origin}${call.path}`;
  const trusted = trustedUrl(url, policy);
  if (trusted === undefined)
    throw failed("protocol_error", "the address is not one of the broker's; nothing was sent", facts);
  if (!isLoopback(trusted.hostname)) requireCheckedTls(facts);
  const plain = plainRequest(call, url, facts);
  const send = await transport(facts);
  if (context.signal?.aborted) throw markUnsent(failed("aborted", "ended before it was sent", facts));
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = context.signal === undefined ? timeout : AbortSignal.any([context.signal, timeout]);
  let body: OneShotBody | undefined;
  // Called by itself: the platform's own, taken from its window, insists on being nobody's method.
  const { fetch: sending } = context;
  const once: typeof fetch = (address, init = {}) => {
    body = oneShotBody(init, sending);
    return sending(address, body.init);
  };
  try {
    const answered = send(call.carriesFactor ? once : sending, { ...plain, signal }, facts).then((response) => {
      if (!isReadableAnswer(response)) throw unreadable(call, facts);
      noteReadable(sending);
      return readAnswer(response, { ...facts, title, path: call.path }, maxBodyBytes);
    });
    return await withinSignal(signal, answered);
  } catch (error) {
    if (isBrokerAuthError(error)) throw error;
    throw noAnswer(error, call, facts, context, body);
  }
}

// Loaded at the first request: a program that only adopts a stored session never pays for it.
let loading: Promise<typeof sendByKy> | undefined;

async function transport(facts: CallFacts): Promise<typeof sendByKy> {
  loading ??= loadPart(() => import("./ky-request.ts")).then(({ sendByKy: send }) => send);
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    const { message, action, cause } = error as BrokerAuthError;
    // A code that is free: a factor of this call was written down as spent, and it stays here.
    throw new BrokerAuthError("broker_unavailable", `${message}; nothing was sent`, { ...facts, cause, action });
  }
}

function plainRequest(call: BrokerCall, address: string, facts: CallFacts): Omit<PlainRequest, "signal"> {
  const { method, json, form, query } = call;
  const url = query === undefined ? address : `${address}?${new URLSearchParams(opened(query)).toString()}`;
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

// Some name the next morning. What is longer was not meant for us.
const longestWaitMs = 24 * 3_600_000;

/** The Retry-After header in milliseconds, at most a day; undefined where there is none. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value.trim() === "") return undefined;
  const date = httpDate(value);
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : date === undefined ? Number.NaN : date - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), longestWaitMs) : undefined;
}

async function readAnswer(
  response: Response,
  call: Pick<BrokerAnswer, "broker" | "title" | "step" | "path">,
  maxBodyBytes: number,
): Promise<BrokerAnswer> {
  const { status, headers, ok } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw failed("protocol_error", "the broker answered with a redirect, which is never followed", call, { status });
  }
  const text = await readText(response, maxBodyBytes);
  if (text === undefined)
    throw failed("protocol_error", "the answer is larger than any answer of this step", call, { status });
  const json = parseJson(text);
  const body = json === undefined ? (text.trim() === "" ? "empty" : "other") : "json";
  return { ...call, status, ok, header: (name) => headers.get(name) ?? undefined, json, body };
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
  const [name] = stuck;
  // A code that is free: the factor of this call was written down as spent, and it stays here.
  throw failed(
    "broker_unavailable",
    `the header ${name} has a character that no header can carry; nothing was sent`,
    facts,
    {
      action: `Correct what goes into the header ${name}, such as a token that was copied from a shortened display.`,
    },
  );
}

// A factor that left may have been accepted, whatever became of its answer.
function unreadable({ carriesFactor }: BrokerCall, facts: CallFacts): BrokerAuthError {
  const code = carriesFactor ? "outcome_unknown" : "configuration";
  return failed(code, unreadableMessage, facts, { field: "fetch", action: unreadableAction });
}

function noAnswer(
  cause: unknown,
  { carriesFactor }: BrokerCall,
  facts: CallFacts,
  { signal }: ProviderContext,
  body: OneShotBody | undefined,
): BrokerAuthError {
  const unsent = unsentFailure(cause, body);
  if (signal?.aborted) {
    const when = unsent === undefined ? "before the broker answered" : "before it was sent";
    const ended = failed("aborted", `ended by its signal ${when}`, facts, { cause });
    return unsent === undefined ? ended : markUnsent(ended);
  }
  if (unsent !== undefined)
    return failed("broker_unavailable", unsent.message, facts, { cause, action: unsent.action });
  if (!carriesFactor && isProgramError(cause))
    return failed("configuration", programErrorMessage, facts, { cause, field: "fetch", action: programErrorAction });
  return carriesFactor
    ? failed("outcome_unknown", "it was sent and no answer came; a factor in it counts as an attempt", facts, { cause })
    : failed("broker_unavailable", "no answer came in time", facts, { cause });
}

function failed(
  code: BrokerAuthErrorCode,
  what: string,
  { broker, step }: CallFacts,
  details: BrokerAuthErrorDetails = {},
): BrokerAuthError {
  return new BrokerAuthError(code, `${step}: ${what}`, { broker, step, ...details });
}
