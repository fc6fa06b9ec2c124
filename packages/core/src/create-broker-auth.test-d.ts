import { describe, expectTypeOf, it } from "vitest";
import type { BrokerAuth } from "./broker-auth.ts";
import { createBrokerAuth } from "./create-broker-auth.ts";
import { memoryStore } from "./record/memory-store.ts";
import type { BrokerAuthProvider } from "./contract/provider.ts";
import type { Secret } from "./contract/secret.ts";
import { toy } from "../test/toy-broker.ts";
import type { TokenStore } from "./contract/token-store.ts";

interface OtherAccount {
  readonly key: string;
}
declare function other(): BrokerAuthProvider<"other", OtherAccount, OtherAccount, { readonly jwt: Secret }>;

const store = memoryStore();
const brokers = [toy(), other()];

describe("the account's fields", () => {
  it("follow from its broker", () => {
    const accounts = { main: { broker: "toy", user: "u" }, hedge: { broker: "other", key: "k" } } as const;
    expectTypeOf(createBrokerAuth({ brokers, accounts, store }).accounts).toEqualTypeOf<
      readonly ("main" | "hedge")[]
    >();
    // @ts-expect-error the fields of the other broker
    createBrokerAuth({ brokers, accounts: { main: { broker: "toy", key: "k" } }, store });
    // @ts-expect-error a field that no broker has
    createBrokerAuth({ brokers, accounts: { main: { broker: "other", key: "k", pin: "1" } }, store });
    // @ts-expect-error a missing field
    createBrokerAuth({ brokers, accounts: { main: { broker: "other" } }, store });
    // @ts-expect-error a broker that is not in the list
    createBrokerAuth({ brokers: [toy()], accounts: { main: { broker: "other", key: "k" } }, store });
  });
});

describe("names", () => {
  it("are the accounts and aliases of the configuration", async () => {
    const auth = createBrokerAuth({
      brokers,
      accounts: { main: { broker: "toy", user: "u" } },
      use: { trading: "main" },
      store,
    });
    expectTypeOf<Parameters<typeof auth.session>[0]>().toEqualTypeOf<"main" | "trading">();
    expectTypeOf(auth.accounts).toEqualTypeOf<readonly "main"[]>();
    // @ts-expect-error an alias to an account that is not there
    createBrokerAuth({ brokers, accounts: { main: { broker: "toy", user: "u" } }, use: { trading: "mian" }, store });
  });
});

describe("a session's tokens", () => {
  it("are told apart by its broker", () => {
    const auth = createBrokerAuth({ brokers, accounts: { main: { broker: "toy", user: "u" } }, store });
    type Session = Awaited<ReturnType<typeof auth.session>>;
    expectTypeOf<Extract<Session, { broker: "toy" }>["tokens"]>().toEqualTypeOf<{ readonly token: Secret }>();
    expectTypeOf<Extract<Session, { broker: "other" }>["tokens"]>().toEqualTypeOf<{ readonly jwt: Secret }>();
  });
});

const report = (auth: BrokerAuth): readonly string[] => auth.accounts;

describe("a parameter of the type BrokerAuth", () => {
  it("takes any engine, and knows names as texts", () => {
    report(createBrokerAuth({ brokers, accounts: { main: { broker: "toy", user: "u" } }, store }));
    report(
      createBrokerAuth({
        brokers: [toy()],
        accounts: { main: { broker: "toy", user: "u" } },
        use: { trading: "main" },
        store,
      }),
    );
    expectTypeOf<Parameters<BrokerAuth["session"]>[0]>().toEqualTypeOf<string>();
    expectTypeOf<Awaited<ReturnType<BrokerAuth["session"]>>["tokens"]>().toEqualTypeOf<unknown>();
  });
});

describe("the store", () => {
  it("has to be chosen: there is no default", () => {
    type Options = Parameters<typeof createBrokerAuth<(typeof brokers)[number], "main">>[0];
    expectTypeOf<Options>().toHaveProperty("store").toEqualTypeOf<TokenStore>();
  });
});
