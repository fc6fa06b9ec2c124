import { defaultFetch } from "./sending-fetch.ts";
import { sendingFetch } from "./sending-fetch.ts";

/**
 * The body of a request that must not take effect twice, in the form in which this platform hands it over at most once and, where it can be
 * known, tells whether it did. What arrives at the server is the same, `Content-Length` included.
 *
 * Seen on Node 22.13, 24.21 and 26.10, Bun 1.4.5 and Deno 2.9.6 on 2026-11-30 (docs/decisions/0010-one-shot-bodies.md): Node and Bun read a
 * byte stream when there is a connection, TLS and a proxy's tunnel included; Node sends a text again after a 421. Deno reads any body before it
 * connects, and sends a text again when a kept connection ends without an answer; a Blob it sends once.
 */
export interface OneShotBody {
  /** What goes to fetch. */
  readonly init: RequestInit;
  /** Whether the platform may have sent the request more than once. Then its error tells about the last time only. */
  readonly resent: boolean;
  /**
   * Takes the body back. True if the platform has not asked for it: then it has not left, and from now on it cannot. False where it was asked
   * for, and where the platform does not tell.
   */
  recall(): boolean;
}

interface WholeBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

// Node asks for this where the body is a stream.
const halfDuplex = { duplex: "half" } as RequestInit;
const noRecall = (): boolean => false;
const ownFetch = globalThis.fetch;

/**
 * @param fetch what sends the request. Only the platform's own is given a stream: any other may want to look at the body
 * @param runtime the platform by its `navigator.userAgent`, such as `Node.js/24`
 */
export function oneShotBody(
  init: RequestInit,
  fetch: typeof globalThis.fetch,
  runtime: string = runtimeName(),
): OneShotBody {
  const onDeno = runtime.startsWith("Deno/");
  const whole = wholeBody(init);
  // Node sends a request without a body again as well: an empty stream looks the same on the wire, and goes once.
  if (runtime.startsWith("Node.js/") && isEmptyChange(init) && isOwn(fetch) && takesStreams(init)) {
    const { body, recall } = watchedStream(new Uint8Array());
    const headers = new Headers(init.headers);
    if (init.body === "" && !headers.has("content-type")) headers.set("content-type", "text/plain;charset=UTF-8");
    return { init: { ...init, headers, body, ...halfDuplex }, resent: false, recall };
  }
  if (whole === undefined) return { init, resent: onDeno && !(init.body instanceof ReadableStream), recall: noRecall };
  if (onDeno) {
    const sent = { ...init, headers: whole.headers, body: new Blob([whole.bytes]) };
    return { init: sent, resent: false, recall: noRecall };
  }
  if (!/^(Node\.js|Bun)\//.test(runtime) || !isOwn(fetch) || !takesStreams(init))
    return { init, resent: false, recall: noRecall };
  const { body, recall } = watchedStream(whole.bytes);
  const headers = { ...whole.headers, "content-length": String(whole.bytes.byteLength) };
  return { init: { ...init, headers, body, ...halfDuplex }, resent: false, recall };
}

function isEmptyChange({ method = "GET", body, headers }: RequestInit): boolean {
  if (!["", null, undefined].includes(body as string) || /^(get|head)$/i.test(method)) return false;
  return !new Headers(headers).has("content-length");
}

function runtimeName(): string {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: unknown } };
  return String(navigator?.userAgent);
}

// What somebody has put in its place, such as the fake fetch of a test, is given bodies as they are.
function isOwn(given: typeof globalThis.fetch): boolean {
  const fetch = sendingFetch(given);
  return fetch === ownFetch || (fetch === defaultFetch && globalThis.fetch === ownFetch);
}

// With these options no stream may be sent (Fetch standard, section 5.4).
function takesStreams({ keepalive, mode }: RequestInit): boolean {
  return keepalive !== true && (mode === undefined || mode === "cors" || mode === "same-origin");
}

// A stream of bytes: Node reads from a copy of the request's stream, and a copy of any other kind reads ahead.
function watchedStream(bytes: Uint8Array<ArrayBuffer>): { body: ReadableStream; recall: () => boolean } {
  let state: "here" | "asked" | "recalled" = "here";
  const body = new ReadableStream(
    {
      type: "bytes",
      pull(controller) {
        // A fetch that lost its signal may come for it later.
        if (state === "recalled") return controller.error(new TypeError("the body was taken back"));
        state = "asked";
        if (bytes.byteLength > 0) controller.enqueue(bytes);
        controller.close();
        if (bytes.byteLength === 0) controller.byobRequest?.respond(0);
      },
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    recall() {
      if (state === "here") state = "recalled";
      return state === "recalled";
    },
  };
}

/** A body that is at hand and not empty, and its headers with the type that the platform would have given it. */
function wholeBody({ body, headers: given }: RequestInit): WholeBody | undefined {
  const [bytes, type] = bytesOf(body);
  if (bytes.byteLength === 0) return undefined;
  const headers: Record<string, string> = isRecord(given) ? given : Object.fromEntries(new Headers(given));
  const named = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  // Whoever counts it himself knows better.
  if (named.has("content-length") || named.has("transfer-encoding")) return undefined;
  return {
    bytes,
    headers: type === undefined || named.has("content-type") ? headers : { ...headers, "content-type": type },
  };
}

function bytesOf(body: RequestInit["body"]): [bytes: Uint8Array<ArrayBuffer>, type?: string] {
  if (typeof body === "string") return [new TextEncoder().encode(body), "text/plain;charset=UTF-8"];
  if (body instanceof URLSearchParams) {
    return [new TextEncoder().encode(body.toString()), "application/x-www-form-urlencoded;charset=UTF-8"];
  }
  // Copied, because what goes into a stream of bytes is taken away from its owner.
  if (body instanceof ArrayBuffer) return [new Uint8Array(body.slice(0))];
  if (ArrayBuffer.isView(body)) return [new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()];
  return [new Uint8Array()];
}

function isRecord(headers: RequestInit["headers"]): headers is Record<string, string> {
  return headers !== undefined && !Array.isArray(headers) && Object.getPrototypeOf(headers) === Object.prototype;
}
