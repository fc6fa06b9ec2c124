import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BrokerAuthError, isBrokerAuthError } from "../errors/broker-auth-error.ts";
import {
  answerDate,
  type BrokerAnswer,
  type BrokerCall,
  type BrokerCallOptions,
  callBroker,
  retryAfter,
} from "./broker-call.ts";
import { errorCodes } from "../errors/error-codes.ts";
import { Secret } from "../contract/secret.ts";
import { scriptedFetch } from "../testing/scripted-fetch.ts";
import { testContext } from "../testing/test-context.ts";

const seed = 20310303;
const canary = "canary-9b1d-mpin-4477";
const options: BrokerCallOptions = {
  broker: "nubra",
  title: "Nubra",
  policy: { domains: [".nubra.io"], environment: "sandbox" },
};

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Listening {
  readonly url: string;
  /** Requests that arrived whole. */
  readonly seen: Seen[];
  /** Connections that were opened. */
  connections: number;
}

/** A real server on a free port of this machine, gone at the end of the test. */
async function serve(answer: (response: ServerResponse, request: Seen, socket: Socket) => void): Promise<Listening> {
  const listening: { -readonly [key in keyof Listening]: Listening[key] } = { url: "", seen: [], connections: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      listening.seen.push(seen);
      answer(response, seen, request.socket);
    });
  });
  server.on("connection", () => (listening.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  listening.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return listening;
}

/** A server below HTTP: what it writes is what arrives. */
async function serveBytes(act: (socket: Socket) => void): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      heard.push(data.toString());
      if (data.toString().includes(canary)) act(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

/** A call with secrets in every place that takes one. */
function secretCall(url: string, given: Partial<BrokerCall> = {}): BrokerCall {
  return {
    step: "verifypin",
    method: "POST",
    origin: url,
    path: `/verifypin?user=${canary}`,
    headers: { authorization: new Secret(`Bearer ${canary}`), "x-device-id": new Secret(canary) },
    json: { pin: new Secret(canary), attempt: 1 },
    ...given,
  };
}

function dated(date: string, age?: string): BrokerAnswer {
  const headers: Readonly<Record<string, string | undefined>> = { date, age };
  return {
    broker: "nubra",
    title: "Nubra",
    step: "s",
    path: "/call",
    status: 200,
    ok: true,
    header: (name) => headers[name],
    json: undefined,
    body: "empty",
  };
}

/** Runs the garbage collector a few times, with room in between for what it finds. No flag has to expose it beforehand. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let run = 0; run < 5; run++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
}

async function failure(promise: Promise<BrokerAnswer>): Promise<BrokerAuthError> {
  const thrown: unknown = await promise.then(
    (answer) => new Error(`it was answered with ${answer.status}`),
    (error: unknown) => error,
  );
  if (!isBrokerAuthError(thrown)) throw thrown;
  keepsSecrets(thrown);
  return thrown;
}

/** No usual way of printing shows a secret, and the HTTP library's objects are out of reach. */
function keepsSecrets(error: BrokerAuthError): void {
  const shown: unknown[] = [JSON.stringify(error), JSON.stringify(Object.entries(error)), String(error), error.stack];
  for (const customInspect of [true, false])
    shown.push(inspect(error, { depth: Infinity, showHidden: true, customInspect }));
  for (let layer: unknown = error.cause; layer instanceof Error; layer = layer.cause) {
    shown.push(inspect(layer, { depth: Infinity, showHidden: true }), layer.message, layer.stack);
    expect(
      Reflect.ownKeys(layer).filter((key) => !["name", "message", "stack", "cause"].includes(String(key))),
    ).toEqual([]);
  }
  expect(shown.join("\n")).not.toContain(canary);
  expect(shown.join("\n")).not.toContain("127.0.0.1");
  expect(inspect(error, { depth: Infinity, customInspect: false })).not.toMatch(/Request \{|Headers \{|Response \{/);
}

function call(
  target: Listening | { url: string },
  given: Partial<BrokerCall> = {},
  more: Partial<BrokerCallOptions> = {},
): Promise<BrokerAnswer> {
  return callBroker(secretCall(target.url, given), { ...options, ...more }, testContext());
}

describe("what is sent", () => {
  it("is one request with exactly the given method, address, headers and JSON", async () => {
    const server = await serve((response) => response.end("{}"));
    const json = { pin: new Secret("0123"), nested: { list: [1, null, "zwei"] }, zero: 0, no: false, ñ: "漢🙂" };
    await callBroker(
      {
        step: "login",
        method: "POST",
        origin: server.url,
        path: "/totp/login?x=1%202",
        headers: { Authorization: new Secret(canary), "x-plain": "yes" },
        json,
      },
      options,
      testContext(),
    );
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: "POST",
      url: "/totp/login?x=1%202",
      body: '{"pin":"0123","nested":{"list":[1,null,"zwei"]},"zero":0,"no":false,"ñ":"漢🙂"}',
      headers: { authorization: canary, "x-plain": "yes", "content-type": "application/json" },
    });
  });

  it("is a form in exactly the given order", async () => {
    const server = await serve((response) => response.end("{}"));
    const form = { jData: new Secret('{"uid":"a b&c=d"}'), plus: "+91 98", empty: "" };
    await callBroker(
      { step: "limits", method: "POST", origin: server.url, path: "/limits", form },
      options,
      testContext(),
    );
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.body).toBe("jData=%7B%22uid%22%3A%22a+b%26c%3Dd%22%7D&plus=%2B91+98&empty=");
    expect(server.seen[0]?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
  });

  it("may stand in the query, a token too, which no error then shows", async () => {
    const server = await serve((response) => response.socket?.destroy());
    const query = { api_key: "a b&c", access_token: new Secret("canary-token-0001") };
    const logout = { step: "logout", method: "DELETE", origin: server.url, path: "/session", query } as const;
    const error: unknown = await callBroker(logout, options, testContext()).catch((thrown: unknown) => thrown);
    expect(server.seen).toMatchObject([
      { method: "DELETE", url: "/session?api_key=a+b%26c&access_token=canary-token-0001" },
    ]);
    expect(error).toMatchObject({ code: "broker_unavailable" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("canary-token");
  });

  it("is nothing but the headers where there is no body", async () => {
    const server = await serve((response) => response.end("{}"));
    await callBroker({ step: "probe", method: "GET", origin: server.url, path: "/userinfo" }, options, testContext());
    expect(server.seen).toMatchObject([{ method: "GET", url: "/userinfo", body: "" }]);
    expect(server.seen[0]?.headers["content-type"]).toBeUndefined();
    expect(server.seen[0]?.headers.cookie).toBeUndefined();
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("may replace the content type of JSON", async () => {
    const server = await serve((response) => response.end("{}"));
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    await callBroker(
      { step: "s", method: "POST", origin: server.url, path: "/", headers, json: {} },
      options,
      testContext(),
    );
    expect(server.seen[0]?.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it.each([
    "https://evil.example/verifypin",
    "http://10.0.0.1/verifypin",
    "https://api.nubra.io/verifypin",
    "http://127.0.0.1@evil.example/",
    "http://user:pw@127.0.0.1:1/",
    "/verifypin",
    "not an address",
  ])("is nothing at all where the address is outside the policy: %s", async (url) => {
    const script = scriptedFetch({ json: {} });
    const error = await failure(
      callBroker(secretCall("", { origin: url, path: "" }), options, testContext({ fetch: script.fetch })),
    );
    expect(error).toMatchObject({ code: "protocol_error", broker: "nubra", step: "verifypin" });
    expect(error.message).toContain("nothing was sent");
    expect(script.sent).toEqual([]);
  });

  it("goes through the given fetch and no other", async () => {
    const script = scriptedFetch({ json: { ok: 1 } });
    const answer = await callBroker(
      secretCall("https://api.nubra.io"),
      { broker: "nubra", title: "Nubra", policy: { domains: [".nubra.io"], environment: "production" } },
      testContext({ fetch: script.fetch }),
    );
    expect(answer.json).toEqual({ ok: 1 });
    expect(script.sent).toMatchObject([
      { method: "POST", path: "/verifypin", body: `{"pin":"${canary}","attempt":1}` },
    ]);
  });
});

describe("what the given fetch gets", () => {
  const login = { domains: [".nubra.io"], environment: "production" };
  type Given = readonly [unknown, RequestInit | undefined];

  async function given(parts: Partial<BrokerCall>, signal = new AbortController().signal): Promise<Given> {
    let seen: Given = [undefined, undefined];
    const keeping: typeof fetch = async (...both) => {
      seen = [both[0], both[1]];
      return Response.json({});
    };
    await callBroker(
      secretCall("https://api.nubra.io", parts),
      { broker: "nubra", title: "Nubra", policy: login },
      testContext({ fetch: keeping, signal }),
    );
    return seen;
  }

  it("is an address and plain options, and no Request", async () => {
    const form = { json: undefined, form: { a: new Secret("1 2"), b: "&" } };
    for (const [parts, type, body] of [
      [{}, "application/json", `{"pin":"${canary}","attempt":1}`],
      [form, "application/x-www-form-urlencoded;charset=UTF-8", "a=1+2&b=%26"],
    ] as const) {
      const [address, init] = await given(parts as Partial<BrokerCall>);
      expect(address).toBe(`https://api.nubra.io/verifypin?user=${canary}`);
      expect(init).toMatchObject({ method: "POST", redirect: "manual", body, signal: expect.any(AbortSignal) });
      expect(init?.headers).toEqual({
        authorization: `Bearer ${canary}`,
        "x-device-id": canary,
        "content-type": type,
      });
    }
    const [, bare] = await given({ method: "GET", headers: {}, json: undefined } as never);
    expect(bare).not.toHaveProperty("body");
  });

  it("is a signal that ends with the caller's own", async () => {
    const controller = new AbortController();
    const [, init] = await given({}, controller.signal);
    expect(init?.signal?.aborted).toBe(false);
    controller.abort();
    expect(init?.signal?.aborted).toBe(true);
  });

  it("asks the platform to keep no answer, tokens included", async () => {
    expect((await given({}))[1]?.cache).toBe("no-store");
  });

  it("leaves that out where the platform refuses the option", async () => {
    const Whole = Request;
    vi.stubGlobal(
      "Request",
      class extends Whole {
        constructor(input: string, init?: RequestInit) {
          if (init?.cache !== undefined)
            throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
          super(input, init);
        }
      },
    );
    vi.resetModules();
    onTestFinished(() => void vi.unstubAllGlobals());
    const fresh = await import("./broker-call.ts");
    const sent: RequestInit[] = [];
    const keeping: typeof fetch = async (_, init) => (sent.push(init!), Response.json({}));
    await fresh.callBroker(
      secretCall("https://api.nubra.io"),
      { broker: "nubra", title: "Nubra", policy: login },
      testContext({ fetch: keeping }),
    );
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toHaveProperty("cache");
  });

  it("leaves with the length of its body", async () => {
    const server = await serve((response) => response.end("{}"));
    await call(server);
    await call(server, { json: undefined, form: { a: "ñ" } } as never);
    expect(server.seen.map(({ headers }) => [headers["content-length"], headers["transfer-encoding"]])).toEqual([
      [String(`{"pin":"${canary}","attempt":1}`.length), undefined],
      [String("a=%C3%B1".length), undefined],
    ]);
  });
});

describe("a fetch whose answers cannot be read", () => {
  it.each<[string, () => unknown]>([
    [
      "that gives Node's streams, as node-fetch does",
      () => ({ status: 200, headers: new Headers(), body: Readable.from(["{}"]) }),
    ],
    ["that gives no body at all", () => ({ status: 200, headers: new Headers(), text: async () => "{}" })],
    ["that gives its JSON and nothing else", () => ({ ok: true, json: async () => ({}) })],
    ["that gives nothing", () => undefined],
  ])("is configuration by its name, and an attempt of unknown outcome with a factor: one %s", async (_, answer) => {
    for (const [carriesFactor, code] of [
      [false, "configuration"],
      [true, "outcome_unknown"],
    ] as const) {
      const context = testContext({ fetch: async () => answer() as Response });
      const error = await failure(callBroker(secretCall("http://127.0.0.1:1", { carriesFactor }), options, context));
      expect(error).toMatchObject({ code, field: "fetch", broker: "nubra", step: "verifypin" });
      expect(error.message).toContain("cannot be read");
    }
  });
});

describe("an answer", () => {
  it.each([200, 201, 202, 299, 400, 401, 403, 404, 409, 424, 429, 440, 500, 502, 503, 504])(
    "comes back with status %d as it is, after one request",
    async (status) => {
      const server = await serve((response) => {
        response.writeHead(status, { "content-type": "application/json", "x-request-id": "42", "retry-after": "1" });
        response.end('{"message":"said the broker"}');
      });
      const answer = await call(server, { carriesFactor: true });
      expect(answer).toMatchObject({ status, ok: status < 300, json: { message: "said the broker" }, body: "json" });
      expect(answer.header("X-Request-Id")).toBe("42");
      expect(answer.header("x-none")).toBeUndefined();
      expect(server.seen).toHaveLength(1);
    },
  );

  it.each<[string, string, unknown, BrokerAnswer["body"]]>([
    ["an object", '{"a":[1]}', { a: [1] }, "json"],
    ["a list", "[1,2]", [1, 2], "json"],
    ["JSON with a byte order mark", "\uFEFF{}", {}, "json"],
    ["JSON in spaces", ' \r\n{"a":1}\n', { a: 1 }, "json"],
    ["nothing", "", undefined, "empty"],
    ["spaces", " \r\n\t", undefined, "empty"],
    ["HTML", "<html><body>Bad gateway</body></html>", undefined, "other"],
    ["truncated JSON", '{"data":{"auth_token":"eyJ', undefined, "other"],
    ["two values", "{}{}", undefined, "other"],
    ["a bare text", '"token"', undefined, "other"],
    ["a bare number", "123456", undefined, "other"],
    ["null", "null", undefined, "other"],
  ])("is told apart by its body: %s", async (_, text, json, body) => {
    const server = await serve((response) => response.end(text));
    const answer = await call(server);
    expect({ json: answer.json, body: answer.body }).toEqual({ json, body });
  });

  it("is read whole where it comes in pieces, also from inside a character", async () => {
    const bytes = Buffer.from('{"name":"ñ漢🙂"}');
    const server = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    expect((await call(server)).json).toEqual({ name: "ñ漢🙂" });
  });

  it("is read whole from a fetch that gives it byte by byte", async () => {
    const bytes = new TextEncoder().encode('{"name":"ñ漢🙂"}');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const context = testContext({ fetch: async () => new Response(body) });
    expect((await callBroker(secretCall("http://127.0.0.1:1"), options, context)).json).toEqual({ name: "ñ漢🙂" });
  });

  it("is read through compression", async () => {
    const server = await serve((response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync('{"a":1}'));
    });
    expect((await call(server)).json).toEqual({ a: 1 });
  });

  it("has no body at 204", async () => {
    const server = await serve((response) => response.writeHead(204).end());
    expect(await call(server)).toMatchObject({ status: 204, ok: true, body: "empty", json: undefined });
  });

  it("changes no prototype, whatever its names are", async () => {
    const body =
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"a":{"__proto__":{"admin":true}}}';
    const server = await serve((response) => response.end(body));
    const { json } = await call(server);
    expect(JSON.stringify(json)).toBe(body);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
    expect((json as Record<string, unknown>)["admin"]).toBeUndefined();
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
  });

  it("may be nested as deep as it fits into the cap", async () => {
    const server = await serve((response) => response.end("[".repeat(100_000)));
    expect((await call(server)).body).toBe("other");
  });

  it("gives no time for a Date header that is not in GMT, so that the host's zone never matters", () => {
    for (const date of [
      "foo 5",
      "5",
      "Mon, 03 Mar 2031 03:30:00",
      "Mon, 03 Mar 2031 03:30:00 IST",
      "Mon, 33 Mar 2031 03:30:00 GMT",
      "2031-03-03T03:30:00Z",
    ]) {
      expect(answerDate(dated(date)), date).toBeUndefined();
    }
    expect(answerDate(dated(" Mon, 03 Mar 2031 03:30:00 GMT "))).toBe(Date.UTC(2031, 2, 3, 3, 30));
    expect(answerDate(dated("Mon, 03 Mar 2031 03:30:00 GMT", "7"))).toBe(Date.UTC(2031, 2, 3, 3, 30, 7));
  });

  it("gives the broker's clock where its Date header is readable", async () => {
    const at = Date.UTC(2031, 2, 3, 3, 30);
    const dates: (string | undefined)[] = [new Date(at).toUTCString(), "soon", undefined];
    const server = await serve((response) => {
      response.sendDate = false;
      const date = dates[server.seen.length - 1];
      response.writeHead(200, date === undefined ? {} : { date }).end();
    });
    const read = [];
    for (const _ of dates) read.push(answerDate(await call(server)));
    expect(read).toEqual([at, undefined, undefined]);
  });
});

describe("a redirect", () => {
  it.each([300, 301, 302, 303, 304, 305, 307, 308, 399])(
    "with status %d is never followed, nor told apart from an error",
    async (status) => {
      const elsewhere = await serve((response) => response.end('{"stolen":true}'));
      const server = await serve((response) => {
        response.writeHead(status, { location: `${elsewhere.url}/collect?token=${canary}` }).end();
      });
      for (const method of ["GET", "POST"] as const) {
        const error = await failure(
          callBroker(
            { step: "login", method, origin: server.url, path: "/", headers: { authorization: new Secret(canary) } },
            options,
            testContext(),
          ),
        );
        expect(error).toMatchObject({ code: "protocol_error", status, step: "login", broker: "nubra" });
        expect(error.message).toContain("redirect");
      }
      expect(server.seen).toHaveLength(2);
      expect([elsewhere.seen, elsewhere.connections]).toEqual([[], 0]);
    },
  );

  it("to itself is not followed either, and its body is not waited for", async () => {
    const server = await serve((response) => {
      response.writeHead(307, { location: "/again" });
      response.write("never ends");
    });
    expect((await failure(call(server, { carriesFactor: true }))).code).toBe("protocol_error");
    expect(server.seen).toHaveLength(1);
  });

  it("is refused where the platform shows it only as opaque", async () => {
    const opaque = new Response(null, { status: 200 });
    Object.defineProperties(opaque, { type: { value: "opaqueredirect" }, status: { value: 0 }, ok: { value: false } });
    const context = testContext({ fetch: async () => opaque });
    expect((await failure(callBroker(secretCall("http://127.0.0.1:1"), options, context))).code).toBe("protocol_error");
  });
});

describe("an answer that is too large", () => {
  it.each([
    [1_000, 1_000, "json"],
    [1_000, 1_001, "protocol_error"],
    [undefined, 262_144, "json"],
    [undefined, 262_145, "protocol_error"],
  ])("is refused beyond the cap: cap %j, %d bytes: %s", async (maxBodyBytes, length, outcome) => {
    const text = JSON.stringify(["x".repeat(length - 4)]);
    const server = await serve((response) => response.end(text));
    const result = await call(server, {}, { maxBodyBytes }).then(
      ({ body }) => body,
      (error: unknown) => isBrokerAuthError(error) && error.code,
    );
    expect(result).toBe(outcome);
  });

  it("counts bytes and not characters", async () => {
    const server = await serve((response) => response.end(JSON.stringify(["漢".repeat(400)])));
    expect((await failure(call(server, {}, { maxBodyBytes: 1_000 }))).code).toBe("protocol_error");
  });

  it("is dropped while it still comes, without end", async () => {
    let written = 0;
    const server = await serve((response, _, socket) => {
      const pour = (): void => {
        while (!socket.destroyed && response.write("x".repeat(1_024))) written += 1_024;
      };
      response.on("drain", pour);
      pour();
    });
    const error = await failure(call(server, { carriesFactor: true }, { maxBodyBytes: 10_000, timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: "protocol_error", status: 200 });
    expect(error.message).toContain("larger");
    expect(written).toBeLessThan(20_000_000);
  });

  it("is dropped at the cap and not after it was unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const server = await serve((response) => {
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      response.end(bomb);
    });
    const before = process.memoryUsage().rss;
    expect((await failure(call(server, {}, { maxBodyBytes: 10_000 }))).code).toBe("protocol_error");
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it("is refused at any status", async () => {
    const server = await serve((response) => response.writeHead(400).end("x".repeat(2_000)));
    const error = await failure(call(server, {}, { maxBodyBytes: 1_000 }));
    expect(error).toMatchObject({ code: "protocol_error", status: 400 });
  });
});

describe("silence", () => {
  const cases: readonly (readonly [string, (socket: Socket) => void])[] = [
    ["the connection is cut before the answer", (socket) => socket.destroy()],
    ["the connection is reset before the answer", (socket) => socket.resetAndDestroy()],
    ["the connection ends in the status line", (socket) => socket.end("HTTP/1.1 20")],
    ["the answer is no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")],
    ["the headers do not end", (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`)],
    ["the body is cut by length", (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"token":"')],
    [
      "the body is cut in a chunk",
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"a"'),
    ],
    [
      "the body is reset",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{}", () => socket.resetAndDestroy()),
    ],
    [
      "the compression is broken",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd"),
    ],
  ];

  it.each(cases)("after sending a factor is outcome_unknown: %s", async (_, act) => {
    const server = await serveBytes(act);
    const error = await failure(call(server, { carriesFactor: true }));
    expect(error).toMatchObject({ code: "outcome_unknown", broker: "nubra", step: "verifypin", retry: "unknown" });
    expect(error.message).toContain("counts as an attempt");
    expect(server.heard.join("").match(/POST /g)).toHaveLength(1);
  });

  it.each(cases)("after sending no factor is broker_unavailable: %s", async (_, act) => {
    const server = await serveBytes(act);
    const error = await failure(call(server, { carriesFactor: false }));
    expect(error).toMatchObject({ code: "broker_unavailable", broker: "nubra", step: "verifypin" });
    expect(error.message).not.toContain("nothing was sent");
    expect(server.heard.join("").match(/POST /g)).toHaveLength(1);
  });

  it.each(["GET", "PUT", "DELETE", "POST"] as const)("is told after one try: %s", async (method) => {
    const server = await serve((_, __, socket) => void socket.destroy());
    const parts = method === "GET" ? { method, json: undefined } : { method };
    const error = await failure(call(server, parts as Partial<BrokerCall>));
    expect([error.code, server.seen.length]).toEqual(["broker_unavailable", 1]);
  });

  it.each([
    ["before the headers", () => undefined],
    ["within the headers", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\n")],
    ["before the body", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")],
    ["within the body", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")],
  ])("ends at the time limit, wherever it hangs: %s", async (_, act) => {
    const outcomes = [true, false].map(async (carriesFactor) => {
      const server = await serveBytes(act);
      const error = await failure(call(server, { carriesFactor }, { timeoutMs: 150 }));
      // On a machine under load the limit may pass before anything arrives.
      expect(server.heard.join("").split("POST ").length).toBeLessThanOrEqual(2);
      return [error.code, (error.cause as Error).name];
    });
    expect(await Promise.all(outcomes)).toEqual([
      ["outcome_unknown", "TimeoutError"],
      ["broker_unavailable", "TimeoutError"],
    ]);
  });

  it("ends after ten seconds where no limit is given", async () => {
    const limit = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new Error("at once")));
    onTestFinished(() => limit.mockRestore());
    await failure(call({ url: "http://127.0.0.1:1" }));
    await failure(call({ url: "http://127.0.0.1:1" }, {}, { timeoutMs: 7 }));
    expect(limit.mock.calls).toEqual([[10_000], [7]]);
  });

  it("ends at the time limit though the body hangs and the garbage collector runs meanwhile", async () => {
    const server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
      void collectGarbage();
    });
    const error = await failure(call(server, { carriesFactor: true }, { timeoutMs: 200 }));
    expect([error.code, (error.cause as Error).name]).toEqual(["outcome_unknown", "TimeoutError"]);
  });

  it.each<[string, typeof fetch]>([
    ["that does not know its signal", () => new Promise(() => undefined)],
    ["whose body does not know it", async () => new Response(new ReadableStream({}))],
    ["that wraps its input in a Request of its own", (input, init) => fetch(new Request(input, init))],
  ])("ends at the time limit with a fetch %s", async (_, given) => {
    const server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
      void collectGarbage();
    });
    const request = secretCall(server.url, { carriesFactor: true });
    const error = await failure(callBroker(request, { ...options, timeoutMs: 200 }, testContext({ fetch: given })));
    expect([error.code, (error.cause as Error).name]).toEqual(["outcome_unknown", "TimeoutError"]);
  });

  it("ends at the time limit though the body trickles without end", async () => {
    const server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const drip = setInterval(() => socket.write("1\r\n \r\n"), 5);
      socket.on("close", () => clearInterval(drip));
    });
    expect((await failure(call(server, { carriesFactor: true }, { timeoutMs: 80 }))).code).toBe("outcome_unknown");
  });
});

describe("a request that never left", () => {
  it.each([true, false])(
    "is broker_unavailable where nobody listens, with a factor (%s) or without",
    async (carriesFactor) => {
      const server = createTcpServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      const error = await failure(call({ url: `http://127.0.0.1:${port}` }, { carriesFactor }));
      expect(error).toMatchObject({ code: "broker_unavailable", broker: "nubra", step: "verifypin" });
      expect(error.message).toContain("nothing was sent");
      // The system's code comes through the errors of fetch.
      expect((error.cause as Error).message).toBe("TypeError (ECONNREFUSED)");
    },
  );

  it.each(["ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "is free though it carries a factor: %s",
    async (fail) => {
      const { fetch } = scriptedFetch({ fail });
      const context = testContext({ fetch });
      const error = await failure(
        callBroker(secretCall("http://127.0.0.1:1", { carriesFactor: true }), options, context),
      );
      expect(error.code).toBe("broker_unavailable");
      expect(error.message).toContain("nothing was sent");
    },
  );

  it.each([
    "ECONNRESET",
    "ETIMEDOUT",
    "EPIPE",
    "UND_ERR_SOCKET",
    "UND_ERR_HEADERS_TIMEOUT",
    "XECONNREFUSED",
    "ECONNREFUSED2",
  ])("is not assumed for %s", async (fail) => {
    const { fetch } = scriptedFetch({ fail });
    const context = testContext({ fetch });
    const error = await failure(
      callBroker(secretCall("http://127.0.0.1:1", { carriesFactor: true }), options, context),
    );
    expect(error.code).toBe("outcome_unknown");
  });
});

describe("the caller's signal", () => {
  it("keeps the request from leaving where it fired before", async () => {
    const script = scriptedFetch({ json: {} });
    const context = testContext({ fetch: script.fetch, signal: AbortSignal.abort(new Error(canary)) });
    const error = await failure(callBroker(secretCall("http://127.0.0.1:1"), options, context));
    expect(error).toMatchObject({ code: "aborted", broker: "nubra", step: "verifypin" });
    expect(script.sent).toEqual([]);
  });

  it("ends a body that hangs, though the garbage collector ran meanwhile", async () => {
    const controller = new AbortController();
    const server = await serveBytes((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
      void collectGarbage().then(() => controller.abort());
    });
    const context = testContext({ signal: controller.signal });
    expect((await failure(callBroker(secretCall(server.url), options, context))).code).toBe("aborted");
  });

  it.each([
    ["before the answer", () => undefined],
    ["within the body", (socket: Socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")],
  ])("ends the call with aborted: %s", async (_, act) => {
    for (const carriesFactor of [true, false]) {
      const controller = new AbortController();
      const server = await serveBytes((socket) => {
        act(socket);
        setImmediate(() => controller.abort(new Error(canary)));
      });
      const context = testContext({ signal: controller.signal });
      const error = await failure(callBroker(secretCall(server.url, { carriesFactor }), options, context));
      expect(error.code).toBe("aborted");
      expect(server.heard.join("").match(/POST /g)).toHaveLength(1);
    }
  });
});

describe("an adapter's fetch that breaks the rules", () => {
  it.each<[string, () => Promise<Response>]>([
    [
      "throws an error with the request on it",
      () => Promise.reject(Object.assign(new TypeError(canary), { request: { body: canary } })),
    ],
    ["throws a text", () => Promise.reject(canary)], // oxlint-disable-line prefer-promise-reject-errors
    ["throws nothing", () => Promise.reject()], // oxlint-disable-line prefer-promise-reject-errors
  ])("gives an error without secrets all the same: it %s", async (_, fetch) => {
    for (const [carriesFactor, code] of [
      [true, "outcome_unknown"],
      [false, "broker_unavailable"],
    ] as const) {
      const context = testContext({ fetch });
      const error = await failure(callBroker(secretCall("http://127.0.0.1:1", { carriesFactor }), options, context));
      expect(error.code).toBe(code);
    }
  });

  it("may throw an error of this library, which passes as it is", async () => {
    const thrown = new BrokerAuthError("rate_limited", "m");
    const context = testContext({ fetch: () => Promise.reject(thrown) });
    await expect(callBroker(secretCall("http://127.0.0.1:1"), options, context)).rejects.toBe(thrown);
  });
});

describe("a request that the platform cannot make", () => {
  it("costs nothing and is told without its parts", async () => {
    const script = scriptedFetch({ json: {} });
    for (const carriesFactor of [true, false]) {
      const odd = secretCall("http://127.0.0.1:1", { method: "TRACE" as "GET", carriesFactor });
      const error = await failure(callBroker(odd, options, testContext({ fetch: script.fetch })));
      expect(error).toMatchObject({ code: "broker_unavailable", broker: "nubra", step: "verifypin" });
      expect(error.message).toContain("nothing was sent");
    }
    expect(script.sent).toEqual([]);
  });
});

describe("a header that cannot be sent", () => {
  it.each(["line\nbreak", "漢", "a…b", "\u0000", "\u0001", "\u007F"])(
    "is named, costs no attempt and is not shown: %j",
    async (suffix) => {
      const script = scriptedFetch({ json: {} });
      const headers = { "x-plain": "yes", authorization: new Secret(canary + suffix + canary) };
      for (const carriesFactor of [true, false]) {
        const context = testContext({ fetch: script.fetch });
        const error = await failure(
          callBroker(secretCall("http://127.0.0.1:1", { headers, carriesFactor }), options, context),
        );
        expect(error).toMatchObject({ code: "broker_unavailable", broker: "nubra", step: "verifypin" });
        expect(errorCodes[error.code].attempt).toBe("not_sent");
        expect(error.message).toMatch(/header authorization .*nothing was sent/);
        expect(error.action).toContain("authorization");
      }
      expect(script.sent).toEqual([]);
    },
  );

  it("is one whose name is none", async () => {
    const script = scriptedFetch({ json: {} });
    const sent = callBroker(
      secretCall("http://127.0.0.1:1", { headers: { "x name": new Secret(canary) } }),
      options,
      testContext({ fetch: script.fetch }),
    );
    expect((await failure(sent)).message).toContain("header x name");
    expect(script.sent).toEqual([]);
  });

  it("is none of those that a platform takes, whatever they hold", async () => {
    const server = await serve((response) => response.end("{}"));
    const values = ["", " padded\n", "tab\tinside", "ÿ latin", "!#$%&'*+-.^_`|~"];
    for (const value of values) await call(server, { headers: { authorization: new Secret(value) } });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(values.map((value) => value.trim()));
  });
});

describe("how long a broker asks to wait", () => {
  const now = Date.UTC(2031, 2, 3, 3, 30);

  it.each<[string | undefined, number | undefined]>([
    ["7", 7_000],
    [" 120 ", 120_000],
    ["0", 0],
    ["3600", 3_600_000],
    ["3601", 3_601_000],
    ["99999999999", 86_400_000],
    [new Date(now + 9_000).toUTCString(), 9_000],
    [new Date(now - 9_000).toUTCString(), 0],
    [new Date(now + 86_400_000).toUTCString(), 86_400_000],
    [undefined, undefined],
    ["", undefined],
    ["  ", undefined],
    ["soon", undefined],
    ["5 minutes", undefined],
    ["-5", undefined],
    ["+5", undefined],
    ["1.5", undefined],
    ["call 5", undefined],
    ["2031-03-03", undefined],
    ["Mon, 03 Mar 2031 03:30:09", undefined],
    ["9".repeat(300), 86_400_000],
    ["9".repeat(400), undefined],
  ])("%j is %j ms", (value, expected) => {
    expect(retryAfter(value, now)).toBe(expected);
  });

  it("is from nothing to a day, whatever the header says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.nat().map(String), fc.date().map(String)), (value) => {
        const ms = retryAfter(value, now) ?? 0;
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(24 * 3_600_000);
      }),
      { seed, numRuns: 500 },
    );
  });
});
