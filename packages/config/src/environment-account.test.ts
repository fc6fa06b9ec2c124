import { type BrokerAuthProvider, createBrokerAuth, isSecret, memoryStore } from "@x/core";
import { afterEach, describe, expect, it, vi } from "vitest";
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

function refused(env: Record<string, string>, ...given: readonly BrokerAuthProvider[]): unknown {
  const provider = given.length === 0 ? nubra() : given[0]!;
  try {
    return accountFromEnv(provider, env);
  } catch (error) {
    return error;
  }
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("an account from the environment", () => {
  it("takes the variables that the provider names, and leaves out what is not set", () => {
    const env = { NUBRA_PHONE: "9000000001", NUBRA_MPIN: "", NUBRA_ENVIRONMENT: "uat", MPIN_OF_ANOTHER: "9999" };
    expect(opened(accountFromEnv(nubra(), env))).toEqual({ broker: "nubra", phone: "9000000001", environment: "uat" });
    const required = {
      KOTAK_NEO_ACCESS_TOKEN: "5a4db0c5-0000-4000-8000-000000000001",
      KOTAK_NEO_MOBILE_NUMBER: "+919000000001",
      KOTAK_NEO_UCC: "XY42Z",
    };
    expect(opened(accountFromEnv(kotakNeo(), required))).toEqual({
      broker: "kotak-neo",
      accessToken: required.KOTAK_NEO_ACCESS_TOKEN,
      mobileNumber: required.KOTAK_NEO_MOBILE_NUMBER,
      ucc: "XY42Z",
    });
  });

  it("understands the names of Nubra's own SDK, and prefers its own", () => {
    const sdk = { PHONE_NO: "9000000001", MPIN: "1357" };
    expect(opened(accountFromEnv(nubra(), sdk))).toMatchObject({ phone: "9000000001", mpin: "1357" });
    expect(opened(accountFromEnv(nubra(), { ...sdk, NUBRA_MPIN: "2468" }))).toMatchObject({ mpin: "2468" });
  });

  it.each([nubra(), kotakNeo()])(
    "takes no address from any variable: $broker goes to the broker's own host",
    (provider) => {
      const names = ["BASE_URL", "LOGIN_BASE_URL", "NUBRA_BASE_URL", "KOTAK_NEO_BASE_URL", "KOTAK_NEO_LOGIN_BASE_URL"];
      const hostile = Object.fromEntries(names.map((name) => [name, "https://login.example.net"]));
      const required = {
        NUBRA_PHONE: "9000000001",
        KOTAK_NEO_ACCESS_TOKEN: "5a4db0c5-0000-4000-8000-000000000001",
        KOTAK_NEO_MOBILE_NUMBER: "+919000000001",
        KOTAK_NEO_UCC: "XY42Z",
      };
      expect(JSON.stringify(opened(accountFromEnv(provider, { ...required, ...hostile })))).not.toContain(
        "example.net",
      );
      const addresses = Object.entries(provider.fields).filter(([name]) => /url/i.test(name));
      expect(addresses.map(([, { env }]) => env)).toEqual([false]);
    },
  );

  it("is taken by createBrokerAuth", async () => {
    const auth = open({ NUBRA_PHONE: "9000000001" });
    expect(auth.accounts).toEqual(["main"]);
    await auth.close();
  });

  it("may have quotes around its values, as docker's --env-file leaves them", async () => {
    const auth = open({ NUBRA_PHONE: '"9000000001"', NUBRA_MPIN: "'1357'", NUBRA_ENVIRONMENT: '"production"' });
    expect(auth.accounts).toEqual(["main"]);
    await auth.close();
  });

  it("is refused without its required fields, by the names of all their variables", () => {
    expect(refused({ NUBRA_PHONE: "", NUBRA_MPIN: "1357" })).toMatchObject({
      code: "configuration",
      broker: "nubra",
      field: "phone",
      message: "phone: NUBRA_PHONE or PHONE_NO is not set",
      action: "Set it in the environment, or start the program with node --env-file=.env.",
    });
    expect(refused({ KOTAK_NEO_MOBILE_NUMBER: "+919000000001" }, kotakNeo())).toMatchObject({
      field: "accessToken",
      message: "accessToken: KOTAK_NEO_ACCESS_TOKEN, KOTAK_NEO_UCC are not set",
      action: "Set them in the environment, or start the program with node --env-file=.env.",
    });
  });

  it("takes the adapter's function and what it makes alike", () => {
    const env = { NUBRA_PHONE: "9000000001" };
    expect(opened(accountFromEnv(nubra, env))).toEqual(opened(accountFromEnv(nubra(), env)));
  });

  it.each(["nubra", undefined, null, {}, () => undefined])(
    "says what to write for what is no adapter: %o",
    (broker) => {
      expect(refused({}, broker as never)).toMatchObject({
        code: "configuration",
        field: "broker",
        message: "broker: must be an adapter itself and not its name: accountFromEnv(nubra())",
      });
    },
  );

  it("says what to write for an environment that is none", () => {
    for (const env of [null, "NUBRA_PHONE"])
      expect(refused(env as never)).toMatchObject({ code: "configuration", field: "env" });
  });

  it("prints no secret", () => {
    const account = accountFromEnv(nubra(), { NUBRA_PHONE: "9000000001", NUBRA_MPIN: "1357" });
    expect(JSON.stringify(account)).toBe('{"broker":"nubra","phone":"[secret]","mpin":"[secret]"}');
  });

  it("comes from process.env where nothing else is given", () => {
    vi.stubEnv("NUBRA_PHONE", "9000000001");
    expect(opened(accountFromEnv(nubra()))).toMatchObject({ broker: "nubra", phone: "9000000001" });
  });
});
