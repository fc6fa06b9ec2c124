import type { Account } from "./account.ts";
import type { AccountSession } from "./account-session.ts";
import { BrokerAuthError, isBrokerAuthError } from "./broker-auth-error.ts";
import { neverLeft } from "./broker-call.ts";
import { readVerdictBody } from "./verdict-body.ts";
import type { Refusal, ResponseView, Verdict } from "./verdict.ts";

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

interface Outgoing {
  readonly path: string;
  readonly method: string;
  readonly url: string | undefined;
  readonly init: RequestInit;
  readonly purpose: string | undefined;
  readonly repeatable: boolean;
  readonly reads: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request with the account's session. An answer that does not speak against the session comes back as it is, whatever its status.
 * A dead session is replaced by a new one, and the request is repeated once where that does no harm.
 * @throws BrokerAuthError `session_expired` for a request that was refused and must not be repeated (a new session is ready), the adapter's code
 * for refusals that are not about the session, `outcome_unknown` when a request with an effect got no answer
 */
export async function authorizedFetch(
  account: Account,
  input: string | URL | Request,
  init: AuthorizedRequestInit = {},
): Promise<Response> {
  const request = outgoing(account, input, init);
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const first = await account.hold(options);
  const answer = await send(account, first.session, request);
  if (answer.verdict !== "dead") return answer.response;
  await answer.response.body?.cancel();
  await account.refuse(first.session.generation);
  if (!request.repeatable) throw await notRepeated(account, request, answer.response.status, options);
  const second = await account.hold(options);
  const again = await send(account, second.session, request);
  if (again.verdict !== "dead") return again.response;
  await again.response.body?.cancel();
  await account.refuse(second.session.generation);
  throw account.named(
    new BrokerAuthError(
      "session_replaced",
      "a session that was minted a moment ago is refused as well: somebody else may be logging in",
      {
        status: again.response.status,
      },
    ),
  );
}

// The caller is told at a moment when the next call can succeed.
async function notRepeated(
  account: Account,
  request: Outgoing,
  status: number,
  options: { signal?: AbortSignal },
): Promise<unknown> {
  const what = `${request.method} ${withoutQuery(request.path)}`;
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
  request: Outgoing,
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
  if (provider.traits.verdictIn === "body") [response, json] = await readVerdictBody(response);
  const verdict = provider.judge(view(response, request, json), session, account.now());
  return { response, verdict: await settle(account, session, response, verdict) };
}

async function settle(
  account: Account,
  session: AccountSession,
  response: Response,
  verdict: Verdict,
): Promise<"alive" | "dead"> {
  if (verdict.kind === "refused") throw await refusalError(account, session, response, verdict.refusal);
  if (verdict.kind !== "suspect") return verdict.kind;
  // Another request may have found out already.
  if (account.held?.session.generation !== session.generation) return "dead";
  const probed = await account.probe(session);
  if (probed === "dead") return "dead";
  if (probed === "alive" && verdict.otherwise !== undefined)
    throw await refusalError(account, session, response, verdict.otherwise);
  return "alive";
}

async function refusalError(
  account: Account,
  session: AccountSession,
  response: Response,
  refusal: Refusal,
): Promise<unknown> {
  await response.body?.cancel();
  const { code, message, action, brokerCode, retryAfterMs } = refusal;
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
  request: Outgoing,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const own = request.init.headers;
  const merged = own === undefined ? headers : { ...Object.fromEntries(new Headers(own)), ...headers };
  try {
    return await account.transmit(url, { ...request.init, headers: merged, redirect: "manual" });
  } catch (cause) {
    if (isBrokerAuthError(cause)) throw cause;
    throw account.named(noAnswer(request, cause));
  }
}

function noAnswer(request: Outgoing, cause: unknown): BrokerAuthError {
  const what = `${request.method} ${withoutQuery(request.path)}`;
  if (neverLeft(cause))
    return new BrokerAuthError("broker_unavailable", `${what}: the broker could not be reached; nothing was sent`, {
      cause,
    });
  if (!request.reads)
    return new BrokerAuthError(
      "outcome_unknown",
      `${what}: it was sent and no answer came; the broker may have executed it`,
      { cause },
    );
  if (request.signal?.aborted) return new BrokerAuthError("aborted", `${what}: ended by its signal`, { cause });
  return new BrokerAuthError("broker_unavailable", `${what}: no answer came`, { cause });
}

function outgoing(account: Account, input: string | URL | Request, given: AuthorizedRequestInit): Outgoing {
  const { replay, purpose, ...init } = given;
  const source = input instanceof Request ? input : undefined;
  const address = input instanceof Request ? input.url : input instanceof URL ? input.href : input;
  const absolute = !address.startsWith("/");
  if (absolute && !URL.canParse(address)) {
    throw account.named(
      new BrokerAuthError(
        "configuration",
        "the address must be a path that begins with / or a full URL of the broker",
        { field: "url" },
      ),
    );
  }
  const path = absolute ? new URL(address).pathname : withoutQuery(address);
  const method = (init.method ?? source?.method ?? "GET").toUpperCase();
  const body = init.body ?? source?.body ?? undefined;
  const reads = method === "GET" || method === "HEAD" || account.provider.isRead({ method, path });
  return {
    path: absolute ? path : address,
    method,
    url: absolute ? address : undefined,
    init:
      source === undefined
        ? init
        : { method, headers: source.headers, ...(body === undefined ? {} : { body, ...halfDuplex }), ...init },
    purpose,
    // A stream can be read once only.
    repeatable: (replay ?? reads) && !(body instanceof ReadableStream),
    reads,
    signal: init.signal ?? source?.signal ?? undefined,
  };
}

// Node asks for this where the body is a stream.
const halfDuplex = { duplex: "half" } as RequestInit;

function view(response: Response, { method, path }: Outgoing, json: unknown): ResponseView {
  const { status, headers } = response;
  return {
    method,
    path: withoutQuery(path),
    status,
    header: (name) => headers.get(name) ?? undefined,
    ...(json === undefined ? {} : { json }),
  };
}

// A query may hold what nobody should read in an error.
function withoutQuery(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? path;
}
