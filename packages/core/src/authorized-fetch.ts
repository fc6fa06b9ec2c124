import type { Account } from "./account.ts";
import type { AccountSession } from "./account-session.ts";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import { oneShotBody } from "./one-shot-body.ts";
import {
  type AuthorizedRequestInit,
  noAnswer,
  type OutgoingRequest,
  outgoingRequest,
  shownPath,
  withoutQuery,
} from "./outgoing-request.ts";
import { readVerdictBody } from "./verdict-body.ts";
import type { Refusal, ResponseView, Verdict } from "./verdict.ts";

// How many sessions of other programs are tried before somebody has to be told.
const mostAdopted = 3;

/**
 * Sends a request with the account's session. An answer that does not speak against the session comes back as it is, whatever its status.
 * A dead session is replaced by a new one, and the request is repeated where that does no harm: once, or a few times while the sessions found
 * in the store turn out to be dead as well.
 * @throws BrokerAuthError `session_expired` for a request that was refused and must not be repeated (a new session is ready), the adapter's code
 * for refusals that are not about the session, `outcome_unknown` when a request with an effect got no answer
 */
export async function authorizedFetch(
  account: Account,
  input: string | URL | Request,
  init: AuthorizedRequestInit = {},
): Promise<Response> {
  const request = await prepared(account, input, init);
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const { logouts } = account;
  for (let adopted = 0; ; adopted++) {
    const { session } = await account.hold(options);
    const { response, verdict } = await send(account, session, request);
    if (verdict === "alive") return response;
    await response.body?.cancel();
    const replaced = account.generation > session.generation;
    await account.refuse(session.generation);
    // Whoever logged out meanwhile does not want to be logged in again by a request that was under way.
    if (account.logouts !== logouts) throw loggedOut(account, response.status);
    if (!request.repeatable) throw await notRepeated(account, request, response.status, options);
    // Sessions of our own making get one chance. Those that others replace under us get a few, and not for ever.
    const ours = adopted > 0 && !replaced && session.obtainedBy !== "store";
    if (ours || adopted > mostAdopted) throw fought(account, response.status);
  }
}

async function prepared(
  account: Account,
  input: string | URL | Request,
  init: AuthorizedRequestInit,
): Promise<OutgoingRequest> {
  try {
    return await outgoingRequest(account.provider, input, init);
  } catch (error) {
    throw account.named(error);
  }
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
  status: number,
  options: { signal?: AbortSignal },
): Promise<unknown> {
  const what = `${request.method} ${shownPath(request.path)}`;
  const error = new BrokerAuthError(
    "session_expired",
    `the broker refused ${what} because the session had ended; it was not executed and not repeated`,
    { status },
  );
  try {
    await account.hold(options);
    return account.named(
      error.with({ action: "A new session is ready: send the request again if it is still wanted." }),
    );
  } catch (cause) {
    const action = isBrokerAuthError(cause) ? `There is no new session: ${cause.message}. ${cause.action}` : undefined;
    return account.named(error.with({ cause, ...(action === undefined ? {} : { action }) }));
  }
}

async function send(
  account: Account,
  session: AccountSession,
  request: OutgoingRequest,
): Promise<{ response: Response; verdict: "alive" | "dead" }> {
  const { provider, credentials } = account;
  const { origin, headers } = provider.authorize(session, credentials, {
    path: request.path,
    purpose: request.purpose,
  });
  if (request.url !== undefined && new URL(request.url).origin !== origin) {
    throw account.named(
      new BrokerAuthError("configuration", "the address is not this session's at the broker; nothing was sent", {
        field: "url",
      }),
    );
  }
  let response = await transmit(account, request, request.url ?? origin + request.path, headers);
  if (
    response.type === "opaqueredirect" ||
    (response.status >= 300 && response.status < 400 && response.status !== 304)
  ) {
    await response.body?.cancel();
    throw account.named(
      new BrokerAuthError("protocol_error", "the broker answered with a redirect, which is never followed", {
        status: response.status,
      }),
    );
  }
  let json: unknown;
  if (provider.traits.verdictIn === "body" || response.status >= 400)
    [response, json] = await bodyOf(account, request, response);
  const verdict = provider.judge(view(response, request, json), session, account.now());
  return { response, verdict: await settle(account, session, request, response, verdict) };
}

async function bodyOf(account: Account, request: OutgoingRequest, response: Response): Promise<[Response, unknown]> {
  try {
    return await readVerdictBody(response);
  } catch (cause) {
    // The answer broke off: what it would have said is not known.
    throw account.named(noAnswer(request, cause));
  }
}

async function settle(
  account: Account,
  session: AccountSession,
  request: OutgoingRequest,
  response: Response,
  verdict: Verdict,
): Promise<"alive" | "dead"> {
  if (verdict.kind === "refused") throw await refusalError(account, session, request, response, verdict.refusal);
  if (verdict.kind !== "suspect") return verdict.kind;
  // Another request may have found out already.
  if (account.generation !== session.generation) return "dead";
  const probed = await account.probe(session);
  if (probed === "dead") return "dead";
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
    const { address } = await account.ask(async (io) => provider.network!(session, credentials, io));
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
  const own = request.init.headers;
  const merged = own === undefined ? headers : { ...Object.fromEntries(new Headers(own)), ...headers };
  const init: RequestInit = { ...request.init, headers: merged, redirect: "manual" };
  const body = request.reads ? undefined : oneShotBody(init, account.fetch);
  try {
    return await account.fetch(url, body?.init ?? init);
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw account.named(noAnswer(request, cause, body));
  }
}

function view(response: Response, { method, path }: OutgoingRequest, json: unknown): ResponseView {
  const { status, headers } = response;
  return {
    method,
    path: withoutQuery(path),
    status,
    header: (name) => headers.get(name) ?? undefined,
    ...(json === undefined ? {} : { json }),
  };
}
