import { describe, expect, test } from "vitest";
import { startKotakNeoSandbox } from "./sandbox.ts";
import { hedge, logIn, sendLogin, sendValidate, spare, stoppedClock } from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const DEAD_PAIR = { stCode: 100_022, errMsg: "invalid session token", status: "failure" };

const missing = (name: string): unknown => ({ error: [{ code: "400", message: `Missing required field '${name}'` }] });

describe("rule 4: the view pair", () => {
  test.each(["sid", "auth"])("call 2 without %s is 10512", async (name) => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const answer = await sendValidate(sandbox, view.data, { headers: { [name]: undefined } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: [{ code: "10512", message: "Required header not found." }] });
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });

  test("a call 2 with a wrong access token burns the pair", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const headers = { authorization: `Bearer ${hedge.accessToken}` };
    expect((await sendValidate(sandbox, view.data, { headers })).status).toBe(401);
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });

  test("sid and token of two different calls are refused, and both pairs are gone", async () => {
    await using sandbox = await start();
    const [first, second] = [await sendLogin(sandbox), await sendLogin(sandbox)];
    const mixed = await sendValidate(sandbox, { token: first.data["token"], sid: second.data["sid"] });
    expect(mixed.status).toBe(200);
    expect(mixed.body).toEqual(DEAD_PAIR);
    expect((await sendValidate(sandbox, first.data)).body).toEqual(DEAD_PAIR);
    expect((await sendValidate(sandbox, second.data)).body).toEqual(DEAD_PAIR);
  });

  test("a pair is good for one call 2", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, view.data)).data["kType"]).toBe("Trade");
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });

  test("a wrong MPIN burns the pair: the right one comes too late", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const wrong = await sendValidate(sandbox, view.data, { body: { mpin: "000000" } });
    expect(wrong.status).toBe(200);
    expect(wrong.body).toEqual({ stCode: 401, errMsg: "Invalid MPIN", status: "failure" });
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });

  test("a call 2 without an MPIN burns the pair too", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, view.data, { body: { mpin: undefined } })).body).toEqual(missing("Mpin"));
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });

  test("a pair of another account is refused", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox, { account: spare });
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
    expect((await sendValidate(sandbox, view.data, { account: spare })).body).toEqual(DEAD_PAIR);
  });

  test("a trade pair is no view pair", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    expect((await sendValidate(sandbox, session)).body).toEqual(DEAD_PAIR);
  });

  test("a pair dies at 00:00 IST", async () => {
    await using sandbox = await start();
    sandbox.clock.set(Date.UTC(2031, 2, 2, 18, 29));
    const view = await sendLogin(sandbox);
    sandbox.clock.set(Date.UTC(2031, 2, 2, 18, 30));
    expect((await sendValidate(sandbox, view.data)).body).toEqual(DEAD_PAIR);
  });
});
