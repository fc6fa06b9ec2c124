import fc from "fast-check";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { type BrokerAuthProvider, createBrokerAuth, isSecret, memoryStore, Secret } from "@x/core";
import { BrokerAuthError, type CredentialField, isBrokerAuthError } from "@x/core/adapter";
import { nubra } from "@x/nubra";
import {
  type BrokerFactory,
  type Configuration,
  parseConfig,
  type ParseConfigOptions,
  type SecretResolver,
} from "./parsed-configuration.ts";

const seed = 20310303;
const canary = "canary-5d2e-mpin-8833";

const secretField: CredentialField = { description: "a secret", secret: true, required: false };
const plainField: CredentialField = { description: "no secret", secret: false, required: false };
const fields = { phone: secretField, mpin: secretField, totpSecret: secretField, environment: plainField };

interface AdapterOptions {
  readonly timeoutMs?: number;
}

/** An adapter that checks its options and its account as the real ones do. */
function adapter(broker: string) {
  return (options: AdapterOptions = {}): BrokerAuthProvider & { readonly options: AdapterOptions } => {
    for (const [name, value] of Object.entries(options)) {
      const fail = (message: string): never => {
        throw new BrokerAuthError("configuration", `${name}: ${message}`, { field: name, broker });
      };
      if (name !== "timeoutMs") fail("is not an option");
      if (typeof value !== "number") fail("must be a number");
    }
    return { ...(nubra() as BrokerAuthProvider), broker, fields, options };
  };
}

const environment: Readonly<Record<string, string>> = { MPIN: canary, PHONE: "+919876500001", EMPTY: "" };
const env: SecretResolver = (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined);
const file: SecretResolver = async (path) => (path === "/run/secrets/mpin" ? canary : undefined);
const options: ParseConfigOptions<BrokerFactory> = {
  brokers: [adapter("nubra"), adapter("kotak-neo")],
  resolvers: { env, file },
};

const parse = async (input: unknown): Promise<Configuration> => parseConfig(input, options);
const account = async (given: object): Promise<Record<string, unknown>> => {
  const { accounts } = await parse({ accounts: { main: { broker: "nubra", ...given } } });
  return { ...accounts["main"] };
};

async function failure(input: unknown, given: ParseConfigOptions<BrokerFactory> = options): Promise<BrokerAuthError> {
  const thrown: unknown = await parseConfig(input, given).then(
    () => new Error("it was accepted"),
    (error: unknown) => error,
  );
  if (!isBrokerAuthError(thrown)) throw thrown;
  expect(thrown).toMatchObject({ code: "configuration" });
  expect(`${inspect(thrown, { depth: Infinity })}${JSON.stringify(thrown)}`).not.toContain(canary);
  return thrown;
}

/** What a configuration is refused with; undefined where it is taken. */
async function messageOf(input: unknown): Promise<string | undefined> {
  return parse(input).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

describe("a configuration", () => {
  it("becomes what the engine takes: adapters, accounts and aliases", async () => {
    const config = await parse({
      $schema: "./schema.json",
      brokers: { nubra: { timeoutMs: 5_000 } },
      accounts: {
        main: { broker: "nubra", site: "office", environment: "uat" },
        hedge: { broker: "kotak-neo" },
      },
      use: { trading: "main", quotes: "hedge" },
    });
    expect(config.brokers.map((provider) => [provider.broker, (provider as { options?: unknown }).options])).toEqual([
      ["nubra", { timeoutMs: 5_000 }],
      ["kotak-neo", {}],
    ]);
    expect(config.accounts).toEqual({
      main: { broker: "nubra", site: "office", environment: "uat" },
      hedge: { broker: "kotak-neo" },
    });
    expect(config.use).toEqual({ trading: "main", quotes: "hedge" });
    expect(config.warnings).toEqual([]);
  });

  it("can be spread into the engine", async () => {
    const input = { accounts: { main: { broker: "nubra", phone: "9000000001" } }, use: { trading: "main" } };
    const config = await parseConfig(input, { brokers: [nubra] });
    const engine = createBrokerAuth({ ...config, store: memoryStore() });
    expect(engine.accounts).toEqual(["main"]);
    expect(await engine.status("trading")).toMatchObject({ account: "main", broker: "nubra", state: "logged_out" });
  });

  it("needs no aliases, no broker options and no resolvers", async () => {
    const config = await parseConfig({ accounts: { main: { broker: "nubra" } } }, { brokers: [adapter("nubra")] });
    expect(config).toMatchObject({ accounts: { main: { broker: "nubra" } }, use: {}, warnings: [] });
  });

  it("is read and not changed", async () => {
    const input = {
      accounts: { main: { broker: "nubra", mpin: { env: "MPIN" }, phone: canary } },
      use: { trading: "main" },
      brokers: { nubra: { timeoutMs: 1 } },
    };
    const before = structuredClone(input);
    await parse(input);
    expect(input).toEqual(before);
  });
});

const failing: Readonly<Record<string, SecretResolver>> = {
  async file(path) {
    const message = `EACCES: permission denied, open '${canary}/${path}'`;
    throw Object.assign(new Error(message), { code: "EACCES", path: canary });
  },
  locked() {
    throw new BrokerAuthError("store_key_locked", "the keychain is locked", { action: "Unlock it." });
  },
  wrong(_, field) {
    throw new BrokerAuthError("configuration", `${field}: has no service`, { field: `${field}.keychain` });
  },
};

function mpinFrom(kind: string): unknown {
  return { accounts: { main: { broker: "nubra", mpin: { [kind]: "name" } } } };
}

describe("a secret reference", () => {
  it("is replaced by what the resolver of its kind finds, wrapped", async () => {
    const { mpin, phone } = await account({ mpin: { file: "/run/secrets/mpin" }, phone: { env: "PHONE" } });
    expect([mpin, phone].map((value) => isSecret(value) && value.reveal())).toEqual([canary, "+919876500001"]);
  });

  it("gives a plain text where the field is no secret", async () => {
    expect(await account({ environment: { env: "PHONE" } })).toEqual({ broker: "nubra", environment: "+919876500001" });
  });

  it("gives a plain text where the adapter does not know the field, which is the adapter's to refuse", async () => {
    expect(await account({ mpim: { env: "PHONE" } })).toEqual({ broker: "nubra", mpim: "+919876500001" });
  });

  it("gives no warning", async () => {
    const { warnings } = await parse({ accounts: { main: { broker: "nubra", mpin: { env: "MPIN" } } } });
    expect(warnings).toEqual([]);
  });

  it("is asked for once each, by its name and the field that holds it", async () => {
    const resolver = vi.fn<SecretResolver>().mockResolvedValue("value");
    await parseConfig(
      { accounts: { main: { broker: "nubra", mpin: { vault: "a/b" }, phone: { vault: "c" } } } },
      { brokers: [adapter("nubra")], resolvers: { vault: resolver } },
    );
    expect(resolver.mock.calls).toEqual([
      ["a/b", "accounts.main.mpin"],
      ["c", "accounts.main.phone"],
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ["a kind that is not there", { keychain: "nubra/mpin" }, /exactly one of env, file/],
    ["two kinds", { env: "MPIN", file: "/run/secrets/mpin" }, /exactly one of env, file/],
    ["no kind", {}, /exactly one of env, file/],
    ["a name that is no text", { env: 5 }, /exactly one of env, file/],
    ["a nested reference", { env: { env: "MPIN" } }, /exactly one of env, file/],
    ["a list", ["MPIN"], /must be an object/],
    ["a kind that every object has", { constructor: "MPIN" }, /exactly one of env, file/],
    ["a kind that is a prototype", JSON.parse('{"__proto__":"MPIN"}'), /exactly one of env, file/],
    ["a name that is not set", { env: "NOT_SET" }, /refers to env, and there is nothing/],
    ["a name that every object has", { env: "toString" }, /refers to env, and there is nothing/],
    ["an empty value", { env: "EMPTY" }, /refers to env, and there is nothing/],
    ["a file that is not there", { file: "/nope" }, /refers to file, and there is nothing/],
  ])("is refused by its path: %s", async (_, mpin, message) => {
    const error = await failure({ accounts: { main: { broker: "nubra", mpin } } });
    expect(error).toMatchObject({ field: "accounts.main.mpin" });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^accounts\.main\.mpin: /);
  });

  it("is configuration by its path where the resolver fails, whatever that failure holds", async () => {
    const error = await failure(mpinFrom("file"), { brokers: [adapter("nubra")], resolvers: failing });
    expect(error).toMatchObject({ field: "accounts.main.mpin", cause: { message: "Error (EACCES)" } });
    expect(error.message).toMatch(/^accounts\.main\.mpin: .*"file"/);
  });

  it("is what a resolver says in this library's own words, with the path in front", async () => {
    const given = { brokers: [adapter("nubra")], resolvers: failing };
    await expect(parseConfig(mpinFrom("locked"), given)).rejects.toMatchObject({
      code: "store_key_locked",
      field: "accounts.main.mpin",
      message: "accounts.main.mpin: the keychain is locked",
      action: "Unlock it.",
    });
    await expect(parseConfig(mpinFrom("wrong"), given)).rejects.toMatchObject({
      code: "configuration",
      field: "accounts.main.mpin.keychain",
      message: "accounts.main.mpin: has no service",
    });
  });

  it("is not repeated in the error, because a value may stand where its name belongs", async () => {
    for (const name of [canary, `A\n${canary}`]) {
      const error = await failure({ accounts: { main: { broker: "nubra", mpin: { env: name } } } });
      expect(error.field).toBe("accounts.main.mpin");
    }
  });

  it("is refused where the program has no resolvers, and says so", async () => {
    const input = { accounts: { main: { broker: "nubra", mpin: { env: "MPIN" } } } };
    const error = await failure(input, { brokers: [adapter("nubra")] });
    expect(error.message).toContain("no resolvers");
  });
});

describe("a secret that stands in the configuration itself", () => {
  it("comes back wrapped, so that no printing of the configuration shows it", async () => {
    const config = await parse({ accounts: { main: { broker: "nubra", mpin: canary, environment: "uat" } } });
    const { mpin, environment: plain } = { ...config.accounts["main"] } as unknown as Record<string, unknown>;
    expect(isSecret(mpin) && mpin.reveal()).toBe(canary);
    expect(plain).toBe("uat");
    expect(inspect(config, { depth: Infinity, showHidden: true }) + JSON.stringify(config)).not.toContain(canary);
  });

  it.each([1234, 0, 12.5])("is refused as a number, with a hint about quotes: %j", async (mpin) => {
    const error = await failure({ accounts: { main: { broker: "nubra", mpin } } });
    expect(error.field).toBe("accounts.main.mpin");
    expect(error.message).toMatch(/^accounts\.main\.mpin: must be text; put digits in quotes/);
    expect(error.message).not.toContain(String(mpin));
  });

  it("works and warns, by its path and without its value", async () => {
    const { accounts, warnings } = await parse({
      accounts: {
        main: { broker: "nubra", mpin: canary, environment: "uat" },
        hedge: { broker: "kotak-neo", phone: canary },
      },
    });
    const { mpin } = { ...accounts["main"] } as unknown as { mpin: Secret };
    expect(mpin.reveal()).toBe(canary);
    expect(warnings.map(({ field }) => field)).toEqual(["accounts.main.mpin", "accounts.hedge.phone"]);
    for (const { field, message } of warnings) expect(message.startsWith(`${field}: `)).toBe(true);
    expect(JSON.stringify(warnings)).not.toContain(canary);
  });

  it("does not warn where a program wrapped it", async () => {
    const mpin = new Secret(canary);
    const { accounts, warnings } = await parse({ accounts: { main: { broker: "nubra", mpin } } });
    expect(accounts["main"]).toEqual({ broker: "nubra", mpin });
    expect(warnings).toEqual([]);
  });
});

describe("an unknown name", () => {
  it.each([
    ["at the top", { accounts: { main: { broker: "nubra" } }, acounts: {} }, "acounts"],
    ["at the top, with a secret in it", { accounts: { main: { broker: "nubra" } }, mpin: canary }, "mpin"],
    ["at the top, not printable", { accounts: { main: { broker: "nubra" } }, "a\nb": 1 }, "configuration"],
    [
      "at the top, as a prototype",
      JSON.parse('{"accounts":{"main":{"broker":"nubra"}},"__proto__":{"use":{}}}'),
      "configuration",
    ],
    ["among the brokers", { accounts: { main: { broker: "nubra" } }, brokers: { zerodha: {} } }, "brokers"],
    [
      "among the brokers, as a prototype",
      JSON.parse('{"accounts":{"main":{"broker":"nubra"}},"brokers":{"__proto__":{}}}'),
      "brokers",
    ],
    [
      "among a broker's options",
      { accounts: { main: { broker: "nubra" } }, brokers: { nubra: { timeout: 5 } } },
      "brokers.nubra.timeout",
    ],
  ])("is refused by its path: %s", async (_, input, field) => {
    expect(await failure(input)).toMatchObject({ field });
  });

  it("of an account's field stays for the adapter to refuse, as it came", async () => {
    expect(await account({ mpim: "1", constructor: "2", toString: "3", none: null, flag: true })).toEqual({
      broker: "nubra",
      mpim: "1",
      constructor: "2",
      toString: "3",
      none: null,
      flag: true,
    });
  });
});

describe("a wrong shape", () => {
  it.each<[string, unknown, string]>([
    ["no object", undefined, "configuration"],
    ["null", null, "configuration"],
    ["a text", canary, "configuration"],
    ["a list", [canary], "configuration"],
    ["no accounts", {}, "accounts"],
    ["accounts as a list", { accounts: [{ broker: "nubra" }] }, "accounts"],
    ["no account at all", { accounts: {} }, "accounts"],
    ["an account as a text", { accounts: { main: canary } }, "accounts.main"],
    ["an account that is null", { accounts: { main: null } }, "accounts.main"],
    ["an account without a broker", { accounts: { main: { mpin: canary } } }, "accounts.main.broker"],
    ["a broker that is not there", { accounts: { main: { broker: canary } } }, "accounts.main.broker"],
    ["a broker that every object has", { accounts: { main: { broker: "constructor" } } }, "accounts.main.broker"],
    ["a broker by reference", { accounts: { main: { broker: { env: "MPIN" } } } }, "accounts.main.broker"],
    ["brokers as a list", { accounts: { main: { broker: "nubra" } }, brokers: ["nubra"] }, "brokers"],
    [
      "a broker's options as a text",
      { accounts: { main: { broker: "nubra" } }, brokers: { nubra: canary } },
      "brokers.nubra",
    ],
    [
      "a broker's option of another type",
      { accounts: { main: { broker: "nubra" } }, brokers: { nubra: { timeoutMs: canary } } },
      "brokers.nubra.timeoutMs",
    ],
    ["aliases as a text", { accounts: { main: { broker: "nubra" } }, use: canary }, "use"],
    [
      "an alias that is no text",
      { accounts: { main: { broker: "nubra" } }, use: { trading: ["main"] } },
      "use.trading",
    ],
  ])("is refused by its path and never by its value: %s", async (_, input, field) => {
    const error = await failure(input);
    expect(error.field).toBe(field);
    expect(error.message.startsWith(`${field}: `)).toBe(true);
  });

  it("is told apart from a field that is missing", async () => {
    for (const input of [{}, { accounts: { main: { mpin: canary } } }]) {
      expect((await failure(input)).message).toContain("is missing");
    }
  });

  it("names the brokers and the accounts that there are", async () => {
    const strange = { accounts: { main: { broker: "nubra" } }, brokers: { zerodha: {} } };
    expect((await failure(strange)).message).toContain("none of nubra, kotak-neo");
    expect((await failure({ accounts: { main: { broker: "x" } } })).message).toContain("(nubra, kotak-neo)");
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["an account that is not there", { trading: canary }, "use.trading"],
    ["a name that every object has", { trading: "toString" }, "use.trading"],
    ["an alias", { a: "main", b: "a" }, "use.b"],
    ["an account, under an account's name", { main: "main" }, "use.main"],
  ])(
    "leaves an alias of %s to createBrokerAuth, which names it and the accounts that there are",
    async (_, use, field) => {
      const given = { accounts: { main: { broker: "nubra", phone: "9000000001" } }, use };
      const config = await parseConfig(given, { brokers: [nubra] });
      const open = (): unknown => createBrokerAuth({ ...config, store: memoryStore() });
      expect(open).toThrow(expect.objectContaining({ code: "configuration", field }));
      expect(open).toThrow(
        field === "use.main" ? "is the name of an account already" : "must name an account; there is only main",
      );
      expect(open).not.toThrow(canary);
    },
  );

  it("of a broker's option keeps the adapter's advice", async () => {
    const thrown = new BrokerAuthError("configuration", "api: is unknown", {
      field: "api",
      action: "Take another one.",
    });
    const advising = (given?: object) => {
      if (given !== undefined) throw thrown;
      return adapter("nubra")();
    };
    const input = { accounts: { main: { broker: "nubra" } }, brokers: { nubra: {} } };
    await expect(parseConfig(input, { brokers: [advising] })).rejects.toMatchObject({
      code: "configuration",
      message: "brokers.nubra.api: is unknown",
      field: "brokers.nubra.api",
      action: "Take another one.",
    });
  });

  it("is passed on from an adapter as it is where it names no field", async () => {
    const thrown = new BrokerAuthError("configuration", "these two options exclude each other");
    const broken = (given?: object) => {
      if (given !== undefined) throw thrown;
      return adapter("nubra")();
    };
    const input = { accounts: { main: { broker: "nubra" } }, brokers: { nubra: {} } };
    await expect(parseConfig(input, { brokers: [broken] })).rejects.toBe(thrown);
  });
});

describe("names of accounts and aliases", () => {
  const letter = fc.constantFrom(...'aZ9_-$ .\n"\\/{}<>%ñ漢'.split(""), "__proto__", "\u0000", "\u202E");
  const name = fc.array(letter, { maxLength: 66 }).map((letters) => letters.join(""));

  it("are letters, digits, - and _ only, and at most 64", async () => {
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const plain = /^[a-z0-9$][a-z0-9_-]*$/i.test(text) && text.length <= 64;
        const named = Object.fromEntries([[text, { broker: "nubra" }]]);
        const aliased = { accounts: { the: { broker: "nubra" } }, use: Object.fromEntries([[text, "the"]]) };
        const outcomes = await Promise.all([{ accounts: named }, aliased].map(messageOf));
        expect(outcomes.map((message) => message === undefined)).toEqual([plain, plain]);
        // What is refused is not repeated, so that it cannot smuggle anything into a log.
        const strange = text.split(/[\x20-\x7e]+/).filter((part) => part !== "");
        expect(strange.filter((part) => outcomes.some((message) => message?.includes(part)))).toEqual([]);
      }),
      { seed, numRuns: 500 },
    );
  });

  it("are taken up to 64 characters", async () => {
    const messages = await Promise.all(
      [64, 65].map(async (length) => messageOf({ accounts: { ["a".repeat(length)]: { broker: "nubra" } } })),
    );
    expect(messages).toEqual([undefined, expect.stringMatching(/^accounts: has a name .* longer than 64$/)]);
  });

  it("may be those of every object's own members, and stay names", async () => {
    const { accounts, use } = await parse({
      accounts: { constructor: { broker: "nubra" }, toString: { broker: "kotak-neo" } },
      use: { valueOf: "constructor", hasOwnProperty: "toString" },
    });
    expect(Object.entries(accounts)).toEqual([
      ["constructor", { broker: "nubra" }],
      ["toString", { broker: "kotak-neo" }],
    ]);
    expect(Object.entries(use)).toEqual([
      ["valueOf", "constructor"],
      ["hasOwnProperty", "toString"],
    ]);
  });

  it("cannot be a prototype", async () => {
    for (const text of [
      '{"accounts":{"__proto__":{"broker":"nubra"}}}',
      '{"accounts":{"main":{"broker":"nubra"}},"use":{"__proto__":"main"}}',
    ]) {
      await failure(JSON.parse(text));
    }
    expect(Object.hasOwn(Object.prototype, "broker")).toBe(false);
  });

  it("of an account's field are not repeated where they are not plain", async () => {
    for (const value of [{}, "text", 1, null]) {
      const error = await failure({ accounts: { main: { broker: "nubra", [`a\n${canary}`]: value } } });
      expect(error.field).toBe("accounts.main");
    }
  });

  it("of an account's field cannot be a prototype, and are not dropped either", async () => {
    const error = await failure(JSON.parse('{"accounts":{"main":{"broker":"nubra","__proto__":"x"}}}'));
    expect(error).toMatchObject({ field: "accounts.main" });
    expect(error.message).toContain("has a field with other characters");
  });
});
