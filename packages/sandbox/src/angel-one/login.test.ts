import { describe, expect, test } from "vitest";
import { readJwtClaims } from "../jwt.ts";
import {
  get,
  headersOf,
  logIn,
  main,
  paths,
  post,
  renew,
  sendLogin,
  spare,
  stoppedClock,
  text,
} from "./plain-client.ts";
import type { AngelOneSandboxOptions } from "./options.ts";
import { startAngelOneSandbox } from "./sandbox.ts";
import type { AngelOneScenarioName } from "./scenarios.ts";

const start = (options: AngelOneSandboxOptions = {}) => startAngelOneSandbox({ clock: stoppedClock(), ...options });

test("client code, PIN and TOTP in one call give a bare JWT that ends at midnight, a refresh token and a feed token of a day", async () => {
  await using sandbox = await start();
  const { status, body, data } = await sendLogin(sandbox, { state: "abc" });
  expect([status, body["status"], body["errorcode"], data["state"]]).toEqual([200, true, "", "abc"]);
  const claims = readJwtClaims(text(data["jwtToken"]));
  expect(claims?.["exp"]).toBe(Date.UTC(2031, 2, 3, 18, 30) / 1000);
  expect(claims?.["iat"]).toBe(sandbox.clock.now() / 1000);
  expect(readJwtClaims(text(data["feedToken"]))?.["exp"]).toBe(sandbox.clock.now() / 1000 + 86_400);
  expect(text(data["refreshToken"])).not.toBe(data["jwtToken"]);
});

describe("a refused login comes with HTTP 200", () => {
  test.each([
    ["wrong PIN", { password: "9999" }, "AB1007"],
    ["unknown customer", { clientcode: "T999999" }, "AB1007"],
    ["wrong TOTP", { totp: "000000" }, "AB1050"],
    ["a TOTP that is a number", { totp: 123_456 }, "AB4008"],
    ["no PIN", { password: "" }, "AB4008"],
  ])("%s", async (_, change, code) => {
    await using sandbox = await start();
    expect(await sendLogin(sandbox, change)).toMatchObject({
      status: 200,
      body: { status: false, errorcode: code, data: null, message: expect.any(String) },
    });
  });

  test("from the gateway, in an envelope of its own, for a wrong API key", async () => {
    await using sandbox = await start();
    const body = { clientcode: main.clientCode, password: main.pin, totp: sandbox.totpCode("main") };
    const sent = await post(sandbox, paths.login, body, { ...headersOf(), "X-PrivateKey": "nothing1" });
    expect([sent.status, sent.body]).toEqual([
      200,
      { success: false, message: "Invalid API Key", errorCode: "AG8004", data: "" },
    ]);
  });

  test("as AB1050 where key and customer do not belong together", async () => {
    await using sandbox = await start();
    sandbox.clock.advance(30_000);
    const body = { clientcode: main.clientCode, password: main.pin, totp: sandbox.totpCode("main") };
    const sent = await post(sandbox, paths.login, body, headersOf(undefined, spare));
    expect(sent.body["errorcode"]).toBe("AB1050");
  });

  test("with texts in place of booleans, as the documents also show", async () => {
    await using sandbox = await start({ envelope: "strings" });
    expect((await sendLogin(sandbox, { password: "9999" })).body).toMatchObject({ status: "false", data: "null" });
    expect((await get(sandbox, paths.profile, "nothing")).body).toMatchObject({
      success: "false",
      errorCode: "AG8001",
    });
  });
});

test("a code is good once, and a wrong one spends its time step", async () => {
  await using sandbox = await start();
  const { jwt } = await logIn(sandbox);
  const body = { clientcode: main.clientCode, password: main.pin, totp: sandbox.totpCode("main") };
  expect((await post(sandbox, paths.login, body, headersOf())).body["errorcode"]).toBe("AB1050");
  expect(sandbox.journal.entries({ step: "login" }).map(({ outcome }) => outcome)).toEqual([
    "accepted",
    "refused: used-totp",
  ]);
  expect((await get(sandbox, paths.profile, jwt)).body["status"]).toBe(true);
});

test("three wrong factors lock, until a person unlocks; a session starts the count afresh", async () => {
  await using sandbox = await start();
  await sendLogin(sandbox, { password: "9999" });
  await sendLogin(sandbox, { password: "9999" });
  await logIn(sandbox);
  for (let wrong = 0; wrong < 3; wrong += 1) await sendLogin(sandbox, { password: "9999" });
  expect((await sendLogin(sandbox)).body["errorcode"]).toBe("AB1006");
  sandbox.unlock("main");
  expect((await sendLogin(sandbox)).body["status"]).toBe(true);
});

test("what the reference asks to send is noted where it is missing, and refused in lint mode", async () => {
  const body = { clientcode: main.clientCode, password: main.pin, totp: "000000", extra: 1 };
  const headers = { "X-PrivateKey": main.apiKey, Accept: "application/json" };
  await using lenient = await start();
  await post(lenient, paths.login, body, headers);
  expect(lenient.journal.entries()[0]?.notes).toEqual([
    "no x-usertype: USER on login",
    "no x-sourceid: WEB on login",
    "no x-macaddress on login",
    "no x-clientlocalip on login",
    "no x-clientpublicip on login",
    "unknown field extra on login",
  ]);
  await using strict = await start({ lint: true });
  await post(strict, paths.login, body, headers);
  expect(strict.journal.entries()[0]?.outcome).toBe("refused: lint");
  expect((await sendLogin(strict)).body["status"]).toBe(true);
});

describe("a renewal", () => {
  test("mints the next session without a factor, ends the one before, and is good once", async () => {
    await using sandbox = await start();
    const first = await logIn(sandbox);
    const { data } = await renew(sandbox, first);
    expect((await get(sandbox, paths.profile, text(data["jwtToken"]))).body["status"]).toBe(true);
    expect((await get(sandbox, paths.profile, first.jwt)).body["errorCode"]).toBe("AG8001");
    expect((await renew(sandbox, first)).body["errorcode"]).toBe("AB8050");
    expect(sandbox.journal.count({ step: "login" })).toBe(1);
  });

  test("works with the JWT of a session that died before its time, and not after a logout or another login", async () => {
    await using sandbox = await start();
    const first = await logIn(sandbox);
    sandbox.setScenario("main", { name: "session-expired", times: 1 });
    await get(sandbox, paths.profile, first.jwt);
    expect((await renew(sandbox, first)).body["status"]).toBe(true);
    const second = await logIn(sandbox);
    sandbox.otherDeviceLogin("main");
    expect((await renew(sandbox, second)).body["errorcode"]).toBe("AB8050");
  });

  test.each([
    ["midnight", "AB8051"],
    ["day", ""],
  ] as const)("after midnight, where refresh tokens reach to %s, is %j", async (reach, code) => {
    await using sandbox = await start({ renewal: reach });
    const tokens = await logIn(sandbox);
    sandbox.setScenario("main", { name: "midnight" });
    expect((await renew(sandbox, tokens)).body["errorcode"]).toBe(code);
  });

  test("needs a JWT and a refresh token", async () => {
    await using sandbox = await start();
    const { jwt, refreshToken } = await logIn(sandbox);
    expect((await post(sandbox, paths.renew, { refreshToken }, headersOf())).body["errorCode"]).toBe("AG8003");
    expect((await post(sandbox, paths.renew, {}, headersOf(jwt))).body["errorcode"]).toBe("AB4008");
  });
});

test.each<[AngelOneScenarioName, object]>([
  ["wrong-totp", { errorcode: "AB1050" }],
  ["wrong-pin", { errorcode: "AB1007" }],
  ["wrong-api-key", { errorCode: "AG8004" }],
  ["internal", { errorcode: "AB1004" }],
  ["wrong-type", { data: { jwtToken: 1_234_567 } }],
  ["extra-fields", { data: { token: "not-a-token" } }],
  ["contradiction", { status: true, errorcode: "AB1004" }],
  ["access-rate", {}],
])("scenario %s plays once at the login", async (name, body) => {
  await using sandbox = await start({ scenarios: [{ account: "main", scenario: { name, times: 1, json: true } }] });
  expect((await sendLogin(sandbox)).body).toMatchObject(body);
  expect((await sendLogin(sandbox)).body).toMatchObject({ status: true, errorcode: "" });
});

test("scenarios of the tokens: missing, with Bearer in front, past, out of reach, repeated in an error", async () => {
  await using sandbox = await start();
  const played = async (name: AngelOneScenarioName, more: Record<string, string> = {}) => {
    sandbox.setScenario("main", { name, times: 1, ...more });
    return sendLogin(sandbox);
  };
  expect(Object.hasOwn((await played("no-token")).data, "jwtToken")).toBe(false);
  expect(Object.hasOwn((await played("no-token", { field: "refreshToken" })).data, "refreshToken")).toBe(false);
  expect((await played("bearer-prefix")).data["jwtToken"]).toMatch(/^Bearer ey/);
  const past = readJwtClaims(text((await played("contradiction", { kind: "expired" })).data["jwtToken"]));
  expect(past?.["exp"]).toBeLessThan(sandbox.clock.now() / 1000);
  expect((await played("proto-keys")).text).toContain('"__proto__":{"jwtToken"');
  expect((await played("echo-secrets")).text).toContain(main.pin);
  sandbox.setScenario("main", { name: "reset-after-mint", times: 1 });
  await expect(sendLogin(sandbox)).rejects.toThrow(/fetch failed/);
  sandbox.setScenario("main", { name: "wrong-pin", times: 1, text: "USER IS BLOCKED FOR TRADING" });
  expect((await sendLogin(sandbox)).body).toMatchObject({
    errorcode: "AB1007",
    message: "USER IS BLOCKED FOR TRADING",
  });
});
