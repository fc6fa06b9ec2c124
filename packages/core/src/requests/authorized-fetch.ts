import type { Account } from "../engine/account.ts";
import type { AccountSession } from "../engine/account-session.ts";
import { wrongArgument } from "../errors/argument.ts";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { retryAfter } from "../adapter-kit/broker-call.ts";
import { keepWithBody } from "../adapter-kit/kept-signal.ts";
import { oneShotBody } from "../adapter-kit/one-shot-body.ts";
import { noAnswer, type OutgoingRequest, outgoingRequest, requestError, shownPath } from "./outgoing-request.ts";
import {
  isReadableAnswer,
  noteReadable,
  requireAnswer,
  unreadableAction,
  unreadableMessage,
} from "../adapter-kit/readable-answer.ts";
import { withinSignal } from "../adapter-kit/signal-limit.ts";
import { readVerdictBody } from "./verdict-body.ts";
import type { Refusal, ResponseView, Verdict } from "../contract/verdict.ts";

/** What became of the session: `doubted` is dead or not permitted, and a new one will tell. */
type Settled = "alive" | "dead" | "doubted";

// How many sessions of other programs are tried before somebody has to be told.
const mostAdopted = 3;

/**
 * Sends a request with the account's session. An answer that does not speak against the session comes back as it is, whatever its status.
 * A dead session is replaced by a new one, and the request is repeated where that does no harm: once, or a few times while the sessions found
 * in the store turn out to be dead as well.
 * @throws BrokerAuthError `session_expired` for a request that was refused and must not be repeated (a new session is ready), the adapter's code
 * for refusals that are not about the session, `outcome_unknown` when a request with an effect got no answer, `configuration` for what cannot be
 * sent
 */
export async function authorizedFetch(account: Account, input: unknown, init: unknown): Promise<Response> {
  const { logouts } = account;
  const request = await prepared(account, input, init);
  const { call, reads } = request;
  if (call === undefined || reads) return answered(account, request, logouts);
  return call.once(() => answered(account, request, logouts));
}

/** @param began how often the account had been logged out when the request was made */
async function answered(account: Account, request: OutgoingRequest, began: number): Promise<Response> {
  const options = request.signal === undefined ? {} : { signal: request.signal };
  let adopted = 0;
  let waitedMs = 0;
  for (;;) {
    let session: AccountSession;
    try {
      ({ session } = await (request.repeatable ? account.acquire(options, began) : account.newest(options, began)));
    } catch (error) {
      // Others wait for the same login, and each may write on the error that it gets.
      throw account.named(error);
    }
    const sentAt = account.reading();
    const { response, verdict, pauseMs = 0, unsure } = await send(account, session, request, request.waitMs - waitedMs);
    if (verdict === "alive") return response;
    await response.body?.cancel();
    if (verdict === "busy") {
      await account.pause(pauseMs, request.signal);
      if (account.logouts !== began) throw loggedOut(account, response.status);
      waitedMs += pauseMs;
      continue;
    }
    account.hear(response, sentAt);
    const replaced = account.generation > session.generation;
    if (verdict === "dead") await account.invalidate(session.generation);
    // Whoever logged out meanwhile does not want to be logged in again by a request that was under way.
    if (account.logouts !== began) throw loggedOut(account, response.status);
    if (!request.repeatable) throw await notRepeated(account, request, { status: response.status, unsure }, options);
    // Sessions of our own making get one chance. Those that others replace under us get a few, and not for ever.
    const ours = adopted > 0 && !replaced && session.obtainedBy !== "store";
    if (ours || adopted > mostAdopted) throw fought(account, response.status);
    adopted += 1;
  }
}

async function prepared(account: Account, input: unknown, init: unknown): Promise<OutgoingRequest> {
  try {
    const request = await outgoingRequest(account.provider, input, init);
    requireServed(account, request);
    return request;
  } catch (cause) {
    throw account.named(isBrokerAuthError(cause) ? cause : wrongArgument("fetch", "what it was given cannot be read"));
  }
}

// Before a login is made for it.
function requireServed({ provider, credentials }: Account, { origin }: OutgoingRequest): void {
  if (origin === undefined || (provider.serves?.(origin, credentials) ?? true)) return;
  throw foreign();
}

function foreign(): BrokerAuthError {
  return new BrokerAuthError("configuration", "the address is not this account's at the broker; nothing was sent", {
    field: "url",
  });
}

function loggedOut(account: Account, status: number): unknown {
  const message = "the account was logged out while this request was under way";
  return account.named(
    new BrokerAuthError("session_expired", message, { status, action: "Log in again if that was not meant." }),
  );
}

function fought(account: Account, status: number): unknown {
  const message = "a session that was minted a moment ago is refused as well: somebody else may be logging in";
  return account.named(new BrokerAuthError("session_replaced", message, { status }));
}

// The caller is told at a moment when the next call can succeed.
async function notRepeated(
  account: Account,
  request: OutgoingRequest,
  { status, unsure: failing }: { readonly status: number; readonly unsure: boolean },
  options: { signal?: AbortSignal },
): Promise<unknown> {
  const what = `${request.method} ${shownPath(request.path)}`;
  // An error of the server says nothing for certain, whatever it says of the session: an order may have been taken before it.
  const unsure = (failing || status >= 500) && !request.reads;
  const error = unsure
    ? new BrokerAuthError(
        "outcome_unknown",
        `the broker failed at ${what} with status ${status} and says that the session had ended; it may have been executed, and was not repeated`,
        { status },
      )
    : new BrokerAuthError(
        "session_expired",
        `the broker refused ${what} because the session had ended; it was not executed and not repeated`,
        { status },
      );
  const ready = unsure
    ? "A new session is ready: look at the order book before you send the request again."
    : "A new session is ready: send the request again if it is still wanted.";
  try {
    await account.acquire(options);
    return account.named(error.with({ action: ready }));
  } catch (cause) {
    const action = isBrokerAuthError(cause) ? `There is no new session: ${cause.message}. ${cause.action}` : undefined;
    return account.named(error.with({ cause, ...(action === undefined ? {} : { action }) }));
  }
}

interface Sent {
  readonly response: Response;
  readonly verdict: Settled | "busy";
  /** How long to wait before a busy broker is asked again. */
  readonly pauseMs?: number;
  /** The answer is that of a broker in trouble, whatever else it says. */
  readonly unsure: boolean;
}

async function send(
  account: Account,
  session: AccountSession,
  request: OutgoingRequest,
  waitMs: number,
): Promise<Sent> {
  const { provider, credentials } = account;
  const { path, query, purpose } = request;
  const { origin, headers } = provider.authorize(session, credentials, { path: path + query, purpose });
  if (request.origin !== undefined && request.origin !== origin) throw account.named(foreign());
  let response = await transmit(account, request, origin + path + query, headers);
  if (
    response.type === "opaqueredirect" ||
    (response.status >= 300 && response.status < 400 && response.status !== 304)
  ) {
    await response.body?.cancel();
    // What stands behind the address may have taken an order before it led elsewhere.
    const [code, known] = request.reads
      ? (["protocol_error", ""] as const)
      : (["outcome_unknown", "; the broker may have executed it"] as const);
    const message = `the broker answered with a redirect, which is never followed${known}`;
    throw account.named(requestError(request, code, message, { status: response.status }));
  }
  let json: unknown;
  if (provider.traits.verdictIn === "body" || response.status >= 400)
    [response, json] = await bodyOf(account, request, response);
  const verdict = provider.classify(view(response, request, json), session, account.now());
  const pauseMs = verdict.kind === "dead" ? undefined : retryPause(request, response, account.now());
  if (pauseMs !== undefined && pauseMs <= waitMs) return { response, verdict: "busy", pauseMs, unsure: false };
  const unsure = verdict.kind === "suspect" && verdict.otherwise?.code === "broker_unavailable";
  return { response, verdict: await settle(account, session, request, response, verdict), unsure };
}

async function bodyOf(account: Account, request: OutgoingRequest, response: Response): Promise<[Response, unknown]> {
  try {
    return await withinSignal(request.signal, readVerdictBody(response));
  } catch (cause) {
    // The answer broke off: what it would have said is not known.
    throw account.named(noAnswer(request, cause));
  }
}

// A broker that says "at once" is not asked in a tight loop.
const shortestPauseMs = 250;

/** How long the broker asks a read to wait before it comes again, where it says so. */
function retryPause(request: OutgoingRequest, { status, headers }: Response, now: number): number | undefined {
  if (!request.reads || !request.repeatable || (status !== 429 && status !== 503)) return undefined;
  const askedMs = retryAfter(headers.get("retry-after") ?? undefined, now);
  return askedMs === undefined ? undefined : Math.max(askedMs, shortestPauseMs);
}

async function settle(
  account: Account,
  session: AccountSession,
  request: OutgoingRequest,
  response: Response,
  verdict: Verdict,
): Promise<Settled> {
  if (verdict.kind === "refused") throw await refusalError(account, session, request, response, verdict.refusal);
  if (verdict.kind !== "suspect") return verdict.kind;
  // Another request may have found out already.
  if (account.generation !== session.generation) return "dead";
  const probed = await account.probe(session);
  if (probed === "dead") return "dead";
  if (probed === "refused" && (await account.doubt(session))) return "doubted";
  // Not known to be dead: what the adapter says it would mean otherwise is what it most likely means.
  if (verdict.otherwise !== undefined) throw await refusalError(account, session, request, response, verdict.otherwise);
  return "alive";
}

async function refusalError(
  account: Account,
  session: AccountSession,
  request: OutgoingRequest,
  response: Response,
  refusal: Refusal,
): Promise<unknown> {
  await response.body?.cancel();
  const { message, action, brokerCode, retryAfterMs } = refusal;
  // A broker in trouble may have taken the order before it said so.
  const code = refusal.code === "broker_unavailable" && !request.reads ? "outcome_unknown" : refusal.code;
  const address = code === "ip_not_allowed" ? await seenAddress(account, session) : "";
  return account.named(
    new BrokerAuthError(code, message + address, {
      status: response.status,
      brokerCode,
      retryAfterMs,
      ...(action === undefined ? {} : { action }),
    }),
  );
}

// The one fact that a person needs who has to register an address; without it the advice stays general.
async function seenAddress(account: Account, session: AccountSession): Promise<string> {
  const { provider, credentials } = account;
  if (provider.network === undefined) return "";
  try {
    const { address } = await account.ask(async (context) => provider.network!(session, credentials, context));
    return address === undefined ? "" : ` (the broker sees this program at ${address})`;
  } catch {
    return "";
  }
}

async function transmit(
  account: Account,
  request: OutgoingRequest,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const { init, signal } = request;
  if (signal?.aborted) throw account.named(requestError(request, "aborted", "its signal had fired before it was sent"));
  const whole: RequestInit = { ...init, headers: merged(request.headers, headers), redirect: "manual" };
  // Called by itself: the platform's own, taken from its window, insists on being nobody's method.
  const { fetch: sending } = account;
  const body = request.reads ? undefined : oneShotBody(await inBytes(whole), sending);
  let response: Response;
  try {
    response = await withinSignal(signal, sending(url, body?.init ?? whole));
    requireAnswer(response);
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw account.named(noAnswer(request, cause, body));
  }
  if (!isReadableAnswer(response)) throw account.named(unreadable(request));
  noteReadable(sending);
  if (signal !== undefined) keepWithBody(response, request.given);
  return response;
}

// Files and forms with files are sent again by the platform after a 421; bytes can be handed over once. What orders carry is small.
async function inBytes(init: RequestInit): Promise<RequestInit> {
  const { body } = init;
  if (!(body instanceof Blob) && !(body instanceof FormData)) return init;
  const packed = new Response(body);
  const type = packed.headers.get("content-type");
  const headers = { ...(type === null ? {} : { "content-type": type }), ...(init.headers as Record<string, string>) };
  return { ...init, headers, body: await packed.arrayBuffer() };
}

// The session's own take the place of the caller's, however those are spelled: side by side they would be joined.
function merged(
  own: Readonly<Record<string, string>>,
  session: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const taken = new Set(Object.keys(session).map((name) => name.toLowerCase()));
  const others = Object.entries(own).filter(([name]) => !taken.has(name));
  return others.length === 0 ? session : { ...Object.fromEntries(others), ...session };
}

function unreadable(request: OutgoingRequest): BrokerAuthError {
  const code = request.reads ? "configuration" : "outcome_unknown";
  return requestError(request, code, unreadableMessage, { field: "fetch", action: unreadableAction });
}

function view(response: Response, { method, path }: OutgoingRequest, json: unknown): ResponseView {
  const { status, headers } = response;
  return {
    method,
    path,
    status,
    header: (name) => headers.get(name) ?? undefined,
    ...(json === undefined ? {} : { json }),
  };
}
