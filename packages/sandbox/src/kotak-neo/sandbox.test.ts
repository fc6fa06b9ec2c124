import { describe, expect, test } from "vitest";
import { demoKotakNeoAccounts } from "./account.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import type { KotakNeoSandboxOptions } from "./options.ts";
import { call, hedge, logIn, sendLogin, sendValidate, spare, stoppedClock } from "./plain-client.ts";

const start = (options: KotakNeoSandboxOptions = {}): ReturnType<typeof startKotakNeoSandbox> =>
  startKotakNeoSandbox({ clock: stoppedClock(), ...options });

describe("options", () => {
  test.each([
    ["mobileNumber", { mobileNumber: "9000000001" }],
    ["ucc", { ucc: "xy42z" }],
    ["mpin", { mpin: "123" }],
    ["totpSecret", { totpSecret: "SHORT" }],
    ["accessToken", { accessToken: "" }],
  ])("an account with a wrong %s is refused", async (field, wrong) => {
    await expect(start({ accounts: [{ ...hedge, ...wrong }] })).rejects.toMatchObject({
      code: "bad_option",
      message: expect.stringContaining(field),
    });
  });

  test("two accounts cannot share what the broker tells them apart by", async () => {
    await expect(start({ accounts: [hedge, { ...spare, ucc: hedge.ucc }] })).rejects.toMatchObject({
      code: "bad_option",
    });
    await expect(start({ accounts: [hedge, { ...spare, accessToken: hedge.accessToken }] })).rejects.toMatchObject({
      code: "bad_option",
    });
  });

  test("the demo accounts are usable", async () => {
    await using sandbox = await start();
    for (const account of demoKotakNeoAccounts) expect((await logIn(sandbox, account))["ucc"]).toBe(account.ucc);
  });

  test("a port in use is an error, and leaves the other listener closed", async () => {
    await using first = await start();
    const free = await start();
    const { trading } = free.ports;
    await free.close();
    await expect(start({ loginPort: first.ports["login"], tradingPort: trading })).rejects.toMatchObject({
      code: "port_in_use",
    });
    await using second = await start({ tradingPort: trading });
    expect(second.ports["trading"]).toBe(trading);
  });

  test("scenarios can play from the start; an unknown one closes what was opened", async () => {
    await using sandbox = await start({ scenarios: [{ account: "hedge", scenario: { name: "forbidden" } }] });
    expect((await sendLogin(sandbox)).status).toBe(403);
    // @ts-expect-error a program without types may still ask for it
    const unknown = start({ scenarios: [{ account: "hedge", scenario: { name: "unheard-of" } }] });
    await expect(unknown).rejects.toMatchObject({
      code: "unknown_scenario",
    });
  });

  test("an unknown account is an error wherever it is named", async () => {
    await using sandbox = await start();
    const calls = [
      () => sandbox.setScenario("nobody", { name: "hang" }),
      () => sandbox.otherDeviceLogin("nobody"),
      () => sandbox.resetAccessToken("nobody"),
      () => sandbox.setListedAddresses("nobody", []),
      () => sandbox.unlock("nobody"),
      () => sandbox.totpCode("nobody"),
    ];
    for (const one of calls) expect(one).toThrow(expect.objectContaining({ code: "unknown_account" }));
  });
});

describe("journal", () => {
  test("holds every arrival as it came, with account, step, outcome and the broker's time", async () => {
    await using sandbox = await start();
    await logIn(sandbox);
    await call(`${sandbox.loginUrl}/nothing?here=1`);
    const [login, validate, nothing] = sandbox.journal.entries();
    expect(login).toMatchObject({
      broker: "kotak-neo",
      listener: "login",
      method: "POST",
      path: "/login/1.0/tradeApiLogin",
      body: { mobileNumber: hedge.mobileNumber, ucc: hedge.ucc },
      account: "hedge",
      step: "login",
      outcome: "accepted",
      status: 200,
      at: sandbox.clock.now(),
    });
    expect(login?.headers["authorization"]).toBe(hedge.accessToken);
    expect(validate).toMatchObject({ step: "validate", body: { mpin: hedge.mpin }, outcome: "accepted" });
    expect(nothing).toMatchObject({
      path: "/nothing",
      query: "here=1",
      step: undefined,
      outcome: "refused: not-found",
      status: 404,
    });
  });

  test("tells whose call it was even if the call was refused", async () => {
    await using sandbox = await start();
    await sendLogin(sandbox, { headers: { authorization: undefined } });
    await sendLogin(sandbox, { headers: { authorization: `Bearer ${hedge.accessToken}` }, raw: "" });
    await sendLogin(sandbox, { headers: { authorization: undefined }, body: { ucc: undefined } });
    await sendValidate(sandbox, (await sendLogin(sandbox)).data, { headers: { authorization: undefined } });
    await sendLogin(sandbox, { headers: { authorization: undefined }, raw: "" });
    expect(sandbox.journal.entries().map(({ account }) => account)).toEqual([
      "hedge",
      "hedge",
      "hedge",
      "hedge",
      "hedge",
      undefined,
    ]);
  });
});
