import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { type ClientCall, clientCallKey } from "./client-call.ts";
import { isSendableHeader } from "../adapter-kit/sendable-header.ts";

/** Options of a request besides those of fetch. */
export interface AuthorizedRequestInit extends RequestInit {
  /**
   * Whether the request may be sent a second time after the broker refused it for a dead session. Default: only what the adapter knows as a
   * read. Never for an order.
   */
  readonly replay?: boolean;
  /** Which of the broker's header sets to use, where it has several; the adapter's README lists them. */
  readonly purpose?: string;
  /**
   * How long a read may wait, in milliseconds and in all, where the broker answers 429 or 503 with `Retry-After`, before it is sent again.
   * Default 0: it does not wait. Changes nothing for what is not a read.
   */
  readonly waitMs?: number;
}

/** What fetch takes for a body. */
export type RequestBody = NonNullable<RequestInit["body"]>;

/** Options that fetch is known to take. */
export interface RequestOptions {
  /** In upper case. */
  readonly method: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly body: RequestBody | undefined;
  readonly signal: AbortSignal | undefined;
  readonly replay: boolean | undefined;
  readonly purpose: string | undefined;
  readonly waitMs: number;
  readonly call: ClientCall | undefined;
  /** What else there was, for the fetch that gets it. */
  readonly others: RequestInit;
}

const noOptions: RequestOptions = Object.freeze({
  method: undefined,
  headers: undefined,
  body: undefined,
  signal: undefined,
  replay: undefined,
  purpose: undefined,
  waitMs: 0,
  call: undefined,
  others: Object.freeze({}),
});

/**
 * Checks options before anything is sent. What fetch finds out by itself comes as a plain error, which could not be told from an answer that got
 * lost. @throws BrokerAuthError `configuration` naming the option, never its value
 */
export function requestOptions(given: unknown): RequestOptions {
  if (given === undefined) return noOptions;
  if (given !== undefined && given !== null && typeof given !== "object" && typeof given !== "function")
    throw wrong("init", "must be an object of options");
  try {
    // By name: an option may come from a getter or a prototype, as in a Request that is given for options.
    const options = (given ?? {}) as AuthorizedRequestInit & { readonly [clientCallKey]?: ClientCall };
    const { method, headers, body, signal, replay, purpose, waitMs = 0, [clientCallKey]: call, ...others } = options;
    if (replay !== undefined && typeof replay !== "boolean") throw wrong("replay", "must be true or false");
    if (purpose !== undefined && typeof purpose !== "string") throw wrong("purpose", "must be a text");
    if (typeof waitMs !== "number" || !(waitMs >= 0)) throw wrong("waitMs", "must be milliseconds from 0 up");
    return {
      method: checkedMethod(method),
      headers: headers === undefined ? undefined : checkedHeaders(headers),
      body: checkedBody(body),
      signal: checkedSignal(signal),
      replay,
      purpose,
      waitMs,
      call,
      others: checkedOthers(others),
    };
  } catch (error) {
    if (isBrokerAuthError(error)) throw error;
    throw wrong("init", "an option cannot be read", error);
  }
}

/** The error for something that the caller did wrong. */
export function wrong(field: string, message: string, cause?: unknown): BrokerAuthError {
  return new BrokerAuthError("configuration", `${field}: ${message}; nothing was sent`, { field, cause });
}

/** Whether a body can be sent twice. Streams, iterators and whatever else can be read only once would be sent empty the second time. */
export function isWhole(body: RequestBody | undefined): boolean {
  if (body === undefined || typeof body === "string" || ArrayBuffer.isView(body)) return true;
  return body instanceof URLSearchParams || body instanceof Blob || body instanceof FormData || isArrayBuffer(body);
}

// The address does not matter here.
function platformTakes(init: RequestInit): boolean {
  try {
    void new Request("https://check.invalid/", init);
    return true;
  } catch {
    return false;
  }
}

function checkedMethod(method: unknown): string | undefined {
  if (method === undefined) return undefined;
  const name = typeof method === "string" ? method.toUpperCase() : "";
  if (/^(GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(name) || (name !== "" && platformTakes({ method: name }))) return name;
  throw wrong("method", "is none that fetch sends");
}

// What belongs to the connection: fetch refuses it while it sends.
const connectionHeaders = ["expect", "keep-alive", "transfer-encoding", "upgrade"];

/** @throws BrokerAuthError `configuration` */
export function checkedHeaders(given: unknown): Readonly<Record<string, string>> {
  let headers: Headers;
  try {
    headers = new Headers(given as RequestInit["headers"]);
  } catch (error) {
    throw wrong("headers", "must be names and values that a header can carry", error);
  }
  // The body has the length that it has. With another one declared, Node sends the request and says that it failed, or waits for ever.
  headers.delete("content-length");
  for (const [name, value] of headers) {
    if (!isSendableHeader(name, value)) throw wrong("headers", "a value has a character that no header can carry");
    if (connectionHeaders.includes(name)) throw wrong("headers", `${name} belongs to the connection`);
  }
  return Object.fromEntries(headers);
}

function checkedBody(body: unknown): RequestBody | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) return body;
  const once = body instanceof ReadableStream || (typeof body === "object" && Symbol.asyncIterator in body);
  if (!once && !isWhole(body as RequestBody))
    throw wrong("body", "must be text, bytes, a form or a stream; make text of an object with JSON.stringify");
  // Node would send nothing in their place.
  if (isDetached(body)) throw wrong("body", "is of bytes that were given away");
  try {
    // Node asks for the last one where the body is a stream.
    const checked = { method: "POST", body: body as RequestBody, duplex: "half" };
    const made = new Request("https://check.invalid/", checked as RequestInit);
    return once ? (made.body ?? undefined) : (body as RequestBody);
  } catch (error) {
    throw wrong("body", "cannot be sent: it was used already, or cannot be read", error);
  }
}

function isDetached(body: unknown): boolean {
  const bytes = ArrayBuffer.isView(body) ? body.buffer : body;
  return (bytes as { readonly detached?: boolean }).detached === true;
}

function isArrayBuffer(value: unknown): boolean {
  // Not by its class: it may come from another realm.
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

function checkedSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  if (signal instanceof AbortSignal || platformTakes({ signal: signal as AbortSignal })) return signal as AbortSignal;
  throw wrong("signal", "must be an AbortSignal");
}

// Options of other clients and of other calls: fetch passes over them, and an order would leave without its body or without a limit.
const notOfFetch: Readonly<Record<string, string>> = {
  timeout: "limit it by signal: AbortSignal.timeout(ms)",
  timeoutMs: "limit it by signal: AbortSignal.timeout(ms)",
  validUntil: "ask session() for it",
  json: "write body: JSON.stringify(value)",
};

function checkedOthers(others: RequestInit): RequestInit {
  for (const [name, remedy] of Object.entries(notOfFetch)) {
    if (Object.hasOwn(others, name)) throw wrong(name, `is not an option here; ${remedy}`);
  }
  const { dispatcher } = others as { dispatcher?: { dispatch?: unknown } | null };
  if (dispatcher !== undefined && typeof dispatcher?.dispatch !== "function")
    throw wrong("dispatcher", "must be one of undici's");
  const names = Object.keys(others) as (keyof RequestInit)[];
  if (names.length === 0 || platformTakes(others)) return others;
  const culprit = names.find((name) => !platformTakes({ [name]: others[name] }));
  throw wrong(culprit ?? "init", "is nothing that fetch takes here");
}
