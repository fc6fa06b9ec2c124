import { BrokerAuthError, type BrokerAuthErrorDetails } from "../errors/broker-auth-error.ts";
import type { BrokerAuthErrorCode } from "../errors/error-codes.ts";
import type { ClientCall } from "./client-call.ts";
import type { OneShotBody } from "../adapter-kit/one-shot-body.ts";
import { isProgramError, programErrorAction, programErrorMessage } from "../adapter-kit/program-error.ts";
import type { BrokerAuthProvider } from "../contract/provider.ts";
import { checkedHeaders, isWhole, type RequestBody, requestOptions, wrong } from "./request-options.ts";
import { remembered } from "../adapter-kit/remembered.ts";
import { withinSignal } from "../adapter-kit/signal-limit.ts";
import { unsentFailure } from "../adapter-kit/unsent-failure.ts";

/** A user's request, taken apart: what is sent, and what may be done with it. */
export interface OutgoingRequest {
  readonly method: string;
  /** Without its query, in the form in which it leaves. */
  readonly path: string;
  readonly query: string;
  /** Of the full address, where the user gave one. */
  readonly origin: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Everything else that fetch is given. */
  readonly init: RequestInit;
  readonly purpose: string | undefined;
  /** Whether it does no harm to send it twice, and its body can be sent twice. */
  readonly repeatable: boolean;
  readonly reads: boolean;
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
  /** What it was made of: as long as a Request lives, so does the limit of its signal. */
  readonly given: readonly unknown[];
  readonly call: ClientCall | undefined;
}

// Node asks for this where the body is a stream.
const halfDuplex = { duplex: "half" } as RequestInit;

/** @throws BrokerAuthError `configuration` for an address or an option that cannot be sent, `aborted` when the signal has fired already */
export async function outgoingRequest(
  provider: BrokerAuthProvider,
  input: unknown,
  given: unknown,
): Promise<OutgoingRequest> {
  const options = requestOptions(given);
  const source = input instanceof Request ? input : undefined;
  const { origin, path, query } = takenApart(addressOf(input));
  const method = options.method ?? source?.method ?? "GET";
  const reads = provider.isRead({ method, path });
  const signal = options.signal ?? source?.signal;
  if (signal?.aborted) throw requestError({ method, path }, "aborted", "its signal had fired before it was sent");
  const body = options.body ?? (source === undefined ? undefined : await bodyOfRequest(source, signal));
  if (body !== undefined && (method === "GET" || method === "HEAD")) throw wrong("body", `a ${method} has none`);
  if (options.call?.facts.limited && !reads) throw limited(method, path);
  const init: RequestInit = {
    ...options.others,
    method,
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body }),
    ...(isWhole(body) ? {} : halfDuplex),
  };
  const { purpose, waitMs, call } = options;
  const repeatable = (options.replay ?? reads) && isWhole(body);
  return {
    method,
    path,
    query,
    origin,
    headers: options.headers ?? (source === undefined ? {} : checkedHeaders(source.headers)),
    init,
    purpose,
    repeatable,
    reads,
    waitMs,
    signal,
    given: [input, given],
    call,
  };
}

/**
 * What it means that a request got no answer: for a read nothing, for anything else that it may have been executed, unless it provably
 * never left.
 * @param body the request's body where it is watched
 */
export function noAnswer(request: OutgoingRequest, cause: unknown, body?: OneShotBody): BrokerAuthError {
  const unsent = unsentFailure(cause, body);
  const ended = request.signal?.aborted;
  if (unsent !== undefined) {
    if (ended) return requestError(request, "aborted", "ended by its signal; nothing was sent", { cause });
    return requestError(request, "broker_unavailable", unsent.message, { cause, action: unsent.action });
  }
  if (!request.reads) {
    const message = "it was sent and no answer came; the broker may have executed it";
    return requestError(request, "outcome_unknown", message, { cause });
  }
  if (!ended && isProgramError(cause)) {
    const details = { cause, field: "fetch", action: programErrorAction };
    return requestError(request, "configuration", programErrorMessage, details);
  }
  return ended
    ? requestError(request, "aborted", "ended by its signal", { cause })
    : requestError(request, "broker_unavailable", "no answer came", { cause });
}

/** An error about one request, which its message names. */
export function requestError(
  { method, path }: Pick<OutgoingRequest, "method" | "path">,
  code: BrokerAuthErrorCode,
  message: string,
  details?: BrokerAuthErrorDetails,
): BrokerAuthError {
  return new BrokerAuthError(code, `${method} ${shownPath(path)}: ${message}`, details);
}

/** A path for messages: without segments that look like a phone, a client code or a token. */
export function shownPath(path: string): string {
  return path.replaceAll(/[^/]*(?:\d{5}|[^/]{33})[^/]*/g, "*");
}

function addressOf(input: unknown): string {
  if (typeof input === "string") return input;
  if (input instanceof URL) return input.href;
  if (input instanceof Request) return input.url;
  const { href, url, method } = (input ?? {}) as { href?: unknown; url?: unknown; method?: unknown };
  if (typeof href === "string") return href;
  if (typeof url === "string" && typeof method === "string")
    throw wrong("url", "is another library's Request; give its address and its options");
  throw wrong("url", "must be a path that begins with /, a full URL of the broker, or a Request");
}

const takenApart = remembered((address: string): Pick<OutgoingRequest, "origin" | "path" | "query"> => {
  const relative = address.startsWith("/");
  const full = relative ? `https://path.invalid${address}` : address;
  if (!URL.canParse(full)) throw wrong("url", "must be a path that begins with / or a full URL of the broker");
  const { origin, pathname, search, username, password } = new URL(full);
  if (username !== "" || password !== "") throw wrong("url", "must not hold a user name or a password");
  return { origin: relative ? undefined : origin, path: pathname, query: search };
});

/**
 * The body of a Request, read to its end: it is a stream whatever it was made of, and a stream leaves without its length. Such bodies are small.
 * @throws BrokerAuthError `configuration` where it cannot be read, `aborted` when the signal fires first
 */
export async function bodyOfRequest(
  source: Request,
  signal: AbortSignal | undefined,
): Promise<RequestBody | undefined> {
  if (source.bodyUsed || source.body?.locked) throw wrong("body", "of the Request was used already");
  if (source.body === null) return undefined;
  const reading = source.arrayBuffer();
  try {
    return await withinSignal(signal, reading);
  } catch (cause) {
    if (signal?.aborted) throw new BrokerAuthError("aborted", "its signal fired before it was sent", { cause });
    throw wrong("body", "of the Request could not be read", cause);
  }
}

// Its own limit would end the wait and say nothing of what became of the request.
function limited(method: string, path: string): BrokerAuthError {
  return wrong(
    "timeout",
    `is for reads; ${method} ${shownPath(path)} is none. Limit it by a signal, which tells what is known`,
  );
}
