import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { callBroker } from "../adapter-kit/broker-call.ts";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuthErrorCode, errorCodes } from "../errors/error-codes.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import type { LoginProgress } from "./login-progress.ts";
import { memoryStore } from "../record/memory-store.ts";
import { Secret } from "../contract/secret.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, type ToyBroker, toyTotpSecret } from "../../test/toy-broker.ts";
import type { TokenStore } from "../contract/token-store.ts";
import { totpCode } from "../adapter-kit/totp-code.ts";

const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

function openTestEnvironment(store = memoryStore()) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const engine = (account = unattended, { fetch = broker.fetch, provider = toy() } = {}) =>
    createBrokerAuth({
      brokers: [provider],
      accounts: { main: { broker: "toy" as const, ...account } },
      store,
      fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  return { clock, broker, store, engine };
}

/** Several processes whose lock was lost, so that nothing but the swaps keeps them apart. */
function withoutLocks(): ReturnType<typeof openTestEnvironment> {
  return openTestEnvironment({ ...memoryStore(), lock: async () => ({ release: async () => undefined }) });
}

/** Its first few writes take so long that a time step goes by. */
function withSlowWrites(times: number) {
  const store = memoryStore();
  let slow = times;
  const test = openTestEnvironment({
    ...store,
    async swap(...given) {
      const swapped = await store.swap(...given);
      if (slow-- > 0) test.clock.advance(30_000);
      return swapped;
    },
  });
  return test;
}

/** A process that falls asleep with the broker's first answer of this path in its hands, or with the connection lost. */
function sleeper(broker: ToyBroker, path: string, lost = false) {
  const [asleep, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let slept = false;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (slept || new URL(new Request(input).url).pathname !== path) return broker.fetch(input, init);
    slept = true;
    const answer = lost ? undefined : await broker.fetch(input, init);
    asleep.resolve();
    await awake.promise;
    if (answer !== undefined) return answer;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
  };
  return { fetch, asleep: asleep.promise, wake: () => awake.resolve() };
}

/** A program whose login ends so, once another program has logged in. */
function overtakenBy(code: BrokerAuthErrorCode) {
  const { broker, engine } = withoutLocks();
  const begin: ReturnType<typeof toy>["begin"] = async () => {
    await engine().session("main");
    throw new BrokerAuthError(code, "it ended");
  };
  return { broker, auth: engine(unattended, { provider: { ...toy(), begin } }) };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

function handleOf(progress: LoginProgress): string {
  if (progress.kind !== "challenge") throw new Error("the login was expected to wait for an answer");
  return progress.handle;
}

async function keysOf(store: ReturnType<typeof memoryStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}

describe("a login whose lock was lost half way (P1, P2)", () => {
  it("sends nothing at all where another process logs in while its open attempt is counted in, and adopts that session", async () => {
    const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
    const broker = toyBroker(clock);
    const platform = { random: () => 0, clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) } };
    const memory = { ...memoryStore(), lock: async () => ({ release: async () => undefined }) };
    const engine = (store: TokenStore, fetch: typeof globalThis.fetch) =>
      createBrokerAuth({
        brokers: [toy()],
        accounts: { main: { broker: "toy" as const, ...unattended } },
        store,
        ...platform,
        fetch,
      });
    const { fetch, asleep, wake } = sleeper(broker, "/pin");
    const sleepy = engine(memory, fetch).session("main");
    await asleep;
    // Its first swap is the one that counts the other's attempt in, and comes a moment too late.
    let swaps = 0;
    const late: TokenStore = {
      ...memory,
      swap: async (...given) => {
        swaps += 1;
        if (swaps === 1) {
          wake();
          await sleepy;
        }
        return memory.swap(...given);
      },
    };
    const other = engine(late, broker.fetch);
    expect(await other.session("main")).toMatchObject({ obtainedBy: "store" });
    expect(broker.pins).toEqual(["1234"]);
  });

  it("counts no attempt as a dead process's that belongs to one that lives", async () => {
    const { broker, store, engine } = withoutLocks();
    // One died with its attempt open; of the two that follow, the late one finds it there and writes after the other is under way.
    const dead = sleeper(broker, "/totp");
    void engine(unattended, { fetch: dead.fetch })
      .session("main")
      .catch(() => undefined);
    await dead.asleep;
    const live = sleeper(broker, "/pin");
    let swaps = 0;
    let alive: Promise<unknown> | undefined;
    const late: TokenStore = {
      ...store,
      swap: async (...given) => {
        swaps += 1;
        if (swaps === 1) {
          alive = engine(unattended, { fetch: live.fetch }).session("main");
          await live.asleep;
        }
        return store.swap(...given);
      },
    };
    const other = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, ...unattended } },
      store: late,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => Date.UTC(2031, 2, 3, 3, 31, 20), sleep: async () => undefined },
    });
    await expect(other.session("main")).rejects.toMatchObject({ code: "store_busy" });
    live.wake();
    expect(await alive).toMatchObject({ obtainedBy: "login" });
    expect(broker.pins).toEqual(["1234"]);
    dead.wake();
  });

  it("sends nothing more after another process has logged in, whose session it would end, and adopts that one", async () => {
    const { broker, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/totp");
    const sleepy = engine(unattended, { fetch });
    const late = sleepy.session("main");
    await asleep;
    const other = engine();
    await other.session("main");
    wake();
    expect(await late).toMatchObject({ obtainedBy: "store" });
    expect(broker.pins).toEqual(["1234"]);
    expect((await other.fetch("main", "/whoami")).status).toBe(200);
    expect(broker.minted).toBe(1);
  });

  it("sends nothing more while another process has a factor under way", async () => {
    const { broker, engine } = withoutLocks();
    const first = sleeper(broker, "/totp");
    const told = failure(engine(unattended, { fetch: first.fetch }).session("main"));
    await first.asleep;
    const second = sleeper(broker, "/pin");
    const session = engine(unattended, { fetch: second.fetch }).session("main");
    await second.asleep;
    first.wake();
    expect(await told).toMatchObject({ code: "store_busy" });
    second.wake();
    await session;
    expect(broker.minted).toBe(1);
    expect(broker.pins).toEqual(["1234"]);
  });

  it("sends nothing more after the account was purged, and leaves what the purge has left", async () => {
    const { broker, store, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/totp");
    const told = failure(engine(unattended, { fetch }).session("main"));
    await asleep;
    await engine().purge("main");
    const [key = ""] = await keysOf(store);
    const left = await store.read(key);
    wake();
    expect(await told).toMatchObject({ code: "store_busy" });
    expect(broker.pins).toEqual([]);
    expect(await store.read(key)).toEqual(left);
  });
});

describe("a renewal that another program's login has overtaken", () => {
  it.each([
    ["is over", false],
    ["got lost", true],
  ])("forgets nothing of that login, and ends no session of it, where it %s", async (_, isLost) => {
    const { clock, broker, store, engine } = withoutLocks();
    await engine().session("main");
    clock.advance(8 * 3_600_000);
    const { fetch, asleep, wake } = sleeper(broker, "/token", isLost);
    // It spends no factor, so that nothing is written down of it.
    const provider: ReturnType<typeof toy> = {
      ...toy(),
      async renew(renewal, account, context) {
        const body = JSON.stringify({ renewal: renewal.token.reveal() });
        const response = await context.fetch("https://api.toy.example/token", { method: "POST", body }).catch(() => {
          throw new BrokerAuthError("outcome_unknown", "no answer came");
        });
        if (response.ok) return toy().renew!(renewal, account, context);
        throw new BrokerAuthError("session_expired", "the renewal is over");
      },
    };
    broker.endRenewals();
    const late = engine(unattended, { fetch, provider }).session("main");
    await asleep;
    const other = engine(unattended, { provider: { ...toy(), renew: undefined as never } });
    const { generation } = await other.session("main");
    const [key = ""] = await keysOf(store);
    const kept = await store.read(key);
    wake();
    expect(await late).toMatchObject({ obtainedBy: "store", generation });
    expect((await store.read(key))?.body).toEqual(kept?.body);
    expect(broker.minted).toBe(2);
    expect((await other.fetch("main", "/whoami")).status).toBe(200);
  });
});

describe("a login whose time step another program has used meanwhile (P3)", () => {
  it("begins again with the next step's code", async () => {
    const { clock, broker, store, engine } = withoutLocks();
    await engine().session("main");
    await engine().logout("main");
    clock.advance(60_000);
    const begin: ReturnType<typeof toy>["begin"] = async (_account, context) => {
      await context.recordAttempt({ factor: "totp", step: "totp", totpStep: Math.floor(clock.now() / 30_000) });
      throw new BrokerAuthError("broker_unavailable", "it did not leave");
    };
    const swap = store.swap.bind(store);
    let swaps = 0;
    // What it writes down comes after another program, which has used the step and sent nothing.
    store.swap = async (...given) => {
      swaps += 1;
      if (swaps === 1) await failure(engine(unattended, { provider: { ...toy(), begin } }).session("main"));
      return swap(...given);
    };
    expect(await engine().session("main")).toMatchObject({ obtainedBy: "login" });
    expect(swaps).toBeGreaterThan(1);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
    expect(broker.pins).toEqual(["1234", "1234"]);
  });
});

describe("a login that ends without a session while another program has brought one", () => {
  const adopting = [
    "needs_input",
    "login_blocked",
    "session_replaced",
    "challenge_expired",
    "session_expired",
    "broker_unavailable",
    "rate_limited",
    "outcome_unknown",
    "store_busy",
    "clock_skew",
  ] as const;
  const codes = Object.keys(errorCodes) as BrokerAuthErrorCode[];

  it.each(adopting)("has that session, where it ends with %s", async (code) => {
    const { broker, auth } = overtakenBy(code);
    expect(await auth.session("main")).toMatchObject({ obtainedBy: "store" });
    const person = overtakenBy(code).auth;
    expect(await person.login("main")).toMatchObject({ obtainedBy: "store" });
    expect(broker.minted).toBe(1);
  });

  it.each(codes.filter((code) => !adopting.some((one) => one === code)))(
    "tells what was said against it, or what stopped it: %s",
    async (code) => {
      expect(await failure(overtakenBy(code).auth.session("main"))).toMatchObject({ code });
    },
  );
});

describe("an outcome that is told after the lock was lost", () => {
  const wrong = { ...unattended, pin: "9999" };

  it("stops nobody who has logged in meanwhile", async () => {
    const { broker, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/pin");
    const told = failure(engine(wrong, { fetch }).session("main"));
    await asleep;
    const other = engine();
    await other.session("main");
    wake();
    expect(await told).toMatchObject({ code: "pin_rejected" });
    expect(await other.status("main")).toMatchObject({ state: "logged_in", blockedBy: undefined });
  });

  it.each([
    ["those are not sent again", wrong, ["9999", "1234"]],
    ["but not against the same ones, which that has proved right", unattended, ["1234", "1234", "1234"]],
  ])("against its credentials is kept after another program's login: %s", async (_, account, sent) => {
    const { clock, broker, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/pin");
    const own = engine(account, { fetch });
    broker.pin = "0000";
    const told = failure(own.session("main"));
    await asleep;
    broker.pin = "1234";
    const other = engine();
    await other.session("main");
    wake();
    expect(await told).toMatchObject({ code: "pin_rejected" });
    await other.logout("main");
    clock.advance(60_000);
    await own.session("main").catch(() => undefined);
    expect(broker.pins).toEqual(sent);
  });

  it("is not written into a record that was made anew", async () => {
    const { broker, store, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/pin");
    const sleepy = engine(wrong, { fetch });
    const told = failure(sleepy.session("main"));
    await asleep;
    await engine().purge("main");
    const [key = ""] = await keysOf(store);
    const left = await store.read(key);
    wake();
    expect(await told).toMatchObject({ code: "pin_rejected" });
    expect(await store.read(key)).toEqual(left);
    // Nor is it deferred to the next change.
    await sleepy.unlock("main");
    expect((await engine().status("main")).blockedBy).toBeUndefined();
  });

  it("lifts the block that two silences have brought, one of them its own: it was only held still", async () => {
    const { broker, engine } = withoutLocks();
    const dead = sleeper(broker, "/totp");
    void engine(unattended, { fetch: dead.fetch })
      .session("main")
      .catch(() => undefined);
    await dead.asleep;
    const still = sleeper(broker, "/pin");
    const late = engine(unattended, { fetch: still.fetch }).session("main");
    await still.asleep;
    const third = engine();
    expect(await failure(third.session("main"))).toMatchObject({ code: "login_blocked" });
    still.wake();
    expect(await late).toMatchObject({ obtainedBy: "login" });
    expect(await third.session("main")).toMatchObject({ obtainedBy: "store" });
    expect(await third.status("main")).toMatchObject({ state: "logged_in", blockedBy: undefined });
    expect(broker.minted).toBe(1);
    dead.wake();
  });

  it("counts once where it says nothing: the next holder has counted it as unanswered already", async () => {
    const { broker, engine } = withoutLocks();
    const { fetch, asleep, wake } = sleeper(broker, "/pin", true);
    const told = failure(engine(unattended, { fetch }).session("main"));
    await asleep;
    const other = engine(unattended, {
      fetch: async (input, init) => {
        const answer = await broker.fetch(input, init);
        if (broker.requests.at(-1) === "/totp") {
          wake();
          await told;
        }
        return answer;
      },
    });
    await other.session("main");
    expect(broker.minted).toBe(1);
    expect(await told).toMatchObject({ code: "outcome_unknown" });
    expect(broker.pins).toEqual(["1234"]);
  });
});

describe("an attempt that was written down", () => {
  it.each([1, 2, 9])("too late for its time step, %i times, is followed by the next step's code", async (times) => {
    const { broker, engine } = withSlowWrites(times);
    expect((await engine().session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
  });

  it("too late ten times ends the login as the store's fault, has not left, and stops nobody", async () => {
    const { broker, engine } = withSlowWrites(10);
    const auth = engine();
    expect(await failure(auth.session("main"))).toMatchObject({ code: "store_unavailable", retry: "transient" });
    expect(broker.requests).not.toContain("/totp");
    expect(await auth.status("main")).toMatchObject({ blockedBy: undefined });
    expect((await auth.session("main")).obtainedBy).toBe("login");
  });

  it("does not leave where the engine was closed meanwhile, and does not count", async () => {
    const { clock, broker, store, engine } = openTestEnvironment();
    const step = (): number => Math.floor(clock.now() / 30_000);
    // An adapter that does not look at the signal.
    const begin: ReturnType<typeof toy>["begin"] = async (_account, context) => {
      await context.recordAttempt({ factor: "totp", step: "totp", totpStep: step() });
      await context.fetch("https://api.toy.example/totp", { method: "POST" });
      return expect.unreachable("it was sent");
    };
    const swap = store.swap.bind(store);
    for (let round = 0; round < 3; round++) {
      const auth = engine(unattended, { provider: { ...toy(), begin } });
      store.swap = async (key, expected, next) => {
        const swapped = await swap(key, expected, next);
        if (new TextDecoder().decode(next.body).includes('"open"')) void auth.close();
        return swapped;
      };
      expect(await failure(auth.session("main"))).toMatchObject({ code: "aborted" });
      await auth.close();
      clock.advance(31_000);
    }
    store.swap = swap;
    expect(broker.requests).not.toContain("/totp");
    await engine().session("main");
    expect(broker.minted).toBe(1);
  });

  it.each(["by nobody", "by the next holder of the lock"])(
    "does not leave where the lock was lost while it was written down, and does not count: found %s",
    async (found) => {
      const { clock, broker, store, engine } = openTestEnvironment({
        ...memoryStore(),
        lock: async () => ({ release: async () => undefined }),
      });
      for (let round = 0; round < 3; round++) {
        const lost = new AbortController();
        const losing: TokenStore = {
          ...store,
          lock: async () => ({ release: async () => undefined, lost: lost.signal }),
          async swap(key, expected, next) {
            const swapped = await store.swap(key, expected, next);
            if (lost.signal.aborted || !new TextDecoder().decode(next.body).includes('"open"')) return swapped;
            lost.abort();
            // It takes the attempt for one of a dead process, and counts it.
            if (found !== "by nobody") await engine().unlock("main");
            return swapped;
          },
        };
        const slow = createBrokerAuth({
          brokers: [toy()],
          accounts: { main: { broker: "toy" as const, ...unattended } },
          store: losing,
          fetch: broker.fetch,
          clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
        });
        expect(await failure(slow.session("main"))).toMatchObject({ code: "store_busy" });
        expect((await engine().status("main")).blockedBy).toBeUndefined();
        clock.advance(31_000);
      }
      expect(broker.requests).not.toContain("/totp");
      await engine().session("main");
      expect(broker.minted).toBe(1);
    },
  );

  it("does not count where the engine was closed before there was a connection", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const calls = { broker: "toy", title: "Toy", policy: { domains: [], environment: "sandbox" } };
    const begin: ReturnType<typeof toy>["begin"] = async (_account, context) => {
      await context.recordAttempt({ factor: "totp", step: "totp", totpStep: Math.floor(clock.now() / 30_000) });
      const place = { origin: `https://127.0.0.1:${port}`, path: "/totp" };
      const json = { code: "123456" };
      const call = { step: "totp", method: "POST", ...place, json, carriesFactor: true } as const;
      await callBroker(call, calls, { ...context, fetch });
      return expect.unreachable("it was answered");
    };
    for (let round = 0; round < 3; round++) {
      const auth = engine(unattended, { provider: { ...toy(), begin } });
      const closed = once(silent, "connection").then(async () => auth.close());
      expect(await failure(auth.session("main"))).toMatchObject({ code: "aborted" });
      await closed;
      clock.advance(31_000);
    }
    expect(broker.requests).not.toContain("/totp");
    await engine().session("main");
    expect(broker.minted).toBe(1);
  });

  it("by a process that died is counted before a person's unlock(), and not against it", async () => {
    const { clock, broker, engine } = withoutLocks();
    broker.pin = "5678";
    expect(await failure(engine().session("main"))).toMatchObject({ code: "pin_rejected" });
    await engine().unlock("main");
    clock.advance(31_000);
    const dead = sleeper(broker, "/totp");
    const left = engine(unattended, { fetch: dead.fetch }).session("main");
    left.catch(() => undefined);
    await dead.asleep;
    broker.pin = "1234";
    await engine().unlock("main");
    clock.advance(31_000);
    expect((await engine().login("main")).generation).toBeGreaterThan(0);
    dead.wake();
  });

  it("leaves a pending login open where it never left, and ends it where it got lost", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine(byHand);
    const answer = { kind: "otp", value: broker.otp } as const;
    const handle = handleOf(await auth.beginLogin("main"));
    broker.fault = (path) => (path === "/otp" ? "ECONNREFUSED" : undefined);
    expect(await failure(auth.answerLogin("main", handle, answer))).toMatchObject({ code: "broker_unavailable" });
    expect((await auth.status("main")).state).toBe("pending");
    broker.fault = (path) => (path === "/otp" ? "ECONNRESET" : undefined);
    expect(await failure(auth.answerLogin("main", handle, answer))).toMatchObject({ code: "outcome_unknown" });
    expect((await auth.status("main")).state).toBe("logged_out");
    expect(await failure(auth.answerLogin("main", handle, answer))).toMatchObject({ code: "challenge_expired" });
    broker.fault = undefined;
    const next = handleOf(await auth.beginLogin("main"));
    expect((await auth.answerLogin("main", next, answer)).kind).toBe("session");
  });

  it("keeps the measured clock with it, also where the broker then refuses", async () => {
    for (const account of [byHand, { ...unattended, pin: "9999" }]) {
      const { broker, engine } = openTestEnvironment();
      broker.clockOffsetMs = 95_000;
      const auth = engine(account);
      await auth.login("main", { otp: () => broker.otp }).catch(() => undefined);
      expect(broker.pins).toHaveLength(1);
      expect((await engine(account).status("main")).clockOffsetMs).toBe(95_000);
    }
  });
});

describe("an SMS", () => {
  it("is not sent with nobody there to read it, whatever the adapter promised", async () => {
    const { broker, engine } = openTestEnvironment();
    const provider = toy();
    const identify: typeof provider.identify = (credentials) => ({ ...provider.identify(credentials), asks: [] });
    const auth = engine(byHand, { provider: { ...provider, identify } });
    expect(await failure(auth.session("main"))).toMatchObject({
      code: "needs_input",
      challenge: "otp",
      step: "sms",
      account: "main",
    });
    expect(broker.requests).toEqual(["/time"]);
  });

  it("that a person asked for and that got lost, twice, stops no automatic login", async () => {
    const { broker, engine } = openTestEnvironment();
    broker.faultAfter = (path) => (path === "/sms" ? "ECONNRESET" : undefined);
    for (let time = 0; time < 2; time++)
      expect(await failure(engine(byHand).login("main"))).toMatchObject({ code: "outcome_unknown" });
    await engine().session("main");
    expect(broker.minted).toBe(1);
  });
});

describe("a code source whose code was accepted", () => {
  it("is not blamed for the MPIN that was refused after it", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const source = () => totpCode(new Secret(toyTotpSecret), Math.floor(clock.now() / 30_000));
    const account = (pin: string): ToyAccount => ({ user: "user-7734", pin, totpCode: source });
    expect(await failure(engine(account("9999")).login("main"))).toMatchObject({ code: "pin_rejected" });
    await engine(account("1234")).login("main");
    expect(broker.minted).toBe(1);
    expect(broker.pins).toEqual(["9999", "1234"]);
  });
});

describe("unlock() of a program whose credentials were corrected", () => {
  it("is not used up by one that still has the refused ones, which tells so and sends nothing", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const wrong = engine({ ...unattended, pin: "9999" });
    expect(await failure(wrong.session("main"))).toMatchObject({ code: "pin_rejected" });
    clock.advance(31_000);
    const corrected = engine();
    await corrected.unlock("main");
    for (const call of [() => wrong.session("main"), () => wrong.login("main")])
      expect(await failure(call())).toMatchObject({ code: "login_blocked" });
    expect(broker.pins).toEqual(["9999"]);
    expect(await corrected.session("main")).toMatchObject({ obtainedBy: "login" });
    expect(broker.pins).toEqual(["9999", "1234"]);
    expect(await wrong.session("main")).toMatchObject({ obtainedBy: "store" });
  });
});

describe("a login that waits for a time of its own", () => {
  it("ends its wait with the session that another program has brought meanwhile, and leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { clock, broker, store, engine } = openTestEnvironment();
    await engine().session("main");
    await engine().logout("main");
    let slept: AbortSignal | undefined;
    const waiting = createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy" as const, ...unattended } },
      store,
      fetch: broker.fetch,
      clock: {
        now: () => clock.now(),
        sleep: (_ms, signal) => {
          slept = signal;
          return new Promise((_, reject) => signal?.addEventListener("abort", reject));
        },
      },
    }).session("main");
    await vi.waitFor(() => expect(slept).toBeDefined());
    const { generation } = await engine().session("main");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await waiting).toMatchObject({ obtainedBy: "store", generation });
    expect([slept?.aborted, vi.getTimerCount(), broker.minted]).toEqual([true, 0, 2]);
  });
});
