import { describe, expect, it } from "vitest";
import { type AccountFetch, brokerClient } from "../requests/broker-client.ts";
import { isBrokerAuthError } from "./broker-auth-error.ts";
import { createBrokerAuth } from "../create-broker-auth.ts";
import { memoryStore } from "../record/memory-store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { toy, toyBroker, toyTotpSecret } from "../../test/toy-broker.ts";

const canary = "canary-9000000001";
const main = { broker: "toy", user: canary, pin: "1234", totpSecret: toyTotpSecret } as const;

function openTestEnvironment() {
  const clock = fakeClock(Date.UTC(2031, 2, 3, 3, 30, 10, 500));
  const broker = toyBroker(clock);
  const platform = {
    fetch: broker.fetch,
    random: () => 0,
    clock: { now: () => clock.now(), sleep: clock.sleep.bind(clock) },
  };
  const auth = createBrokerAuth({ brokers: [toy()], accounts: { main }, store: memoryStore(), ...platform });
  return { auth, broker };
}

const never = (value: unknown) => value as never;

/** The call as a program without types makes it. */
async function refusal(call: () => unknown): Promise<unknown> {
  const error = await (async () => call())().then(
    () => expect.unreachable("it was expected to be refused"),
    (reason: unknown) => reason,
  );
  expect(isBrokerAuthError(error), String(error)).toBe(true);
  expect(JSON.stringify(error)).not.toContain(canary);
  return error;
}

function fail(): never {
  throw new Error(canary);
}

function throwingProxy(): object {
  return new Proxy({}, { get: fail, ownKeys: fail, has: fail, getPrototypeOf: fail });
}

function wrong(field: string, message: string): object {
  return { code: "configuration", retry: "never", field, message: expect.stringContaining(message) };
}

describe("createBrokerAuth refuses at once, and says what to write:", () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ["brokers", "such as [nubra()]", { brokers: toy() }],
    ["brokers", "such as [nubra()]", { brokers: [] }],
    ["brokers", "such as [nubra()]", { brokers: undefined }],
    ["brokers[1]", "is a function; call it: toy()", { brokers: [toy(), toy] }],
    ["brokers[0]", "such as nubra()", { brokers: ["nubra"] }],
    ["brokers[0]", "such as nubra()", { brokers: [null] }],
    ["brokers[0]", "update the package of toy", { brokers: [{ ...toy(), specificationVersion: undefined }] }],
    ["brokers[0]", "update the package of toy", { brokers: [{ ...toy(), specificationVersion: 0 }] }],
    ["brokers[0]", "update @x/core", { brokers: [{ ...toy(), specificationVersion: 2 }] }],
    [
      "brokers[0]",
      "update the package of this broker",
      { brokers: [{ parseCredentials: fetch, broker: ` ${canary}` }] },
    ],
    ["accounts", "must be an object of accounts by name", { accounts: [main] }],
    ["accounts", "must be an object of accounts by name", { accounts: undefined }],
    ["accounts.main", "must be an object with broker", { accounts: { main: null } }],
    ["accounts.main", "must be an object with broker", { accounts: { main: canary } }],
    ["use", "must be an object of account names", { use: ["main"] }],
    ["acounts", "is not an option; there are { brokers, accounts,", { acounts: {} }],
    ["alias", "is not an option", { alias: {} }],
    ["timeout", "timeoutMs", { timeout: 1 }],
    ["options", "is not an option", { [canary]: 1 }],
    ["store", "is missing; give memoryStore()", { store: undefined }],
    ["store", "is a function; call it: memoryStore()", { store: memoryStore }],
    ["store", "is no token store", { store: canary }],
    ...[0, -1, 1.5, Number.NaN, Infinity, "5000", null].map(
      (timeoutMs) => ["timeoutMs", "whole number of milliseconds from 1 up", { timeoutMs }] as const,
    ),
    ["fetch", "must be a function", { fetch: canary }],
    ["random", "must be a function", { random: 0.5 }],
    ["clock", "{ now, sleep, monotonic }", { clock: 5 }],
    ["clock.now", "must be a function", { clock: { now: 1 } }],
    ["clock.sleep", "must be a function", { clock: { sleep: 1 } }],
    ["clock.monotonic", "must be a function", { clock: { monotonic: 1 } }],
    ...[undefined, Number.NaN, Infinity, "1930275000000", 1_930_275_000_000n, new Date(0)].map(
      (time) => ["clock.now", "must give a number of milliseconds", { clock: { now: () => time } }] as const,
    ),
    ["clock.now", "reading it failed", { clock: { now: fail } }],
    ["clock.monotonic", "must give a number of milliseconds", { clock: { monotonic: () => "5" } }],
  ];
  const right = { brokers: [toy()], accounts: { main }, store: memoryStore() };

  it.each(cases)("%s: … %s", async (field, message, mistake) => {
    const options = { ...right, ...mistake } as never;
    expect(await refusal(() => createBrokerAuth(options))).toMatchObject(wrong(field, message));
  });

  it.each([undefined, null, canary, [right], () => right])("options that are none (%o)", async (options) => {
    expect(await refusal(() => createBrokerAuth(options as never))).toMatchObject(
      wrong("options", "must be an object with some of { brokers, accounts,"),
    );
  });

  it("and takes a whole configuration, with its warnings", async () => {
    const options = { ...right, use: {}, warnings: [], timeoutMs: 1, fetch, random: Math.random, clock: Date };
    await using auth = createBrokerAuth(options);
    expect(auth.accounts).toEqual(["main"]);
  });
});

describe("a method that is called wrongly tells its argument, and sends nothing:", () => {
  type Auth = ReturnType<typeof openTestEnvironment>["auth"];
  const cases: readonly (readonly [string, string, string, (auth: Auth) => unknown])[] = [
    ["enableTotp", "save", "give { save }", (auth) => auth.enableTotp("main", never(undefined))],
    ["enableTotp", "save", "give { save }", (auth) => auth.enableTotp("main", never({ save: canary }))],
    ["login", "otp", "must be a function", (auth) => auth.login("main", never({ otp: "123456" }))],
    ["login", "mpin", "must be a function", (auth) => auth.login("main", never({ mpin: null }))],
    [
      "login",
      "handlers",
      "{ otp: () => … }",
      (auth) =>
        auth.login(
          "main",
          never(() => "123456"),
        ),
    ],
    ["login", "handlers", "{ otp: () => … }", (auth) => auth.login("main", never(null))],
    ["on", "listener", "must be a function", (auth) => auth.on(never("session"))],
    ["on", "listener", "is missing", (auth) => auth.on(never(undefined))],
    ["refused", "generation", "session.generation", (auth) => auth.refused("main", never(undefined))],
    ["session", "validUntl", "{ validUntil, signal, newest }", (auth) => auth.session("main", never({ validUntl: 1 }))],
    ["session", "options", "must be an object", (auth) => auth.session("main", never(null))],
    [
      "headers",
      "timeout",
      "{ validUntil, signal, newest, purpose }",
      (auth) => auth.headers("main", never({ timeout: 1 })),
    ],
    ["origin", "timeout", "is not an option", (auth) => auth.origin("main", never({ timeout: 1 }))],
    ["fetch", "timeout", "limit it by signal", (auth) => auth.fetch("main", "/whoami", never({ timeout: 1 }))],
    ["fetch", "timeoutMs", "limit it by signal", (auth) => auth.fetch("main", "/whoami", never({ timeoutMs: 1 }))],
    ["fetch", "json", "JSON.stringify", (auth) => auth.fetch("main", "/whoami", never({ json: {} }))],
    ["brokerClient", "auth", 'brokerClient(auth, "main")', () => brokerClient(never(undefined), never(undefined))],
    ["brokerClient", "auth", 'brokerClient(auth, "main")', () => brokerClient(never("main"), never("main"))],
    ["brokerClient", "auth", 'brokerClient(auth, "main")', (auth) => brokerClient(never("main"), never(auth))],
    [
      "brokerClient",
      "account",
      "must be the name of an account",
      (auth) => brokerClient(auth as AccountFetch<string>, never(1)),
    ],
  ];

  it.each(cases)("%s: %s … %s", async (_, field, message, call) => {
    const { auth, broker } = openTestEnvironment();
    expect(await refusal(() => call(auth))).toMatchObject(wrong(field, message));
    expect(broker.requests).toEqual([]);
  });

  // By name: the test runner would look into what is in a table.
  const values: Readonly<Record<string, unknown>> = {
    null: null,
    "a number": 5,
    "a text": canary,
    "a list": [],
    "a function": () => canary,
    true: true,
    "a bigint": 5n,
    "a symbol": Symbol(canary),
    "a getter that throws": {
      get [canary]() {
        throw new Error(canary);
      },
    },
    "a proxy that throws": throwingProxy(),
  };
  const optionsOf: Readonly<Record<string, (auth: Auth, value: never) => unknown>> = {
    "session()": (auth, value) => auth.session("main", value),
    "headers()": (auth, value) => auth.headers("main", value),
    "origin()": (auth, value) => auth.origin("main", value),
    "login()": (auth, value) => auth.login("main", value),
    "enableTotp()": (auth, value) => auth.enableTotp("main", value),
    "answerLogin()": (auth, value) => auth.answerLogin("main", "handle", value),
    "session(): validUntil": (auth, value) =>
      auth.session("main", { validUntil: typeof value === "number" ? -5 : value }),
    "session(): signal": (auth, value) => auth.session("main", { signal: value }),
    "headers(): signal": (auth, value) => auth.headers("main", { signal: value }),
    "headers(): purpose": (auth, value) =>
      auth.headers("main", { purpose: typeof value === "string" ? never(1) : value }),
    "answerLogin(): kind": (auth, value) => auth.answerLogin("main", "handle", { kind: value, value: "1" }),
    "answerLogin(): handle": (auth, value) =>
      auth.answerLogin("main", typeof value === "string" ? never(1) : value, { kind: "otp", value: "1" }),
    "refused(): generation": (auth, value) => auth.refused("main", typeof value === "number" ? Number.NaN : value),
    "enableTotp(): save": (auth, value) =>
      auth.enableTotp("main", { save: typeof value === "function" ? never(1) : value }),
    "createBrokerAuth()": (_auth, value) => createBrokerAuth(value),
  };
  const calls = Object.keys(optionsOf).flatMap((name) =>
    // Of handlers those are read that a challenge may ask.
    Object.keys(values).flatMap((what) => (name === "login()" && what.startsWith("a getter") ? [] : [[name, what]])),
  );

  it.each(calls)("%s with %s is a configuration error", async (name, what) => {
    const { auth, broker } = openTestEnvironment();
    const error = await refusal(() => optionsOf[name]?.(auth, never(values[what])));
    expect(error).toMatchObject({ code: "configuration" });
    expect(broker.requests).toEqual([]);
  });

  it.each(Object.keys(values).filter((what) => what !== "a text"))(
    "fetch() of what cannot be sent is one too: %s",
    async (what) => {
      const { auth, broker } = openTestEnvironment();
      expect(await refusal(() => auth.fetch("main", never(values[what])))).toMatchObject({ code: "configuration" });
      expect(broker.requests).toEqual([]);
    },
  );

  it.each([
    [{ signal: null }, "signal"],
    [{ timeoutMs: canary }, "timeoutMs"],
    [{ timeoutMs: Number.NaN }, "timeoutMs"],
    [{ timeoutMs: -1 }, "timeoutMs"],
    [{ timeoutMs: null }, "timeoutMs"],
    [{ signal: canary }, "signal"],
    [{ timeout: 1 }, "timeout"],
    [null, "options"],
  ])("loginAll never rejects: each account tells it: %o", async (limits, field) => {
    const { auth, broker } = openTestEnvironment();
    expect(await auth.loginAll(limits as never)).toMatchObject([
      { account: "main", ok: false, error: { code: "configuration", account: "main", field } },
    ]);
    expect(broker.requests).toEqual([]);
  });
});

describe("limits of loginAll that cannot be read", () => {
  it("are told by each account, and nothing is sent", async () => {
    const getter = {
      get signal() {
        throw new Error(canary);
      },
    };
    for (const limits of [getter, throwingProxy()]) {
      const { auth, broker } = openTestEnvironment();
      const [outcome] = await auth.loginAll(limits);
      expect(outcome).toMatchObject({ ok: false, error: { code: "configuration", field: "options" } });
      expect(broker.requests).toEqual([]);
    }
  });
});

describe("a handler that gives a number", () => {
  it("is told at once and not asked again, and the login stays open", async () => {
    const { broker } = openTestEnvironment();
    const person = { broker: "toy", user: canary, pin: "1234" } as const;
    const auth = createBrokerAuth({
      brokers: [toy()],
      accounts: { sms: person },
      store: memoryStore(),
      fetch: broker.fetch,
    });
    let asked = 0;
    const otp = (): never => ++asked as never;
    expect(await refusal(() => auth.login("sms", { otp }))).toMatchObject({
      ...wrong("otp", "must be text, in quotes"),
      account: "sms",
    });
    expect(asked).toBe(1);
    await auth.login("sms", { otp: () => broker.otp });
    expect(broker.requests.filter((path) => path === "/sms")).toHaveLength(1);
  });
});
