import { describe, expect, it } from "vitest";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { RecordHeader, TokenStore } from "../contract/token-store.ts";

const order = { method: "POST", body: "buy" };

/** Two programs on one store. `reads` says what becomes of each of its reads while it is set. */
function openTestEnvironment({ headersAlone = false } = {}) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const state: { reads: number; answer: (() => Promise<void>) | undefined } = { reads: 0, answer: undefined };
  const headers: { reads: number; forged: Partial<RecordHeader> } = { reads: 0, forged: {} };
  const watched: TokenStore = {
    ...store,
    async read(key) {
      state.reads += 1;
      const record = await store.read(key);
      await state.answer?.();
      return record;
    },
  };
  if (headersAlone)
    watched.readHeader = async (key) => {
      headers.reads += 1;
      const found = (await store.read(key))?.header;
      return found === undefined ? undefined : { ...found, ...headers.forged };
    };
  const engine = (given: TokenStore) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
      store: given,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
    });
  const [mine, other] = [engine(watched), engine(store)];
  const warnings: string[] = [];
  mine.on((event: BrokerAuthEvent) => void (event.type === "warning" && warnings.push(event.code)));
  /** The other program renews its session, which ends ours. */
  const renew = async () => {
    clock.advance(660_000);
    await other.session("main", { validUntil: clock.now() + 7 * 3_600_000 });
  };
  return { broker, state, headers, mine, renew, logOut: () => other.logout("main"), warnings };
}

describe("before an order leaves (P11)", () => {
  it("the session that another program has minted meanwhile is adopted: the order is not refused first", async () => {
    const { broker, mine, renew } = openTestEnvironment();
    await mine.session("main");
    await renew();
    expect((await mine.fetch("main", "/order", order)).status).toBe(200);
    expect(broker.requests.filter((path) => path === "/order")).toHaveLength(1);
    expect((await mine.session("main")).obtainedBy).toBe("store");
    expect(broker.minted).toBe(2);
  });

  it("a session that is handed on is the newest one where that is asked for, without a request to the broker", async () => {
    const { broker, mine, renew } = openTestEnvironment();
    const first = await mine.session("main");
    await renew();
    const requests = broker.requests.length;
    expect((await mine.session("main")).generation).toBe(first.generation);
    expect((await mine.session("main", { newest: true })).generation).toBeGreaterThan(first.generation);
    expect(await mine.headers("main", { newest: true })).toEqual(await mine.headers("main"));
    expect(broker.requests).toHaveLength(requests);
    expect(broker.minted).toBe(2);
  });

  it.each([{ headersAlone: true }, { headersAlone: false }])(
    "a session that another program has ended is neither handed on nor used for an order (%j)",
    async (given) => {
      const { broker, mine, logOut } = openTestEnvironment(given);
      const first = await mine.session("main");
      await logOut();
      expect((await mine.session("main", { newest: true })).generation).toBeGreaterThan(first.generation);
      await logOut();
      expect((await mine.fetch("main", "/order", order)).status).toBe(200);
      expect(broker.requests.filter((path) => path === "/order")).toHaveLength(1);
      expect(broker.minted).toBe(3);
    },
  );

  it("the store is read once, and for a read not at all", async () => {
    const { state, mine } = openTestEnvironment();
    await mine.session("main");
    state.reads = 0;
    await mine.fetch("main", "/order", order);
    expect(state.reads).toBe(1);
    await mine.fetch("main", "/whoami");
    await mine.fetch("main", "/order", { ...order, replay: true });
    expect(state.reads).toBe(1);
  });

  it("of a store that gives the header alone no record is read, until there is a newer session", async () => {
    const { broker, state, headers, mine, renew } = openTestEnvironment({ headersAlone: true });
    await mine.session("main");
    [state.reads, headers.reads] = [0, 0];
    await mine.fetch("main", "/order", order);
    expect([state.reads, headers.reads]).toEqual([0, 1]);
    await renew();
    [state.reads, headers.reads] = [0, 0];
    expect((await mine.fetch("main", "/order", order)).status).toBe(200);
    expect([state.reads, headers.reads, broker.minted]).toEqual([1, 1, 2]);
  });

  it.each<Partial<RecordHeader>>([
    { generation: Number.MAX_SAFE_INTEGER },
    { generation: 0 },
    { generation: Number.NaN },
    { state: "logged_out", expiresAt: 0 },
    { state: "logged_in", expiresAt: Infinity, obtainedBy: "renewal" },
  ])("a header that is not true (%j) brings no login, no other session and no wait", async (forged) => {
    const { broker, headers, mine } = openTestEnvironment({ headersAlone: true });
    const session = await mine.session("main");
    headers.forged = forged;
    for (let nth = 0; nth < 2; nth++) expect((await mine.fetch("main", "/order", order)).status).toBe(200);
    expect(await mine.session("main", { newest: true })).toBe(session);
    expect([broker.orders.length, broker.minted]).toEqual([2, 1]);
    expect(await mine.status("main")).toMatchObject({ state: "logged_in", blockedBy: undefined });
  });

  it("a header that hides a newer session costs a refusal, and the next order leaves on that session", async () => {
    const { broker, headers, mine, renew } = openTestEnvironment({ headersAlone: true });
    await mine.session("main");
    headers.forged = { generation: 0 };
    await renew();
    await expect(mine.fetch("main", "/order", order)).rejects.toMatchObject({ code: "session_expired" });
    expect((await mine.fetch("main", "/order", order)).status).toBe(200);
    expect([broker.orders.length, broker.minted]).toEqual([1, 2]);
  });

  it("a store that is silent holds it up no longer than a moment, and is told of once until it answers again", async () => {
    const { broker, state, mine, warnings } = openTestEnvironment();
    await mine.session("main");
    const silent = Promise.withResolvers<void>();
    state.answer = () => silent.promise;
    for (let nth = 0; nth < 3; nth++) {
      const started = performance.now();
      expect((await mine.fetch("main", "/order", order)).status).toBe(200);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
    expect([broker.orders.length, warnings]).toEqual([3, ["store_slow"]]);
    state.answer = undefined;
    silent.resolve();
    await mine.fetch("main", "/order", order);
    state.answer = () => new Promise(() => undefined);
    await mine.fetch("main", "/order", order);
    expect([broker.orders.length, warnings]).toEqual([5, ["store_slow", "store_slow"]]);
  });

  it.each([
    ["store_unavailable", new RangeError("a store of somebody's own")],
    ["store_corrupt", new BrokerAuthError("store_corrupt", "the record is damaged")],
    ["store_key_wrong", new BrokerAuthError("store_key_wrong", "it was written with another key")],
  ])("a store that fails does not keep it from leaving, and is told of once as %s", async (code, error) => {
    const { broker, state, mine, warnings } = openTestEnvironment();
    await mine.session("main");
    state.answer = () => Promise.reject(error);
    for (let nth = 0; nth < 2; nth++) expect((await mine.fetch("main", "/order", order)).status).toBe(200);
    expect([broker.orders, warnings]).toEqual([["buy", "buy"], [code]]);
    state.answer = () => new Promise(() => undefined);
    await mine.fetch("main", "/order", order);
    expect(warnings).toEqual([code, "store_slow"]);
  });

  it("a word of the store that comes late undoes no logout", async () => {
    const { broker, state, mine, renew } = openTestEnvironment();
    await mine.session("main");
    await renew();
    const late = Promise.withResolvers<void>();
    state.reads = 0;
    // The header comes at once, and the record after the order has left.
    state.answer = async () => (state.reads === 2 ? late.promise : undefined);
    await expect(mine.fetch("main", "/order", order)).rejects.toMatchObject({ code: "session_expired" });
    await mine.logout("main");
    late.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    await mine.session("main");
    expect(broker.minted).toBe(3);
  });
});
