import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const recordAttempt = async (): Promise<void> => undefined;

/** The toy's adapter, whose renewal spends nothing that would be written down before it leaves. */
function withoutFactor(): ReturnType<typeof toy> {
  const adapter = toy();
  return {
    ...adapter,
    renew: (renewal, account, context) =>
      adapter.renew!(renewal, account, Object.create(context, { recordAttempt: { value: recordAttempt } })),
  };
}

/** Hosts whose clocks differ from the broker's, with one store for all of them. */
function openTestEnvironment(sparing = false) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = { ...memoryStore(), scope: "network" as const };
  const events: BrokerAuthEvent[] = [];
  const dated = { whoami: true };
  const fetch: typeof globalThis.fetch = async (...request) => {
    const answer = await broker.fetch(...request);
    if (!dated.whoami && broker.requests.at(-1) === "/whoami") answer.headers.delete("date");
    return answer;
  };
  const host = (apartMs: number) => {
    const auth = createBrokerAuth({
      brokers: [sparing ? withoutFactor() : toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
      store,
      fetch,
      random: () => 0,
      clock: { now: () => clock.now() + apartMs, monotonic: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
    auth.on((event) => void events.push(event));
    return auth;
  };
  const sent = (...paths: string[]): number => broker.requests.filter((path) => paths.includes(path)).length;
  return { clock, broker, host, sent, events, dated };
}

describe("hosts whose clocks are far apart, on one store", () => {
  it.each([hourMs, -hourMs])(
    "keep to a pause of the other one before a PIN leaves, with a clock %d ms off",
    async (apartMs) => {
      const { clock, broker, host, sent } = openTestEnvironment();
      await host(0).session("main");
      broker.evict();
      clock.advance(8 * hourMs);
      broker.fault = (path) => (path === "/renew" ? 429 : undefined);
      await expect(host(0).session("main")).rejects.toMatchObject({ code: "rate_limited" });
      expect(sent("/renew")).toBe(1);
      broker.fault = undefined;
      clock.advance(30_000);
      const other = host(apartMs);
      const refused = await other.session("main").catch((error: unknown) => error);
      expect(refused).toMatchObject({
        code: "rate_limited",
        message: expect.stringContaining("nothing was sent") as string,
      });
      const { retryAfterMs = 0 } = refused as { retryAfterMs?: number };
      expect(Math.abs(retryAfterMs - 30_000)).toBeLessThan(2_000);
      expect(sent("/renew", "/totp", "/pin")).toBe(3);
      const asked = sent("/time");
      await expect(other.session("main")).rejects.toMatchObject({ code: "rate_limited" });
      // It knows the time by now.
      expect(sent("/time")).toBe(asked);
      clock.advance(32_000);
      expect((await other.session("main")).obtainedBy).toBe("renewal");
    },
  );

  it.each([10 * minuteMs, -10 * minuteMs])(
    "make one try in a pause for all of them while the broker is silent, with a clock %d ms off",
    async (apartMs) => {
      const { clock, broker, host } = openTestEnvironment();
      await host(0).session("main");
      await host(0).logout("main");
      broker.fault = (path) => (path === "/totp" ? 500 : undefined);
      const triedAt: number[] = [];
      broker.hold = (path) => void (path === "/totp" && triedAt.push(clock.now()));
      // One that has measured, and one that was started a moment ago.
      const hosts = [host(0), host(apartMs)];
      for (let call = 0; call < 360; call++) {
        for (const auth of [...hosts, host(apartMs)]) await auth.session("main").catch(() => undefined);
        clock.advance(10_000);
      }
      const pausesMs = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
      expect(pausesMs.length).toBeGreaterThanOrEqual(4);
      expect(pausesMs[0]).toBeGreaterThan(minuteMs - 2_000);
      expect(Math.min(...pausesMs.slice(1))).toBeGreaterThan(12 * minuteMs - 2_000);
    },
  );

  it.each([10 * minuteMs, -10 * minuteMs])(
    "find out together that somebody else logs in, with a clock %d ms off",
    async (apartMs) => {
      const { clock, broker, host } = openTestEnvironment();
      const hosts = [host(0), host(apartMs)];
      for (let second = 0; second < 600; second += 20) {
        for (const auth of hosts) {
          broker.evict();
          await auth.fetch("main", "/whoami").catch(() => undefined);
        }
        clock.advance(20_000);
      }
      expect(broker.minted).toBeLessThanOrEqual(3);
    },
  );

  it.each([10 * minuteMs, -10 * minuteMs])(
    "count somebody else's logins alike where a program that has measured nothing finds its session dead, with a clock %d ms off",
    async (apartMs) => {
      const { clock, broker, host } = openTestEnvironment();
      const mintedAt: number[] = [];
      for (let round = 0; round < 120; round++) {
        const before = broker.minted;
        broker.evict();
        // Each starts, finds a session in the store, and sends one request.
        await host(round % 2 === 0 ? 0 : apartMs)
          .fetch("main", "/whoami")
          .catch(() => undefined);
        if (broker.minted > before) mintedAt.push(clock.now());
        clock.advance(10_000);
      }
      for (const from of mintedAt)
        expect(mintedAt.filter((at) => at >= from && at < from + 10 * minuteMs).length).toBeLessThanOrEqual(2);
    },
  );

  it.each([
    ["a request of its own", -hourMs],
    ["a request of its own", hourMs],
    ["a request whose answer has no date", -4 * minuteMs],
    ["the word of another client", -hourMs],
    ["the word of another client", hourMs],
  ] as const)(
    "take no session's normal end for somebody else's login, by %s, with a clock %d ms off",
    async (by, apartMs) => {
      const { clock, broker, host, events, dated } = openTestEnvironment();
      const lifetimeMs = 5 * minuteMs;
      broker.lifetimeMs = lifetimeMs;
      for (let session = 0; session < 3; session++) {
        const { generation } = await host(0).session("main");
        // A program that has measured nothing has the session, and its host's clock shows another time.
        const other = host(apartMs);
        broker.endRenewals();
        broker.evict();
        clock.advance(lifetimeMs + 1_000);
        dated.whoami = by !== "a request whose answer has no date";
        if (by === "the word of another client") await other.refused("main", generation).catch(() => undefined);
        else await other.fetch("main", "/whoami").catch(() => undefined);
      }
      expect(events.filter((event) => event.type === "failed" && event.code === "session_replaced")).toEqual([]);
      expect(broker.minted).toBeGreaterThanOrEqual(3);
    },
  );

  const offs = [hourMs, -hourMs, 4 * hourMs];
  it.each([
    ...offs.map((apartMs) => ["a renewal with its PIN", apartMs] as const),
    ...offs.map((apartMs) => ["a renewal without a factor", apartMs] as const),
  ])("keep to a pause because of somebody else's logins before %s, with a clock %d ms off", async (kind, apartMs) => {
    const { broker, clock, host, sent } = openTestEnvironment(kind === "a renewal without a factor");
    const auth = host(0);
    for (let ending = 0; ending < 2; ending++) {
      const { generation } = await auth.session("main");
      clock.advance(30_000);
      broker.evict();
      expect(await auth.refused("main", generation)).toBe("dead");
    }
    clock.advance(minuteMs);
    const before = sent("/renew", "/totp", "/pin");
    await expect(auth.session("main")).rejects.toMatchObject({ code: "session_replaced" });
    const other = host(apartMs);
    const refused = await other.session("main").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "session_replaced" });
    expect(Math.abs(((refused as { retryAfterMs?: number }).retryAfterMs ?? 0) - 9 * minuteMs)).toBeLessThan(2_000);
    expect(sent("/renew", "/totp", "/pin")).toBe(before);
  });

  it("keep to a pause after many sessions, with a clock that is off", async () => {
    const { broker, host, sent } = openTestEnvironment();
    for (let login = 0; login < 5; login++) {
      await host(0).session("main");
      if (login < 4) await host(0).logout("main");
    }
    broker.evict();
    await host(0)
      .fetch("main", "/whoami")
      .catch(() => undefined);
    const before = sent("/renew", "/totp", "/pin");
    await expect(host(hourMs).session("main")).rejects.toMatchObject({ code: "rate_limited" });
    expect(sent("/renew", "/totp", "/pin")).toBe(before);
  });

  it.each([
    ["a renewal", 10 * minuteMs],
    ["a whole login", 10 * minuteMs],
    ["a renewal", hourMs],
    ["a whole login", hourMs],
  ] as const)(
    "replace no session that lives by the broker's clock: %s of a host that is %d ms ahead adopts it instead",
    async (kind, apartMs) => {
      const { clock, broker, host, sent } = openTestEnvironment();
      const { expiresAt, generation } = await host(0).session("main");
      if (kind === "a whole login") broker.endRenewals();
      clock.set(expiresAt - 5 * minuteMs);
      const other = host(apartMs);
      expect((await other.session("main")).generation).toBe(generation);
      expect((await host(apartMs).login("main")).generation).toBe(generation);
      expect((await other.fetch("main", "/whoami")).status).toBe(200);
      expect([broker.minted, sent("/totp", "/renew")]).toEqual([1, 1]);
      clock.set(expiresAt);
      await host(0).session("main");
      expect(broker.minted).toBe(2);
    },
  );

  it("tell people until when by the clock that they look at", async () => {
    const { clock, broker, host, events } = openTestEnvironment();
    await host(0).session("main");
    broker.evict();
    broker.endRenewals();
    clock.advance(8 * hourMs);
    const apartMs = 10 * minuteMs;
    const auth = host(apartMs);
    broker.fault = (path) => (path === "/totp" ? 500 : undefined);
    await auth.session("main").catch(() => undefined);
    const status = await auth.status("main");
    expect(Math.abs((status.blockedUntil ?? 0) - (clock.now() + apartMs + minuteMs))).toBeLessThan(2_000);
    expect(Math.abs((status.blockedSince ?? 0) - (clock.now() + apartMs))).toBeLessThan(2_000);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = events.findLast((event) => event.type === "waiting" && event.for === "retry_after");
    expect(waiting).toMatchObject({ until: status.blockedUntil });
  });
});
