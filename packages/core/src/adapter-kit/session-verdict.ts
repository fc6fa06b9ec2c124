import type { Refusal, ResponseView, Verdict } from "../contract/verdict.ts";
import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAnswer, retryAfter } from "./broker-call.ts";
import { wirePath } from "./wire-path.ts";

/**
 * What throttling and a failing broker say about a session: nothing. Undefined for every other answer.
 * @param failing a further status by which this broker says that it fails
 */
export function busyVerdict(
  answer: ResponseView,
  title: string,
  now: number,
  failing?: number,
): Extract<Verdict, { kind: "refused" }> | undefined {
  const { status } = answer;
  const retryAfterMs = retryAfter(answer.header("retry-after"), now);
  if (status === 429) {
    const message = `${title} asks for fewer requests; the session is kept`;
    return { kind: "refused", refusal: { code: "rate_limited", message, retryAfterMs } };
  }
  // Beyond 599 it is no status of HTTP, and says nothing that is known.
  if ((status < 500 || status > 599) && status !== failing) return undefined;
  const message = `${title} answered ${status}: it is not working now; the session is kept`;
  return { kind: "refused", refusal: { code: "broker_unavailable", message, retryAfterMs } };
}

/** What a word of the broker that the session is over means. A server that is not working may say anything: there the probe decides. */
export function deadVerdict(brokerCode: string, busy: ReturnType<typeof busyVerdict>): Verdict {
  return busy === undefined ? { kind: "dead", brokerCode } : { kind: "suspect", otherwise: busy.refusal };
}

/** A refusal whose reason nobody has told. @param action what to do, where this broker has a usual reason */
export function deniedCall(answer: ResponseView, title: string, action?: string): Refusal {
  const message = `${title}, or something in front of it, denied this call (${answer.status}); the session is kept`;
  return { code: "permission_denied", message, ...(action === undefined ? {} : { action }) };
}

/** What to do where a broker takes calls only from addresses that it was told. @param place where they are listed, such as "in the Neo dashboard" */
export function listAddress(place: string): string {
  return `List the address of this machine ${place} (IPv4 and IPv6 both count).`;
}

/** Whether an answer is a page, which comes from a proxy or a maintenance sign. An empty refusal may be called HTML too. */
export function isPage(answer: ResponseView): boolean {
  if (answer.json !== undefined || answer.header("content-length") === "0") return false;
  return /\bhtml\b/i.test(answer.header("content-type") ?? "");
}

/** Calls that only read, or that are orders, by method, as patterns of whole paths. HEAD counts as GET. A path in another spelling is another path. */
export type ListedPaths = Readonly<Partial<Record<string, readonly RegExp[]>>>;

/** A request as a list knows it. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
}

/** Tells whether a request is on the list, by its path as it goes over the wire. */
export function listed(paths: ListedPaths): (request: RequestLine) => boolean {
  return (request) => {
    const method = request.method.toUpperCase();
    const path = wirePath(request.path);
    return path !== undefined && paths[method === "HEAD" ? "GET" : method]?.some((one) => one.test(path)) === true;
  };
}

/** A call of the adapter's own, as `classify` sees calls. That there was no body is known here, also where no length says so. */
export function viewOf(answer: BrokerAnswer): ResponseView {
  const { path, status, json, body } = answer;
  const header = (name: string): string | undefined =>
    body === "empty" && name === "content-length" ? "0" : answer.header(name);
  return { method: "GET", path, status, header, json };
}

/** The answer to a probe's call; undefined where none came, or none that can be read: that says nothing about a session. */
export async function unlessSilent(call: Promise<BrokerAnswer>): Promise<BrokerAnswer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isBrokerAuthError(error) && error.code !== "aborted") return undefined;
    throw error;
  }
}
