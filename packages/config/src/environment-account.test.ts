import { createBrokerAuth, isSecret, memoryStore } from "@x/core";
import { describe, expect, it } from "vitest";
// By path: the adapters are no dependency of this package, which takes whatever brokers it is given.
import { kotakNeo } from "@x/kotak-neo";
import { nubra } from "@x/nubra";
import { accountFromEnv } from "./environment-account.ts";

function opened(account: object): Record<string, unknown> {
  const entries = Object.entries(account).map(([name, value]) => [name, isSecret(value) ? value.reveal() : value]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function open(env: Record<string, string>) {
  return createBrokerAuth({
    brokers: [nubra()],
    accounts: { main: accountFromEnv(nubra(), env) },
    store: memoryStore(),
  });
}

describe("an account from the environment", () => {
  it("takes the variables that the provider names, and leaves out what is not set", () => {
    const env = { NUBRA_PHONE: "9000000001", NUBRA_MPIN: "", NUBRA_ENVIRONMENT: "uat", MPIN_OF_ANOTHER: "9999" };
    expect(opened(accountFromEnv(nubra(), env))).toEqual({ broker: "nubra", phone: "9000000001", environment: "uat" });
    expect(opened(accountFromEnv(kotakNeo(), { KOTAK_NEO_UCC: "XY42Z" }))).toEqual({
      broker: "kotak-neo",
      ucc: "XY42Z",
    });
  });

  it("understands the names of Nubra's own SDK, and prefers its own", () => {
    const sdk = { PHONE_NO: "9000000001", MPIN: "1357" };
    expect(opened(accountFromEnv(nubra(), sdk))).toMatchObject({ phone: "9000000001", mpin: "1357" });
    expect(opened(accountFromEnv(nubra(), { ...sdk, NUBRA_MPIN: "2468" }))).toMatchObject({ mpin: "2468" });
  });

  it("is taken by createBrokerAuth, which names the field that is missing", async () => {
    await open({ NUBRA_PHONE: "9000000001" }).close();
    expect(() => open({})).toThrow(expect.objectContaining({ code: "configuration", field: "accounts.main.phone" }));
  });

  it("prints no secret", () => {
    const account = accountFromEnv(nubra(), { NUBRA_PHONE: "9000000001", NUBRA_MPIN: "1357" });
    expect(JSON.stringify(account)).toBe('{"broker":"nubra","phone":"[secret]","mpin":"[secret]"}');
  });

  it("comes from process.env where nothing else is given", () => {
    expect(accountFromEnv(nubra())).toMatchObject({ broker: "nubra" });
  });
});
