import { expectTypeOf, it } from "vitest";
import { type BrokerAuth, createBrokerAuth, memoryStore } from "../index.ts";
import { type BrokerClient, brokerClient, isHTTPError, type KyInstance } from "../ky.ts";
import { toy } from "../../test/toy-broker.ts";

const auth = createBrokerAuth({
  brokers: [toy()],
  accounts: { main: { broker: "toy", user: "user-7734" } },
  use: { trading: "main" },
  store: memoryStore(),
});

function clientOf<Account extends string>(
  given: Pick<BrokerAuth<ReturnType<typeof toy>, Account>, "fetch">,
  account: Account,
): BrokerClient {
  return brokerClient(given, account);
}

it("a client is a ky instance, with the engine's options besides", () => {
  const api = brokerClient(auth, "trading", { purpose: "feed" });
  expectTypeOf(api).toEqualTypeOf<BrokerClient>();
  expectTypeOf(api).toExtend<KyInstance>();
  expectTypeOf(api.get<{ a: 1 }>("x").json()).resolves.toEqualTypeOf<{ a: 1 }>();
  expectTypeOf(api.get("x").json()).resolves.toEqualTypeOf<unknown>();
  expectTypeOf(api.extend({ waitMs: 5 }).post("x", { replay: true }).text()).resolves.toEqualTypeOf<string>();
});

it("a client is on an account or alias that there is", () => {
  expectTypeOf(brokerClient(auth, "main")).toEqualTypeOf<BrokerClient>();
  // @ts-expect-error there is no such account
  brokerClient(auth, "other");
  // @ts-expect-error a text is no number of milliseconds
  void brokerClient(auth, "main").get("x", { waitMs: "5" });
});

it("a part of the engine is enough for a client", () => {
  brokerClient({} as Pick<typeof auth, "fetch">, "trading");
  expectTypeOf(clientOf).returns.toEqualTypeOf<BrokerClient>();
});

it("ky's guards tell its errors", () => {
  expectTypeOf(isHTTPError).guards.toExtend<{ readonly response: { readonly status: number } }>();
});
