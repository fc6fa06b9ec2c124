import { describe, expect, test } from "vitest";
import {
  MAIN,
  SMS,
  get,
  lastCode,
  login,
  openSms,
  startOtp,
  startStill,
  totpLogin,
  verifyOtp,
  verifyPin,
} from "./plain-client.ts";
import type { NubraSandboxAccount } from "./account.ts";
import { startNubraSandbox } from "./sandbox.ts";

test("rule 13: production and UAT share nothing", async () => {
  await using production = await startStill();
  await using uat = await startStill({ environment: "uat" });
  const { authToken, session } = await login(production);
  expect((await get(uat, "/userinfo", session)).status).toBe(440);
  expect((await verifyPin(uat, authToken, MAIN.pin)).status).toBe(440);
  const { tempToken, code } = await openSms(production);
  expect((await verifyOtp(uat, SMS.phone, tempToken, code)).status).toBe(401);
  expect(uat.inbox("sms")).toEqual([]);
  await login(uat);
  expect((await get(production, "/userinfo", session)).status).toBe(200);
});

test("goes on in a second run: sessions, open challenges, used codes, attempts, locks and scenarios", async () => {
  const first = await startStill();
  const { session } = await login(first);
  const code = first.totpCode("main") ?? "";
  const { tempToken } = await openSms(first);
  first.setScenario("main", { name: "report-440", times: 3 });
  first.setCallerAddress("198.51.100.7");
  const saved = JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<typeof first.snapshot>;
  await first.close();

  await using second = await startStill({ saved });
  second.clock.advance(30_000);
  expect((await get(second, "/userinfo", session)).status).toBe(200);
  expect((await totpLogin(second, code)).status).toBe(400);
  expect(second.accounts()[1]).toMatchObject({ otpAttemptsLeft: 4 });
  expect((await verifyOtp(second, SMS.phone, tempToken, lastCode(second, "sms"))).status).toBe(201);
  expect(second.scenarios.list()).toEqual([{ account: "main", scenario: { name: "report-440", times: 3 } }]);
  expect((await get(second, "/ipaddress/validate", session)).json).toMatchObject({
    current_ip_address: "198.51.100.7",
  });
});

test("reports each change before the answer goes out", async () => {
  let changes = 0;
  await using nubra = await startStill({ changed: () => (changes += 1) });
  await startOtp(nubra, SMS.phone);
  expect(changes).toBeGreaterThan(0);
  const before = changes;
  nubra.setScenario("main", { name: "hang" });
  nubra.unlock("main");
  expect(changes).toBeGreaterThanOrEqual(before + 2);
});

describe("refuses", () => {
  const account: NubraSandboxAccount = { name: "main", phone: MAIN.phone, email: MAIN.email, mpin: "1357", userId: 1 };
  test.each<[string, readonly NubraSandboxAccount[]]>([
    ["a phone that is not ten digits", [{ ...account, phone: "+919000000001" }]],
    ["an MPIN that is no four to six digits", [{ ...account, mpin: "12" }]],
    ["an e-mail without @", [{ ...account, email: "main" }]],
    ["a secret that is no base32", [{ ...account, totpSecret: "not base32" }]],
    ["the star as a name", [{ ...account, name: "*" }]],
    ["the same phone twice", [account, { ...account, name: "other", email: "other@example.com" }]],
  ])("%s", async (_what, accounts) => {
    await expect(startNubraSandbox({ accounts })).rejects.toMatchObject({ code: "bad_option" });
  });

  test("an account that does not exist, and names those that do", async () => {
    await using nubra = await startStill();
    expect(() => nubra.inbox("nobody")).toThrow('Nubra has no account "nobody"; it has main, sms.');
    expect(() => nubra.otherDeviceLogin("nobody")).toThrow(expect.objectContaining({ code: "unknown_account" }));
  });

  test("scenarios that do not exist", async () => {
    await expect(
      // @ts-expect-error a program without types may still ask for it
      startNubraSandbox({ scenarios: [{ account: "main", scenario: { name: "nap" } }] }),
    ).rejects.toMatchObject({ code: "unknown_scenario" });
  });
});
