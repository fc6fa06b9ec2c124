import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { BrokerAuth } from "./broker-auth.ts";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { BrokerAuthError } from "./errors/broker-auth-error.ts";
import type { BrokerAuthEvent } from "./engine/broker-event.ts";
import type { ProviderContext } from "./contract/provider-context.ts";
import type { LoginProgress } from "./engine/login-progress.ts";
import { memoryStore } from "./record/memory-store.ts";
import type { NetworkReport } from "./contract/network-report.ts";
import { fakeClock, type FakeClock } from "./testing/fake-clock.ts";
import { Secret } from "./contract/secret.ts";
import type { Session } from "./contract/session.ts";
import { toy, type ToyAccount, toyBroker, type ToyBroker, type ToyTokens, toyTotpSecret } from "../test/toy-broker.ts";
import type { TokenStore } from "./contract/token-store.ts";

const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };

interface TestEnvironment {
  readonly clock: FakeClock;
  readonly broker: ToyBroker;
  readonly store: TokenStore;
  readonly engine: (account?: ToyAccount) => BrokerAuth<ReturnType<typeof toy>, "main", "trading">;
}

function openTestEnvironment(): TestEnvironment {
  // In the middle of a second, so that the Date header's precision cancels out; ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const engine: TestEnvironment["engine"] = (account = unattended) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", ...account } },
      use: { trading: "main" },
      store,
      ...platform,
    });
  return { clock, broker, store, engine };
}

function challenged(progress: LoginProgress): Extract<LoginProgress, { kind: "challenge" }> {
  if (progress.kind !== "challenge") throw new Error("the login was expected to wait for an answer");
  return progress;
}

async function keysOf(store: TokenStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}

async function refused(work: Promise<unknown>): Promise<BrokerAuthError> {
  const error = await work.then(
    () => expect.unreachable("it was expected to be refused"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BrokerAuthError);
  return error as BrokerAuthError;
}

/** What an adapter makes of an OTP at an account that its broker has locked. */
async function lockedOut(...[, , , context]: Parameters<ReturnType<typeof toy>["answer"]>): Promise<never> {
  await context.recordAttempt({ factor: "otp", step: "otp", answer: new Secret("123456") });
  throw new BrokerAuthError("account_locked", "otp: the account is locked");
}

const network = async (
  session: Session<ToyTokens>,
  _account: unknown,
  context: ProviderContext,
): Promise<NetworkReport> => {
  const headers = { "x-token": session.tokens.token.reveal() };
  const answer = await context.fetch("https://api.toy.example/whoami", { headers });
  if (answer.status === 440) throw new BrokerAuthError("session_expired", "the session has ended");
  return { address: "203.0.113.10", message: "fine" };
};

describe("one login (P1)", () => {
  it("gives a thousand callers of an empty account one login", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine();
    const sessions = await Promise.all(Array.from({ length: 1000 }, () => auth.session("main")));
    expect(broker.minted).toBe(1);
    expect(new Set(sessions).size).toBe(1);
  });

  it("ends only the wait of a caller that aborts", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine();
    const gone = new AbortController();
    const patient = auth.session("main");
    const impatient = auth.session("main", { signal: gone.signal });
    gone.abort();
    expect((await refused(impatient)).code).toBe("aborted");
    await patient;
    expect(broker.minted).toBe(1);
    expect(broker.minted).toBe(1);
  });

  it("lets a second engine on the same store adopt the session without a login", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine().session("main");
    const adopted = await engine().session("main");
    expect(adopted.obtainedBy).toBe("store");
    expect(broker.minted).toBe(1);
  });

  it("lets two engines that start together make one login", async () => {
    const { broker, engine } = openTestEnvironment();
    const [first, second] = await Promise.all([engine().session("main"), engine().session("main")]);
    expect(broker.minted).toBe(1);
    expect([first.obtainedBy, second.obtainedBy].toSorted()).toEqual(["login", "store"]);
  });

  it("logs in all accounts in parallel and gives one outcome for each", async () => {
    const { broker, clock, store } = openTestEnvironment();
    const platform = {
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    };
    const accounts = {
      good: { broker: "toy" as const, ...unattended },
      human: { broker: "toy" as const, user: "other", pin: "1234" },
    };
    const auth = createBrokerAuth({ brokers: [toy()], accounts, store, ...platform });
    const outcomes = await auth.loginAll();
    expect(outcomes.map(({ account, ok }) => [account, ok])).toEqual([
      ["good", true],
      ["human", false],
    ]);
    expect(outcomes[1]).toMatchObject({ error: { code: "needs_input", account: "human", challenge: "otp" } });
    expect(broker.requests).not.toContain("/sms");
  });
});

describe("a refused factor (P2)", () => {
  it("is sent once, by however many calls and engines", async () => {
    const { broker, engine } = openTestEnvironment();
    const wrong = { ...unattended, pin: "9999" };
    expect((await refused(engine(wrong).session("main"))).code).toBe("pin_rejected");
    for (let restart = 0; restart < 20; restart++) {
      expect((await refused(engine(wrong).session("main"))).code).toBe("login_blocked");
    }
    expect(broker.pins).toEqual(["9999"]);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
  });

  it("lifts its block for a credential that was never refused", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    await refused(engine({ ...unattended, pin: "9999" }).session("main"));
    clock.advance(30_000);
    await engine().session("main");
    expect(broker.minted).toBe(1);
    expect(broker.pins).toEqual(["9999", "1234"]);
  });

  it("cannot alternate with a second wrong one: each is sent once", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    for (const pin of ["9999", "8888", "9999", "8888", "9999"]) {
      await refused(engine({ ...unattended, pin }).session("main"));
      clock.advance(30_000);
    }
    expect(broker.pins).toEqual(["9999", "8888"]);
  });

  it("is tried again only on a person's word", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine({ ...unattended, pin: "9999" });
    await refused(auth.session("main"));
    expect((await auth.status("main")).state).toBe("login_blocked");
    broker.pin = "9999";
    clock.advance(86_400_000);
    expect((await refused(auth.session("main"))).code).toBe("login_blocked");
    await auth.unlock("main");
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("gives an attempt without an answer exactly one further try, in a new TOTP step", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    broker.faultAfter = (path) => (path === "/pin" ? "ECONNRESET" : undefined);
    expect((await refused(auth.session("main"))).code).toBe("outcome_unknown");
    expect((await refused(auth.session("main"))).code).toBe("outcome_unknown");
    expect((await refused(auth.session("main"))).code).toBe("login_blocked");
    clock.advance(3_600_000);
    expect((await refused(engine().session("main"))).code).toBe("login_blocked");
    expect(broker.pins).toHaveLength(2);
    expect(new Set(broker.totpSteps).size).toBe(2);
  });

  it("does not spend an attempt that never left, and backs off", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    broker.fault = () => "ECONNREFUSED";
    expect((await refused(auth.session("main"))).code).toBe("broker_unavailable");
    const sent = broker.requests.length;
    expect(await refused(auth.session("main"))).toMatchObject({ code: "broker_unavailable", retryAfterMs: 1_000 });
    expect(broker.requests).toHaveLength(sent);
    for (let tries = 0; tries < 10; tries++) {
      clock.advance(61_000);
      await refused(auth.session("main"));
    }
    broker.fault = undefined;
    clock.advance(61_000);
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("counts an attempt whose process died as one without an answer", async () => {
    const { broker, store, engine, clock } = openTestEnvironment();
    // The write-ahead reached the store, and nothing after it.
    const swap = store.swap.bind(store);
    store.swap = async (key, expected, next) => {
      const text = new TextDecoder().decode(next.body);
      if (expected > 0 && !text.includes('"open"'))
        throw new BrokerAuthError("store_unavailable", "the process is gone");
      return swap(key, expected, next);
    };
    broker.faultAfter = (path) => (path === "/pin" ? "ECONNRESET" : undefined);
    await refused(engine().session("main"));
    store.swap = swap;
    clock.advance(30_000);
    await refused(engine().session("main"));
    expect((await refused(engine().session("main"))).code).toBe("login_blocked");
    expect(broker.pins).toHaveLength(2);
  });
});

describe("an automatic login that would have to ask a person", () => {
  it("is refused before a code is wasted on it", async () => {
    const { broker, engine } = openTestEnvironment();
    const error = await refused(engine({ user: "user-7734", totpSecret: toyTotpSecret }).session("main"));
    expect(error).toMatchObject({ code: "needs_input", challenge: "mpin" });
    expect(broker.requests.filter((path) => path !== "/time")).toEqual([]);
  });

  it("renews all the same, where a renewal needs no person", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const byHand: ToyAccount = { user: "user-7734", pin: "1234" };
    await engine(byHand).login("main", { otp: () => broker.otp });
    clock.advance(8 * 3_600_000);
    expect((await engine(byHand).session("main")).obtainedBy).toBe("renewal");
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });
});

describe("a TOTP time step (P3)", () => {
  it("is used once, so a second login waits for the next one", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    await auth.logout("main");
    await auth.session("main");
    const [first = 0, second = 0] = broker.totpSteps;
    expect(second).toBe(first + 1);
    expect(clock.sleeps).toEqual([20_500]);
  });

  it("is taken from the broker's clock when the host's is off, and the difference is reported", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    broker.clockOffsetMs = 95_000;
    const auth = engine();
    const events: BrokerAuthEvent[] = [];
    auth.on((event) => void events.push(event));
    await auth.session("main");
    expect(broker.totpSteps).toEqual([Math.floor((clock.now() + 95_000) / 30_000)]);
    expect((await auth.status("main")).clockOffsetMs).toBeCloseTo(95_000, -4);
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", code: "clock_offset" }));
  });

  it("is not guessed when the clocks are a day apart: nothing is sent", async () => {
    const { broker, engine } = openTestEnvironment();
    broker.clockOffsetMs = 86_400_000;
    expect((await refused(engine().session("main"))).code).toBe("clock_skew");
    expect(new Set(broker.requests)).toEqual(new Set(["/time"]));
  });
});

describe("the ladder", () => {
  it("renews without a new TOTP code while the renewal lives", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * 3_600_000);
    const renewed = await auth.session("main");
    expect([renewed.obtainedBy, broker.minted]).toEqual(["renewal", 2]);
    expect(broker.totpSteps).toHaveLength(1);
  });

  it("logs in when the renewal is over, at the cost of one question", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * 3_600_000);
    broker.endRenewals();
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/renew")).toHaveLength(1);
  });

  it("does not hand out a session that ends within a minute", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    const { expiresAt } = await auth.session("main");
    clock.set(expiresAt - 60_001);
    await auth.session("main");
    expect(broker.minted).toBe(1);
    clock.set(expiresAt - 60_000);
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("renews for validUntil at the moment the program chose, and never before", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine();
    const { expiresAt } = await auth.session("main");
    clock.advance(3_600_000);
    await auth.session("main", { validUntil: expiresAt });
    expect(broker.minted).toBe(1);
    await auth.session("main", { validUntil: expiresAt + 1_800_000 });
    expect(broker.minted).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("refuses a validUntil beyond the broker's reach and names the latest one, without a login", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const error = await refused(engine().session("main", { validUntil: clock.now() + 8 * 3_600_000 }));
    expect(error.code).toBe("configuration");
    expect(error.message).toContain("the latest is 2031-03-03 16:00:10 IST");
    expect(broker.requests).toEqual([]);
  });
});

describe("validUntil that the broker does not keep to", () => {
  it("costs one login, then an error that names what can be had, and no further login", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    broker.lifetimeMs = 6 * 3_600_000;
    const auth = engine();
    const validUntil = clock.now() + 6.5 * 3_600_000;
    for (let round = 0; round < 3; round++) {
      expect(await refused(auth.session("main", { validUntil }))).toMatchObject({
        code: "configuration",
        field: "validUntil",
      });
    }
    expect(broker.minted).toBe(1);
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });

  it("is reached by a session whose claim was cut to the second", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    broker.lifetimeMs = 7 * 3_600_000 - 500;
    await engine().session("main", { validUntil: clock.now() + 7 * 3_600_000 });
    expect(broker.minted).toBe(1);
  });

  it("is served by a climb of its own when it joined one that aimed lower", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const first = engine();
    await first.session("main");
    clock.advance(3_600_000);
    const auth = engine();
    const [low, high] = await Promise.all([
      auth.session("main"),
      auth.session("main", { validUntil: clock.now() + 6.5 * 3_600_000 }),
    ]);
    expect(low.generation).toBeLessThan(high.generation);
    expect(broker.minted).toBe(2);
  });
});

describe("a code source (P2)", () => {
  const wrong = (): ToyAccount => ({ user: "user-7734", pin: "1234", totpCode: () => String(100_000 + ++asked) });
  let asked = 0;

  it("that gave a wrong code twice blocks, whoever starts the login", async () => {
    for (const start of ["login", "session"] as const) {
      const { broker, engine, clock } = openTestEnvironment();
      expect((await refused(engine(wrong())[start]("main"))).code).toBe("totp_rejected");
      for (let restart = 0; restart < 5; restart++) {
        clock.advance(31_000);
        expect((await refused(engine(wrong())[start]("main"))).code).toBe("login_blocked");
      }
      expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
    }
  });

  it("that repeats itself is not believed: the same code is not sent twice", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine({ user: "user-7734", pin: "1234", totpCode: () => "123456" });
    expect(await refused(auth.session("main"))).toMatchObject({ code: "totp_rejected" });
    await auth.unlock("main");
    clock.advance(31_000);
    expect((await refused(auth.session("main"))).code).toBe("needs_input");
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
  });
});

describe("a session that died where the engine did not see it", () => {
  it("is replaced after the program said so and the broker agreed", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine();
    const { generation } = await auth.session("main");
    expect(await auth.refused("main", generation)).toBe("alive");
    await auth.session("main");
    expect(broker.minted).toBe(1);
    broker.evict();
    expect(await auth.refused("main", generation)).toBe("dead");
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(await auth.refused("main", generation)).toBe("replaced");
    expect(broker.minted).toBe(2);
  });

  it("is replaced when one of the engine's own calls meets it", async () => {
    const { broker, store, clock } = openTestEnvironment();
    const platform = {
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    };
    const brokers = [{ ...toy(), network }];
    const auth = createBrokerAuth({
      brokers,
      accounts: { main: { broker: "toy", ...unattended } },
      store,
      ...platform,
    });
    await auth.session("main");
    broker.evict();
    expect((await auth.network("main")).address).toBe("203.0.113.10");
    expect(broker.minted).toBe(2);
  });
});

describe("a store that fails after the broker's refusal", () => {
  it("neither hides the refusal nor lets it be forgotten", async () => {
    const { broker, store, engine, clock } = openTestEnvironment();
    const swap = store.swap.bind(store);
    let full = false;
    store.swap = async (key, expected, next) => {
      if (full) throw new BrokerAuthError("store_unavailable", "disk full");
      full = broker.pins.length > 0 || new TextDecoder().decode(next.body).includes('"factor":"mpin"');
      return swap(key, expected, next);
    };
    const auth = engine({ ...unattended, pin: "9999" });
    expect((await refused(auth.session("main"))).code).toBe("pin_rejected");
    clock.advance(31_000);
    expect((await refused(auth.session("main"))).code).toBe("store_unavailable");
    store.swap = swap;
    expect((await refused(auth.session("main"))).code).toBe("login_blocked");
    expect(broker.pins).toEqual(["9999"]);
  });
});

describe("a clock offset", () => {
  it("is told by the answer that refused a code, and asked for again after unlock", async () => {
    const { broker, engine, clock } = openTestEnvironment();
    const auth = engine({ ...unattended, pin: "9999" });
    broker.hold = (path) => {
      if (path === "/pin") broker.clockOffsetMs = 95_000;
      return undefined;
    };
    await refused(auth.session("main"));
    expect((await auth.status("main")).clockOffsetMs).toBeCloseTo(95_000, -4);
    expect(broker.requests.filter((path) => path === "/time")).toHaveLength(1);
    clock.advance(1_000);
    await auth.unlock("main");
    expect((await auth.status("main")).clockOffsetMs).toBeUndefined();
    await auth.login("main").catch(() => undefined);
    expect(broker.requests.filter((path) => path === "/time")).toHaveLength(2);
  });

  it("that a refused code shows is corrected in the further try, which gets in", async () => {
    const { broker, engine } = openTestEnvironment();
    broker.hold = (path) => {
      // The look at the clock is answered by a cache that says nothing of it.
      if (path === "/time") broker.clockOffsetMs = 0;
      if (path === "/totp") broker.clockOffsetMs = 120_000;
      return undefined;
    };
    expect((await engine().session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
  });
});

describe("a login with a person", () => {
  const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

  it("asks for the OTP, tells why an answer was refused, and takes the next one", async () => {
    const { broker, engine } = openTestEnvironment();
    const asked: (string | undefined)[] = [];
    const session = await engine(byHand).login("main", {
      otp: ({ refused: why }) => {
        asked.push(why?.code);
        return why === undefined ? "000000" : broker.otp;
      },
    });
    expect([session.obtainedBy, broker.minted]).toEqual(["login", 1]);
    expect(asked).toEqual([undefined, "otp_rejected"]);
  });

  it("asks again after a slip of the finger, without a second SMS, and gives up on a handler that only slips", async () => {
    const { broker, engine } = openTestEnvironment();
    const answers = ["", "12345", broker.otp];
    const session = await engine(byHand).login("main", { otp: () => answers.shift() ?? "" });
    expect(session.obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);

    const other = openTestEnvironment();
    expect((await refused(other.engine(byHand).login("main", { otp: () => "" }))).code).toBe("configuration");
  });

  it("asks again for an OTP that was refused before, without sending it", async () => {
    const { broker, engine } = openTestEnvironment();
    const answers = ["000000", "000000", broker.otp];
    await engine(byHand).login("main", { otp: () => answers.shift() ?? "" });
    expect(broker.minted).toBe(1);
    expect(broker.requests.filter((path) => path === "/otp")).toHaveLength(2);
  });

  it("does not ask while a live session is there", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine(byHand).login("main", { otp: () => broker.otp });
    await engine(byHand).login("main", { otp: () => expect.unreachable("nothing to ask") });
    expect(broker.minted).toBe(1);
  });

  it("names the missing handler", async () => {
    const { engine } = openTestEnvironment();
    expect(await refused(engine(byHand).login("main"))).toMatchObject({
      code: "needs_input",
      challenge: "otp",
      account: "main",
    });
  });

  it("ends where its handler comes back without an answer, instead of sending one SMS after another", async () => {
    const { broker, engine } = openTestEnvironment();
    let asked = 0;
    const cancelled = (): never => {
      asked += 1;
      if (asked > 1) throw new Error("it was asked again");
      return undefined as never;
    };
    expect(await refused(engine(byHand).login("main", { otp: cancelled }))).toMatchObject({
      code: "needs_input",
      challenge: "otp",
      account: "main",
    });
    expect(asked).toBe(1);
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });

  it("goes on in another engine by its handle, once", async () => {
    const { broker, engine } = openTestEnvironment();
    const begun = challenged(await engine(byHand).beginLogin("main"));
    expect(begun.handle).toMatch(/^[\w-]{43}$/);
    const done = await engine(byHand).answerLogin("main", begun.handle, { kind: "otp", value: broker.otp });
    expect(done.kind).toBe("session");
    const again = engine(byHand).answerLogin("main", begun.handle, { kind: "otp", value: broker.otp });
    expect((await refused(again)).code).toBe("challenge_expired");
  });

  it("keeps the handle good after a malformed answer, which spends nothing", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine(byHand);
    const begun = challenged(await auth.beginLogin("main"));
    expect((await refused(auth.answerLogin("main", begun.handle, { kind: "otp", value: "12ab" }))).code).toBe(
      "configuration",
    );
    expect((await auth.answerLogin("main", begun.handle, { kind: "otp", value: broker.otp })).kind).toBe("session");
  });

  it("supersedes the older handle by a resend", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine(byHand);
    const begun = challenged(await auth.beginLogin("main"));
    const resent = challenged(await auth.answerLogin("main", begun.handle, { kind: "resend" }));
    expect((await refused(auth.answerLogin("main", begun.handle, { kind: "otp", value: broker.otp }))).code).toBe(
      "challenge_expired",
    );
    expect((await auth.answerLogin("main", resent.handle, { kind: "otp", value: broker.otp })).kind).toBe("session");
  });

  it("sends no second SMS while a refused MPIN is configured", async () => {
    const { broker, engine } = openTestEnvironment();
    const wrong = { ...byHand, pin: "9999" };
    await refused(engine(wrong).login("main", { otp: () => broker.otp }));
    expect((await refused(engine(wrong).login("main", { otp: () => broker.otp }))).code).toBe("login_blocked");
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });
});

describe("logout", () => {
  it("ends the session and keeps the device id and the last TOTP step", async () => {
    const { engine } = openTestEnvironment();
    const auth = engine();
    const before = await auth.session("main");
    await auth.logout("main");
    expect((await auth.status("main")).state).toBe("logged_out");
    const after = await auth.session("main");
    expect(after.deviceId.reveal()).toBe(before.deviceId.reveal());
    expect(after.obtainedBy).toBe("login");
    expect(after.generation).toBeGreaterThan(before.generation);
  });

  it("of an account that was never used writes nothing", async () => {
    const { store, engine } = openTestEnvironment();
    await engine().logout("main");
    expect(await keysOf(store)).toEqual([]);
  });
});

describe("an account that its broker has locked", () => {
  it("stops automatic logins also where a person typed what was answered with it", async () => {
    const { engine, store, broker, clock } = openTestEnvironment();
    const accounts = { main: { broker: "toy" as const, user: "user-7734", pin: "1234" } };
    const brokers = [{ ...toy(), answer: lockedOut }];
    const auth = createBrokerAuth({ brokers, accounts, store, fetch: broker.fetch, clock: { now: () => clock.now() } });
    expect((await refused(auth.login("main", { otp: () => "123456" }))).code).toBe("account_locked");
    const sent = broker.requests.length;
    expect(await refused(engine().session("main"))).toMatchObject({ code: "login_blocked", account: "main" });
    expect((await engine().status("main")).state).toBe("login_blocked");
    expect(broker.requests).toHaveLength(sent);
  });
});

describe("the device id", () => {
  it("that differs from the account's own is refused, not silently replaced", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine({ ...unattended, deviceId: "desk-1" }).session("main");
    const error = await refused(engine({ ...unattended, deviceId: "desk-2" }).session("main"));
    expect(error).toMatchObject({ code: "configuration", field: "deviceId" });
    expect(broker.minted).toBe(1);
  });
});

describe("one account under two sites", () => {
  it("is refused in one program: each would try a wrong MPIN on its own", () => {
    const account = { broker: "toy" as const, ...unattended };
    const accounts = { here: { ...account, site: "a" }, there: { ...account, site: "b" } };
    expect(() => createBrokerAuth({ brokers: [toy()], accounts, store: memoryStore() })).toThrow(
      expect.objectContaining({ code: "configuration", field: "accounts.there.site" }),
    );
  });
});

describe("the configuration", () => {
  const store = memoryStore();
  const setup = (accounts: object, use?: object): unknown =>
    createBrokerAuth({ brokers: [toy()], accounts, use, store } as never);

  it.each([
    ["an unknown broker", { main: { broker: "nobody", user: "u" } }, undefined, "accounts.main.broker"],
    ["a missing field", { main: { broker: "toy" } }, undefined, "accounts.main.user"],
    ["a field of another type", { main: { broker: "toy", user: "u", pin: 1234 } }, undefined, "accounts.main.pin"],
    ["a site that is a number", { main: { broker: "toy", user: "u", site: 5 } }, undefined, "accounts.main.site"],
    ["a site that is null", { main: { broker: "toy", user: "u", site: null } }, undefined, "accounts.main.site"],
    ["a site that is true", { main: { broker: "toy", user: "u", site: true } }, undefined, "accounts.main.site"],
    ["a site with a space", { main: { broker: "toy", user: "u", site: "a b" } }, undefined, "accounts.main.site"],
    [
      "a site that is too long",
      { main: { broker: "toy", user: "u", site: "a".repeat(65) } },
      undefined,
      "accounts.main.site",
    ],
    ["an alias to nothing", { main: { broker: "toy", user: "u" } }, { trading: "mian" }, "use.trading"],
    ["an alias that hides an account", { main: { broker: "toy", user: "u" } }, { main: "main" }, "use.main"],
    [
      "an alias to a property of Object",
      { main: { broker: "toy", user: "u" } },
      { trading: "toString" },
      "use.trading",
    ],
  ])("names the field of %s", (_, accounts, use, field) => {
    expect(() => setup(accounts, use)).toThrow(expect.objectContaining({ code: "configuration", field }));
  });

  it("takes names that every object has a member of", async () => {
    const accounts = { toString: { broker: "toy" as const, user: "u" } };
    const auth = createBrokerAuth({ brokers: [toy()], accounts, use: { constructor: "toString" }, store });
    expect(await auth.status("constructor")).toMatchObject({ account: "toString" });
  });

  it.each(["", "office", "desk-2.mumbai_1", "a".repeat(64)])("takes the site %j", async (site) => {
    const accounts = { main: { broker: "toy" as const, user: "u", site } };
    const auth = createBrokerAuth({ brokers: [toy()], accounts, store });
    expect((await auth.status("main")).state).toBe("logged_out");
  });

  it("takes a secret for a text, so that a parsed one logs in like one of a program's own", async () => {
    const { broker, engine } = openTestEnvironment();
    await engine().session("main");
    const wrapped = { user: new Secret("user-7734"), pin: new Secret("1234"), totpSecret: new Secret(toyTotpSecret) };
    expect((await engine(wrapped).session("main")).obtainedBy).toBe("store");
    expect(broker.minted).toBe(1);
  });

  it("names a missing store at once", () => {
    const accounts = { main: { broker: "toy" as const, user: "u" } };
    expect(() => createBrokerAuth({ brokers: [toy()], accounts } as never)).toThrow(
      expect.objectContaining({ code: "configuration", field: "store" }),
    );
  });

  it("names an account that is not there", async () => {
    const { engine } = openTestEnvironment();
    expect(await refused(engine().session("nobody" as never))).toMatchObject({
      code: "configuration",
      account: "nobody",
    });
  });
});

describe("quiet and leak-free (P6, P12)", () => {
  it("does nothing until it is asked", async () => {
    const { broker, store, engine } = openTestEnvironment();
    engine();
    expect(broker.requests).toEqual([]);
    expect(await keysOf(store)).toEqual([]);
  });

  it("prints no secret and no identity with a session, a status, an event or the engine itself", async () => {
    const { engine } = openTestEnvironment();
    const auth = engine();
    const events: BrokerAuthEvent[] = [];
    auth.on((event) => void events.push(event));
    const session = await auth.session("trading");
    const status = await auth.status("main");
    const printed = [session, status, events, auth]
      .map((value) => inspect(value, { depth: Infinity, showHidden: true }) + JSON.stringify(value))
      .join("\n");
    for (const secret of ["user-7734", toyTotpSecret, session.tokens.token.reveal(), session.deviceId.reveal()])
      expect(printed).not.toContain(secret);
    expect(printed).not.toMatch(/\b1234\b/);
  });

  it("is not disturbed by a listener that throws", async () => {
    const { engine } = openTestEnvironment();
    const auth = engine();
    auth.on(() => {
      throw new Error("a broken listener");
    });
    expect((await auth.session("main")).obtainedBy).toBe("login");
  });

  it("closes its store at the end of an await using block, and writes nothing after it", async () => {
    const { store, engine } = openTestEnvironment();
    let closed = 0;
    store.close = async () => void (closed += 1);
    {
      await using auth = engine();
      await auth.session("main");
    }
    expect(closed).toBe(1);
  });

  it("refuses to work once it is closed, and says that no repeat will help", async () => {
    const { engine, broker } = openTestEnvironment();
    const auth = engine();
    await auth.close();
    const calls = [auth.session("main"), auth.fetch("main", "/whoami"), auth.login("main"), auth.status("main")];
    for (const call of calls)
      expect(await refused(call)).toMatchObject({
        code: "configuration",
        retry: "never",
        action: "Create a new engine.",
      });
    expect(await auth.loginAll()).toMatchObject([{ ok: false, error: { code: "configuration", retry: "never" } }]);
    expect(broker.requests).toEqual([]);
  });
});
