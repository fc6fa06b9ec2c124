import { describe, expect, it } from "vitest";
import { BrokerAuthError } from "../errors/broker-auth-error.ts";
import { type BrokerAuth } from "../broker-auth.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { Secret } from "../contract/secret.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, type ToyAccount, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const minuteMs = 60_000;
const right: ToyAccount = { user: "user-7734", pin: "1234", totpSecret: toyTotpSecret };
const wrongPin: ToyAccount = { ...right, pin: "9999" };
const wrongTotp: ToyAccount = { ...right, totpSecret: "KRSXG5BAONSWG4TFOQQHI2DFEBRWK3TU" };

type Auth = BrokerAuth<ReturnType<typeof toy>, "main">;
type Enrolment = NonNullable<ReturnType<typeof toy>["enrolment"]>;

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const store = memoryStore();
  const asked = { secrets: 0, enrolments: 0, fault: undefined as BrokerAuthError | undefined };
  const submit = async (context: Parameters<Enrolment["disable"]>[2], pin: string | undefined): Promise<void> => {
    await context.recordAttempt({ factor: "mpin", step: "enable" });
    asked.enrolments += 1;
    if (asked.fault !== undefined) throw asked.fault;
    if (pin !== broker.pin) throw new BrokerAuthError("pin_rejected", "the PIN was refused");
  };
  const enrolment: Enrolment = {
    generate: async () => {
      asked.secrets += 1;
      return { secret: new Secret(toyTotpSecret) };
    },
    enable: (_secret, _session, { pin }, context) => submit(context, pin?.reveal()),
    disable: (_session, { pin }, context) => submit(context, pin?.reveal()),
  };
  const engine = (account = right): Auth =>
    createBrokerAuth({
      brokers: [{ ...toy(), enrolment }],
      accounts: { main: { broker: "toy" as const, ...account } },
      store,
      fetch: broker.fetch,
      random: () => 0,
      clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
    });
  const sent = (path: string): number => broker.requests.filter((one) => one === path).length;
  return { clock, broker, store, asked, engine, sent };
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof BrokerAuthError) return error.code;
    throw error;
  }
}

async function refusedTwice() {
  const given = openTestEnvironment();
  for (const pin of ["9999", "8888"]) {
    await codeOf(given.engine({ ...right, pin }).session("main"));
    given.clock.advance(2 * minuteMs);
  }
  expect(await codeOf(given.engine().login("main"))).toBe("login_blocked");
  return given;
}

async function loggedIn() {
  const given = openTestEnvironment();
  await given.engine().session("main");
  return given;
}

const calls = {
  "session()": (auth: Auth) => auth.session("main"),
  "login()": (auth: Auth) => auth.login("main"),
  "beginLogin()": (auth: Auth) => auth.beginLogin("main"),
} as const;

describe.each(Object.entries(calls))("a supervisor that calls unlock() and %s at each start (P2)", (_name, call) => {
  const startAgain = async (
    given: ReturnType<typeof openTestEnvironment>,
    account: ToyAccount,
  ): Promise<(string | undefined)[]> => {
    const codes: (string | undefined)[] = [];
    for (let start = 0; start < 8; start++) {
      const auth = given.engine(account);
      await auth.unlock("main");
      codes.push(await codeOf(call(auth)));
      given.clock.advance(2 * minuteMs);
    }
    return codes;
  };

  it("has a wrong MPIN refused twice at most", async () => {
    const given = openTestEnvironment();
    expect((await startAgain(given, wrongPin)).slice(2)).toEqual(Array.from({ length: 6 }, () => "login_blocked"));
    expect(given.broker.pins).toEqual(["9999", "9999"]);
  });

  it("has a wrong TOTP secret refused twice at most, also where the MPIN would be asked for behind it", async () => {
    for (const account of [wrongTotp, { user: "user-7734", totpSecret: wrongTotp.totpSecret ?? "" }]) {
      const given = openTestEnvironment();
      await startAgain(given, account);
      expect(given.sent("/totp")).toBeLessThanOrEqual(2);
    }
  });

  it("has three attempts without an answer at most, where nothing was ever right", async () => {
    const given = openTestEnvironment();
    given.broker.fault = (path) => (path === "/time" ? undefined : 500);
    await startAgain(given, right);
    expect(given.sent("/totp")).toBe(3);
  });

  it("gets in no more with others that are wrong in other ways", async () => {
    const given = openTestEnvironment();
    for (const pin of ["9999", "8888", "7777", "6666"]) {
      const auth = given.engine({ ...right, pin });
      await auth.unlock("main");
      await codeOf(call(auth));
      given.clock.advance(2 * minuteMs);
    }
    expect(given.broker.pins).toHaveLength(2);
  });
});

describe("after two refusals", () => {
  it("a person who is asked for a code gets in, and programs after that", async () => {
    const { broker, clock, engine } = await refusedTwice();
    await engine({ user: "user-7734", pin: "1234" }).login("main", { otp: () => broker.otp });
    clock.advance(26 * 60 * minuteMs);
    broker.endRenewals();
    expect((await engine().session("main")).obtainedBy).toBe("login");
  });

  it("purge() forgets them", async () => {
    const { clock, engine } = await refusedTwice();
    await engine().purge("main");
    clock.advance(31_000);
    expect((await engine().login("main")).obtainedBy).toBe("login");
  });
});

describe("login() in which nobody is asked", () => {
  it("keeps to a pause that stands in the record, as session() does, and sends nothing", async () => {
    const { broker, clock, engine, sent } = openTestEnvironment();
    broker.fault = (path) => (path === "/totp" ? 429 : undefined);
    expect(await codeOf(engine().login("main"))).toBe("rate_limited");
    for (const call of Object.values(calls)) expect(await codeOf(call(engine()))).toBe("rate_limited");
    expect(sent("/totp")).toBe(1);
    broker.fault = undefined;
    clock.advance(minuteMs + 1_000);
    expect((await engine().login("main")).obtainedBy).toBe("login");
  });

  it("waits out a bad morning of credentials that were proved: one try per pause for all programs", async () => {
    const { broker, clock, engine, sent } = openTestEnvironment();
    const auth = engine();
    await auth.session("main");
    await auth.logout("main");
    broker.fault = (path) => (path === "/totp" ? 500 : undefined);
    const before = sent("/totp");
    for (let minute = 0; minute < 30; minute++) {
      clock.advance(minuteMs);
      await codeOf(engine().login("main"));
    }
    expect(sent("/totp") - before).toBeLessThanOrEqual(4);
  });

  it("does not hold up a person who is asked", async () => {
    const { broker, engine } = openTestEnvironment();
    broker.fault = (path) => (path === "/totp" ? 429 : undefined);
    await codeOf(engine().session("main"));
    broker.fault = undefined;
    const byHand = engine({ user: "user-7734", pin: "1234" });
    expect((await byHand.login("main", { otp: () => broker.otp })).obtainedBy).toBe("login");
  });
});

describe("an enrolment", () => {
  it("is refused before the broker makes a secret and the caller keeps it, where its MPIN is blocked", async () => {
    const { engine, asked } = await loggedIn();
    const auth = engine(wrongPin);
    expect(await codeOf(auth.disableTotp("main"))).toBe("pin_rejected");
    const saved: unknown[] = [];
    expect(await codeOf(auth.enableTotp("main", { save: (setup) => void saved.push(setup) }))).toBe("login_blocked");
    expect({ secrets: asked.secrets, saved }).toEqual({ secrets: 0, saved: [] });
  });

  it.each(["enableTotp", "disableTotp"] as const)(
    "with a wrong MPIN and unlock() at each start is refused by the broker twice: %s",
    async (name) => {
      const { clock, engine, asked } = await loggedIn();
      for (let start = 0; start < 6; start++) {
        const auth = engine(wrongPin);
        await auth.unlock("main");
        await codeOf(
          name === "enableTotp" ? auth.enableTotp("main", { save: () => undefined }) : auth.disableTotp("main"),
        );
        clock.advance(2 * minuteMs);
      }
      expect(asked.enrolments).toBe(2);
    },
  );

  it("whose answers are lost is tried once more, and not again before a person acts", async () => {
    const { clock, engine, asked } = await loggedIn();
    asked.fault = new BrokerAuthError("outcome_unknown", "no answer came");
    const codes: (string | undefined)[] = [];
    for (let start = 0; start < 6; start++) {
      codes.push(await codeOf(engine().disableTotp("main")));
      clock.advance(20 * minuteMs);
    }
    expect(asked.enrolments).toBe(2);
    expect(codes.at(-1)).toBe("login_blocked");
  });
});
