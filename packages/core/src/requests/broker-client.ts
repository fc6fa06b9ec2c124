import ky, {
  type AfterResponseHook,
  type Input,
  isForceRetryError,
  type KyInstance,
  type Options,
  type ResponsePromise,
} from "ky";
import { wrongArgument } from "../errors/argument.ts";
import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { ClientCall, clientCallKey } from "./client-call.ts";
import { isLimited, requireClientOptions, retryLimit } from "./client-options.ts";
import { keepWithBody } from "../adapter-kit/kept-signal.ts";
import { bodyOfRequest } from "./outgoing-request.ts";
import { type AuthorizedRequestInit, wrong } from "./request-options.ts";

/** ky's options, and those of an authorised request. */
export interface BrokerClientOptions extends Options, Pick<AuthorizedRequestInit, "replay" | "purpose" | "waitMs"> {}

type Call = <T>(url: Input, options?: BrokerClientOptions) => ResponsePromise<T>;

/** A ky instance on an account. */
export interface BrokerClient {
  <T>(url: Input, options?: BrokerClientOptions): ResponsePromise<T>;
  readonly get: Call;
  readonly post: Call;
  readonly put: Call;
  readonly patch: Call;
  readonly delete: Call;
  readonly query: Call;
  readonly head: (url: Input, options?: BrokerClientOptions) => ResponsePromise;
  /** Another client on the same account, without the defaults of this one. */
  readonly create: (defaults?: BrokerClientOptions) => BrokerClient;
  /** Another client on the same account, with further defaults. */
  readonly extend: (
    defaults: BrokerClientOptions | ((parent: BrokerClientOptions) => BrokerClientOptions),
  ) => BrokerClient;
  readonly stop: KyInstance["stop"];
  readonly retry: KyInstance["retry"];
}

/** What a client needs of the engine. */
export interface AccountFetch<Account extends string> {
  fetch(account: Account, input: string | URL | Request, init?: AuthorizedRequestInit): Promise<Response>;
}

/**
 * A ky instance on an account or alias. Paths lead to the account's broker, with or without a leading `/`. What is not a read is sent once, whatever
 * options and hooks say, and its first outcome is the one that is told. `retry` and `timeout` are off by default; a `timeout` on what is not a read
 * is `configuration`. A `BrokerAuthError` surfaces as it is, and ky's own errors hold the request without the session's headers.
 */
export function brokerClient<Account extends string>(
  auth: AccountFetch<Account>,
  account: NoInfer<Account>,
  options: BrokerClientOptions = {},
): BrokerClient {
  if (typeof (auth as AccountFetch<Account> | undefined)?.fetch !== "function")
    throw wrongArgument("auth", 'must be what createBrokerAuth made: brokerClient(auth, "main")');
  if (typeof account !== "string" || account === "")
    throw wrongArgument("account", 'must be the name of an account or an alias: brokerClient(auth, "main")');
  const origin = placeholder(account);
  const blank = ky.create({ baseUrl: `${origin}/`, retry: 0 });
  return clientOf(merged(blank, options), { blank, origin, send });

  async function send(request: Request, rest: RequestInit, call: ClientCall): Promise<Response> {
    const { url, method, headers, signal } = request;
    const body = await bodyOfRequest(request, signal);
    const init = { ...rest, method, headers, ...(body === undefined ? {} : { body }), signal, [clientCallKey]: call };
    const path = url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
    const response = await auth.fetch(account, path, init);
    keepWithBody(response, [request]);
    return response;
  }
}

interface Ground {
  readonly blank: KyInstance;
  readonly origin: string;
  readonly send: (request: Request, rest: RequestInit, call: ClientCall) => Promise<Response>;
}

// Which host it is, only the session tells, when a request is sent. ky's errors show this one, with the name of the account.
function placeholder(account: string): string {
  const url = `https://${account}.invalid`;
  return /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(account) && URL.canParse(url)
    ? new URL(url).origin
    : "https://account.invalid";
}

function clientOf(instance: KyInstance, ground: Ground): BrokerClient {
  const by =
    (method?: string): Call =>
    (input, options) =>
      sendBy(instance, ground, input, options, method === undefined ? {} : { method });
  const methods: Omit<BrokerClient, never> = {
    get: by("get"),
    post: by("post"),
    put: by("put"),
    patch: by("patch"),
    delete: by("delete"),
    query: by("query"),
    head: by("head"),
    create: (defaults = {}) => clientOf(merged(ground.blank, defaults), ground),
    extend: (defaults) =>
      clientOf(typeof defaults === "function" ? instance.extend(defaults) : merged(instance, defaults), ground),
    stop: ky.stop,
    retry: ky.retry,
  };
  return Object.assign(by(), methods);
}

function sendBy<T>(
  instance: KyInstance,
  ground: Ground,
  input: Input,
  options: BrokerClientOptions | undefined,
  method: Pick<Options, "method">,
): ResponsePromise<T> {
  let stage: "merging" | "hooks" | "making" = "merging";
  try {
    // After the hooks of the user's own, and after whatever they replaced: what they say is known then.
    const last = (final: Options): void => {
      prepare(final, input, ground);
      stage = "making";
    };
    const once = merged(instance, options ?? {}).extend({ ...method, hooks: { init: [last] } });
    stage = "hooks";
    return once<T>(input);
  } catch (error) {
    if (isBrokerAuthError(error)) return rejected(error);
    // ky throws at once what an init hook threw.
    if (stage === "hooks") throw error;
    return rejected(wrong("init", "no request can be made of this address and these options", error));
  }
}

function merged(instance: KyInstance, options: BrokerClientOptions): KyInstance {
  if (typeof options !== "object") throw wrong("init", "must be an object of options");
  return instance.extend(options);
}

/** The last word on the options of one call. */
function prepare(options: Options, input: Input, { origin, send }: Ground): void {
  requireClientOptions(options);
  const method = (options.method ?? (input as Partial<Request>).method ?? "GET").toUpperCase();
  // Whether it is a read, the adapter knows; what can never be one is not sent again in the first place.
  if (method !== "GET" && method !== "HEAD") options.retry = 0;
  const limit = retryLimit(options);
  const call = new ClientCall({ limited: isLimited(options), comesBack: limit > 0 });
  const again = (): boolean => limit > 0 && !call.sent;
  options.timeout ??= false;
  if (typeof options.baseUrl === "string") options.baseUrl = new URL(options.baseUrl, `${origin}/`).href;
  const { beforeRequest = [], afterResponse = [] } = options.hooks ?? {};
  options.hooks = {
    ...options.hooks,
    // After those of the user's own, which see what ky made of the options and could change it.
    beforeRequest: [...beforeRequest, (state) => void Reflect.set(state.options.retry, "limit", limit)],
    afterResponse: afterResponse.map((hook) => withoutRetry(hook, again)),
  };
  options.fetch = (made, rest) => send(made as Request, rest ?? {}, call);
}

// ky.retry() sends again by itself, a POST as well. Where that must not be, what the hook looked at is the outcome.
function withoutRetry(hook: AfterResponseHook, again: () => boolean): AfterResponseHook {
  return async (state) => {
    try {
      const result = await hook(state);
      return again() || !(result instanceof ky.retry().constructor) ? result : undefined;
    } catch (error) {
      if (again() || !isForceRetryError(error)) throw error;
      return undefined;
    }
  };
}

function rejected(error: unknown): ResponsePromise<never> {
  const promise = fail(error);
  const read = (): Promise<never> => promise;
  return Object.assign(promise, {
    json: read,
    text: read,
    arrayBuffer: read,
    blob: read,
    formData: read,
    bytes: read,
  });
}

async function fail(error: unknown): Promise<never> {
  throw error;
}
