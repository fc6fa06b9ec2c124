import { describe, expect, it } from "vitest";
import { exampleBroker } from "./provider.ts";
import { demoApp, demoCustomers } from "./sandbox/sandbox.ts";
import { refusalOf } from "./testing/test-environment.ts";

const account = { ...demoApp, userId: demoCustomers[0] };

describe("an account", () => {
  it("is normalised once: spaces around a value and the case of the id do not make another one", () => {
    const provider = exampleBroker();
    const [one, two] = [account, { ...account, userId: ` ${account.userId.toLowerCase()}\n` }].map((input) =>
      provider.identify(provider.parseCredentials(input)),
    );
    expect(one).toStrictEqual(two);
    expect(one).toMatchObject({ environment: "production", factors: {}, asks: ["redirect"] });
  });

  it.each<[string, object]>([
    ["apiKey", { apiKey: "a:b" }],
    ["apiSecret", { apiSecret: "" }],
    ["userId", { userId: "AB 1234" }],
    ["environment", { environment: "uat" }],
    ["baseUrl", { environment: "sandbox" }],
    ["baseUrl", { environment: "sandbox", baseUrl: "https://login.example-broker.test" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1:1" }],
  ])("with a wrong %s is refused: %j", async (field, change) => {
    const error = await refusalOf(() => exampleBroker().parseCredentials({ ...account, ...change }));
    expect(error).toMatchObject({ code: "configuration", field });
  });
});

describe("the options", () => {
  it.each<[string, object]>([
    ["timeoutMs", { timeoutMs: 0 }],
    ["maxBodyBytes", { maxBodyBytes: 10 }],
    ["retries", { retries: 1 }],
  ])("with a wrong %s are refused", async (field, options) => {
    expect(await refusalOf(() => exampleBroker(options))).toMatchObject({ code: "configuration", field });
  });
});
