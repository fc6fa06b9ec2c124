import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import type { Json } from "../contract/json.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import type { LoginStep } from "../contract/login-step.ts";
import { toy, toyBroker, type ToyBroker, type ToyTokens, toyTotpSecret } from "../../test/toy-broker.ts";
import { Secret } from "../contract/secret.ts";
import type { TokenStore } from "../contract/token-store.ts";

type Toy = ReturnType<typeof toy>;

const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));

type SessionStep = Extract<LoginStep<ToyTokens>, { kind: "session" }>;

/** An adapter that changes what its login came to. */
function withStep(change: (step: SessionStep) => SessionStep): Toy {
  return {
    ...toy(),
    async begin(...given) {
      const step = await toy().begin(...given);
      return step.kind === "session" ? change(step) : step;
    },
  };
}

function withTokens(encode: () => Json): Toy {
  return { ...toy(), tokens: { ...toy().tokens, encode } };
}

function circle(): object {
  const round: Record<string, unknown> = {};
  round["round"] = round;
  return round;
}

function openWith(provider: Toy, store: TokenStore, fetch: typeof globalThis.fetch) {
  return createBrokerAuth({
    brokers: [provider],
    accounts: { main: { broker: "toy", user: "user-7734", pin: "1234", totpSecret: toyTotpSecret } },
    store,
    fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  });
}

describe("two logins at once, after a lost lock", () => {
  it("keep the session of the one that was sent last, however late the other one wakes up", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    let wake: (() => void) | undefined;
    let fellAsleep: (() => void) | undefined;
    const asleep = new Promise<void>((resolve) => (fellAsleep = resolve));
    const sleepy = engine("1234", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.minted === 1 && wake === undefined) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        fellAsleep?.();
        await woken;
      }
      return response;
    });
    const other = engine("1234", store, broker.fetch);

    const late = sleepy.session("main");
    await asleep;
    const { generation } = await other.session("main");
    clock.advance(60_000);
    wake?.();
    expect((await late).generation).toBe(generation);
    for (const auth of [sleepy, other]) expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
  });

  it("keep the session that the broker lets live, where what was sent first arrived last", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    const asleep = Promise.withResolvers<void>();
    const woken = Promise.withResolvers<void>();
    const sleepy = engine("1234", store, async (input, init) => {
      if (new URL(new Request(input).url).pathname === "/pin") {
        asleep.resolve();
        await woken.promise;
      }
      return broker.fetch(input, init);
    });
    const other = engine("1234", store, broker.fetch);

    const late = sleepy.session("main");
    await asleep.promise;
    clock.advance(30_000);
    const { generation } = await other.session("main");
    woken.resolve();
    expect((await late).generation).toBeGreaterThan(generation);
    for (const auth of [other, sleepy]) expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    // Nobody had to log in again for it.
    expect(broker.minted).toBe(2);
  });

  it("send a PIN once that the broker refused to the one that was taken for dead", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    const asleep = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const sleepy = engine("9999", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.pins.length > 0) {
        asleep.resolve();
        await awake.promise;
      }
      return response;
    });
    const told = sleepy.session("main").catch((error: unknown) => error);
    await asleep.promise;
    // The other one has counted that attempt as unanswered and is half way through its own when the refusal is told after all.
    const other = engine("9999", store, async (input, init) => {
      const response = await broker.fetch(input, init);
      if (broker.requests.at(-1) === "/totp") {
        awake.resolve();
        await told;
      }
      return response;
    });
    await expect(other.session("main")).rejects.toMatchObject({ code: "login_blocked" });
    expect(await told).toMatchObject({ code: "pin_rejected" });
    expect(broker.pins).toEqual(["9999"]);
  });
});

describe("two sessions that were granted at once, after a lost lock", () => {
  it("leave the one that was asked for last, which is the one that the broker lets live", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    const [early, late] = [keptBack(broker), keptBack(broker)];
    const first = engine("1234", store, early.fetch);
    const sooner = first.session("main");
    await early.arrived;
    clock.advance(1_000);
    const second = engine("1234", store, late.fetch);
    const later = second.session("main");
    await late.arrived;
    early.release();
    const { generation } = await sooner;
    late.release();
    expect((await later).generation).toBeGreaterThan(generation);
    for (const auth of [first, second]) expect((await auth.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(2);
  });

  it("leave the earlier one where the later one is over already: it was paid for", async () => {
    const broker = toyBroker(clock);
    const store = storeWithoutLocks();
    const early = keptBack(broker);
    const sooner = engine("1234", store, early.fetch).session("main");
    await early.arrived;
    const other = engine("1234", store, broker.fetch);
    const { generation } = await other.session("main");
    broker.evict();
    expect(await other.refused("main", generation)).toBe("dead");
    early.release();
    expect((await sooner).generation).toBeGreaterThan(generation);
  });
});

describe("a session that replaces another one", () => {
  it("is saved also where the clock shows the same moment", async () => {
    const broker = toyBroker(clock);
    const store = memoryStore();
    broker.lifetimeMs = 3_600_000;
    const { issuedAt, generation } = await engine("1234", store, broker.fetch).session("main");
    broker.lifetimeMs = 7_200_000;
    const validUntil = issuedAt + 7_200_000;
    const renewed = await engine("1234", store, broker.fetch).session("main", { validUntil });
    expect([renewed.generation, renewed.issuedAt]).toEqual([generation + 1, issuedAt]);
  });

  it("keeps what renews it where a renewal brings nothing new, and drops it where a login brings none", async () => {
    const broker = toyBroker(clock);
    const store = memoryStore();
    const next = async (provider: Partial<Toy>): Promise<string> => {
      clock.advance(8 * 3_600_000);
      const { obtainedBy } = await engine("1234", store, broker.fetch, provider).session("main");
      return obtainedBy;
    };
    const renewing: Partial<Toy> = { renew: async (...given) => bare(await toy().renew!(...given)) };
    expect([await next({}), await next(renewing), await next(renewing)]).toEqual(["login", "renewal", "renewal"]);
    const never = { renew: undefined } as unknown as Partial<Toy>;
    const loggingIn: Partial<Toy> = { ...never, begin: async (...given) => bare(await toy().begin(...given)) };
    expect([await next(loggingIn), await next({})]).toEqual(["login", "login"]);
  });
});

describe("a session that the broker has granted", () => {
  it("is saved by a store that fails for a moment, after growing pauses, and nobody logs in again for it", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, 3);
    const slept = clock.sleeps.length;
    const { generation } = await engine("1234", store, broker.fetch).session("main");
    expect(store.swaps()).toBe(6);
    expect(clock.sleeps.slice(slept).slice(-3)).toEqual([50, 250, 1_000]);
    expect((await engine("1234", store, broker.fetch).session("main")).generation).toBe(generation);
    expect(broker.minted).toBe(1);
  });

  it("is saved again after a store has thrown an error of its own", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, 1, new RangeError("a store of somebody's own"));
    expect(await engine("1234", store, broker.fetch).session("main")).toMatchObject({ obtainedBy: "login" });
  });

  it("is given up at once where waiting cannot help", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, 1, new BrokerAuthError("store_key_locked", "the keychain is locked"));
    await expect(engine("1234", store, broker.fetch).session("main")).rejects.toMatchObject({
      code: "store_key_locked",
    });
    // What is written after it is the attempt's outcome, not the session.
    expect((await engine("1234", store, broker.fetch).status("main")).state).toBe("logged_out");
  });

  it.each([Number.NaN, Infinity, 1e306, 8.65e15, -1])(
    "is none when it ends at %s, and is not kept",
    async (expiresAt) => {
      const broker = toyBroker(clock);
      const store = memoryStore();
      const auth = openWith(
        withStep((step) => ({ ...step, session: { ...step.session, expiresAt } })),
        store,
        broker.fetch,
      );
      await expect(auth.session("main")).rejects.toMatchObject({ code: "protocol_error", account: "main" });
      expect(await auth.status("main")).toMatchObject({ state: "logged_out", generation: 0 });
    },
  );

  it.each<[string, Toy]>([
    ["a number that JSON does not have", withTokens(() => ({ token: Number.NaN as never }))],
    ["a value that JSON does not know", withTokens(() => ({ token: 1n as never }))],
    ["a circle", withTokens(() => circle() as never)],
    ["something that it cannot read back itself", withTokens(() => ({ jeton: "t" }))],
  ])("is a protocol_error where its tokens are stored as %s, and the record stays readable", async (_what, broken) => {
    const broker = toyBroker(clock);
    const store = memoryStore();
    const error: unknown = await openWith(broken, store, broker.fetch)
      .session("main")
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "protocol_error", account: "main" });
    expect(await openWith(toy(), store, broker.fetch).status("main")).toMatchObject({
      state: "logged_out",
      generation: 0,
    });
  });

  it("is kept by the moments of whole milliseconds, however its adapter counts", async () => {
    const broker = toyBroker(clock);
    const store = memoryStore();
    const provider = withStep((step) => ({
      ...step,
      session: { ...step.session, expiresAt: step.session.expiresAt + 0.75, issuedAt: step.session.issuedAt + 0.25 },
      renewal: { token: new Secret("r"), issuedAt: step.session.issuedAt, expiresAt: Infinity },
    }));
    const auth = openWith(provider, store, broker.fetch);
    const session = await auth.session("main");
    expect([session.expiresAt % 1, session.issuedAt % 1]).toEqual([0, 0]);
    expect(await openWith(toy(), store, broker.fetch).session("main")).toMatchObject({ obtainedBy: "store" });
  });

  it("is not brought back by a save that was made after all, when it has ended since", async () => {
    const broker = toyBroker(clock);
    const memory = memoryStore();
    const other = engine("1234", memory, broker.fetch);
    let [swaps, generation] = [0, 0];
    const store: TokenStore = {
      ...memory,
      swap: async (...given) => {
        swaps += 1;
        const made = await memory.swap(...given);
        if (swaps !== 3) return made;
        // It was made, and is told to have failed; meanwhile somebody else finds the session dead.
        ({ generation } = await other.session("main"));
        broker.evict();
        await other.refused("main", generation);
        throw new BrokerAuthError("store_unavailable", "the answer was lost");
      },
    };
    await expect(engine("1234", store, broker.fetch).session("main")).rejects.toMatchObject({ code: "store_busy" });
    expect(await other.status("main")).toMatchObject({ state: "logged_out", generation });
  });

  it("is given up with the store's own error when that goes on failing", async () => {
    const broker = toyBroker(clock);
    const store = failing(3, Infinity);
    await expect(engine("1234", store, broker.fetch).session("main")).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(broker.minted).toBe(1);
  });
});

function storeWithoutLocks(): TokenStore {
  return { ...memoryStore(), lock: async () => ({ release: async () => undefined }) };
}

function engine(
  pin: string,
  store: TokenStore,
  fetch: typeof globalThis.fetch,
  provider: Partial<Toy> = {},
): ReturnType<typeof createBrokerAuth<Toy, "main">> {
  return createBrokerAuth({
    brokers: [{ ...toy(), ...provider }],
    accounts: { main: { broker: "toy", user: "user-7734", pin, totpSecret: toyTotpSecret } },
    store,
    fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  });
}

/** The same step without what could renew its session. */
function bare(step: LoginStep<ToyTokens>): LoginStep<ToyTokens> {
  return step.kind === "session" ? { ...step, renewal: undefined } : step;
}

/** The broker's answer to the first PIN, held back on its way. */
function keptBack(broker: ToyBroker) {
  const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await broker.fetch(input, init);
    if (new URL(new Request(input).url).pathname === "/pin") {
      arrived.resolve();
      await gate.promise;
    }
    return answer;
  };
  return { fetch, arrived: arrived.promise, release: () => gate.resolve() };
}

// Three swaps lead to a session: two attempts are written down, and what came of them.
function failing(
  from: number,
  times: number,
  error: Error = new BrokerAuthError("store_unavailable", "the disk is full"),
): TokenStore & { readonly swaps: () => number } {
  const store = memoryStore();
  let swaps = 0;
  return {
    ...store,
    swaps: () => swaps,
    swap: async (...given) => {
      swaps += 1;
      if (swaps >= from && swaps < from + times) throw error;
      return store.swap(...given);
    },
  };
}
