import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import type { BrokerAuthEvent } from "./broker-event.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import type { LoginProgress } from "./login-progress.ts";
import { memoryStore } from "../record/memory-store.ts";
import { Secret } from "../contract/secret.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

type Toy = ReturnType<typeof toy>;

const hourMs = 3_600_000;
const unattended: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
const byHand: ToyAccount = { user: "user-7734", pin: "1234" };
const withoutPin: ToyAccount = { user: "user-7734", totpSecret: toyTotpSecret };

function openTestEnvironment(store = memoryStore()) {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const events: BrokerAuthEvent[] = [];
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const engine = (account = unattended, given: Partial<Toy> = {}) => {
    const accounts = { main: { broker: "toy" as const, ...account } };
    const auth = createBrokerAuth({ brokers: [{ ...toy(), ...given }], accounts, store, ...platform });
    auth.on((event) => void events.push(event));
    return auth;
  };
  return { clock, broker, store, events, engine };
}

function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable("it was expected to fail"),
    (error: unknown) => error,
  );
}

function challenged(progress: LoginProgress): Extract<LoginProgress, { kind: "challenge" }> {
  if (progress.kind !== "challenge") throw new Error("the login was expected to wait for an answer");
  return progress;
}

const unknown = (): Promise<never> => Promise.reject(new RangeError("out of range"));
const expired = (): Promise<never> => Promise.reject(new BrokerAuthError("session_expired", "the renewal is over"));

describe("a renewal", () => {
  it("that the broker refuses is no reason to log in: the same MPIN would be sent again", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * hourMs);
    broker.pin = "5678";
    expect(await failure(auth.session("main"))).toMatchObject({ code: "pin_rejected", account: "main" });
    expect(broker.pins).toEqual(["1234", "1234"]);
    expect(broker.totpSteps).toHaveLength(1);
  });

  it("without a clear answer is no reason to log in where nothing is proved: the next try is another renewal", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine(byHand);
    await auth.login("main", { otp: () => broker.otp });
    clock.advance(8 * hourMs);
    broker.fault = (path) => (path === "/renew" ? "ECONNRESET" : undefined);
    expect(await failure(auth.session("main"))).toMatchObject({ code: "outcome_unknown" });
    broker.fault = undefined;
    expect((await auth.session("main")).obtainedBy).toBe("renewal");
  });

  it("of proved credentials without a clear answer is waited out, and a login follows, whose code tells whether the broker works", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    clock.advance(8 * hourMs);
    broker.fault = (path) => (path === "/renew" ? "ECONNRESET" : undefined);
    expect(await failure(auth.session("main"))).toMatchObject({ code: "outcome_unknown", retryAfterMs: 60_000 });
    expect(await failure(engine().session("main"))).toMatchObject({ code: "broker_unavailable", retryAfterMs: 60_000 });
    expect(broker.totpSteps).toHaveLength(1);
    clock.advance(60_000);
    expect((await auth.session("main")).obtainedBy).toBe("login");
    expect(broker.requests.filter((path) => path === "/renew")).toHaveLength(1);
  });

  it("that hides a refused MPIN behind errors of the server is tried once more, behind a code that was accepted, and then never", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    await engine().session("main");
    clock.advance(8 * hourMs);
    broker.pin = "5678";
    broker.faultAfter = (path) => (path === "/renew" || path === "/pin" ? 500 : undefined);
    for (let start = 0; start < 20; start++) {
      await failure(engine().session("main"));
      clock.advance(15 * 60_000);
    }
    expect(broker.pins).toEqual(["1234", "1234", "1234"]);
    expect(await engine().status("main")).toMatchObject({ state: "login_blocked", blockedBy: "outcome_unknown" });
  });

  it.each(["outcome_unknown", "protocol_error"] as const)(
    "that spends no factor and ends with %s is not tried again: that call fails, and the next one logs in",
    async (code) => {
      const { clock, broker, engine } = openTestEnvironment();
      let tries = 0;
      const lost = (): Promise<never> => {
        tries++;
        return Promise.reject(new BrokerAuthError(code, "no clear answer"));
      };
      const auth = engine(unattended, { renew: lost });
      await auth.session("main");
      clock.advance(8 * hourMs);
      expect(await failure(auth.session("main"))).toMatchObject({ code });
      expect(broker.minted).toBe(1);
      expect((await auth.session("main")).obtainedBy).toBe("login");
      expect(tries).toBe(1);
    },
  );

  it.each(["broker_unavailable", "rate_limited"] as const)(
    "that spends no factor and did not get through, by %s, is tried again",
    async (code) => {
      const { clock, engine } = openTestEnvironment();
      let tries = 0;
      const away = (): Promise<never> => {
        tries++;
        return Promise.reject(new BrokerAuthError(code, "turned away"));
      };
      const auth = engine(unattended, { renew: away });
      await auth.session("main");
      clock.advance(8 * hourMs);
      expect(await failure(auth.session("main"))).toMatchObject({ code });
      clock.advance(15 * 60_000);
      expect(await failure(auth.session("main"))).toMatchObject({ code });
      expect(tries).toBe(2);
    },
  );

  it("that fails in a way the adapter does not know is no reason to log in either", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    await engine().session("main");
    clock.advance(8 * hourMs);
    expect(await failure(engine(unattended, { renew: unknown }).session("main"))).toMatchObject({
      code: "protocol_error",
      cause: { message: "RangeError" },
    });
    expect(broker.minted).toBe(1);
  });

  it("that is over leads to a login, unless that would waste a code on a question that nobody answers", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    await engine().session("main");
    clock.advance(8 * hourMs);
    expect(await failure(engine(withoutPin, { renew: expired }).session("main"))).toMatchObject({
      code: "needs_input",
      challenge: "mpin",
      field: "accounts.main.mpin",
    });
    expect(broker.totpSteps).toHaveLength(1);
    expect((await engine(unattended, { renew: expired }).session("main")).obtainedBy).toBe("login");
  });

  it("is left out where the adapter has none", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const without = (account: ToyAccount) => engine(account, { renew: undefined } as never);
    await engine().session("main");
    clock.advance(8 * hourMs);
    const sent = broker.requests.length;
    expect(await failure(without(byHand).session("main"))).toMatchObject({ code: "needs_input", challenge: "otp" });
    expect(broker.requests).toHaveLength(sent);
    expect((await without(unattended).session("main")).obtainedBy).toBe("login");
  });
});

describe("an automatic login that would have to ask a person", () => {
  it("sends nothing at all, and names the field that would answer, where there is one", async () => {
    for (const [account, challenge, field] of [
      [withoutPin, "mpin", "accounts.main.mpin"],
      [byHand, "otp", undefined],
    ] as const) {
      const { broker, engine } = openTestEnvironment();
      expect(await failure(engine(account).session("main"))).toMatchObject({ code: "needs_input", challenge, field });
      expect(broker.requests).toEqual([]);
    }
  });

  it("ends there where only the broker's answer shows it, and leaves no pending login behind", async () => {
    const { broker, engine } = openTestEnvironment();
    const provider = toy();
    const auth = engine(withoutPin, { identify: (credentials) => ({ ...provider.identify(credentials), asks: [] }) });
    expect(await failure(auth.session("main"))).toMatchObject({ code: "needs_input", challenge: "mpin" });
    expect((await auth.status("main")).state).toBe("logged_out");
    expect(broker.totpSteps).toHaveLength(1);
  });
});

describe("a pending login", () => {
  const answer = { kind: "otp", value: "246810" } as const;

  it("that is too old is over, and is not shown as pending any more", async () => {
    const { clock, engine } = openTestEnvironment();
    const auth = engine(byHand);
    const { handle } = challenged(await auth.beginLogin("main"));
    clock.advance(600_000);
    expect(await failure(auth.answerLogin("main", handle, answer))).toMatchObject({ code: "challenge_expired" });
    expect((await auth.status("main")).state).toBe("logged_out");
  });

  it("that was superseded while it was answered leaves the newer one alone, and a logout stays a logout", async () => {
    for (const meanwhile of ["beginLogin", "logout"] as const) {
      const { clock, engine } = openTestEnvironment({
        ...memoryStore(),
        lock: async () => ({ release: async () => undefined }),
      });
      const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const slow: Toy["answer"] = async (...given) => {
        arrived.resolve();
        await gate.promise;
        return toy().answer(...given);
      };
      const { handle } = challenged(await engine(byHand).beginLogin("main"));
      clock.advance(600_000);
      const told = failure(engine(byHand, { answer: slow }).answerLogin("main", handle, answer));
      await arrived.promise;
      const other = engine(byHand);
      const begun = await other[meanwhile]("main");
      gate.resolve();
      expect(await told).toMatchObject({ code: "challenge_expired", account: "main" });
      const next = begun === undefined ? undefined : challenged(begun).handle;
      const outcome = next === undefined ? await other.status("main") : await other.answerLogin("main", next, answer);
      expect(outcome).toMatchObject(next === undefined ? { state: "logged_out" } : { kind: "session" });
    }
  });

  it("tells its challenge in an event, and in its progress a refusal only where there was one", async () => {
    const { events, engine } = openTestEnvironment();
    const auth = engine(byHand);
    const begun = challenged(await auth.beginLogin("main"));
    expect(Object.keys(begun).toSorted()).toEqual(["challenge", "handle", "kind"]);
    const again = await auth.answerLogin("main", begun.handle, { kind: "otp", value: "000000" });
    expect(challenged(again).refused).toMatchObject({ code: "otp_rejected", attemptsLeft: 3 });
    expect(events).toEqual([
      expect.objectContaining({ type: "login_started", by: "login" }),
      expect.objectContaining({ type: "challenge", challenge: "otp", account: "main" }),
      expect.objectContaining({ type: "challenge", challenge: "otp", account: "main" }),
    ]);
  });
});

describe("a code source that gave a wrong code (P2)", () => {
  // Each code is another one, so that none is known for having been refused.
  let given = 100_000;
  const source: ToyAccount = { user: "user-7734", totpCode: () => String(++given) };

  it("stops a person's login as well, also where only the MPIN is asked for", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const login = (): Promise<unknown> => engine(source).login("main", { mpin: () => "1234" });
    expect(await failure(login())).toMatchObject({ code: "totp_rejected" });
    clock.advance(31_000);
    expect(await failure(login())).toMatchObject({ code: "login_blocked" });
    expect(broker.requests.filter((path) => path === "/totp")).toHaveLength(2);
  });

  it("stops no person whose login begins with an OTP instead", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    expect(await failure(engine(source).login("main"))).toMatchObject({ code: "totp_rejected" });
    clock.advance(31_000);
    await engine(byHand).login("main", { otp: () => broker.otp });
    expect(broker.minted).toBe(1);
  });
});

describe("a warning of the broker's", () => {
  const warning = { code: "password_expired", message: "Change the password at the broker." };
  const begin: Toy["begin"] = async (...given) => {
    const step = await toy().begin(...given);
    return step.kind === "session" ? { ...step, warnings: [warning] } : step;
  };

  it("reaches the caller and the listeners, although the login succeeded", async () => {
    const { events, engine } = openTestEnvironment();
    expect(await engine(unattended, { begin }).beginLogin("main")).toMatchObject({
      kind: "session",
      warnings: [warning],
    });
    expect(events).toContainEqual(expect.objectContaining({ type: "warning", account: "main", ...warning }));
  });

  it("is not there where there is none", async () => {
    const { events, engine } = openTestEnvironment();
    const progress = await engine().beginLogin("main");
    expect(Object.keys(progress).toSorted()).toEqual(["kind", "session"]);
    expect(events.map(({ type }) => type)).toEqual(["login_started", "session"]);
  });
});

describe("the clock's difference", () => {
  it.each([
    [95_000, "95 s behind"],
    [-95_000, "95 s ahead of"],
    [2_001, "2 s behind"],
    [2_000, undefined],
    [0, undefined],
    [-2_000, undefined],
  ])("is told with its direction where it is more than two seconds: %d ms", async (offsetMs, told) => {
    const { clock, broker, events, engine } = openTestEnvironment();
    broker.clockOffsetMs = offsetMs;
    await engine(unattended, { serverTime: async () => clock.now() + offsetMs }).session("main");
    const warnings = events.filter((event) => event.type === "warning");
    const [warning, ...more] = warnings.map(({ code, message }) => `${code}: ${message}`);
    expect(warning?.replace(/ the broker's.*/, "")).toBe(told && `clock_offset: this computer's clock is ${told}`);
    expect(more).toEqual([]);
  });

  it("is told once for one measurement", async () => {
    const { broker, events, engine } = openTestEnvironment();
    broker.clockOffsetMs = 95_000;
    const auth = engine();
    await auth.session("main");
    await auth.logout("main");
    await auth.session("main");
    expect(broker.requests.filter((path) => path === "/time")).toHaveLength(1);
    expect(events.filter((event) => event.type === "warning")).toHaveLength(1);
  });

  it("that cannot be measured again is left open: the login goes on", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    await auth.logout("main");
    clock.advance(hourMs);
    broker.fault = (path) => (path === "/time" ? 503 : undefined);
    await auth.session("main");
    expect(broker.minted).toBe(2);
    await auth.logout("main");
    clock.advance(hourMs);
    const timeless = { serverTime: undefined } as never;
    await engine(unattended, timeless).session("main");
    expect(broker.minted).toBe(3);
    const first = openTestEnvironment().engine(unattended, timeless);
    expect((await first.status("main")).clockOffsetMs).toBeUndefined();
    expect((await first.session("main")).obtainedBy).toBe("login");
    // The answers of the login itself have told it.
    expect((await first.status("main")).clockOffsetMs).toBe(0);
  });
});

describe("a clock call without any answer", () => {
  it.each(["ECONNREFUSED", "ECONNRESET"])("ends the login before a factor leaves, for free: %s", async (fault) => {
    const { clock, broker, engine } = openTestEnvironment();
    const auth = engine();
    broker.fault = (path) => (path === "/time" ? fault : undefined);
    for (let time = 0; time < 5; time++) {
      expect(await failure(auth.session("main"))).toMatchObject({ code: "broker_unavailable", account: "main" });
      clock.advance(hourMs);
    }
    expect([broker.totpSteps, broker.pins]).toEqual([[], []]);
    broker.fault = undefined;
    await auth.session("main");
    expect(broker.minted).toBe(1);
  });
});

describe("while certificates are not checked in this process", () => {
  it("no login, renewal or enrolment begins, and nothing is counted; what is at hand is used", async () => {
    const { clock, broker, engine } = openTestEnvironment();
    onTestFinished(() => void vi.unstubAllEnvs());
    const auth = engine();
    await auth.session("main");
    const sent = broker.requests.length;
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect((await engine().session("main")).obtainedBy).toBe("store");
    clock.advance(8 * hourMs);
    const refused = { code: "configuration", field: "NODE_TLS_REJECT_UNAUTHORIZED", account: "main" };
    expect(await failure(auth.session("main"))).toMatchObject(refused);
    expect(await failure(auth.beginLogin("main"))).toMatchObject(refused);
    expect(broker.requests).toHaveLength(sent);
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", undefined);
    expect((await auth.session("main")).obtainedBy).toBe("renewal");
  });
});

describe("an enrolment", () => {
  const secret = new Secret(toyTotpSecret);
  const enrolment = (change: NonNullable<Toy["enrolment"]>["enable"]): Partial<Toy> => ({
    enrolment: {
      generate: async () => ({ secret }),
      enable: change,
      disable: (session, credentials, context) => change(secret, session, credentials, context),
    },
  });

  it("turns the new secret on after it was saved, and its factors are spent and accepted like a login's", async () => {
    const { broker, engine } = openTestEnvironment();
    const order: string[] = [];
    const auth = engine(
      unattended,
      enrolment(async (given, session, _credentials, context) => {
        await context.recordAttempt({ factor: "mpin", step: "enable" });
        order.push(`enabled ${given.reveal() === toyTotpSecret} ${session.generation > 0}`);
      }),
    );
    await auth.enableTotp("main", { save: async () => void order.push("saved") });
    expect(order).toEqual(["saved", "enabled true true"]);
    // Two that had been left open would count as two without an answer.
    await auth.disableTotp("main");
    await auth.disableTotp("main");
    expect((await auth.status("main")).blockedBy).toBeUndefined();
    await auth.logout("main");
    await auth.session("main");
    expect(broker.minted).toBe(2);
    expect(broker.minted).toBe(2);
  });

  it("whose MPIN is refused is told, and stops the logins that would send it again", async () => {
    const { broker, engine } = openTestEnvironment();
    const auth = engine(
      unattended,
      enrolment(async (_secret, _session, _credentials, context) => {
        await context.recordAttempt({ factor: "mpin", step: "enable" });
        throw new BrokerAuthError("pin_rejected", "the PIN was refused");
      }),
    );
    const saved: string[] = [];
    const enrolling = auth.enableTotp("main", { save: (setup) => void saved.push(setup.secret.reveal()) });
    expect(await failure(enrolling)).toMatchObject({ code: "pin_rejected", account: "main" });
    expect(saved).toEqual([toyTotpSecret]);
    await auth.logout("main");
    expect(await failure(auth.session("main"))).toMatchObject({ code: "login_blocked" });
    expect(broker.pins).toEqual(["1234"]);
  });

  it("that fails in a way nobody knows counts as an attempt without an answer, and breaks nothing", async () => {
    const { engine } = openTestEnvironment();
    const broken = new RangeError("out of range");
    const auth = engine(
      unattended,
      enrolment(async (_secret, _session, _credentials, context) => {
        await context.recordAttempt({ factor: "mpin", step: "disable" });
        throw broken;
      }),
    );
    const told = { code: "protocol_error", account: "main", cause: { message: "RangeError" } };
    expect(await failure(auth.disableTotp("main"))).toMatchObject(told);
    expect((await auth.status("main")).blockedBy).toBeUndefined();
    expect(await failure(auth.disableTotp("main"))).toMatchObject(told);
    await auth.logout("main");
    expect(await failure(auth.session("main"))).toMatchObject({ code: "login_blocked" });
  });

  it("may send an SMS: a person asked for it", async () => {
    const { engine } = openTestEnvironment();
    let spent = 0;
    const auth = engine(
      unattended,
      enrolment(async (_secret, _session, _credentials, context) => {
        await context.recordAttempt({ factor: "sms", step: "disable" });
        spent += 1;
      }),
    );
    await auth.disableTotp("main");
    expect(spent).toBe(1);
  });
});
