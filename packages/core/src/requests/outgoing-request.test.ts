import ky from "ky";
import { describe, expect, it } from "vitest";
import { isBrokerAuthError } from "../errors/broker-auth-error.ts";
import { toy } from "../../test/toy-broker.ts";
import { underGarbageCollection } from "../../test/garbage.ts";
import { openSocketEnvironment } from "../../test/socket-environment.ts";

const canary = "canary-9b1d-token-4477";
const order = { method: "POST", body: "buy" };

function failure(work: Promise<unknown>, what = "it"): Promise<unknown> {
  return work.then(
    () => expect.unreachable(`${what} was expected to fail`),
    (error: unknown) => error,
  );
}

function used(): ReadableStream {
  const stream = new Blob(["buy"]).stream();
  void stream.getReader();
  return stream;
}

async function read(): Promise<Request> {
  const request = new Request("https://api.toy.example/order", order);
  await request.text();
  return request;
}

async function disturbed(): Promise<ReadableStream> {
  const stream = new Blob(["buy"]).stream();
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
  return stream;
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function detachedView(): Uint8Array {
  const view = new Uint8Array(8);
  structuredClone(view, { transfer: [view.buffer] });
  return view;
}

describe("what fetch would refuse", () => {
  const secretive = { toString: () => canary };
  type Row = readonly [what: string, input: unknown, init: unknown, field: string];
  const rows: readonly (Row | (() => Promise<Row>))[] = [
    ["nothing for an address", undefined, order, "url"],
    ["null for an address", null, order, "url"],
    ["a number for an address", 5, order, "url"],
    ["a list for an address", ["/order"], order, "url"],
    ["an empty address", "", order, "url"],
    ["an address with a password", `https://user:${canary}@api.toy.example/order`, order, "url"],
    ["a Request of another library", { url: "https://api.toy.example/order", method: "POST", headers: {} }, {}, "url"],
    async () => ["a Request that was read already", await read(), {}, "body"],
    ["a number for options", "/order", 5, "init"],
    ["a text for options", "/order", canary, "init"],
    [
      "an option that throws",
      "/order",
      {
        get method() {
          throw new TypeError(canary);
        },
      },
      "init",
    ],
    ["a number for a method", "/order", { ...order, method: 5 }, "method"],
    ["null for a method", "/order", { ...order, method: null }, "method"],
    ["an empty method", "/order", { ...order, method: "" }, "method"],
    ["a method with a space", "/order", { ...order, method: `${canary} x` }, "method"],
    ["a method that fetch keeps for itself", "/order", { ...order, method: "CONNECT" }, "method"],
    ["a body with GET", "/order", { body: canary }, "body"],
    ["a body with HEAD", "/order", { method: "HEAD", body: canary }, "body"],
    [
      "a Request with a body made a GET",
      new Request("https://api.toy.example/order", order),
      { method: "GET" },
      "body",
    ],
    ["a plain object for a body", "/order", { ...order, body: { pin: canary } }, "body"],
    ["a list for a body", "/order", { ...order, body: [canary] }, "body"],
    ["a number for a body", "/order", { ...order, body: 5 }, "body"],
    ["a map for a body", "/order", { ...order, body: new Map([[canary, 1]]) }, "body"],
    ["a symbol for a body", "/order", { ...order, body: Symbol(canary) }, "body"],
    ["bytes that were given away", "/order", { ...order, body: detached() }, "body"],
    ["a view of such bytes", "/order", { ...order, body: detachedView() }, "body"],
    ["a stream that is being read", "/order", { ...order, body: used() }, "body"],
    async () => ["a stream that was read", "/order", { ...order, body: await disturbed() }, "body"],
    ["a number for a signal", "/order", { ...order, signal: 5 }, "signal"],
    ["something like a signal", "/order", { ...order, signal: { aborted: false, addEventListener() {} } }, "signal"],
    ["a text for headers", "/order", { ...order, headers: canary }, "headers"],
    ["null for headers", "/order", { ...order, headers: null }, "headers"],
    ["a header's name with a space", "/order", { ...order, headers: { "a b": canary } }, "headers"],
    ["a header of two lines", "/order", { ...order, headers: { "x-note": `${canary}\r\nb` } }, "headers"],
    ["a header with a control character", "/order", { ...order, headers: { "x-note": `${canary}\u0001` } }, "headers"],
    ["a header beyond Latin", "/order", { ...order, headers: { "x-note": `${canary}漢` } }, "headers"],
    ...["expect", "keep-alive", "transfer-encoding", "upgrade"].map((name): Row => [
      `the header ${name}`,
      "/order",
      { ...order, headers: { [name]: canary } },
      "headers",
    ]),
    ...Object.entries({
      cache: canary,
      credentials: canary,
      mode: "navigate",
      redirect: canary,
      referrer: "::",
      referrerPolicy: canary,
      priority: canary,
      window: secretive,
      duplex: canary,
      dispatcher: secretive,
    }).map(([name, value]): Row => [`${name} of a wrong kind`, "/order", { ...order, [name]: value }, name]),
    ["a text for replay", "/order", { ...order, replay: canary }, "replay"],
    ["a number for purpose", "/order", { ...order, purpose: 5 }, "purpose"],
    ["a text for waitMs", "/whoami", { waitMs: canary }, "waitMs"],
    ["a negative waitMs", "/whoami", { waitMs: -1 }, "waitMs"],
    ["no number for waitMs", "/whoami", { waitMs: Number.NaN }, "waitMs"],
  ];

  it("is configuration that names the option and not its value, and nothing is sent", async () => {
    const { auth, arrived } = await openSocketEnvironment((response) => response.end("{}"));
    for (const row of rows) {
      const [what, input, init, field] = typeof row === "function" ? await row() : row;
      const error = await failure(auth.fetch("main", input as string, init as RequestInit), what);
      expect(isBrokerAuthError(error), what).toBe(true);
      expect(error, what).toMatchObject({ code: "configuration", field, account: "main", broker: "toy" });
      expect((error as Error).message, what).toContain("nothing was sent");
      expect(JSON.stringify(error), what).not.toContain(canary);
    }
    expect(arrived).toEqual([]);
  });

  it("is not what fetch takes, however unusual", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    const bytes = new TextEncoder().encode("buy");
    const form = new URLSearchParams({ a: "1 2" });
    const taken: readonly (readonly [unknown, unknown, string])[] = [
      ["/order", { ...order, method: "post" }, "buy"],
      ["/order", { ...order, body: bytes }, "buy"],
      ["/order", { ...order, body: bytes.buffer }, "buy"],
      ["/order", { ...order, body: new Blob(["buy"]) }, "buy"],
      ["/order", { ...order, body: new Blob(["buy"]).stream() }, "buy"],
      ["/order", { ...order, body: form }, "a=1+2"],
      ["/order", { ...order, signal: null, cache: "no-cache", keepalive: true, unknown: 5 }, "buy"],
      ["/order", { ...order, headers: [["x-a", "1"]], redirect: "follow", dispatcher: undefined }, "buy"],
      ["/order", Object.create(order), "buy"],
      ["/order", { method: "POST", body: null }, ""],
      [new URL(`${origin}/order`), order, "buy"],
      ["/order", { method: "POST", replay: true, purpose: "x", waitMs: 5 }, ""],
    ];
    for (const [input, init] of taken)
      expect((await auth.fetch("main", input as string, init as RequestInit)).status).toBe(200);
    expect((await auth.fetch("main", "/order", null as never)).status).toBe(200);
    expect(arrived.map(({ method, body }) => [method, body])).toEqual([
      ...taken.map(([, , body]) => ["POST", body]),
      ["GET", ""],
    ]);
  });
});

describe("a Request", () => {
  it("leaves with the length of its body, its own headers, and those of the session", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    const headers = { "content-type": "application/json", "x-note": "mine", "X-Token": "mine" };
    const request = new Request(`${origin}/order?a=1`, { method: "POST", body: '{"ñ":1}', headers });
    await auth.fetch("main", request);
    const form = new FormData();
    form.set("symbol", "INVENTED");
    await auth.fetch("main", new Request(`${origin}/order`, { method: "POST", body: form }));
    const { "x-token": token } = await auth.headers("main");
    expect(arrived[0]).toMatchObject({
      url: "/order?a=1",
      body: '{"ñ":1}',
      headers: { "content-length": "8", "content-type": "application/json", "x-note": "mine", "x-token": token },
    });
    expect(arrived[1]?.headers["content-type"]).toMatch(/^multipart\/form-data; boundary=/);
    expect(arrived[1]?.body).toContain("INVENTED");
    for (const { headers: sent } of arrived) expect(sent["transfer-encoding"]).toBeUndefined();
  });

  it("of a client that is built on fetch leaves as it would without us: an order by ky has its length", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    const api = ky.create({ baseUrl: origin, fetch: (input, init) => auth.fetch("main", input, init) });
    await api.post("order", { json: { symbol: "INVENTED" }, retry: 0 });
    expect(arrived[0]?.headers).toMatchObject({ "content-length": "21", "content-type": "application/json" });
    expect(arrived[0]?.headers["transfer-encoding"]).toBeUndefined();
  });

  it("may be given for the options, as fetch takes it", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    await auth.fetch("main", "/order", new Request(`${origin}/elsewhere`, order));
    expect(arrived).toMatchObject([{ method: "POST", url: "/order", body: "buy" }]);
  });

  it.each(["status", "body"] as const)(
    "keeps the limit of its signal while the garbage collector runs: verdicts in the %s",
    async (verdictIn) => {
      const kit = toy();
      const provider = { ...kit, traits: { ...kit.traits, verdictIn } };
      const { auth, origin } = await openSocketEnvironment((response) => void response.writeHead(200).write("{"), {
        provider,
      });
      const url = `${origin}/whoami`;
      for (const ask of [
        (signal: AbortSignal) => auth.fetch("main", new Request(url, { signal })),
        (signal: AbortSignal) => auth.fetch("main", "/whoami", { signal }),
        (signal: AbortSignal) => auth.fetch("main", "/whoami", new Request(url, { signal })),
      ]) {
        // Longer than a body is looked at, on a busy machine as well.
        const text = ask(AbortSignal.timeout(1_500)).then((response) => response.text());
        expect(await failure(underGarbageCollection(text))).toMatchObject({ name: "TimeoutError" });
      }
    },
  );

  it("whose body does not come ends with its signal, and nothing is sent", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    const body = new ReadableStream({});
    const signal = AbortSignal.timeout(50);
    const request = new Request(`${origin}/order`, { method: "POST", body, duplex: "half", signal });
    expect(await failure(auth.fetch("main", request))).toMatchObject({ code: "aborted" });
    expect(arrived).toEqual([]);
  });

  it("whose body breaks is the caller's mistake, and nothing is sent", async () => {
    const { auth, arrived, origin } = await openSocketEnvironment((response) => response.end("{}"));
    const body = new ReadableStream({ start: (controller) => controller.error(new Error(canary)) });
    const request = new Request(`${origin}/order`, { method: "POST", body, duplex: "half" });
    const error = await failure(auth.fetch("main", request));
    expect(error).toMatchObject({ code: "configuration", field: "body" });
    expect(JSON.stringify(error)).not.toContain(canary);
    expect(arrived).toEqual([]);
  });
});

describe("a header of the caller's", () => {
  it("that tells a length is left out: the body has the length that it has", async () => {
    const { auth, arrived } = await openSocketEnvironment((response) => response.end("{}"));
    for (const length of ["1", "3", "5", "x"])
      await auth.fetch("main", "/order", { ...order, headers: { "Content-Length": length } });
    expect(arrived.map(({ headers, body }) => [headers["content-length"], body])).toEqual(
      Array.from({ length: 4 }, () => ["3", "buy"]),
    );
  });

  it("does not stand beside the session's, however either is spelled", async () => {
    const kit = toy();
    const provider: typeof kit = {
      ...kit,
      authorize: ({ tokens }) => ({ origin: "", headers: { "X-Token": tokens.token.reveal() } }),
    };
    const { auth, arrived } = await openSocketEnvironment((response) => response.end("{}"), { provider });
    await auth.fetch("main", "/whoami", { headers: { "x-token": "mine", "X-Note": "kept" } });
    const { "X-Token": token } = await auth.headers("main");
    expect(arrived[0]?.headers).toMatchObject({ "x-token": token, "x-note": "kept" });
  });
});

describe("a path", () => {
  it("is judged in the form in which it leaves", async () => {
    const seen: string[] = [];
    const kit = toy();
    const isRead: typeof kit.isRead = ({ method, path }) => (seen.push(`${method} ${path}`), true);
    const { auth, arrived } = await openSocketEnvironment((response) => response.end("{}"), {
      provider: { ...kit, isRead },
    });
    for (const path of ["/a/../whoami?x=/../y", "/./whoami#z", "\u002Fwho ami"]) await auth.fetch("main", path);
    await auth.fetch("main", "/whoami", { method: "get" });
    expect(seen).toEqual(["GET /whoami", "GET /whoami", "GET /who%20ami", "GET /whoami"]);
    expect(arrived.map(({ url }) => url)).toEqual(["/whoami?x=/../y", "/whoami", "/who%20ami", "/whoami"]);
  });
});

describe("a fetch that does not know its signal", () => {
  it("does not hold up the caller: an order that left is outcome_unknown, a read is aborted", async () => {
    const { auth } = await openSocketEnvironment(() => undefined, { fetch: () => new Promise(() => undefined) });
    const limited = { ...order, signal: AbortSignal.timeout(50) };
    expect(await failure(auth.fetch("main", "/order", limited))).toMatchObject({
      code: "outcome_unknown",
      cause: { name: "TimeoutError" },
    });
    const asked = auth.fetch("main", "/whoami", { signal: AbortSignal.timeout(50) });
    expect(await failure(asked)).toMatchObject({ code: "aborted" });
  });
});

describe("a fetch whose answers cannot be read", () => {
  it("is configuration by its name; an order that it sent may have been executed", async () => {
    const odd = (async () => ({
      status: 200,
      headers: new Headers(),
      text: async () => "{}",
    })) as unknown as typeof fetch;
    const { auth } = await openSocketEnvironment((response) => response.end("{}"), { fetch: odd });
    expect(await failure(auth.fetch("main", "/whoami"))).toMatchObject({ code: "configuration", field: "fetch" });
    expect(await failure(auth.fetch("main", "/order", order))).toMatchObject({
      code: "outcome_unknown",
      field: "fetch",
    });
  });
});
