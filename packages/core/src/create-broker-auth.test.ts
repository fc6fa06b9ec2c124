import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { BrokerAuth } from "./broker-auth.ts";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { BrokerAuthError } from "./broker-auth-error.ts";
import type { BrokerAuthEvent } from "./broker-event.ts";
import type { LoginProgress } from "./login-progress.ts";
import { memoryStore } from "./memory-store.ts";
import { fakeClock, type FakeClock } from "./testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, type ToyBroker, toyTotpSecret } from "./testing/toy-broker.ts";
import type { TokenStore } from "./token-store.ts";

const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };

interface Bench {
  readonly clock: FakeClock;
  readonly broker: ToyBroker;
  readonly store: TokenStore;
  readonly engine: (account?: ToyAccount) => BrokerAuth<ReturnType<typeof toy>, "main", "trading">;
}

function bench(): Bench {
  // In the middle of a second, so that the Date header's precision cancels out; ten seconds into a TOTP step.
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const world = { fetch: broker.fetch, now: () => clock.now(), sleep: clock.sleep.bind(clock), random: () => 0 };
  const engine: Bench["engine"] = (account = unattended) =>
    createBrokerAuth({
      brokers: [toy()],
      accounts: { main: { broker: "toy", ...account } },
      use: { trading: "main" },
      store,
      world,
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

describe("one login (P1)", () => {
  it("gives a thousand callers of an empty account one login", async () => {
    const { broker, engine } = bench();
    const auth = engine();
    const sessions = await Promise.all(Array.from({ length: 1000 }, () => auth.session("main")));
    expect(broker.minted).toBe(1);
    expect(new Set(sessions).size).toBe(1);
  });

  it("ends only the wait of a caller that aborts", async () => {
    const { broker, engine } = bench();
    const auth = engine();
    const gone = new AbortController();
    const patient = auth.session("main");
    const impatient = auth.session("main", { signal: gone.signal });
    gone.abort();
    expect((await refused(impatient)).code).toBe("aborted");
    expect((await patient).generation).toBe(1);
    expect(broker.minted).toBe(1);
  });

  it("lets a second engine on the same store adopt the session without a login", async () => {
    const { broker, engine } = bench();
    await engine().session("main");
    const adopted = await engine().session("main");
    expect(adopted.obtainedBy).toBe("adoption");
    expect(broker.minted).toBe(1);
  });

  it("lets two engines that start together make one login", async () => {
    const { broker, engine } = bench();
    const [first, second] = await Promise.all([engine().session("main"), engine().session("main")]);
    expect(broker.minted).toBe(1);
    expect([first.obtainedBy, second.obtainedBy].toSorted()).toEqual(["adoption", "login"]);
  });

  it("logs in all accounts in parallel and gives one outcome for each", async () => {
    const { broker, clock, store } = bench();
    const world = { fetch: broker.fetch, now: () => clock.now(), sleep: clock.sleep.bind(clock), random: () => 0 };
    const accounts = {
      good: { broker: "toy" as const, ...unattended },
      human: { broker: "toy" as const, user: "other", pin: "1234" },
    };
    const auth = createBrokerAuth({ brokers: [toy()], accounts, store, world });
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
    const { broker, engine } = bench();
    const wrong = { ...unattended, pin: "9999" };
    expect((await refused(engine(wrong).session("main"))).code).toBe("pin_rejected");
    for (let restart = 0; restart < 20; restart++) {
      expect((await refused(engine(wrong).session("main"))).code).toBe("latched");
    }
    expect(broker.pins).toEqual(["9999"]);
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(1);
  });

  it("opens its latch for a credential that was never refused", async () => {
    const { broker, engine, clock } = bench();
    await refused(engine({ ...unattended, pin: "9999" }).session("main"));
    clock.advance(30_000);
    expect((await engine().session("main")).generation).toBe(1);
    expect(broker.pins).toEqual(["9999", "1234"]);
  });

  it("cannot alternate with a second wrong one: each is sent once", async () => {
    const { broker, engine, clock } = bench();
    for (const pin of ["9999", "8888", "9999", "8888", "9999"]) {
      await refused(engine({ ...unattended, pin }).session("main"));
      clock.advance(30_000);
    }
    expect(broker.pins).toEqual(["9999", "8888"]);
  });

  it("is tried again only on a person's word", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine({ ...unattended, pin: "9999" });
    await refused(auth.session("main"));
    expect((await auth.status("main")).state).toBe("latched");
    broker.pin = "9999";
    clock.advance(86_400_000);
    expect((await refused(auth.session("main"))).code).toBe("latched");
    await auth.unlock("main");
    expect((await auth.session("main")).generation).toBe(1);
  });

  it("gives an attempt without an answer exactly one further try, in a new TOTP step", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    broker.faultAfter = (path) => (path === "/pin" ? "ECONNRESET" : undefined);
    expect((await refused(auth.session("main"))).code).toBe("outcome_unknown");
    expect((await refused(auth.session("main"))).code).toBe("outcome_unknown");
    expect((await refused(auth.session("main"))).code).toBe("latched");
    clock.advance(3_600_000);
    expect((await refused(engine().session("main"))).code).toBe("latched");
    expect(broker.pins).toHaveLength(2);
    expect(new Set(broker.totpSteps).size).toBe(2);
  });

  it("does not spend an attempt that never left, and backs off", async () => {
    const { broker, engine, clock } = bench();
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
    expect((await auth.session("main")).generation).toBe(1);
  });

  it("counts an attempt whose process died as one without an answer", async () => {
    const { broker, store, engine, clock } = bench();
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
    expect((await refused(engine().session("main"))).code).toBe("latched");
    expect(broker.pins).toHaveLength(2);
  });
});

describe("an automatic login that would have to ask a person", () => {
  it("is refused before a code is wasted on it", async () => {
    const { broker, engine } = bench();
    const error = await refused(engine({ user: "user-7734", totpSecret: toyTotpSecret }).session("main"));
    expect(error).toMatchObject({ code: "needs_input", challenge: "mpin" });
    expect(broker.requests.filter((path) => path !== "/time")).toEqual([]);
  });

  it("renews all the same, where a renewal needs no person", async () => {
    const { broker, engine, clock } = bench();
    const byHand: ToyAccount = { user: "user-7734", pin: "1234" };
    await engine(byHand).login("main", { otp: () => broker.otp });
    clock.advance(8 * 3_600_000);
    expect((await engine(byHand).session("main")).obtainedBy).toBe("renewal");
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });
});

describe("a TOTP time step (P3)", () => {
  it("is used once, so a second login waits for the next one", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    await auth.session("main");
    await auth.logout("main");
    await auth.session("main");
    const [first = 0, second = 0] = broker.totpSteps;
    expect(second).toBe(first + 1);
    expect(clock.sleeps).toEqual([20_500]);
  });

  it("is taken from the broker's clock when the host's is off, and the difference is reported", async () => {
    const { broker, engine, clock } = bench();
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
    const { broker, engine } = bench();
    broker.clockOffsetMs = 86_400_000;
    expect((await refused(engine().session("main"))).code).toBe("clock_skew");
    expect(broker.requests).toEqual(["/time"]);
  });
});

describe("the ladder", () => {
  it("renews without a new TOTP code while the renewal lives", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * 3_600_000);
    const renewed = await auth.session("main");
    expect([renewed.obtainedBy, renewed.generation]).toEqual(["renewal", 2]);
    expect(broker.totpSteps).toHaveLength(1);
  });

  it("logs in when the renewal is over, at the cost of one question", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * 3_600_000);
    broker.endRenewals();
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/renew")).toHaveLength(1);
  });

  it("does not hand out a session that ends within a minute", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    const { expiresAt } = await auth.session("main");
    clock.set(expiresAt - 60_001);
    expect((await auth.session("main")).generation).toBe(1);
    clock.set(expiresAt - 60_000);
    expect((await auth.session("main")).generation).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("renews for validUntil at the moment the program chose, and never before", async () => {
    const { broker, engine, clock } = bench();
    const auth = engine();
    const { expiresAt } = await auth.session("main");
    clock.advance(3_600_000);
    expect((await auth.session("main", { validUntil: expiresAt })).generation).toBe(1);
    expect((await auth.session("main", { validUntil: expiresAt + 1_800_000 })).generation).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("refuses a validUntil beyond the broker's reach and names the furthest time, without a login", async () => {
    const { broker, engine, clock } = bench();
    const error = await refused(engine().session("main", { validUntil: clock.now() + 8 * 3_600_000 }));
    expect(error.code).toBe("configuration");
    expect(error.message).toContain(new Date(clock.now() + 7 * 3_600_000).toISOString());
    expect(broker.requests).toEqual([]);
  });
});

describe("a login with a person", () => {
  const byHand: ToyAccount = { user: "user-7734", pin: "1234" };

  it("asks for the OTP, tells why an answer was refused, and takes the next one", async () => {
    const { broker, engine } = bench();
    const asked: (string | undefined)[] = [];
    const session = await engine(byHand).login("main", {
      otp: ({ refused: why }) => {
        asked.push(why?.code);
        return why === undefined ? "000000" : broker.otp;
      },
    });
    expect(session.generation).toBe(1);
    expect(asked).toEqual([undefined, "otp_rejected"]);
  });

  it("does not ask while a live session is there", async () => {
    const { broker, engine } = bench();
    await engine(byHand).login("main", { otp: () => broker.otp });
    await engine(byHand).login("main", { otp: () => expect.unreachable("nothing to ask") });
    expect(broker.minted).toBe(1);
  });

  it("names the missing handler", async () => {
    const { engine } = bench();
    expect(await refused(engine(byHand).login("main"))).toMatchObject({
      code: "needs_input",
      challenge: "otp",
      account: "main",
    });
  });

  it("goes on in another engine by its handle, once", async () => {
    const { broker, engine } = bench();
    const begun = challenged(await engine(byHand).beginLogin("main"));
    expect(begun.handle).toMatch(/^[\w-]{43}$/);
    const done = await engine(byHand).answerLogin("main", begun.handle, { kind: "otp", value: broker.otp });
    expect(done.kind).toBe("session");
    const again = engine(byHand).answerLogin("main", begun.handle, { kind: "otp", value: broker.otp });
    expect((await refused(again)).code).toBe("challenge_expired");
  });

  it("keeps the handle good after a malformed answer, which spends nothing", async () => {
    const { broker, engine } = bench();
    const auth = engine(byHand);
    const begun = challenged(await auth.beginLogin("main"));
    expect((await refused(auth.answerLogin("main", begun.handle, { kind: "otp", value: "12ab" }))).code).toBe(
      "configuration",
    );
    expect((await auth.answerLogin("main", begun.handle, { kind: "otp", value: broker.otp })).kind).toBe("session");
  });

  it("supersedes the older handle by a resend", async () => {
    const { broker, engine } = bench();
    const auth = engine(byHand);
    const begun = challenged(await auth.beginLogin("main"));
    const resent = challenged(await auth.answerLogin("main", begun.handle, { kind: "resend" }));
    expect((await refused(auth.answerLogin("main", begun.handle, { kind: "otp", value: broker.otp }))).code).toBe(
      "challenge_expired",
    );
    expect((await auth.answerLogin("main", resent.handle, { kind: "otp", value: broker.otp })).kind).toBe("session");
  });

  it("sends no second SMS while a refused MPIN is configured", async () => {
    const { broker, engine } = bench();
    const wrong = { ...byHand, pin: "9999" };
    await refused(engine(wrong).login("main", { otp: () => broker.otp }));
    expect((await refused(engine(wrong).login("main", { otp: () => broker.otp }))).code).toBe("latched");
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });
});

describe("logout", () => {
  it("ends the session and keeps the device id and the last TOTP step", async () => {
    const { engine } = bench();
    const auth = engine();
    const before = await auth.session("main");
    await auth.logout("main");
    expect((await auth.status("main")).state).toBe("logged_out");
    const after = await auth.session("main");
    expect(after.deviceId.reveal()).toBe(before.deviceId.reveal());
    expect([after.generation, after.obtainedBy]).toEqual([2, "login"]);
  });

  it("of an account that was never used writes nothing", async () => {
    const { store, engine } = bench();
    await engine().logout("main");
    expect(await keysOf(store)).toEqual([]);
  });
});

describe("the device id", () => {
  it("that differs from the account's own is refused, not silently replaced", async () => {
    const { broker, engine } = bench();
    await engine({ ...unattended, deviceId: "desk-1" }).session("main");
    const error = await refused(engine({ ...unattended, deviceId: "desk-2" }).session("main"));
    expect(error).toMatchObject({ code: "configuration", field: "deviceId" });
    expect(broker.minted).toBe(1);
  });
});

describe("the configuration", () => {
  const store = memoryStore();
  const setup = (accounts: object, use?: object): unknown =>
    createBrokerAuth({ brokers: [toy()], accounts, use, store } as never);

  it.each([
    ["an unknown broker", { main: { broker: "nobody", user: "u" } }, undefined, "accounts.main.broker"],
    ["a missing field", { main: { broker: "toy" } }, undefined, "accounts.main.user"],
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

  it("names an account that is not there", async () => {
    const { engine } = bench();
    expect(await refused(engine().session("nobody" as never))).toMatchObject({
      code: "configuration",
      account: "nobody",
    });
  });
});

describe("quiet and leak-free (P6, P12)", () => {
  it("does nothing until it is asked", async () => {
    const { broker, store, engine } = bench();
    engine();
    expect(broker.requests).toEqual([]);
    expect(await keysOf(store)).toEqual([]);
  });

  it("prints no secret and no identity with a session, a status, an event or the engine itself", async () => {
    const { engine } = bench();
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
    const { engine } = bench();
    const auth = engine();
    auth.on(() => {
      throw new Error("a broken listener");
    });
    expect((await auth.session("main")).generation).toBe(1);
  });

  it("closes its store at the end of an await using block, and writes nothing after it", async () => {
    const { store, engine } = bench();
    let closed = 0;
    store.close = async () => void (closed += 1);
    {
      await using auth = engine();
      await auth.session("main");
    }
    expect(closed).toBe(1);
  });

  it("refuses to work once it is closed", async () => {
    const { engine } = bench();
    const auth = engine();
    await auth.close();
    expect((await refused(auth.session("main"))).code).toBe("aborted");
  });
});
