import { describe, expect, test } from "vitest";
import type { Json } from "../json.ts";
import { startKotakNeoSandbox } from "./sandbox.ts";
import type { KotakNeoSandboxOptions } from "./options.ts";
import {
  get,
  logIn,
  placeOrder,
  sendLogin,
  sendValidate,
  spare,
  stoppedClock,
  text,
  tradeHeaders,
} from "./plain-client.ts";

const start = (options: KotakNeoSandboxOptions = {}): ReturnType<typeof startKotakNeoSandbox> =>
  startKotakNeoSandbox({ clock: stoppedClock(), ...options });

const ORDERS = "/quick/user/orders";

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

describe("state", () => {
  test("a second run goes on where the first stopped: sessions, view pairs, used codes, tries, addresses, scenarios", async () => {
    const clock = stoppedClock();
    let saved: Json | undefined;
    const first = await start({ clock });
    const session = await logIn(first);
    const view = await sendLogin(first);
    const used = first.totpCode("hedge");
    await sendLogin(first, { body: { totp: "000000" } });
    first.setScenario("spare", { name: "forbidden", times: 3 });
    await sendLogin(first, { account: spare });
    first.setCallerAddress("192.0.2.5");
    first.resetAccessToken("spare");
    saved = JSON.parse(JSON.stringify(first.snapshot())) as Json;
    await first.close();

    await using second = await start({ clock, saved });
    expect(second.snapshot()).toEqual(saved);
    expect((await get(second, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    expect((await placeOrder(second, session)).body).toMatchObject({ stCode: 100_008 });
    expect((await sendLogin(second, { body: { totp: used } })).status).toBe(401);
    expect(second.accounts()[0]).toMatchObject({ wrongFactors: 2 });
    expect((await sendValidate(second, view.data)).data["kType"]).toBe("Trade");
    expect(second.scenarios.list()).toEqual([{ account: "spare", scenario: { name: "forbidden", times: 2 } }]);
    second.clearScenarios();
    expect((await sendLogin(second, { account: spare })).status).toBe(401);
  });

  test("a lock outlives a restart", async () => {
    const clock = stoppedClock();
    const first = await start({ clock });
    first.setScenario("hedge", { name: "lockout" });
    const saved = first.snapshot();
    await first.close();
    await using second = await start({ clock, saved });
    expect((await sendLogin(second)).body).toEqual({
      error: [{ code: "70009", message: "User locked due to Bad tries" }],
    });
  });

  test("whatever changes it is announced before the answer goes out", async () => {
    let announced = 0;
    const seen: unknown[] = [];
    await using sandbox = await start({
      changed: () => {
        announced += 1;
      },
    });
    const during = async (action: () => unknown): Promise<void> => {
      const before = announced;
      await action();
      seen.push(announced > before);
    };
    await during(() => logIn(sandbox));
    await during(() => sandbox.setCallerAddress("192.0.2.5"));
    await during(() => sandbox.setListedAddresses("hedge", []));
    await during(() => sandbox.otherDeviceLogin("hedge"));
    await during(() => sandbox.resetAccessToken("hedge"));
    await during(() => sandbox.unlock("hedge"));
    await during(() => sandbox.setScenario("hedge", { name: "hang" }));
    await during(() => sandbox.clearScenarios());
    expect(seen).toEqual(Array.from({ length: 8 }, () => true));
  });

  test("accounts tell what the broker keeps, with the reason why a session ended", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.otherDeviceLogin("hedge", { endOthers: true });
    const [kept] = sandbox.accounts();
    expect(kept).toMatchObject({ name: "hedge", ucc: "XY42Z", minted: 2, wrongFactors: 0, lockedUntilAt: null });
    expect(kept?.["sessions"]).toMatchObject([
      { token: text(session["token"]), endedBy: "replaced" },
      { endedBy: null, address: "198.51.100.77" },
    ]);
  });
});
