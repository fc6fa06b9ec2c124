import ky from "ky";
import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import type { NetworkReport } from "../contract/network-report.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { Refusal, ResponseView, Verdict } from "../contract/verdict.ts";

function openTestEnvironment(provider = toy()) {
  // In the middle of a second, so that the Date header's precision cancels out; ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const account = { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const store = memoryStore();
  const engine = () => createBrokerAuth({ brokers: [provider], accounts: { main: account }, store, ...platform });
  return { clock, broker, platform, store, auth: engine(), engine };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
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

/** What a browser shows of a redirect. */
function hidden(): Response {
  return Object.defineProperties(new Response(null), { type: { value: "opaqueredirect" }, status: { value: 0 } });
}

describe("an authorised request", () => {
  it("carries the session's headers and gives the answer as it is, whatever its status", async () => {
    const { auth } = openTestEnvironment();
    expect(await (await auth.fetch("main", "/whoami")).json()).toEqual({ ok: true });
    expect((await auth.fetch("main", "/404")).status).toBe(404);
  });

  it("takes a path, a full address and a Request, and never leaves the session's origin", async () => {
    const { auth, broker } = openTestEnvironment();
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
    const { auth } = openTestEnvironment();
    // The toy broker throws when a request leaves its origin.
    for (const path of ["//evil.example/x", "/\\evil.example/x", "/@evil.example/"]) {
      expect((await auth.fetch("main", path)).status).toBe(404);
    }
  });

  it("carries the caller's own headers, and cannot have the session's replaced by them", async () => {
    const { broker, platform, engine } = openTestEnvironment();
    const sent: Headers[] = [];
    platform.fetch = async (input, init) => {
      sent.push(new Request(input, init).headers);
      return broker.fetch(input, init);
    };
    const auth = engine();
    const { "x-token": token } = await auth.headers("main");
    for (const headers of [undefined, { "X-Token": "mine", accept: "text/csv" }])
      expect((await auth.fetch("main", "/whoami", headers && { headers })).status).toBe(200);
    expect(sent.slice(-2).map((headers) => [headers.get("x-token"), headers.get("accept")])).toEqual([
      [token, null],
      [token, "text/csv"],
    ]);
  });

  it("waits for a login no longer than its caller does, and the login goes on", async () => {
    const { auth, broker } = openTestEnvironment();
    const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    broker.hold = (path) => (path === "/pin" ? (arrived.resolve(), gate.promise) : undefined);
    const gone = new AbortController();
    const request = failure(auth.fetch("main", "/whoami", { signal: gone.signal }));
    await arrived.promise;
    gone.abort();
    expect(await request).toMatchObject({ code: "aborted" });
    gate.resolve();
    await auth.session("main");
    expect(broker.minted).toBe(1);
    expect(broker.minted).toBe(1);
    expect(broker.requests).not.toContain("/whoami");
  });
});

describe("an answer", () => {
  it("is shown to the adapter by its status, its headers by any spelling, and its JSON where it is an error's", async () => {
    const seen: unknown[] = [];
    const provider = toy();
    const classify = (view: ResponseView): Verdict => {
      const { method, path, status } = view;
      const header = [view.header("Content-Type"), view.header("x-none")];
      seen.push([method, path, status, header, "json" in view ? view.json : "not looked at"]);
      return { kind: "alive" };
    };
    const { auth } = openTestEnvironment({ ...provider, classify });
    for (const path of ["/whoami?secret=1", "/399", "/400", "/440"])
      await auth.fetch("main", path).catch(() => undefined);
    const type = ["application/json", undefined];
    expect(seen).toEqual([
      ["GET", "/whoami", 200, type, "not looked at"],
      ["GET", "/400", 400, type, {}],
      ["GET", "/440", 440, type, {}],
    ]);
  });

  it("that would lead elsewhere is protocol_error, whatever kind of redirect it is, and never followed", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    for (const path of ["/300", "/302", "/399"]) {
      expect(await failure(auth.fetch("main", path))).toMatchObject({
        code: "protocol_error",
        status: Number(path.slice(1)),
      });
    }
    expect((await auth.fetch("main", "/400")).status).toBe(400);
    expect(broker.minted).toBe(1);
  });

  it("to an order that would lead elsewhere is outcome_unknown: it may have been taken, and is not sent again", async () => {
    const { platform, auth: before, engine } = openTestEnvironment();
    await before.session("main");
    let sent = 0;
    for (const [answer, status] of [
      [() => new Response(null, { status: 302, headers: { location: "/elsewhere" } }), 302],
      [hidden, 0],
    ] as const) {
      platform.fetch = async () => ((sent += 1), answer());
      const order = engine().fetch("main", "/order", { method: "POST", body: "buy" });
      expect(await failure(order)).toMatchObject({ code: "outcome_unknown", status });
    }
    expect(sent).toBe(2);
  });

  it("that a browser hides because it is a redirect is protocol_error as well", async () => {
    const { platform, auth: before, engine } = openTestEnvironment();
    await before.session("main");
    platform.fetch = async () => hidden();
    expect(await failure(engine().fetch("main", "/whoami"))).toMatchObject({ code: "protocol_error", status: 0 });
  });

  it("without a body is as good as any other: 304 is the caller's, a redirect and refusals are told", async () => {
    const { platform, broker, auth: before, engine } = openTestEnvironment();
    await before.session("main");
    platform.fetch = async (input, init) => {
      const { pathname } = new URL(new Request(input).url);
      if (pathname === "/304") return new Response(null, { status: 304 });
      const { status, headers } = await broker.fetch(input, init);
      return status === 200 ? broker.fetch(input, init) : new Response(null, { status, headers });
    };
    const auth = engine();
    expect((await auth.fetch("main", "/304")).status).toBe(304);
    expect(await failure(auth.fetch("main", "/302"))).toMatchObject({ code: "protocol_error" });
    expect(await failure(auth.fetch("main", "/429"))).toMatchObject({ code: "rate_limited", status: 429 });
    broker.evict();
    expect((await auth.fetch("main", "/report")).status).toBe(440);
    expect((await auth.session("main")).obtainedBy).toBe("renewal");
  });

  it("that is an error of the library's own, from a fetch that was given, stays that error", async () => {
    const { platform, auth: before, engine } = openTestEnvironment();
    await before.session("main");
    const own = new BrokerAuthError("rate_limited", "this program's own limit");
    platform.fetch = () => Promise.reject(own);
    expect(await failure(engine().fetch("main", "/whoami"))).toBe(own);
  });
});

const unlisted: Refusal = { code: "ip_not_allowed", message: "the broker does not know this address" };
const refusing = (refusal: Refusal, more: Partial<ReturnType<typeof toy>> = {}) =>
  openTestEnvironment({ ...toy(), ...more, classify: (): Verdict => ({ kind: "refused", refusal }) });

const network = async (): Promise<NetworkReport> => ({ address: "203.0.113.10", message: "fine" });
const silent = (): Promise<never> => Promise.reject(new BrokerAuthError("broker_unavailable", "no answer"));

describe("a refusal that is not about the session", () => {
  it("carries the broker's code, its wait and the adapter's advice, or the code's own", async () => {
    const refusal: Refusal = { code: "rate_limited", message: "too fast", brokerCode: "1006", retryAfterMs: 250 };
    const { action: usual } = new BrokerAuthError("rate_limited", "too fast");
    for (const action of [undefined, "Ask for fewer quotes."]) {
      const { auth } = refusing({ ...refusal, action });
      // It was refused, so it was not executed: an order as well.
      for (const method of ["GET", "POST"]) {
        expect(await failure(auth.fetch("main", "/400", { method }))).toMatchObject({
          ...refusal,
          action: action ?? usual,
          status: 400,
          account: "main",
        });
      }
    }
  });

  it("of an address names the one that the broker sees, where that can be found out", async () => {
    const seen = `${unlisted.message} (the broker sees this program at 203.0.113.10)`;
    for (const [more, message] of [
      [{ network }, seen],
      [{ network: async () => ({ message: "not told" }) }, unlisted.message],
      [{ network: silent }, unlisted.message],
      [{}, unlisted.message],
    ] as const) {
      const { auth, broker } = refusing(unlisted, more);
      expect(await failure(auth.fetch("main", "/whoami"))).toMatchObject({ code: "ip_not_allowed", message });
      expect(broker.minted).toBe(1);
    }
    const { auth } = refusing({ ...unlisted, code: "permission_denied" }, { network });
    expect(await failure(auth.fetch("main", "/whoami"))).toMatchObject({ message: unlisted.message });
  });
});

describe("a broker that answers that it is not working", () => {
  const refusal = { code: "broker_unavailable", message: "down" } as const;
  const down = { ...toy(), classify: (): Verdict => ({ kind: "refused", refusal }) };

  it("leaves an order's fate unknown, and a read is merely not answered", async () => {
    const { auth, broker } = openTestEnvironment(down);
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
    const { auth, broker } = openTestEnvironment();
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
    const { auth } = openTestEnvironment();
    const headers = await auth.headers("main");
    expect(Object.isFrozen(headers)).toBe(true);
    expect(await auth.headers("main")).toBe(headers);
  });
});

/** An environment whose broker answers a read with these statuses and waits before it works again. */
async function busy(...answers: readonly (readonly [status: number, retryAfter: string | undefined])[]) {
  const { broker, platform, clock, engine, auth: before } = openTestEnvironment();
  await before.session("main");
  const left = [...answers];
  platform.fetch = async (input, init) => {
    const [status, wait] = left.shift() ?? [];
    if (status === undefined) return broker.fetch(input, init);
    broker.requests.push(new URL(new Request(input).url).pathname);
    return new Response("{}", { status, headers: wait === undefined ? {} : { "retry-after": wait } });
  };
  const asked = (): number => broker.requests.filter((path) => path === "/whoami" || path === "/order").length;
  return { auth: engine(), platform, clock, asked };
}

describe("a broker that asks a read to come again later", () => {
  it("is asked again after that time where the caller lets it wait so long, in all", async () => {
    const { auth, clock, asked } = await busy([429, "2"], [503, "3"]);
    expect((await auth.fetch("main", "/whoami", { waitMs: 5_000 })).status).toBe(200);
    expect([clock.sleeps.slice(-2), asked()]).toEqual([[2_000, 3_000], 3]);
  });

  it("is not asked again where that takes longer than the caller waits: the error says how long", async () => {
    for (const [waitMs, answers, sleeps] of [
      [undefined, [[429, "1"]], 0],
      [0, [[503, "0"]], 0],
      [1_999, [[429, "2"]], 0],
      [
        4_999,
        [
          [429, "2"],
          [503, "3"],
        ],
        1,
      ],
    ] as const) {
      const { auth, clock, asked } = await busy(...answers);
      const slept = clock.sleeps.length;
      const code = answers.at(-1)?.[0] === 429 ? "rate_limited" : "broker_unavailable";
      const limits = waitMs === undefined ? {} : { waitMs };
      expect(await failure(auth.fetch("main", "/whoami", limits))).toMatchObject({ code });
      expect([clock.sleeps.length - slept, asked()]).toEqual([sleeps, sleeps + 1]);
    }
  });

  it("is not asked in a tight loop where it says that no wait is needed", async () => {
    const { auth, asked } = await busy(...Array.from({ length: 50 }, () => [429, "0"] as const));
    await expect(auth.fetch("main", "/whoami", { waitMs: 1_000 })).rejects.toMatchObject({ code: "rate_limited" });
    expect(asked()).toBe(5);
  });

  it("is not asked again where it names no time, nor for what is no read, nor for another status", async () => {
    const order = { method: "POST", body: "buy" };
    for (const [answer, path, init] of [
      [[429, undefined], "/whoami", {}],
      [[429, "soon"], "/whoami", {}],
      [[429, "1"], "/order", order],
      [[429, "1"], "/order", { ...order, replay: true }],
      [[500, "1"], "/whoami", {}],
    ] as const) {
      const { auth, clock, asked } = await busy(answer);
      const slept = clock.sleeps.length;
      await failure(auth.fetch("main", path, { ...init, waitMs: 60_000 }));
      expect([clock.sleeps.length - slept, asked()]).toEqual([0, 1]);
    }
  });

  it("is not waited for after the caller's signal or the end of the engine", async () => {
    for (const end of ["signal", "close"] as const) {
      const { auth, platform } = await busy([429, "2"]);
      const gone = new AbortController();
      const { sleep } = platform.clock;
      platform.clock.sleep = async (ms, signal) => {
        if (end === "signal") gone.abort();
        else await auth.close();
        return sleep(ms, signal);
      };
      const asked = auth.fetch("main", "/whoami", { waitMs: 5_000, signal: gone.signal });
      expect(await failure(asked)).toMatchObject({ code: "aborted", account: "main" });
    }
  });

  it("is not asked again after a logout, and nobody is logged in for it", async () => {
    const { auth, platform, asked } = await busy([429, "2"]);
    const { sleep } = platform.clock;
    platform.clock.sleep = async (ms, signal) => {
      await auth.logout("main");
      return sleep(ms, signal);
    };
    expect(await failure(auth.fetch("main", "/whoami", { waitMs: 5_000 }))).toMatchObject({ code: "session_expired" });
    expect([asked(), (await auth.status("main")).state]).toEqual([1, "logged_out"]);
  });
});

describe("a refused session (P4, P11)", () => {
  it("is replaced once, and a read is repeated once", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
    expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(2);
  });

  it("does not repeat an order, tells the caller, and has the new session ready", async () => {
    const { auth, broker } = openTestEnvironment();
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
    const { auth, broker } = openTestEnvironment();
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
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    const answers = await Promise.all(Array.from({ length: 1000 }, () => auth.fetch("main", "/whoami")));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(broker.minted).toBe(2);
  });

  it("that another engine has replaced already is adopted, and the late refusal harms nothing", async () => {
    const { auth, broker, engine } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    await engine().fetch("main", "/whoami");
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
    expect((await auth.session("main")).obtainedBy).toBe("store");
  });

  it("is doubted, not ended, by an answer that may be about something else: one probe decides", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    expect((await auth.fetch("main", "/report")).status).toBe(440);
    expect(broker.minted).toBe(1);
    await expect(auth.fetch("main", "/403")).rejects.toMatchObject({ code: "permission_denied", status: 403 });
    expect(broker.minted).toBe(1);
  });

  it("is no reason to repeat a GET that the adapter does not know as a read: some have effects", async () => {
    for (const path of ["/unknown", "/order", "//whoami", "/whoami/", "/who%61mi", "/WHOAMI", "/report/../order"]) {
      const { auth, broker } = openTestEnvironment({
        ...toy(),
        classify: ({ status }) => ({ kind: status < 400 ? "alive" : "dead" }),
      });
      await auth.session("main");
      broker.evict();
      const before = broker.requests.length;
      expect(await failure(auth.fetch("main", path))).toMatchObject({ code: "session_expired" });
      const asked = broker.requests.slice(before).filter((one) => one !== "/renew");
      expect(asked).toHaveLength(1);
      expect(broker.minted).toBe(2);
    }
  });

  it("is doubted and found dead: it is replaced, and the request is repeated once", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    expect((await auth.fetch("main", "/report")).status).toBe(440);
    expect(broker.minted).toBe(2);
    expect(broker.requests.slice(3)).toEqual(["/report", "/whoami", "/renew", "/report", "/whoami"]);
  });

  it("is not asked about where a newer one is at hand already", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    await auth.session("main");
    const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    broker.hold = (path) => {
      if (path !== "/report") return undefined;
      broker.hold = undefined;
      arrived.resolve();
      return gate.promise;
    };
    const late = auth.fetch("main", "/report");
    await arrived.promise;
    clock.advance(3_600_000);
    await auth.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
    gate.resolve();
    expect((await late).status).toBe(440);
    // The one question is about the newer session, which answered in the same way.
    expect(broker.requests.filter((path) => path === "/whoami" || path === "/report")).toEqual([
      "/report",
      "/report",
      "/whoami",
    ]);
    expect(broker.minted).toBe(2);
  });

  it("right after our own login is not answered by another login: somebody else is there", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.hold = (path) => void (path === "/whoami" && broker.evict());
    expect(await failure(auth.fetch("main", "/whoami"))).toMatchObject({
      code: "session_replaced",
      account: "main",
      status: 440,
    });
    expect(broker.minted).toBe(2);
    expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(2);
  });

  it("that our own renewals replaced under a request is no fight, however often that happens", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    await auth.session("main");
    let renewals = 0;
    broker.hold = async (path) => {
      if (path !== "/whoami" || renewals === 3) return;
      renewals += 1;
      clock.advance(600_000);
      await auth.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
    };
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect([renewals, broker.minted]).toEqual([3, 4]);
  });

  it("that other programs replace again and again is adopted a few times, and then somebody is told", async () => {
    const { auth, broker, clock, engine } = openTestEnvironment();
    const other = engine();
    await auth.session("main");
    let mine = 0;
    broker.hold = async (path) => {
      if (path !== "/whoami" || mine === 20) return;
      mine += 1;
      clock.advance(600_000);
      await other.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
    };
    expect(await failure(auth.fetch("main", "/whoami"))).toMatchObject({ code: "session_replaced", status: 440 });
    // Its own session, and three that it adopted, and the last of them once more than it is willing to.
    expect(mine).toBe(5);
    expect(broker.requests.filter((path) => path === "/renew")).toHaveLength(5);
    broker.hold = undefined;
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
  });

  it("whose order is not repeated tells what to do next: send it again, or first see to the login", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    await auth.session("main");
    const order = { method: "POST", body: "buy" };
    broker.evict();
    expect(await failure(auth.fetch("main", "/order", order))).toMatchObject({
      code: "session_expired",
      action: "A new session is ready: send the request again if it is still wanted.",
    });
    clock.advance(600_000);
    broker.evict();
    broker.pin = "5678";
    const error = await failure(auth.fetch("main", "/order", order));
    expect(error).toMatchObject({ code: "session_expired", account: "main", cause: { code: "pin_rejected" } });
    const { message, action } = (error as Error).cause as BrokerAuthError;
    expect((error as BrokerAuthError).action).toBe(`There is no new session: ${message}. ${action}`);
    expect(broker.orders).toEqual([]);
  });

  it("whose order is not repeated tells what the store failed with, and nothing of the store's own", async () => {
    const { auth, broker, store } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    store.lock = () => Promise.reject(new RangeError("a store of somebody's own"));
    expect(await failure(auth.fetch("main", "/order", { method: "POST" }))).toMatchObject({
      code: "session_expired",
      action: expect.stringMatching(/^There is no new session: the token store failed/) as string,
      cause: { code: "store_unavailable", cause: { message: "RangeError" } },
    });
  });

  it("stops the fight after two logins within ten minutes", async () => {
    const { auth, broker, clock } = openTestEnvironment();
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
  it.each([["logout"], ["purge"], ["logout", "purge"]] as const)(
    "does not log in again after its account was ended by a person: %s %s",
    async (...words) => {
      const { auth, broker } = openTestEnvironment();
      await auth.session("main");
      const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      broker.hold = (path) => (path === "/whoami" ? (arrived.resolve(), gate.promise) : undefined);
      const answer = failure(auth.fetch("main", "/whoami"));
      await arrived.promise;
      for (const word of words) await auth[word]("main");
      broker.evict();
      gate.resolve();
      expect(await answer).toMatchObject({
        code: "session_expired",
        status: 440,
        action: "Log in again if that was not meant.",
      });
      expect(broker.minted).toBe(1);
      expect((await auth.status("main")).state).toBe("logged_out");
    },
  );

  it("that dies by our own renewal is no sign of somebody else", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    await auth.session("main");
    for (let round = 0; round < 4; round++) {
      clock.advance(600_000);
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
      await renewed;
      expect(broker.minted).toBe(round + 2);
      expect((await poll).status).toBe(200);
    }
    expect(broker.minted).toBe(5);
  });

  it("is ended by the signal of its Request", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    const gone = new AbortController();
    broker.hold = () => new Promise(() => undefined);
    const request = auth.fetch("main", new Request("https://api.toy.example/whoami", { signal: gone.signal }));
    gone.abort();
    await expect(request).rejects.toMatchObject({ code: "aborted" });
  });

  it("that never began is not said to have been sent", async () => {
    const { auth, broker } = openTestEnvironment();
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
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.evict();
    const order = { method: "POST", body: pieces(), duplex: "half", replay: true } as never;
    await expect(auth.fetch("main", "/order", order)).rejects.toMatchObject({ code: "session_expired" });
    expect(broker.orders).toEqual([]);
  });

  it("shows no client's number in its errors", async () => {
    const { auth, broker } = openTestEnvironment();
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
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    await expect(auth.fetch("main", path)).rejects.toMatchObject({ code, account: "main", broker: "toy" });
    expect(broker.minted).toBe(1);
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("tell an order without an answer apart from a read without one", async () => {
    const { auth, broker } = openTestEnvironment();
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
    const {
      broker,
      platform,
      engine,
      auth: whole,
    } = openTestEnvironment({ ...hides, traits: { ...hides.traits, verdictIn: "body" } });
    await whole.session("main");
    platform.fetch = async (input, init) => brokenOff(await broker.fetch(input, init));
    const auth = engine();
    const order = await auth.fetch("main", "/order", { method: "POST", body: "buy" }).catch((error: unknown) => error);
    expect(order).toMatchObject({ code: "outcome_unknown", account: "main", broker: "toy" });
    expect((order as Error).cause).toMatchObject({ name: "TypeError", message: "TypeError (UND_ERR_SOCKET)" });
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "broker_unavailable", account: "main" });
    expect([broker.orders, broker.minted]).toEqual([["buy"], 1]);
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("that break off are the caller's own to read where the status has said everything", async () => {
    const { broker, platform, engine, auth: whole } = openTestEnvironment();
    await whole.session("main");
    platform.fetch = async (input, init) => brokenOff(await broker.fetch(input, init));
    const answer = await engine().fetch("main", "/whoami");
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow("terminated");
  });

  it("keep the query of a request out of every error", async () => {
    const { auth, broker } = openTestEnvironment();
    await auth.session("main");
    broker.fault = () => "ECONNRESET";
    const error: unknown = await auth.fetch("main", "/whoami?token=hunter2-hunter2").catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});
