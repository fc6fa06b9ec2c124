import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { formatIndiaTime } from "../adapter-kit/india-time.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, type ToyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

type Toy = ReturnType<typeof toy>;

const hourMs = 3_600_000;
const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };

function openTestEnvironment(given: Partial<Toy> = {}) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const events: BrokerAuthEvent[] = [];
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const engine = (account = unattended) => {
    const accounts = { main: { broker: "toy" as const, ...account } };
    const auth = createBrokerAuth({ brokers: [{ ...toy(), ...given }], accounts, store, ...platform });
    auth.on((event) => void events.push(event));
    return auth;
  };
  /** What listeners were told, without the facts that are the same in all of it. */
  const told = async (): Promise<unknown[]> => {
    await Promise.resolve();
    return events.map(({ at: _at, account, broker: by, ...facts }) => {
      expect([account, by]).toEqual(["main", "toy"]);
      return facts;
    });
  };
  return { clock, broker, store, events, engine, auth: engine(), told };
}

/** Keeps back each request of this path until it is let go, in any order. */
function doors(broker: ToyBroker, path: string) {
  const waiting: (() => void)[] = [];
  let knock = Promise.withResolvers<void>();
  broker.hold = (asked) => {
    if (asked !== path) return undefined;
    const gate = Promise.withResolvers<void>();
    waiting.push(() => gate.resolve());
    knock.resolve();
    knock = Promise.withResolvers<void>();
    return gate.promise;
  };
  return {
    arrival: () => knock.promise,
    open: (index: number) => waiting[index]!(),
  };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

describe("callers of one account", () => {
  it("share one climb: a thousand of them read the store and take its lock as often as one", async () => {
    const { store, auth } = openTestEnvironment();
    const [lock, read] = [store.lock.bind(store), store.read.bind(store)];
    const counts = { locks: 0, reads: 0 };
    store.lock = (...given) => ((counts.locks += 1), lock(...given));
    store.read = (...given) => ((counts.reads += 1), read(...given));
    await Promise.all(Array.from({ length: 1_000 }, () => auth.session("main")));
    expect(counts.locks).toBe(1);
    expect(counts.reads).toBeLessThan(5);
    const { reads } = counts;
    await auth.fetch("main", "/whoami");
    await auth.session("main", { validUntil: (await auth.session("main")).expiresAt });
    expect(counts).toEqual({ locks: 1, reads });
  });

  it("that ask for more than the broker grants share one login and its answer", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    broker.lifetimeMs = 6 * hourMs;
    const validUntil = clock.now() + 6.5 * hourMs;
    const [first, second] = [auth.session("main", { validUntil }), auth.session("main", { validUntil })];
    for (const asked of [first, second])
      expect(await failure(asked)).toMatchObject({ code: "configuration", field: "validUntil" });
    expect(broker.minted).toBe(1);
  });
});

describe("a session that is wanted for longer", () => {
  it("is minted once in ten minutes for all programs: thirty calls cost one MPIN, and say when the next may be", async () => {
    const { broker, clock, engine } = openTestEnvironment();
    const programs = [engine(), engine(), engine()];
    await programs[0]!.session("main");
    const errors: unknown[] = [];
    let expiresAt = 0;
    for (let call = 0; call < 30; call++) {
      clock.advance(10_000);
      const wanted = programs[call % 3]!.session("main", { validUntil: clock.now() + 7 * hourMs });
      await wanted.then(
        (session) => (expiresAt = session.expiresAt),
        (error: unknown) => errors.push(error),
      );
    }
    expect(broker.pins).toHaveLength(2);
    expect(errors).toHaveLength(29);
    expect(errors.at(-1)).toMatchObject({
      code: "configuration",
      field: "validUntil",
      retryAfterMs: 600_000 - 290_000,
      message: expect.stringContaining(`the latest is ${formatIndiaTime(expiresAt)}`) as string,
    });
    // Who wants no more than that has it, and after ten minutes there is a further one.
    await engine().session("main", { validUntil: expiresAt });
    expect(broker.minted).toBe(2);
    clock.advance(310_000);
    await programs[1]!.session("main", { validUntil: clock.now() + 7 * hourMs });
    expect(broker.minted).toBe(3);
  });

  it("is not minted again and again where the broker grants less than it says, by programs that start anew", async () => {
    const { broker, clock, engine } = openTestEnvironment();
    broker.lifetimeMs = 6 * hourMs;
    for (let call = 0; call < 30; call++) {
      const error = await failure(engine().session("main", { validUntil: clock.now() + 6.5 * hourMs }));
      expect(error).toMatchObject({ code: "configuration", field: "validUntil" });
      clock.advance(10_000);
    }
    expect(broker.pins).toHaveLength(1);
  });

  it("is minted at once where there is none that lives", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    const validUntil = clock.now() + 6 * hourMs;
    const { generation } = await auth.session("main", { validUntil });
    broker.evict();
    await auth.refused("main", generation);
    await auth.session("main", { validUntil });
    expect(broker.minted).toBe(2);
  });
});

describe("a session in the store", () => {
  it("is adopted while another program holds the account's lock", async () => {
    const { broker, store, auth, engine } = openTestEnvironment();
    await auth.session("main");
    for await (const key of store.keys()) await store.lock(key, { waitMs: 0 });
    expect((await engine().session("main")).obtainedBy).toBe("store");
    expect(broker.minted).toBe(1);
  });
});

describe("the time at which a session ends", () => {
  it("is the broker's, for the program that logged in, for one that adopted and for one that only begins", async () => {
    for (const offsetMs of [95_000, -95_000]) {
      const { broker, clock, auth, engine } = openTestEnvironment();
      broker.clockOffsetMs = offsetMs;
      const { expiresAt } = await auth.session("main");
      const adopting = engine();
      expect((await adopting.session("main")).obtainedBy).toBe("store");
      clock.set(expiresAt - 60_001 - offsetMs);
      for (const program of [engine(), auth, adopting]) await program.session("main");
      expect(broker.minted).toBe(1);
      clock.advance(1);
      for (const program of [engine(), auth, adopting]) await program.session("main");
      expect(broker.minted).toBe(2);
    }
  });
});

describe("a late refusal (P4)", () => {
  it("leaves the newer session at hand, says nothing, and is repeated with that one", async () => {
    const { broker, clock, auth, told } = openTestEnvironment();
    const { generation } = await auth.session("main");
    const { arrival, open } = doors(broker, "/whoami");
    const arrived = arrival();
    const late = auth.fetch("main", "/whoami");
    await arrived;
    clock.advance(hourMs);
    const renewed = await auth.session("main", { validUntil: clock.now() + 7 * hourMs });
    const again = arrival();
    open(0);
    await again;
    open(1);
    expect((await late).status).toBe(200);
    expect(await auth.session("main")).toBe(renewed);
    expect(await told()).toEqual([
      { type: "login_started", by: "login" },
      { type: "session", obtainedBy: "login", generation, expiresAt: expect.any(Number) as number },
      { type: "login_started", by: "renewal" },
      { type: "session", obtainedBy: "renewal", generation: renewed.generation, expiresAt: renewed.expiresAt },
    ]);
  });
});

describe("what listeners are told", () => {
  it("is each beginning of a login, each session, each end of one with its reason, each failure and each unlock, once", async () => {
    const { broker, auth, told } = openTestEnvironment();
    const first = await auth.session("main");
    broker.evict();
    await auth.fetch("main", "/whoami");
    broker.evict();
    broker.pin = "5678";
    const second = (await auth.status("main")).generation;
    const refused = (await failure(auth.fetch("main", "/whoami"))) as BrokerAuthError;
    await auth.unlock("main");
    const session = { type: "session", expiresAt: first.expiresAt };
    expect(await told()).toEqual([
      { type: "login_started", by: "login" },
      { ...session, obtainedBy: "login", generation: first.generation },
      { type: "session_ended", generation: first.generation, reason: "refused" },
      { type: "login_started", by: "renewal" },
      { ...session, obtainedBy: "renewal", generation: second },
      { type: "session_ended", generation: second, reason: "refused" },
      { type: "failed", code: "session_replaced", message: refused.message },
      { type: "unlocked" },
    ]);
  });

  it("is a failure once for each change of state, and not with every call that meets it", async () => {
    const { broker, auth, events, clock } = openTestEnvironment();
    broker.pin = "5678";
    const failures = (): unknown[] => events.flatMap((event) => (event.type === "failed" ? [event.code] : []));
    for (let call = 0; call < 20; call++) await failure(auth.session("main"));
    expect(failures()).toEqual(["pin_rejected"]);
    broker.pin = "1234";
    await auth.unlock("main");
    clock.advance(31_000);
    await auth.session("main");
    await auth.logout("main");
    broker.pin = "5678";
    clock.advance(31_000);
    await failure(auth.session("main"));
    expect(failures()).toEqual(["pin_rejected", "pin_rejected"]);
  });

  it("is the pause that the broker asked for, with its end", async () => {
    const { broker, auth, clock, told } = openTestEnvironment({
      begin: async () => {
        throw new BrokerAuthError("rate_limited", "totp: too fast", { status: 429, retryAfterMs: 90_000 });
      },
    });
    await failure(auth.session("main"));
    await failure(auth.session("main"));
    expect(broker.pins).toEqual([]);
    expect(await told()).toEqual([
      { type: "login_started", by: "login" },
      { type: "failed", code: "rate_limited", message: "totp: too fast" },
      { type: "waiting", for: "retry_after", until: clock.now() + 90_000 },
    ]);
  });

  it("holds no failure that is not one of the library's codes, and nothing of a store's own words", async () => {
    const { store, auth, told } = openTestEnvironment();
    const words = "connect to redis://user:hunter2@store.example failed";
    store.lock = () =>
      Promise.reject(Object.assign(new RangeError(words), { code: "ECONNREFUSED", password: "hunter2" }));
    const error = await failure(auth.session("main"));
    expect(error).toMatchObject({
      code: "store_unavailable",
      account: "main",
      cause: { message: "RangeError (ECONNREFUSED)" },
    });
    const [failed, ...more] = await told();
    expect(failed).toMatchObject({ type: "failed", code: "store_unavailable" });
    expect(more).toEqual([]);
    for (const shown of [
      String(error),
      JSON.stringify(error),
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(failed),
    ])
      expect(shown).not.toMatch(/hunter2|store\.example/);
  });
});

describe("a probe", () => {
  it("is shared by all requests that raise the question together", async () => {
    const { broker, auth } = openTestEnvironment();
    await auth.session("main");
    const answers = await Promise.all(Array.from({ length: 100 }, () => auth.fetch("main", "/report")));
    expect(answers.every(({ status }) => status === 440)).toBe(true);
    expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(1);
    await auth.fetch("main", "/report");
    expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(2);
  });

  it("of an older session takes no part in that of the newer one, whichever ends first", async () => {
    for (const [sooner, later] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { broker, clock, auth } = openTestEnvironment();
      const first = await auth.session("main");
      const { arrival, open } = doors(broker, "/whoami");
      const arrived = arrival();
      const older = auth.refused("main", first.generation);
      await arrived;
      clock.advance(hourMs);
      const { generation } = await auth.session("main", { validUntil: clock.now() + 7 * hourMs });
      const again = arrival();
      const newer = auth.refused("main", generation);
      await again;
      const probes = [older, newer];
      open(sooner);
      const verdicts = [await probes[sooner]];
      if (sooner === 0) {
        const joining = auth.refused("main", generation);
        open(later);
        verdicts.push(await probes[later], await joining);
      } else {
        open(later);
        verdicts.push(await probes[later]);
      }
      expect(verdicts).toEqual(sooner === 0 ? ["dead", "alive", "alive"] : ["alive", "dead"]);
      expect(broker.requests.filter((path) => path === "/whoami")).toHaveLength(2);
      await auth.session("main");
      expect(broker.minted).toBe(2);
    }
  });

  it("that fails leaves the question open, and the session at hand", async () => {
    const { broker, auth } = openTestEnvironment();
    const { generation } = await auth.session("main");
    broker.fault = (path) => (path === "/whoami" ? "ECONNRESET" : undefined);
    expect(await auth.refused("main", generation)).toBe("unknown");
    expect((await auth.fetch("main", "/report")).status).toBe(440);
    expect(broker.minted).toBe(1);
  });

  it("that the adapter does not have counts as an ended session", async () => {
    const { broker, auth } = openTestEnvironment({ probe: undefined } as never);
    const { generation } = await auth.session("main");
    expect(await auth.refused("main", generation)).toBe("dead");
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(broker.requests).not.toContain("/whoami");
  });
});

describe("a call that spends nothing", () => {
  it("has the broker's time, the engine's clock and no way to spend a factor", async () => {
    const seen: unknown[] = [];
    const { broker, clock, auth } = openTestEnvironment({
      network: async (_session, _account, context) => {
        seen.push(context.now() - clock.now());
        await context.sleep(1_234);
        await context.recordAttempt({ factor: "mpin", step: "network" });
        return expect.unreachable("it was spent");
      },
    });
    broker.clockOffsetMs = 95_000;
    expect(await failure(auth.network("main"))).toMatchObject({ code: "protocol_error", account: "main" });
    expect(seen).toEqual([95_000]);
    expect(clock.sleeps).toContain(1_234);
    expect(broker.pins).toEqual(["1234"]);
    await auth.logout("main");
    await auth.session("main");
    expect(broker.minted).toBe(2);
  });
});

describe("a login with a person at hand", () => {
  it("that finds a live session gives that one, and tells nobody of it", async () => {
    const { auth, told } = openTestEnvironment();
    const session = await auth.session("main");
    expect(await auth.beginLogin("main")).toEqual({ kind: "session", session });
    expect(await auth.session("main")).toBe(session);
    expect(await told()).toHaveLength(2);
  });
});

const revoke: NonNullable<Toy["revoke"]> = async ({ tokens }, _account, context) => {
  const headers = { "x-token": tokens.token.reveal() };
  const { status } = await context.fetch("https://api.toy.example/logout", { method: "POST", headers });
  if (status !== 200) throw new BrokerAuthError("broker_unavailable", "logout: it was not confirmed");
};

describe("a logout", () => {
  it("ends the session at the broker too, once, and says so", async () => {
    const { broker, auth, told } = openTestEnvironment({ revoke });
    const { tokens, generation } = await auth.session("main");
    const headers = { "x-token": tokens.token.reveal() };
    await auth.logout("main");
    expect((await broker.fetch("https://api.toy.example/whoami", { headers })).status).toBe(440);
    await auth.logout("main");
    expect(broker.requests.filter((path) => path === "/logout")).toHaveLength(1);
    expect((await told()).slice(2)).toEqual([{ type: "session_ended", generation, reason: "logout" }]);
  });

  it("that the broker does not confirm ends the session here, with a warning", async () => {
    const { broker, auth, told } = openTestEnvironment({ revoke });
    const { generation } = await auth.session("main");
    broker.evict();
    await auth.logout("main");
    expect((await auth.status("main")).state).toBe("logged_out");
    expect((await told()).slice(2)).toEqual([
      { type: "session_ended", generation, reason: "logout" },
      { type: "warning", code: "logout_unconfirmed", message: expect.any(String) as string },
    ]);
  });

  it("is complete where the broker has none", async () => {
    const { auth, told } = openTestEnvironment();
    const { generation } = await auth.session("main");
    await auth.logout("main");
    expect((await told()).slice(2)).toEqual([{ type: "session_ended", generation, reason: "logout" }]);
  });
});

describe("a person's word", () => {
  it.each(["unlock", "purge"] as const)("ends the wait before the next login: %s", async (word) => {
    const { broker, auth } = openTestEnvironment();
    broker.fault = () => "ECONNREFUSED";
    expect(await failure(auth.session("main"))).toMatchObject({ code: "broker_unavailable" });
    broker.fault = undefined;
    expect(await failure(auth.session("main"))).toMatchObject({ retryAfterMs: 1_000 });
    await auth[word]("main");
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });
});

describe("the wait before the next login", () => {
  it("begins anew after one that succeeded", async () => {
    const { broker, clock, auth } = openTestEnvironment();
    const away = async (): Promise<unknown> => {
      broker.fault = () => "ECONNREFUSED";
      await failure(auth.session("main"));
      broker.fault = undefined;
      return failure(auth.session("main"));
    };
    expect(await away()).toMatchObject({ retryAfterMs: 1_000 });
    clock.advance(1_000);
    expect(await away()).toMatchObject({ retryAfterMs: 2_000 });
    clock.advance(2_000);
    await auth.session("main");
    await auth.logout("main");
    expect(await away()).toMatchObject({ retryAfterMs: 1_000 });
  });
});

describe("a caller's signal", () => {
  it("that has fired already begins no login, and one that is none is told", async () => {
    const { auth, broker, clock } = openTestEnvironment();
    const fired = { signal: AbortSignal.abort() };
    expect(await failure(auth.headers("main", fired))).toMatchObject({ code: "aborted", account: "main" });
    expect(await failure(auth.session("main", { ...fired, validUntil: clock.now() }))).toMatchObject({
      code: "aborted",
    });
    const wrong = { signal: new AbortController() as unknown as AbortSignal };
    expect(await failure(auth.session("main", wrong))).toMatchObject({ code: "configuration", field: "signal" });
    expect(broker.requests).toEqual([]);
  });

  it("that fires during a login ends that wait, in the account's name, and the login goes on", async () => {
    const { auth, broker } = openTestEnvironment();
    const { arrival, open } = doors(broker, "/totp");
    const leaving = new AbortController();
    const arrived = arrival();
    const [left, stays] = [failure(auth.session("main", { signal: leaving.signal })), auth.session("main")];
    await arrived;
    leaving.abort();
    expect(await left).toMatchObject({ code: "aborted", account: "main", broker: "toy" });
    open(0);
    await stays;
    expect(broker.minted).toBe(1);
  });
});

describe("the status", () => {
  it("names account, broker and environment, and what is known of the session", async () => {
    const { auth } = openTestEnvironment();
    const { expiresAt, generation } = await auth.session("main");
    expect(await auth.status("main")).toEqual({
      account: "main",
      broker: "toy",
      environment: "sandbox",
      state: "logged_in",
      expiresAt,
      generation,
      obtainedBy: "login",
      blockedBy: undefined,
      attemptsLeft: undefined,
      clockOffsetMs: 0,
    });
  });

  it("names the attempts that the broker said are left, until a login succeeds", async () => {
    const { broker, clock } = openTestEnvironment();
    const platform = { fetch: broker.fetch, clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) } };
    const sms = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, user: "user-7734", pin: "1234" } },
      store: memoryStore(),
      ...platform,
    });
    const begun = await sms.beginLogin("main");
    if (begun.kind === "session") throw new Error("the login was expected to wait for a code");
    await sms.answerLogin("main", begun.handle, { kind: "otp", value: "000000" });
    expect(await sms.status("main")).toMatchObject({ attemptsLeft: 3 });
    await sms.login("main", { otp: () => broker.otp });
    expect(await sms.status("main")).toMatchObject({ state: "logged_in", attemptsLeft: undefined });
  });
});

describe("two people's accounts", () => {
  it("may have a site each, and share nothing", async () => {
    const { broker, clock } = openTestEnvironment();
    const platform = { fetch: broker.fetch, clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) } };
    const accounts = {
      here: { broker: "toy" as const, ...unattended, site: "a" },
      there: { broker: "toy" as const, user: "user-7735", pin: "1234", site: "b" },
    };
    const auth = createBrokerAuth({ brokers: [toy()], accounts, store: memoryStore(), ...platform });
    await auth.session("here");
    expect((await auth.status("there")).state).toBe("logged_out");
  });
});
