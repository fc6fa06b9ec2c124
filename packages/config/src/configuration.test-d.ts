import { createBrokerAuth, memoryStore } from "@x/core";
import { describe, expectTypeOf, it } from "vitest";
// By path: the adapters are no dependency of this package, which takes whatever brokers it is given.
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { loadConfig } from "./configuration.ts";

describe("a session of a configured account", () => {
  it("is one of the brokers that the configuration was loaded with", async () => {
    const configuration = await loadConfig("broker-auth.yaml", { brokers: [nubra, kotakNeo] });
    const auth = createBrokerAuth({ ...configuration, store: memoryStore() });
    const session = await auth.session("trading");
    expectTypeOf(session.broker).toEqualTypeOf<"nubra" | "kotak-neo">();
    if (session.broker === "nubra") expectTypeOf(session.tokens).toHaveProperty("sessionToken");
    else expectTypeOf(session.tokens).toHaveProperty("sid");
  });
});
