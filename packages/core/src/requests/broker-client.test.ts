import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import {
  type BrokerClient,
  brokerClient,
  type BrokerClientOptions,
  ForceRetryError,
  isHTTPError,
  isTimeoutError,
  replaceOption,
} from "../ky.ts";
import { underGarbageCollection } from "../../test/garbage.ts";
import { type Arrived, openSocketEnvironment, type SocketEnvironment } from "../../test/socket-environment.ts";
import { toy } from "../../test/toy-broker.ts";

const order = { json: { symbol: "INVENTED" } };
const sent = '{"symbol":"INVENTED"}';

function failure(work: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(work).then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

/** A client on a broker that answers with these statuses in turn, and then with the last of them. */
async function desk(
  statuses: readonly (number | "cut")[] = [200],
): Promise<SocketEnvironment & { readonly api: BrokerClient }> {
  const opened = await openSocketEnvironment((response) => {
    const nth = opened.arrived.length;
    const status = statuses[Math.min(nth, statuses.length) - 1] ?? 200;
    if (status === "cut") return void response.destroy();
    response.writeHead(status, { "content-type": "application/json", "retry-after": "0" }).end(`{"nth":${nth}}`);
  });
  return { ...opened, api: brokerClient(opened.auth, "trading") };
}

const lines = (arrived: readonly Arrived[]): string[] => arrived.map(({ method, url }) => `${method} ${url}`);

describe("a client on an account", () => {
  it("reads JSON by a path, with or without a slash before it, and with parameters", async () => {
    const { api, arrived } = await desk();
    expect(await api.get("whoami").json()).toEqual({ nth: 1 });
    await api("/whoami");
    await api.get("whoami", { searchParams: { from: "2031-03-03", symbol: "M&M" } });
    await api.extend({ prefix: "a/b" }).get("whoami");
    await api.extend({ baseUrl: "/v1/" }).get("whoami");
    expect((await api.head("whoami")).status).toBe(200);
    expect(lines(arrived)).toEqual([
      "GET /whoami",
      "GET /whoami",
      "GET /whoami?from=2031-03-03&symbol=M%26M",
      "GET /a/b/whoami",
      "GET /v1/whoami",
      "HEAD /whoami",
    ]);
  });

  it("carries the session's headers, which are not the client's to set, and the caller's own", async () => {
    const { api, auth, arrived } = await desk();
    await api.get("whoami", { headers: { "X-Token": "mine", "x-note": "kept" } }).json();
    const { "x-token": token } = await auth.headers("main");
    expect(arrived[0]?.headers).toMatchObject({ "x-token": token, "x-note": "kept", accept: "application/json" });
  });

  it("takes full addresses of the broker, and sends nothing to any other", async () => {
    const { api, origin, arrived } = await desk();
    await api.get(`${origin}/whoami`);
    await api.extend({ baseUrl: `${origin}/v1/` }).get("whoami");
    await api.get(new Request(`${origin}/whoami`));
    for (const foreign of ["https://evil.example/whoami", "//evil.example/whoami", new URL("https://evil.example/")])
      expect(await failure(api.get(foreign))).toMatchObject({ code: "configuration", field: "url", account: "main" });
    expect(lines(arrived)).toEqual(["GET /whoami", "GET /v1/whoami", "GET /whoami"]);
  });

  it("sends a body with its length", async () => {
    const { api, arrived } = await desk();
    await api.post("order", order);
    await api.put("order", { body: new URLSearchParams({ a: "1 2" }) });
    expect(arrived.map(({ body, headers }) => [body, headers["content-length"], headers["content-type"]])).toEqual([
      [sent, "21", "application/json"],
      ["a=1+2", "5", "application/x-www-form-urlencoded;charset=UTF-8"],
    ]);
    for (const { headers } of arrived) expect(headers["transfer-encoding"]).toBeUndefined();
  });

  it("logs in again for a read whose session has ended, and tells so for an order, with the new session ready", async () => {
    const { api, broker, clock } = await desk([440, 200, 440, 200]);
    expect(await api.get("whoami").json()).toEqual({ nth: 2 });
    clock.advance(600_000);
    expect(await failure(api.post("order", order))).toMatchObject({ code: "session_expired", account: "main" });
    expect(broker.minted).toBe(3);
    expect(await api.post("order", order).json()).toEqual({ nth: 4 });
  });

  it("takes the engine's options: what may be repeated, which headers, and how long a read waits", async () => {
    const { api, arrived, clock } = await desk([429, 200, 440, 200]);
    expect(await api.extend({ waitMs: 1_000 }).get("whoami").json()).toEqual({ nth: 2 });
    expect(clock.sleeps.at(-1)).toBe(250);
    await api.post("order", { ...order, replay: true });
    expect(lines(arrived)).toEqual(["GET /whoami", "GET /whoami", "POST /order", "POST /order"]);
  });

  it("keeps the limit of a signal while the garbage collector runs", async () => {
    const { auth } = await openSocketEnvironment((response) => void response.writeHead(200).write("{"));
    const api = brokerClient(auth, "trading");
    const reads: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => api.get("whoami", { signal }).text(),
      async (signal) => (await api.get("whoami", { signal })).text(),
      async (signal) => (await api.get("whoami", { signal })).body?.pipeTo(new WritableStream()),
    ];
    for (const read of reads)
      expect(await failure(underGarbageCollection(read(AbortSignal.timeout(1_500))))).toMatchObject({
        name: "TimeoutError",
      });
  });
});

type Way = readonly [what: string, call: (api: BrokerClient) => PromiseLike<unknown>];

const everything: BrokerClientOptions["retry"] = {
  limit: 3,
  methods: ["get", "post", "put", "patch", "delete"],
  statusCodes: [200, 400, 404, 408, 413, 422, 429, 500, 503],
  afterStatusCodes: [400, 404, 408, 413, 422],
  retryOnTimeout: true,
  shouldRetry: () => true,
  delay: () => 1,
};

function throwRetry(): never {
  throw new ForceRetryError();
}

function turnRetriesOn({ options }: { readonly options: { readonly retry: object } }): void {
  Object.assign(options.retry, { limit: 3, methods: ["post"], shouldRetry: () => true, delay: () => 1 });
}

function makeOrder(): Request {
  return new Request("https://trading.invalid/order", { method: "POST", body: sent });
}

const ways: readonly Way[] = [
  ["nothing said", (api) => api.post("order", order)],
  ["retry as a number", (api) => api.post("order", { ...order, retry: 5 })],
  ["retry of everything", (api) => api.post("order", { ...order, retry: everything })],
  ["extend", (api) => api.extend({ retry: everything }).post("order", order)],
  ["extend by a function", (api) => api.extend((parent) => ({ ...parent, retry: everything })).post("order", order)],
  ["create", (api) => api.create({ retry: everything }).post("order", order)],
  ["PUT, which ky repeats by default", (api) => api.put("order", { ...order, retry: { limit: 2 } })],
  ["DELETE, which ky repeats by default", (api) => api.delete("order", { retry: { limit: 2 } })],
  ["PATCH", (api) => api.patch("order", { ...order, retry: everything })],
  ["another spelling of the method", (api) => api("order", { ...order, method: "pOsT", retry: everything })],
  [
    "a Request",
    (api) => api(new Request("https://trading.invalid/order", { method: "POST", body: "buy" }), { retry: 3 }),
  ],
  ["a GET that the adapter does not know as a read", (api) => api.get("order", { retry: everything })],
  ["ky.retry()", (api) => api.post("order", { ...order, retry: 3, hooks: { afterResponse: [() => api.retry()] } })],
  [
    "ky.retry() after a GET that is no read",
    (api) => api.get("order", { retry: everything, hooks: { afterResponse: [() => api.retry({ delay: 1 })] } }),
  ],
  [
    "ky.retry() with another request",
    (api) => {
      const other = new Request("https://trading.invalid/order", { method: "POST", body: "again" });
      return api.post("order", { ...order, retry: 3, hooks: { afterResponse: [() => api.retry({ request: other })] } });
    },
  ],
  [
    "a retry that a hook throws",
    (api) => api.post("order", { ...order, retry: 3, hooks: { afterResponse: [throwRetry] } }),
  ],
  [
    "hooks that are replaced",
    (api) => {
      const hooks = replaceOption({ afterResponse: [() => api.retry()] }) as never;
      return api.extend({ hooks }).post("order", { ...order, retry: everything });
    },
  ],
  [
    "a hook that turns retries on",
    (api) => {
      const init = [(options: BrokerClientOptions) => void (options.retry = everything as never)];
      return api.extend({ hooks: { init } }).post("order", order);
    },
  ],
  [
    "a hook that changes what ky made of them",
    (api) => api.post("order", { ...order, hooks: { beforeRequest: [turnRetriesOn] } }),
  ],
  [
    "a read that a hook makes an order",
    (api) => api.get("whoami", { retry: everything, hooks: { beforeRequest: [makeOrder] } }),
  ],
];

describe("an order arrives once, and its first outcome is told, whatever the client was told", () => {
  it.each(ways)("%s", async (_, call) => {
    for (const [status, outcome] of [
      [200, { status: 200, nth: { nth: 1 } }],
      [400, { name: "HTTPError", data: { nth: 1 } }],
      [408, { name: "HTTPError", data: { nth: 1 } }],
      [413, { name: "HTTPError", data: { nth: 1 } }],
      [429, { code: "rate_limited" }],
      [500, { code: "outcome_unknown", status: 500 }],
      [503, { code: "outcome_unknown", status: 503 }],
      ["cut", { code: "outcome_unknown" }],
    ] as const) {
      const { api, arrived } = await desk([status, 200]);
      const told: unknown = await Promise.resolve(call(api)).then(
        async (answer) => ({ status: (answer as Response).status, nth: await (answer as Response).json() }),
        (error: unknown) => error,
      );
      expect(told, String(status)).toMatchObject(outcome);
      expect(arrived, String(status)).toHaveLength(1);
    }
  });

  it("and with an order that never left nothing is hidden: the next try is the caller's", async () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect" });
    const failing: typeof fetch = () => Promise.reject(new TypeError("fetch failed", { cause: refused }));
    const { auth } = await openSocketEnvironment((response) => response.end("{}"), { fetch: failing });
    const error = await failure(brokerClient(auth, "trading").post("order", { ...order, retry: everything }));
    expect(error).toMatchObject({ code: "broker_unavailable", cause: { message: "TypeError (ECONNREFUSED)" } });
    expect((error as Error).message).toContain("nothing was sent");
  });
});

describe("a read", () => {
  it("is sent once by default", async () => {
    const { api, arrived } = await desk([404]);
    expect(await failure(api.get("whoami"))).toMatchObject({ name: "HTTPError", data: { nth: 1 } });
    expect(arrived).toHaveLength(1);
  });

  it("may be repeated by ky where its caller says so", async () => {
    const { api, arrived } = await desk([408, 408, 200]);
    expect(await api.get("whoami", { retry: { limit: 2, delay: () => 1 } }).json()).toEqual({ nth: 3 });
    const again = { retry: 1, hooks: { afterResponse: [() => api.retry({ delay: 1 })] } };
    expect(await failure(api.get("whoami", again))).toMatchObject({ name: "ForceRetryError" });
    expect(arrived).toHaveLength(5);
  });

  it("is told by its answer where retries are off and a hook asks for one", async () => {
    const { api, arrived } = await desk();
    expect(await api.get("whoami", { hooks: { afterResponse: [() => api.retry()] } }).json()).toEqual({ nth: 1 });
    expect(arrived).toHaveLength(1);
  });

  it("is repeated by ky for an error of the engine's where `shouldRetry` says so", async () => {
    const { api, arrived } = await desk([503, 503, 200]);
    const retry = {
      limit: 3,
      delay: () => 1,
      shouldRetry: ({ error }: { error: Error }) =>
        (isBrokerAuthError(error) && ["broker_unavailable", "rate_limited"].includes(error.code)) || undefined,
    };
    expect(await api.get("whoami", { retry }).json()).toEqual({ nth: 3 });
    expect(arrived).toHaveLength(3);
  });

  it("is not repeated by ky for an error of the engine's, which has done what can be done", async () => {
    const { api, arrived } = await desk([503]);
    expect(await failure(api.get("whoami", { retry: 3 }))).toMatchObject({ code: "broker_unavailable" });
    expect(arrived).toHaveLength(1);
  });
});

describe("a limit of ky's own", () => {
  it.each(["timeout", "totalTimeout"] as const)("ends a read: %s", async (name) => {
    const { auth } = await openSocketEnvironment(() => undefined);
    const error = await failure(brokerClient(auth, "trading").get("whoami", { [name]: 100 }));
    expect([isTimeoutError(error), (error as Error).message]).toEqual([
      true,
      "Request timed out: GET https://trading.invalid/whoami",
    ]);
  });

  it.each([
    ["at the call", (api: BrokerClient) => api.post("order", { ...order, timeout: 5_000 })],
    ["of all tries together", (api: BrokerClient) => api.post("order", { ...order, totalTimeout: 5_000 })],
    ["in the defaults", (api: BrokerClient) => api.extend({ timeout: 5_000 }).post("order", order)],
    ["on a GET that is no read", (api: BrokerClient) => api.get("order", { timeout: 5_000 })],
    [
      "by a hook",
      (api: BrokerClient) =>
        api.post("order", { ...order, hooks: { init: [(options) => void (options.timeout = 5_000)] } }),
    ],
  ])("is configuration on what is not a read, because it would hide that the order left: %s", async (_, call) => {
    const { api, arrived } = await desk();
    const error = await failure(call(api));
    expect(error).toMatchObject({ code: "configuration", field: "timeout", account: "main" });
    expect((error as Error).message).toContain("a signal");
    expect(arrived).toEqual([]);
  });

  it("is off by default, and a signal tells what is known of an order", async () => {
    const { auth, arrived } = await openSocketEnvironment(() => undefined);
    const api = brokerClient(auth, "trading");
    const error = await failure(api.post("order", { ...order, timeout: false, signal: AbortSignal.timeout(300) }));
    expect(error).toMatchObject({ code: "outcome_unknown", account: "main" });
    expect(arrived).toHaveLength(1);
  });
});

describe("a mistake of the caller", () => {
  const canary = "canary-9b1d-note-4477";
  it.each<[string, (api: BrokerClient) => PromiseLike<unknown>, string]>([
    ["a body with GET", (api) => api.get("whoami", { body: canary }), "init"],
    ["a number for a signal", (api) => api.post("order", { signal: 5 as never }), "signal"],
    ["a number for options", (api) => api.post("order", 5 as never), "init"],
    ["a number for an address", (api) => api.post(5 as never, order), "init"],
    ["a header of two lines", (api) => api.post("order", { headers: { "x-note": `${canary}\r\nb` } }), "init"],
    ["a header with a control character", (api) => api.post("order", { headers: { "x-note": "\u0001" } }), "headers"],
    ["a retry that is none", (api) => api.post("order", { retry: canary as never }), "retry"],
    ["a time that is none", (api) => api.get("whoami", { timeout: canary as never }), "timeout"],
    ["a time that is too long", (api) => api.get("whoami", { totalTimeout: 1e12 }), "totalTimeout"],
    ["a parser that is none", (api) => api.post("order", { ...order, parseJson: 5 as never }), "parseJson"],
    ["a listener that is none", (api) => api.post("order", { onDownloadProgress: 5 as never }), "onDownloadProgress"],
    ["hooks that are none", (api) => api.post("order", { hooks: { afterResponse: [5 as never] } }), "hooks"],
    ["JSON that is none", (api) => api.post("order", { json: 5n }), "init"],
    ["an option of the engine's that is none", (api) => api.get("whoami", { waitMs: -1 }), "waitMs"],
    ["a fetch of its own", (api) => api.post("order", { ...order, fetch: globalThis.fetch }), "fetch"],
    ["a fetch in the defaults", (api) => api.extend({ fetch: globalThis.fetch }).get("whoami"), "fetch"],
  ])("is configuration without the value, by the promise, and nothing is sent: %s", async (_, call, field) => {
    const { api, arrived } = await desk();
    const error = await failure(call(api));
    expect(isBrokerAuthError(error)).toBe(true);
    expect(error).toMatchObject({ code: "configuration", field });
    expect(JSON.stringify(error)).not.toContain(canary);
    expect(arrived).toEqual([]);
  });

  it("is told by every way to read the answer", async () => {
    const { api } = await desk();
    const promise = api.get("whoami", { body: "x" });
    for (const read of ["json", "text", "arrayBuffer", "blob", "formData", "bytes"] as const)
      expect(await failure(promise[read]())).toMatchObject({ code: "configuration" });
  });

  it("in a hook of its own stays what it is", async () => {
    const { api } = await desk();
    const own = new RangeError("mine");
    const throwing = (): never => {
      throw own;
    };
    expect(() => api.get("whoami", { hooks: { init: [throwing] } })).toThrow(own);
    expect(await failure(api.get("whoami", { hooks: { beforeRequest: [throwing] } }))).toBe(own);
  });
});

describe("an error of ky's own", () => {
  it("holds the request, without the session, and the answer, whatever way it is printed", async () => {
    const { api, auth } = await desk([422]);
    const error = await failure(api.post("order?note=invented", order).json());
    expect(isHTTPError(error)).toBe(true);
    const { "x-token": token = "" } = await auth.headers("main");
    expect(token.length).toBeGreaterThan(8);
    const shown = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error)];
    for (const text of shown) expect(text).not.toContain(token);
    const message =
      "Request failed with status code 422 Unprocessable Entity: POST https://trading.invalid/order?note=invented";
    expect((error as Error).message).toBe(message);
    // What the README says that they show.
    expect(shown[0]).toContain(sent);
    expect(shown[1]).toContain(JSON.stringify(sent));
    expect(shown[1]).toContain('"data":{"nth":1}');
  });

  it("names an account that cannot be a host's name by no name", async () => {
    const { auth } = await desk([404]);
    for (const account of ["main account", "a/b", "ñ", "-", "x".repeat(64)]) {
      const named = { fetch: (_: string, ...rest: [string, object]) => auth.fetch("main", ...rest) };
      const error = await failure(brokerClient(named as typeof auth, account as "main").get("whoami"));
      expect((error as Error).message).toContain("GET https://account.invalid/whoami");
    }
  });
});

it("a POST that the adapter knows as a read is waited for, and not repeated by ky", async () => {
  const kit = toy();
  const provider = { ...kit, isRead: () => true };
  const { auth, arrived } = await openSocketEnvironment(
    (response) => void response.writeHead(arrived.length === 1 ? 429 : 408, { "retry-after": "1" }).end("{}"),
    { provider },
  );
  const error = await failure(
    brokerClient(auth, "trading").post("limits", { ...order, waitMs: 5_000, retry: everything }),
  );
  expect(error).toMatchObject({ name: "HTTPError" });
  expect(arrived).toHaveLength(2);
});
