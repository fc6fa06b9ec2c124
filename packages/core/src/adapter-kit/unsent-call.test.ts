import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerCall, type BrokerCallOptions, callBroker } from "./broker-call.ts";
import { BrokerClock } from "../engine/broker-clock.ts";
import { platformOf } from "../engine/platform.ts";
import { Secret } from "../contract/secret.ts";
import { testContext } from "../testing/test-context.ts";
import { isMarkedUnsent } from "./unsent-failure.ts";

const options: BrokerCallOptions = {
  broker: "toy",
  title: "Toy",
  policy: { domains: [".toy.example"], environment: "sandbox" },
};
const real: BrokerCallOptions = {
  broker: "toy",
  title: "Toy",
  policy: { domains: [".toy.example"], environment: "production" },
};

function pin(origin: string, given: Partial<BrokerCall> = {}): BrokerCall {
  return {
    step: "pin",
    method: "POST",
    origin,
    path: "",
    json: { pin: new Secret("1234") },
    carriesFactor: true,
    ...given,
  };
}

/** The port of a server below HTTP and TLS. */
async function listen(act: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    act(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function failure(work: Promise<unknown>): Promise<BrokerAuthError> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error as BrokerAuthError,
  );
}

/** What came of a call by a fetch that answers everything, and how often that was called. */
async function sent(call: BrokerCall, given: BrokerCallOptions): Promise<[unknown, number]> {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({}));
  const outcome = await callBroker(call, given, testContext({ fetch })).then(
    ({ status }) => status,
    (error: unknown) => error,
  );
  return [outcome, fetch.mock.calls.length];
}

describe("a factor that did not leave", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["the connection closes before TLS stands", (socket) => void socket.destroy()],
    ["it is reset once TLS has begun", (socket) => void socket.once("data", () => socket.resetAndDestroy())],
    ["plain text answers TLS", (socket) => void socket.once("data", () => socket.end("HTTP/1.1 302 Found\r\n\r\n"))],
    [
      "the handshake gets an alert",
      (socket) => void socket.once("data", () => socket.end(Buffer.of(21, 3, 3, 0, 2, 2, 80))),
    ],
    ["TLS is never answered, and the limit ends the call", () => undefined],
  ])("is broker_unavailable, and free: %s", async (_, act) => {
    const url = `https://127.0.0.1:${await listen(act)}/pin`;
    // As a call has it, and as a login of the engine's has it, which listens for the time in every answer.
    const platform = platformOf({});
    const clock = new BrokerClock({ platform, ofThisHost: true, emit: () => undefined });
    for (const context of [testContext(), testContext({ fetch: clock.listening(platform.fetch) })]) {
      const error = await failure(callBroker(pin(url), { ...options, timeoutMs: 1_000 }, context));
      expect(error).toMatchObject({ code: "broker_unavailable", step: "pin" });
      expect(error.message).toBe("pin: the broker could not be reached; nothing was sent");
    }
  });

  it.each<[string, (socket: Socket) => void]>([
    ["the connection closes", (socket) => void socket.destroy()],
    ["it is reset", (socket) => void socket.resetAndDestroy()],
    ["nothing is answered", () => undefined],
  ])("is told from one that did: %s after it arrived", async (_, act) => {
    const port = await listen((socket) => void socket.on("data", (data) => data.includes("1234") && act(socket)));
    const call = callBroker(pin(`http://127.0.0.1:${port}/pin`), { ...options, timeoutMs: 1_000 }, testContext());
    expect((await failure(call)).code).toBe("outcome_unknown");
  });

  it("is still the caller's aborted where its signal ended the call, marked as unsent", async () => {
    const controller = new AbortController();
    const silent = await listen(() => controller.abort());
    const hearing = await listen((socket) => void socket.on("data", () => ending.abort()));
    const ending = new AbortController();
    const before = await failure(
      callBroker(pin(`https://127.0.0.1:${silent}/`), options, testContext({ signal: controller.signal })),
    );
    const after = await failure(
      callBroker(pin(`http://127.0.0.1:${hearing}/`), options, testContext({ signal: ending.signal })),
    );
    const never = await failure(
      callBroker(pin(`http://127.0.0.1:1/`), options, testContext({ signal: ending.signal })),
    );
    expect([before, after, never].map((error) => [error.code, isMarkedUnsent(error)])).toEqual([
      ["aborted", true],
      ["aborted", false],
      ["aborted", true],
    ]);
    expect(before.message).toBe("pin: ended by its signal before it was sent");
  });
});

describe("while certificates are not checked in this process", () => {
  const variable = "NODE_TLS_REJECT_UNAUTHORIZED";

  it("no call of an adapter goes to a real broker: configuration, and free", async () => {
    vi.stubEnv(variable, "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const call of [
      pin("https://api.toy.example/pin"),
      pin("https://api.toy.example/", { method: "GET", carriesFactor: false }),
    ]) {
      const [error, times] = await sent(call, real);
      expect(times).toBe(0);
      expect(error).toMatchObject({ code: "configuration", field: variable, step: "pin" });
      expect((error as BrokerAuthError).message).toMatch(/nothing was sent$/);
      expect(isMarkedUnsent(error as BrokerAuthError)).toBe(true);
    }
  });

  it("the sandbox is called, on this machine", async () => {
    vi.stubEnv(variable, "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await sent(pin("https://127.0.0.1:8443/pin"), options)).toEqual([200, 1]);
  });

  it.each(["", "1", "false", "00", undefined])("is said by 0 alone, as Node and Bun take it: %j", async (value) => {
    vi.stubEnv(variable, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await sent(pin("https://api.toy.example/pin"), real)).toEqual([200, 1]);
  });

  it("is not asked for where a look needs a permission, or throws", async () => {
    onTestFinished(() => void vi.unstubAllGlobals());
    let reads = 0;
    const get = (): never => {
      reads += 1;
      throw new TypeError("not allowed");
    };
    vi.stubGlobal("process", Object.create(process, { env: { value: new Proxy({}, { get }) } }));
    expect(await sent(pin("https://api.toy.example/pin"), real)).toEqual([200, 1]);
    expect(reads).toBe(1);
    vi.stubGlobal("Deno", {});
    expect(await sent(pin("https://api.toy.example/pin"), real)).toEqual([200, 1]);
    expect(reads).toBe(1);
  });
});
