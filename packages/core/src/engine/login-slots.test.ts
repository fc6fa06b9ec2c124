import { describe, expect, it } from "vitest";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import { LoginSlots } from "./login-slots.ts";

const open = new AbortController().signal;
const startAt = Date.UTC(2031, 2, 3, 3, 30, 10);

const accountOf = (user: string) => ({
  broker: "toy" as const,
  user: `user-${user}`,
  pin: "1234",
  totpSecret: toyTotpSecret,
});

/** An engine of some accounts, five by default, whose logins can be held up at the broker. */
function openEngine(concurrency?: number, store = memoryStore(), names = ["a", "b", "c", "d", "e"]) {
  const clock = fakeClock(startAt);
  const broker = toyBroker(clock);
  const held: (() => void)[] = [];
  const highest = { inFlight: 0 };
  let inFlight = 0;
  const gate = { closed: false };
  const fetch: typeof globalThis.fetch = async (...request) => {
    highest.inFlight = Math.max(highest.inFlight, ++inFlight);
    if (gate.closed) await new Promise<void>((resolve) => held.push(resolve));
    else await new Promise((resolve) => setImmediate(resolve));
    inFlight -= 1;
    // Each account has a secret of its own at a real broker.
    broker.totpSteps.length = 0;
    return broker.fetch(...request);
  };
  const auth = createBrokerAuth({
    brokers: [toy()],
    accounts: Object.fromEntries(names.map((name) => [name, accountOf(name)])),
    store,
    fetch,
    random: () => 0,
    clock,
    ...(concurrency === undefined ? {} : { concurrency }),
  });
  const letGo = (): void => {
    gate.closed = false;
    for (const go of held.splice(0)) go();
  };
  return { auth, names, gate, held, highest, letGo };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("logins under way at the same time", () => {
  it.each([1, 2, 5])("are %i at most where concurrency says so, and all accounts come to a session", async (most) => {
    const { auth, names, gate, held, highest, letGo } = openEngine(most);
    gate.closed = true;
    const all = auth.loginAll();
    await until(() => held.length === most);
    letGo();
    const outcomes = await all;
    expect(outcomes.map(({ account, ok }) => [account, ok])).toStrictEqual(names.map((name) => [name, true]));
    expect(highest.inFlight).toBe(most);
    await auth.close();
  });

  it("begin a few at a time where there are many, so that the program's other work has its turn in between", async () => {
    const store = memoryStore();
    const read = store.read.bind(store);
    let reads = 0;
    let most = 0;
    store.read = (key) => {
      reads += 1;
      return read(key);
    };
    const names = Array.from({ length: 160 }, (_, index) => `many-${index}`);
    const { auth } = openEngine(1, store, names);
    let turn: ReturnType<typeof setImmediate>;
    const others = (): void => {
      most = Math.max(most, reads);
      reads = 0;
      turn = setImmediate(others);
    };
    others();
    const outcomes = await auth.loginAll();
    clearImmediate(turn!);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(names.length);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(80);
  });

  it("begin with the call all the same: who is logged out or purged before its turn stays so, and so does a closed engine", async () => {
    const names = Array.from({ length: 160 }, (_, index) => `many-${index}`);
    const { auth } = openEngine(1, memoryStore(), names);
    const all = auth.loginAll();
    await Promise.all([auth.logout("many-150"), auth.purge("many-155")]);
    const refused = (await all).flatMap((outcome) => (outcome.ok ? [] : [[outcome.account, outcome.error.code]]));
    expect(refused).toStrictEqual(["many-150", "many-155"].map((name) => [name, "aborted"]));
    const last = openEngine(1, memoryStore(), names);
    const ended = last.auth.loginAll();
    await last.auth.close();
    expect(new Set((await ended).map((outcome) => outcome.ok || outcome.error.code))).toStrictEqual(
      new Set(["aborted"]),
    );
  });

  it("are bounded for session() as well, and a session at hand waits for nobody", async () => {
    const { auth, gate, held, highest, letGo } = openEngine(1);
    await auth.session("a");
    gate.closed = true;
    const waiting = ["b", "c", "d"].map((name) => auth.session(name));
    await until(() => held.length > 0);
    expect((await auth.session("a")).obtainedBy).toBe("login");
    expect(await auth.headers("a")).toBeDefined();
    letGo();
    await Promise.all(waiting);
    expect(highest.inFlight).toBe(1);
    await auth.close();
  });

  it("hold up no person, no logout, no purge, and not the end of the engine", async () => {
    const { auth, gate, held, letGo } = openEngine(1);
    gate.closed = true;
    const first = auth.session("a");
    const second = auth.session("b");
    await until(() => held.length === 1);
    const byHand = auth.login("c");
    await until(() => held.length === 2);
    await auth.logout("d");
    await auth.purge("e");
    letGo();
    expect((await byHand).obtainedBy).toBe("login");
    await Promise.all([first, second]);
    gate.closed = true;
    const left = ["d", "e"].map((name) => auth.session(name).catch((error: unknown) => error));
    await until(() => held.length === 1);
    await auth.close();
    for (const error of await Promise.all(left)) expect(error).toMatchObject({ code: "aborted" });
    letGo();
  });

  it("go on while another program's login has the lock of one of them", async () => {
    const store = memoryStore();
    const other = openEngine(1, store);
    other.gate.closed = true;
    const held = other.auth.session("a");
    await until(() => other.held.length === 1);
    const { auth } = openEngine(1, store);
    const waiting = auth.session("a");
    expect((await auth.session("b")).obtainedBy).toBe("login");
    other.letGo();
    expect((await held).obtainedBy).toBe("login");
    expect((await waiting).obtainedBy).toBe("store");
    await Promise.all([auth.close(), other.auth.close()]);
  });

  it("do not begin for an account that was logged out while its turn had not come", async () => {
    const { auth, gate, held, letGo } = openEngine(1);
    gate.closed = true;
    const first = auth.session("a");
    const second = auth.session("b").catch((error: unknown) => error);
    await until(() => held.length === 1);
    // The second one looks into the store, and stands in the line after that.
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
    await auth.logout("b");
    letGo();
    await first;
    expect(await second).toMatchObject({ code: "aborted", account: "b" });
    expect(await auth.status("b")).toMatchObject({ state: "logged_out" });
    await auth.close();
  });

  it("take the turn of one that failed", async () => {
    const { auth, gate, held, letGo } = openEngine(1);
    await auth.session("a");
    gate.closed = true;
    const failing = auth.session("b", { signal: AbortSignal.timeout(1) }).catch((error: unknown) => error);
    await until(() => held.length === 1);
    expect(await failing).toMatchObject({ code: "aborted" });
    const next = auth.session("c");
    letGo();
    expect((await next).obtainedBy).toBe("login");
    await auth.close();
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, "8", null])("cannot be %s", (concurrency) => {
    expect(() => openEngine(concurrency as number)).toThrow(
      expect.objectContaining({ code: "configuration", field: "concurrency" }),
    );
  });
});

describe("a slot", () => {
  it("goes to who came first, and past who has given up", async () => {
    const slots = new LoginSlots(1);
    const leave = await slots.take(open);
    const order: string[] = [];
    const leaving = new AbortController();
    const turns = [open, leaving.signal, open].map(async (signal, index) => {
      const free = await slots.take(signal);
      order.push(String(index));
      free();
    });
    leaving.abort();
    await expect(turns[1]).rejects.toMatchObject({ code: "aborted" });
    leave();
    await Promise.all([turns[0], turns[2]]);
    expect(order).toStrictEqual(["0", "2"]);
    expect(slots.tryTake()).toBeTypeOf("function");
  });

  it("is not lost where its turn comes at the moment at which its signal fires, and is given back once", async () => {
    const slots = new LoginSlots(1);
    const leave = await slots.take(open);
    const leaving = new AbortController();
    const waiting = slots.take(leaving.signal).catch(() => undefined);
    leave();
    leaving.abort();
    const taken = await waiting;
    taken?.();
    leave();
    const only = slots.tryTake();
    expect(only).toBeTypeOf("function");
    expect(slots.tryTake()).toBeUndefined();
  });
});
