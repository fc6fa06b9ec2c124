import ky from "ky";
import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { memoryStore } from "./memory-store.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "./testing/toy-broker.ts";
import type { Verdict } from "./verdict.ts";

function bench(provider = toy()) {
  // In the middle of a second, so that the Date header's precision cancels out; ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const account = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const world = {
    fetch: broker.fetch,
    now: () => clock.now(),
    sleep: clock.sleep.bind(clock),
    random: () => 0,
  };
  const store = memoryStore();
  const engine = () => createBrokerAuth({ brokers: [provider], accounts: { main: account }, store, world });
  return { clock, broker, world, auth: engine(), engine };
}

/** The answer as it looks when the connection is lost within its body, as Node's fetch shows that. */
function brokenOff(answer: Response): Response {
  const lost = new TypeError("terminated", {
    cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
  });
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: (controller) => controller.error(lost),
  });
  return new Response(body, { status: answer.status, headers: { "content-type": "application/json" } });
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode("buy");
}

describe("an authorised request", () => {
  it("carries the session's headers and gives the answer as it is, whatever its status", async () => {
    const { auth } = bench();
    expect(await (await auth.fetch("main", "/whoami")).json()).toEqual({ ok: true });
    expect((await auth.fetch("main", "/404")).status).toBe(404);
  });

  it("takes a path, a full address and a Request, and never leaves the session's origin", async () => {
    const { auth, broker } = bench();
    const address = "https://api.toy.example/whoami?x=1";
    expect((await auth.fetch("main", address)).status).toBe(200);
    expect((await auth.fetch("main", new URL(address))).status).toBe(200);
    expect((await auth.fetch("main", new Request(address))).status).toBe(200);
    const before = broker.requests.length;
    for (const foreign of [
      "https://evil.example/whoami",
      "http://api.toy.example/whoami",
      "whoami",
      "https://api.toy.example@evil.example/",
    ]) {
      await expect(auth.fetch("main", foreign)).rejects.toMatchObject({ code: "configuration", field: "url" });
    }
    expect(broker.requests).toHaveLength(before);
  });

  it("cannot be led to another host by a path", async () => {
    const { auth } = bench();
    // The toy broker throws when a request leaves its origin.
    for (const path of ["//evil.example/x", "/\\evil.example/x", "/@evil.example/"]) {
      expect((await auth.fetch("main", path)).status).toBe(404);
    }
  });

  it("cannot have its session headers replaced by the caller's own", async () => {
    const { auth } = bench();
    expect(
      (await auth.fetch("main", "/whoami", { headers: { "X-Token": "mine", accept: "application/json" } })).status,
    ).toBe(200);
  });
});

describe("a broker that answers that it is not working", () => {
  const refusal = { code: "broker_unavailable", message: "down" } as const;
  const down = { ...toy(), judge: (): Verdict => ({ kind: "refused", refusal }) };

  it("leaves an order's fate unknown, and a read is merely not answered", async () => {
    const { auth, broker } = bench(down);
    await expect(auth.fetch("main", "/order", { method: "POST", body: "buy" })).rejects.toMatchObject({
      code: "outcome_unknown",
      retry: "unknown",
      status: 200,
    });
    expect(broker.orders).toEqual(["buy"]);
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({
      code: "broker_unavailable",
      retry: "transient",
    });
  });
});

describe("another client over the fetch", () => {
  it("works as over a standard one: ky sends, parses and keeps its hands off refusals", async () => {
    const { auth, broker } = bench();
    const api = ky.create({
      baseUrl: await auth.origin("main"),
      fetch: (input, init) => auth.fetch("main", input, init),
    });
    expect(await api.get("/whoami").json()).toEqual({ ok: true });
    broker.evict();
    expect(await api.get("/whoami").json()).toEqual({ ok: true });
    expect(broker.minted).toBe(2);
    await api.post("/order", { body: "buy" });
    await expect(api.get("/429")).rejects.toMatchObject({ code: "rate_limited" });
    expect(broker.orders).toEqual(["buy"]);
    expect(broker.requests.filter((path) => path === "/429")).toHaveLength(1);
  });

  it("gets the headers as a frozen plain object, the same one while the session lives", async () => {
    const { auth } = bench();
    const headers = await auth.headers("main");
    expect(Object.isFrozen(headers)).toBe(true);
    expect(await auth.headers("main")).toBe(headers);
  });
});

describe("a refused session (P4, P11)", () => {
  it("is replaced once, and a read is repeated once", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.evict();
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
    expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(2);
  });

  it("does not repeat an order, tells the caller, and has the new session ready", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.evict();
    const order = { method: "POST", body: "buy" };
    await expect(auth.fetch("main", "/order", order)).rejects.toMatchObject({
      code: "session_expired",
      account: "main",
      status: 440,
    });
    expect(broker.orders).toEqual([]);
    expect(broker.minted).toBe(2);
    expect((await auth.fetch("main", "/order", order)).status).toBe(200);
    expect(broker.orders).toEqual(["buy"]);
  });

  it("repeats a request whose caller said that this does no harm, and never a stream", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.evict();
    expect((await auth.fetch("main", "/order", { method: "POST", body: "idempotent", replay: true })).status).toBe(200);
    broker.evict();
    const body = new Blob(["stream"]).stream();
    const streamed = auth.fetch("main", "/order", { method: "POST", body, duplex: "half", replay: true } as never);
    await expect(streamed).rejects.toMatchObject({ code: "session_expired" });
    expect(broker.orders).toEqual(["idempotent"]);
  });

  it("costs one login for a thousand requests that are refused together", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.evict();
    const answers = await Promise.all(Array.from({ length: 1000 }, () => auth.fetch("main", "/whoami")));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(broker.minted).toBe(2);
  });

  it("that another engine has replaced already is adopted, and the late refusal harms nothing", async () => {
    const { auth, broker, engine } = bench();
    await auth.session("main");
    broker.evict();
    await engine().fetch("main", "/whoami");
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
    expect((await auth.session("main")).obtainedBy).toBe("adoption");
  });

  it("is doubted, not ended, by an answer that may be about something else: one probe decides", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    expect((await auth.fetch("main", "/report")).status).toBe(440);
    expect(broker.minted).toBe(1);
    await expect(auth.fetch("main", "/403")).rejects.toMatchObject({ code: "permission_denied", status: 403 });
    expect(broker.minted).toBe(1);
  });

  it("stops the fight after two logins within ten minutes", async () => {
    const { auth, broker, clock } = bench();
    await auth.session("main");
    for (let round = 0; round < 5; round++) {
      broker.evict();
      clock.advance(60_000);
      await auth.fetch("main", "/whoami").catch(() => undefined);
    }
    expect(broker.minted).toBe(2);
    await expect(auth.session("main")).rejects.toMatchObject({ code: "session_replaced" });
  });
});

describe("a request under way", () => {
  it("does not log in again after its account was logged out", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    broker.hold = (path) => {
      if (path !== "/whoami") return undefined;
      arrived.resolve();
      return gate.promise;
    };
    const answer = auth.fetch("main", "/whoami");
    await arrived.promise;
    await auth.logout("main");
    broker.evict();
    gate.resolve();
    await expect(answer).rejects.toMatchObject({ code: "session_expired" });
    expect(broker.minted).toBe(1);
    expect((await auth.status("main")).state).toBe("logged_out");
  });

  it("that dies by our own renewal is no sign of somebody else", async () => {
    const { auth, broker, clock } = bench();
    await auth.session("main");
    for (let round = 0; round < 4; round++) {
      clock.advance(60_000);
      const gate = Promise.withResolvers<void>();
      const renewing = Promise.withResolvers<void>();
      broker.holdAfter = (path) => {
        if (path !== "/renew") return undefined;
        renewing.resolve();
        return gate.promise;
      };
      const renewed = auth.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
      await renewing.promise;
      const poll = auth.fetch("main", "/whoami");
      await Promise.resolve();
      gate.resolve();
      expect((await renewed).generation).toBe(round + 2);
      expect((await poll).status).toBe(200);
    }
    expect(broker.minted).toBe(5);
  });

  it("is ended by the signal of its Request", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    const gone = new AbortController();
    broker.hold = () => new Promise(() => undefined);
    const request = auth.fetch("main", new Request("https://api.toy.example/whoami", { signal: gone.signal }));
    gone.abort();
    await expect(request).rejects.toMatchObject({ code: "aborted" });
  });

  it("that never began is not said to have been sent", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    const before = broker.requests.length;
    const order = { method: "POST", body: "buy" };
    await expect(auth.fetch("main", "/order", { ...order, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    const split = { ...order, headers: { "x-note": "a\r\nb" } };
    await expect(auth.fetch("main", "/order", split)).rejects.toMatchObject({ code: "configuration" });
    expect(broker.requests).toHaveLength(before);
  });

  it("whose body can be read only once is not repeated empty", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.evict();
    const order = { method: "POST", body: pieces(), duplex: "half", replay: true } as never;
    await expect(auth.fetch("main", "/order", order)).rejects.toMatchObject({ code: "session_expired" });
    expect(broker.orders).toEqual([]);
  });

  it("shows no client's number in its errors", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.faultAfter = () => "ECONNRESET";
    const error: unknown = await auth.fetch("main", "/clients/9000000001/orders").catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).toContain("/clients/*/orders");
  });
});

describe("answers that are not about the session (P5)", () => {
  it.each([
    ["/429", "rate_limited"],
    ["/503", "broker_unavailable"],
    ["/302", "protocol_error"],
  ])("never lead to a login: %s is %s", async (path, code) => {
    const { auth, broker } = bench();
    await auth.session("main");
    await expect(auth.fetch("main", path)).rejects.toMatchObject({ code, account: "main", broker: "toy" });
    expect(broker.minted).toBe(1);
    expect((await auth.session("main")).generation).toBe(1);
  });

  it("tell an order without an answer apart from a read without one", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.faultAfter = () => "ECONNRESET";
    await expect(auth.fetch("main", "/order", { method: "POST", body: "buy" })).rejects.toMatchObject({
      code: "outcome_unknown",
    });
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(broker.orders).toEqual(["buy"]);
    expect(broker.minted).toBe(1);
  });

  it("are not known where they break off: an order is outcome_unknown, a read broker_unavailable", async () => {
    const hides = toy();
    const { broker, world, engine, auth: whole } = bench({ ...hides, traits: { ...hides.traits, verdictIn: "body" } });
    await whole.session("main");
    world.fetch = async (input, init) => brokenOff(await broker.fetch(input, init));
    const auth = engine();
    const order = await auth.fetch("main", "/order", { method: "POST", body: "buy" }).catch((error: unknown) => error);
    expect(order).toMatchObject({ code: "outcome_unknown", account: "main", broker: "toy" });
    expect((order as Error).cause).toMatchObject({ name: "TypeError", message: "TypeError (UND_ERR_SOCKET)" });
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "broker_unavailable", account: "main" });
    expect([broker.orders, broker.minted]).toEqual([["buy"], 1]);
    expect((await auth.session("main")).generation).toBe(1);
  });

  it("that break off are the caller's own to read where the status has said everything", async () => {
    const { broker, world, engine, auth: whole } = bench();
    await whole.session("main");
    world.fetch = async (input, init) => brokenOff(await broker.fetch(input, init));
    const answer = await engine().fetch("main", "/whoami");
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow("terminated");
  });

  it("keep the query of a request out of every error", async () => {
    const { auth, broker } = bench();
    await auth.session("main");
    broker.fault = () => "ECONNRESET";
    const error: unknown = await auth.fetch("main", "/whoami?token=hunter2-hunter2").catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});
