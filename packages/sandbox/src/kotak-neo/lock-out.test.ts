import { describe, expect, test } from "vitest";
import { startKotakNeoSandbox } from "./sandbox.ts";
import { call, logIn, sendLogin, sendValidate, spare, stoppedClock, tradeHeaders } from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const WRONG_TOTP = { error: [{ code: "401", message: "Invalid TOTP" }] };

describe("rule 8: lock-out", () => {
  const LOCKED = { error: [{ code: "70009", message: "User locked due to Bad tries" }] };

  test("three wrong factors lock for 24 h, and right ones do not help", async () => {
    await using sandbox = await start();
    for (const _ of [1, 2, 3])
      expect((await sendLogin(sandbox, { body: { totp: "000000" } })).body).toEqual(WRONG_TOTP);
    const lockedAt = sandbox.clock.now();
    expect((await sendLogin(sandbox)).body).toEqual(LOCKED);
    sandbox.clock.set(lockedAt + 86_400_000 - 1);
    expect((await sendLogin(sandbox, { body: { totp: sandbox.totpCode("hedge") } })).status).toBe(401);
    sandbox.clock.set(lockedAt + 86_400_000);
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test("wrong TOTPs, wrong mobile numbers and wrong MPINs are counted together", async () => {
    await using sandbox = await start();
    await sendLogin(sandbox, { body: { totp: "000000" } });
    await sendLogin(sandbox, { body: { mobileNumber: spare.mobileNumber } });
    const view = await sendLogin(sandbox);
    await sendValidate(sandbox, view.data, { body: { mpin: "000000" } });
    expect((await sendLogin(sandbox)).body).toEqual(LOCKED);
  });

  test("a lock also stops a call 2 whose call 1 went through before", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    for (const _ of [1, 2, 3]) await sendLogin(sandbox, { body: { totp: "000000" } });
    expect((await sendValidate(sandbox, view.data)).body).toEqual(LOCKED);
  });

  test("a session resets the count, a call 1 alone does not", async () => {
    await using sandbox = await start();
    const wrongPin = async (): Promise<void> => {
      const view = await sendLogin(sandbox);
      await sendValidate(sandbox, view.data, { body: { mpin: "000000" } });
    };
    await wrongPin();
    await wrongPin();
    await logIn(sandbox);
    await wrongPin();
    await wrongPin();
    expect((await sendLogin(sandbox)).status).toBe(200);
    await wrongPin();
    expect((await sendLogin(sandbox)).body).toEqual(LOCKED);
  });

  test("field errors, wrong UCCs and wrong access tokens are no factors", async () => {
    await using sandbox = await start();
    for (const _ of [1, 2, 3, 4]) {
      await sendLogin(sandbox, { body: { ucc: "QQQQQ" } });
      await sendLogin(sandbox, { body: { mobileNumber: "9000000001" } });
      await sendLogin(sandbox, { headers: { authorization: "wrong" } });
    }
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test("a session goes on while its account is locked, and another account is not locked", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    for (const _ of [1, 2, 3]) await sendLogin(sandbox, { body: { totp: "000000" } });
    expect(
      (await call(`${sandbox.tradingUrl}/quick/user/orders`, { headers: tradeHeaders(session) })).body,
    ).toMatchObject({ stat: "Ok" });
    expect((await sendLogin(sandbox, { account: spare })).status).toBe(200);
  });

  test("a person can lift the lock", async () => {
    await using sandbox = await start();
    for (const _ of [1, 2, 3]) await sendLogin(sandbox, { body: { totp: "000000" } });
    sandbox.unlock("hedge");
    expect((await sendLogin(sandbox)).status).toBe(200);
  });
});
