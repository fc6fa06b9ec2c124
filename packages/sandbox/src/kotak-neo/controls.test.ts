import { describe, expect, test } from "vitest";
import type { Json } from "../json.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import type { KotakNeoSandboxOptions } from "./options.ts";
import { get, logIn, placeOrder, sendLogin, stoppedClock, tradeHeaders } from "./plain-client.ts";

const start = (options: KotakNeoSandboxOptions = {}): ReturnType<typeof startKotakNeoSandbox> =>
  startKotakNeoSandbox({ clock: stoppedClock(), ...options });

const ORDERS = "/quick/user/orders";

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const DEAD = { stat: "Not_Ok", stCode: 100_022, emsg: "invalid session token" };

describe("controls", () => {
  test("do over the wire what the methods do", async () => {
    await using sandbox = await start();
    const control = (name: string, parameters: Record<string, Json> = {}): Json | undefined =>
      sandbox.controls[name]?.(parameters);
    const session = await logIn(sandbox);
    control("caller-address", { address: "192.0.2.5" });
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stCode: 100_008 });
    control("listed-addresses", { account: "hedge", addresses: ["192.0.2.5"] });
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stCode: 1037 });
    control("caller-address", { address: "203.0.113.10" });
    control("caller-address", { address: "192.0.2.5", from: "127.0.0.2" });
    control("listed-addresses", { account: "hedge", addresses: ["203.0.113.10"] });
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stat: "Ok" });
    expect(control("totp-code", { account: "hedge" })).toEqual({ code: sandbox.totpCode("hedge") });
    expect(control("other-device-login", { account: "hedge" })).toMatchObject({ address: "198.51.100.77" });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toMatchObject({ stat: "Ok" });
    control("other-device-login", { account: "hedge", endOthers: true });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(DEAD);
    sandbox.setScenario("hedge", { name: "lockout" });
    control("unlock", { account: "hedge" });
    expect((await sendLogin(sandbox)).status).toBe(200);
    expect(control("reset-access-token", { account: "hedge" })).toEqual({
      accessToken: sandbox.accounts()[0]?.["accessToken"],
    });
    expect((await sendLogin(sandbox)).status).toBe(401);
    expect(() => control("listed-addresses", { account: "hedge", addresses: "all" })).toThrow(
      '"addresses" must be a list of texts',
    );
    expect(() => control("unlock")).toThrow('"account" must be a text');
  });

  test("a login elsewhere is a session like any other", async () => {
    await using sandbox = await start();
    const session = sandbox.otherDeviceLogin("hedge");
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stCode: 1037 });
  });
});
