import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromJSONSchema } from "zod";
// By path: the adapters are no dependency of this package, which takes whatever brokers it is given.
import { angelOne } from "@x/angel-one";
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { zerodha } from "@x/zerodha";
import { configSchema } from "./configuration-schema.ts";

const schema = configSchema([nubra(), kotakNeo(), zerodha(), angelOne()]);
const nubraAccount = { broker: "nubra", phone: { env: "NUBRA_PHONE" } };
const zerodhaAccount = {
  broker: "zerodha",
  apiKey: { env: "ZERODHA_API_KEY" },
  apiSecret: { env: "ZERODHA_API_SECRET" },
  userId: "QX4417",
};
const angelAccount = {
  broker: "angel-one",
  apiKey: { env: "ANGEL_ONE_API_KEY" },
  clientCode: "T100001",
  pin: { file: "pin" },
};
const kotakAccount = {
  broker: "kotak-neo",
  accessToken: { file: "token" },
  mobileNumber: "+919000000001",
  ucc: "XY42Z",
};

describe("the schema of a configuration", () => {
  it("is the published schema.json (UPDATE_SCHEMA=1 rewrites it)", () => {
    const file = new URL("../schema.json", import.meta.url);
    if (process.env["UPDATE_SCHEMA"] === "1") writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(schema);
  });

  it.each([
    [
      "all brokers, aliases and options",
      {
        accounts: { main: nubraAccount, hedge: kotakAccount, kite: zerodhaAccount, angel: angelAccount },
        use: { trading: "main" },
        brokers: { nubra: { totpWire: "string" }, "angel-one": { clientPublicIp: "203.0.113.7" } },
      },
    ],
    [
      "every optional field",
      {
        $schema: "schema.json",
        accounts: {
          main: { ...nubraAccount, mpin: { file: "mpin" }, totpSecret: "text", environment: "uat", site: "office" },
        },
      },
    ],
    ["a kind of reference that a program adds", { accounts: { main: { ...nubraAccount, mpin: { vault: "mpin" } } } }],
  ])("accepts %s", (_, configuration) => {
    expect(fromJSONSchema(schema).safeParse(configuration)).toMatchObject({ success: true });
  });

  it.each([
    ["no accounts", { accounts: {} }],
    ["a password at a broker whose login is a page", { accounts: { main: { ...zerodhaAccount, password: "text" } } }],
    ["an unknown broker", { accounts: { main: { ...nubraAccount, broker: "nobody" } } }],
    ["a field of the other broker", { accounts: { main: { ...nubraAccount, ucc: "XY42Z" } } }],
    ["a missing field", { accounts: { main: { broker: "nubra" } } }],
    ["a value that is not in the list", { accounts: { main: { ...nubraAccount, environment: "live" } } }],
    ["digits without quotes", { accounts: { main: { ...nubraAccount, mpin: 1357 } } }],
    ["a reference with two kinds", { accounts: { main: { ...nubraAccount, mpin: { env: "A", file: "b" } } } }],
    ["a name with a space", { accounts: { "main account": nubraAccount } }],
    ["an option that nobody knows", { accounts: { main: nubraAccount }, store: "memory" }],
    ["options of an unknown broker", { accounts: { main: nubraAccount }, brokers: { nobody: {} } }],
  ])("refuses %s", (_, configuration) => {
    expect(fromJSONSchema(schema).safeParse(configuration)).toMatchObject({ success: false });
  });

  it("describes each field, and names every variable's field once per broker", () => {
    const text = JSON.stringify(schema);
    for (const { description } of [
      ...Object.values(nubra().fields),
      ...Object.values(kotakNeo().fields),
      ...Object.values(zerodha().fields),
      ...Object.values(angelOne().fields),
    ])
      expect(text).toContain(JSON.stringify(description).slice(1, -1));
  });
});
