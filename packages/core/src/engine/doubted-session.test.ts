import { describe, expect, it, vi } from "vitest";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

/** A broker that answers a dead session, or one without permission, by a bare 403 everywhere. */
function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const events: BrokerAuthEvent[] = [];
  const state = { permitted: true, page: false };
  /** Held sleeps last until they are woken. */
  const sleepers: { hold: boolean; wake?: () => void } = { hold: false };
  const login = new Set(["/time", "/totp", "/pin", "/renew"]);
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const answer = await broker.fetch(request);
    if (login.has(pathname) || (state.permitted && answer.status !== 440)) return answer;
    return new Response(state.page ? "<html>blocked</html>" : null, { status: 403 });
  };
  const engine = (): ReturnType<typeof open> => open();
  function open() {
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
      store,
      fetch,
      random: () => 0,
      clock: {
        now: () => clock.now(),
        sleep: (ms, signal) =>
          sleepers.hold ? new Promise<void>((resolve) => (sleepers.wake = resolve)) : clock.sleep(ms, signal),
      },
    });
    auth.on((event) => void events.push(event));
    return auth;
  }
  return { clock, broker, events, state, engine, sleepers };
}

describe("a session that gets a bare 403 everywhere, the probe included", () => {
  it("counts as dead once: one login, and the request is repeated with the new session", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    broker.evict();
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
    await auth.session("main");
    expect(broker.minted).toBe(2);
  });

  it("that is the same with the new session is a missing permission, and leads to no further login (P5)", async () => {
    const { broker, clock, engine, state } = openTestEnvironment();
    const programs = [engine(), engine()];
    for (const auth of programs) await auth.session("main");
    state.permitted = false;
    for (let round = 0; round < 20; round++) {
      for (const auth of programs) {
        await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "permission_denied" });
        expect(await auth.refused("main", (await auth.status("main")).generation)).toBe("unknown");
      }
      clock.advance(60_000);
    }
    expect(broker.minted).toBe(2);
    // A program that starts anew asks the record.
    await expect(engine().fetch("main", "/whoami")).rejects.toMatchObject({ code: "permission_denied" });
    expect(broker.minted).toBe(2);
    state.permitted = true;
    expect((await programs[0]!.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
  });

  it("is no answer to whoever joins the login that is to replace it", async () => {
    const { broker, clock, engine, sleepers } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    broker.evict();
    broker.endRenewals();
    sleepers.hold = true;
    const first = auth.fetch("main", "/whoami");
    await vi.waitFor(() => expect(sleepers.wake).toBeDefined());
    const second = auth.fetch("main", "/whoami");
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(60_000);
    sleepers.hold = false;
    sleepers.wake?.();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(broker.minted).toBe(2);
  });

  it("stays in the store until the login that replaces it has succeeded, and is used again where that one has not", async () => {
    const { broker, engine, state } = openTestEnvironment();
    const auth = engine();
    const { generation } = await auth.session("main");
    state.permitted = false;
    broker.fault = (path) => (path === "/renew" ? "ECONNREFUSED" : undefined);
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(await auth.status("main")).toMatchObject({ state: "logged_in", generation });
    [broker.fault, state.permitted] = [undefined, true];
    for (const program of [auth, engine()]) expect((await program.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(1);
  });

  it("is used again as soon as it works, also while no login may be tried", async () => {
    const { broker, engine, state } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    state.permitted = false;
    // Turned away unseen: the next login by itself is put off by a minute.
    broker.fault = (path) => (path === "/renew" ? 408 : undefined);
    for (let call = 0; call < 3; call++)
      await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "broker_unavailable" });
    const asked = broker.requests.filter((path) => path === "/renew" || path === "/totp").length;
    state.permitted = true;
    expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect([asked, broker.minted]).toEqual([2, 1]);
  });

  it("costs one try of a login in ten minutes for all programs together, where the login fails as well", async () => {
    const { broker, clock, engine, state } = openTestEnvironment();
    const programs = [engine(), engine(), engine()];
    for (const auth of programs) await auth.session("main");
    state.permitted = false;
    broker.fault = (path) => (path === "/renew" ? 503 : undefined);
    const tries = (): number => broker.requests.filter((path) => path === "/renew" || path === "/totp").length - 1;
    for (let round = 0; round < 9; round++) {
      for (const auth of programs)
        await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: expect.any(String) as string });
      clock.advance(60_000);
    }
    expect(tries()).toBe(1);
    await expect(programs[1]!.fetch("main", "/whoami")).rejects.toMatchObject({
      code: "permission_denied",
      retryAfterMs: 60_000,
    });
    clock.advance(60_000);
    broker.fault = undefined;
    await expect(programs[1]!.fetch("main", "/whoami")).rejects.toMatchObject({ code: "permission_denied" });
    expect([tries(), broker.minted]).toEqual([2, 2]);
  });

  it("again and again, each new one alive, is somebody else who logs in", async () => {
    const { broker, clock, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    const codes: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      clock.advance(60_000);
      broker.evict();
      codes.push(
        await auth.fetch("main", "/whoami").then(
          ({ status }) => status,
          (error: { code: string }) => error.code,
        ),
      );
    }
    expect(codes).toEqual([200, 200, "session_replaced", "session_replaced", "session_replaced"]);
    expect(broker.minted).toBe(3);
  });

  it("is told by a socket as well, and the next call logs in", async () => {
    const { broker, engine, events } = openTestEnvironment();
    const auth = engine();
    const { generation } = await auth.session("main");
    broker.evict();
    expect(await auth.refused("main", generation)).toBe("dead");
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(events).toContainEqual(expect.objectContaining({ type: "session_ended", generation, reason: "refused" }));
  });

  it("is no such session where a firewall's page stands in the way", async () => {
    const { broker, engine, state } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    [state.permitted, state.page] = [false, true];
    await expect(auth.fetch("main", "/whoami")).rejects.toMatchObject({ code: "permission_denied" });
    expect(broker.minted).toBe(1);
  });
});

describe("an address of somebody else", () => {
  it("is refused before a login is made for it", async () => {
    const { broker, engine } = openTestEnvironment();
    for (const address of [
      "https://foreign.example/whoami",
      "http://api.toy.example/whoami",
      "ftp://api.toy.example/x",
    ]) {
      await expect(engine().fetch("main", address)).rejects.toMatchObject({ code: "configuration", field: "url" });
    }
    expect(broker.requests).toEqual([]);
  });
});
