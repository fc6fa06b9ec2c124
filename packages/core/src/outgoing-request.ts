import { BrokerAuthError } from "./broker-auth-error.ts";
import type { OneShotBody } from "./one-shot-body.ts";
import type { BrokerAuthProvider } from "./provider.ts";
import { unsentFailure } from "./unsent-failure.ts";

/** Options of a request besides those of fetch. */
export interface AuthorizedRequestInit extends RequestInit {
  /**
   * Whether the request may be sent a second time after the broker refused it for a dead session. Default: only GET, HEAD and what the
   * adapter knows as a read. Never for an order.
   */
  readonly replay?: boolean;
  /** Which of the broker's header sets to use, where it has several; the adapter's README lists them. */
  readonly purpose?: string;
}

/** A user's request, taken apart: what is sent, and what may be done with it. */
export interface OutgoingRequest {
  readonly method: string;
  /** With its query, from `/` on; the path alone where the user gave a full address. */
  readonly path: string;
  /** The full address, where the user gave one. */
  readonly url: string | undefined;
  readonly init: RequestInit;
  readonly purpose: string | undefined;
  /** Whether it does no harm to send it twice, and its body can be sent twice. */
  readonly repeatable: boolean;
  readonly reads: boolean;
  readonly signal: AbortSignal | undefined;
}

// Node asks for this where the body is a stream.
const halfDuplex = { duplex: "half" } as RequestInit;

/** @throws BrokerAuthError `configuration` for an address or an option that cannot be sent, `aborted` when the signal has fired already */
export async function outgoingRequest(
  provider: BrokerAuthProvider,
  input: string | URL | Request,
  given: AuthorizedRequestInit,
): Promise<OutgoingRequest> {
  const { replay, purpose, ...init } = given;
  const source = input instanceof Request ? input : undefined;
  const address = input instanceof Request ? input.url : input instanceof URL ? input.href : input;
  const absolute = !address.startsWith("/");
  if (absolute && !URL.canParse(address)) {
    const message = "the address must be a path that begins with / or a full URL of the broker";
    throw new BrokerAuthError("configuration", message, { field: "url" });
  }
  const path = absolute ? new URL(address).pathname : withoutQuery(address);
  const method = (init.method ?? source?.method ?? "GET").toUpperCase();
  const reads = method === "GET" || method === "HEAD" || provider.isRead({ method, path });
  const signal = init.signal ?? source?.signal ?? undefined;
  if (signal?.aborted)
    throw new BrokerAuthError("aborted", `${method} ${shownPath(path)}: its signal had fired before it was sent`);
  const twice = replay ?? reads;
  // A Request's body is a stream whatever it was made of. What may be sent twice is read first; such bodies are small.
  const body = init.body ?? (twice && source?.body ? await source.arrayBuffer() : source?.body) ?? undefined;
  const sent: RequestInit = {
    ...(source === undefined ? {} : { headers: source.headers }),
    ...init,
    method,
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body }),
    ...(isWhole(body) ? {} : halfDuplex),
  };
  const request = {
    method,
    path: absolute ? path : address,
    url: absolute ? address : undefined,
    init: sent,
    purpose,
    reads,
    signal,
  };
  if (!reads) requireSendable(sent);
  return { ...request, repeatable: twice && isWhole(body) };
}

/**
 * What it means that a request got no answer: for a read nothing, for anything else that it may have been executed, unless it provably
 * never left.
 * @param body the request's body where it is watched
 */
export function noAnswer(
  { method, path, reads, signal }: OutgoingRequest,
  cause: unknown,
  body?: OneShotBody,
): BrokerAuthError {
  const what = `${method} ${shownPath(path)}`;
  const unsent = unsentFailure(cause, body);
  if (unsent !== undefined) {
    const { message, action } = unsent;
    if (signal?.aborted)
      return new BrokerAuthError("aborted", `${what}: ended by its signal; nothing was sent`, { cause });
    return new BrokerAuthError("broker_unavailable", `${what}: ${message}`, { cause, action });
  }
  if (!reads) {
    return new BrokerAuthError(
      "outcome_unknown",
      `${what}: it was sent and no answer came; the broker may have executed it`,
      { cause },
    );
  }
  if (signal?.aborted) return new BrokerAuthError("aborted", `${what}: ended by its signal`, { cause });
  return new BrokerAuthError("broker_unavailable", `${what}: no answer came`, { cause });
}

/** A path for messages: without its query, which may hold anything, and without segments that look like a phone, a client code or a token. */
export function shownPath(path: string): string {
  return withoutQuery(path).replaceAll(/[^/]*(?:\d{5}|[^/]{33})[^/]*/g, "*");
}

export function withoutQuery(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path;
}

// Streams, iterators and whatever else can be read only once are not whole: a second time they would be sent empty.
function isWhole(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === "string") return true;
  if (body instanceof URLSearchParams || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true;
  return body instanceof Blob || body instanceof FormData;
}

// Found out before it is sent, a wrong header is a mistake; found out by fetch, it could not be told from an answer that got lost.
function requireSendable({ headers, method }: RequestInit): void {
  try {
    // The address does not matter here, and the body stays untouched.
    void new Request("https://check.invalid/", {
      ...(headers === undefined ? {} : { headers }),
      ...(method === undefined ? {} : { method }),
    });
  } catch {
    throw new BrokerAuthError("configuration", "the request's method or headers cannot be sent; nothing was sent", {
      field: "init",
    });
  }
}
