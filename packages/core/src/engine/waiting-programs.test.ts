import { describe, expect, it, vi } from "vitest";
import type { TokenStore } from "../contract/token-store.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const startAt = Date.UTC(2031, 2, 3, 3, 30, 10, 500);
const hourMs = 3_600_000;
// A machine that runs other tests as well is a slow one.
const patiently = { timeout: 20_000, interval: 5 };

/** Programs on one store, and a broker whose answer to the PIN is held back until it is let go. */
function openTestEnvironment() {
  const clock = fakeClock(startAt);
  const broker = toyBroker(clock);
  const gate = Promise.withResolvers<void>();
  broker.hold = (path) => (path === "/pin" ? gate.promise : undefined);
  const shared = memoryStore();
  const locks = { granted: 0, awaited: 0 };
  const store: TokenStore = {
    ...shared,
    async lock(key, options) {
      if (options.waitMs > 0) locks.awaited += 1;
      const lock = await shared.lock(key, options);
      locks.granted += 1;
      return lock;
    },
  };
  const waiting = { programs: 0 };
  const program = (kept = store) => {
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
      store: kept,
      fetch: broker.fetch,
      random: () => 0,
      clock,
    });
    auth.on((event) => {
      if (event.type === "waiting" && event.for === "other_login") waiting.programs += 1;
    });
    return auth;
  };
  /** The first program logs in, and the broker has its PIN. */
  const begun = async () => {
    const auth = program();
    const session = auth.session("main");
    await vi.waitFor(() => expect(broker.requests).toContain("/pin"), patiently);
    return { auth, session };
  };
  const allWait = (programs: number) => vi.waitFor(() => expect(waiting.programs).toBe(programs), patiently);
  return { broker, gate, locks, store, program, begun, allWait };
}

describe("programs that wait for another one's login", () => {
  it("go on with its session, and none of them takes the lock for that", { timeout: 30_000 }, async () => {
    const { broker, gate, locks, program, begun, allWait } = openTestEnvironment();
    const first = await begun();
    const others = Array.from({ length: 25 }, (_, index) =>
      index % 2 === 0 ? program().session("main") : program().login("main"),
    );
    await allWait(25);
    gate.resolve();
    const { generation } = await first.session;
    const found = await Promise.all(others);
    expect(found.map((session) => [session.generation, session.obtainedBy])).toStrictEqual(
      found.map(() => [generation, "store"]),
    );
    expect([broker.minted, locks.granted]).toStrictEqual([1, 1]);
  });

  it("take the lock where its session does not live as long as they need", async () => {
    const { broker, gate, locks, program, begun, allWait } = openTestEnvironment();
    broker.lifetimeMs = hourMs;
    const first = await begun();
    const other = program().session("main", { validUntil: startAt + 2 * hourMs });
    await allWait(1);
    const { hold } = broker;
    broker.hold = (path) => {
      if (path === "/renew") broker.lifetimeMs = 7 * hourMs;
      return hold?.(path);
    };
    gate.resolve();
    const { generation } = await first.session;
    expect((await other).generation).toBeGreaterThan(generation);
    expect([broker.minted, locks.granted]).toStrictEqual([2, 2]);
  });

  it("take the lock where that login comes to nothing, and keep to what it has written down", async () => {
    const { broker, gate, locks, program, begun, allWait } = openTestEnvironment();
    const first = await begun();
    const others = [program().session("main"), program().session("main")];
    for (const other of others) other.catch(() => undefined);
    await allWait(2);
    broker.pin = "4321";
    gate.resolve();
    await expect(first.session).rejects.toMatchObject({ code: "pin_rejected" });
    for (const other of others) await expect(other).rejects.toMatchObject({ code: "login_blocked" });
    expect(broker.requests.filter((path) => path === "/pin")).toHaveLength(1);
    expect(locks.granted).toBe(3);
  });

  it.each(["logout", "purge"] as const)("do not bring back what a %s has ended while they waited", async (end) => {
    const { broker, gate, locks, program, begun, allWait } = openTestEnvironment();
    const first = await begun();
    const auth = program();
    const ended = auth[end]("main");
    // It is the first in the queue.
    await vi.waitFor(() => expect(locks.awaited).toBe(1), patiently);
    const other = auth.session("main");
    other.catch(() => undefined);
    await allWait(1);
    gate.resolve();
    await first.session;
    await ended;
    await expect(other).rejects.toMatchObject({ code: "aborted" });
    expect((await auth.status("main")).state).toBe("logged_out");
    expect(broker.minted).toBe(1);
  });

  it.each(["logout", "purge"] as const)("adopt nothing that another program's %s has ended", async (end) => {
    const { broker, gate, locks, program, begun, allWait } = openTestEnvironment();
    const first = await begun();
    const ended = program()[end]("main");
    await vi.waitFor(() => expect(locks.awaited).toBe(1), patiently);
    const other = program().session("main");
    await allWait(1);
    gate.resolve();
    const { generation } = await first.session;
    await ended;
    const session = await other;
    expect(session.obtainedBy).toBe("login");
    expect(session.generation).toBeGreaterThan(generation);
    expect(broker.minted).toBe(2);
  });

  it("keep no session that a logout ends between their look at the record and the end of their wait", async () => {
    const { broker, gate, store, program, begun, allWait } = openTestEnvironment();
    const first = await begun();
    const written = Promise.withResolvers<void>();
    const clearing = Promise.withResolvers<void>();
    let ended: Promise<void> | undefined;
    const auth = program({
      ...store,
      // It decides nothing: the logout has it at once, and the login is told that it is not needed only after that.
      async lock(key, { needed, ...options }) {
        if (ended !== undefined) return { release: async () => undefined };
        const isNeeded = async (): Promise<boolean> => {
          if ((await needed?.()) !== false) return true;
          ended = auth.logout("main");
          await clearing.promise;
          return false;
        };
        return store.lock(key, needed === undefined ? options : { ...options, needed: isNeeded });
      },
      async swap(...record) {
        clearing.resolve();
        await written.promise;
        return store.swap(...record);
      },
    });
    const other = auth.session("main");
    other.catch(() => undefined);
    await allWait(1);
    gate.resolve();
    await first.session;
    await clearing.promise;
    // The login that waited comes to its end, while the record holds the session still.
    await new Promise((resolve) => setTimeout(resolve, 50));
    written.resolve();
    await ended;
    expect((await auth.status("main")).state).toBe("logged_out");
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(broker.minted).toBe(2);
  });
});
