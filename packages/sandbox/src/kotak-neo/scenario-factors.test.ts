import { describe, expect, test } from "vitest";
import { type KotakNeoSandbox, startKotakNeoSandbox } from "./sandbox.ts";
import {
  type Answer,
  call,
  get,
  headersOf,
  hedge,
  logIn,
  placeOrder,
  sendForm,
  sendLogin,
  sendValidate,
  spare,
  stoppedClock,
  text,
  tradeHeaders,
} from "./plain-client.ts";

const start = (): Promise<KotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const WRONG_TOTP = { error: [{ code: "401", message: "Invalid TOTP" }] };

const LOCKED = { error: [{ code: "70009", message: "User locked due to Bad tries" }] };

const EMPTY = { stat: "Ok", stCode: 200, data: [] };

const ORDERS = "/quick/user/orders";

const QUOTES = "/script-details/1.0/quotes/neosymbol/nse_cm|11536/ltp";

describe("refused factors", () => {
  test("wrong-totp refuses a right code, spends its step and counts as a try; cleared, a new code is right", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "wrong-totp" });
    const totp = sandbox.totpCode("hedge");
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
    sandbox.clearScenarios();
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
    expect(sandbox.accounts()[0]).toMatchObject({ wrongFactors: 2 });
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test("wrong-pin refuses the right MPIN so often as it is told, and counts", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "wrong-pin", times: 1 });
    const refused = await sendValidate(sandbox, (await sendLogin(sandbox)).data);
    expect(refused.body).toEqual({ stCode: 401, errMsg: "Invalid MPIN", status: "failure" });
    expect(sandbox.accounts()[0]).toMatchObject({ wrongFactors: 1 });
    expect((await logIn(sandbox))["kType"]).toBe("Trade");
  });

  test("a scenario plays for its account only", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "wrong-totp" });
    expect((await sendLogin(sandbox, { account: spare })).status).toBe(200);
  });

  test("wrong-access-token refuses login, client address and quotes", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    const headers = tradeHeaders(session, { authorization: hedge.accessToken });
    const ask = (): Promise<Answer> => call(`${sandbox.loginUrl}/login/1.0/get-client-ip`, { headers });
    sandbox.setScenario("hedge", { name: "wrong-access-token" });
    const refusal = { error: [{ code: "401", message: `Consumer key ${hedge.accessToken} does not exist` }] };
    for (const answer of [await sendLogin(sandbox), await ask(), await get(sandbox, QUOTES, headers)])
      expect(answer.body).toEqual(refusal);
    sandbox.clearScenarios();
    for (const answer of [await sendLogin(sandbox), await ask(), await get(sandbox, QUOTES, headers)])
      expect(answer.status).toBe(200);
  });

  test("lockout locks at once for 24 h, and stays when scenarios are cleared", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "lockout" });
    sandbox.clearScenarios();
    expect((await sendLogin(sandbox)).body).toEqual(LOCKED);
    expect((await sendLogin(sandbox, { account: spare })).status).toBe(200);
    sandbox.clock.advance(86_400_000);
    expect((await sendLogin(sandbox)).status).toBe(200);
    sandbox.setScenario("*", { name: "lockout" });
    expect((await sendLogin(sandbox, { account: spare })).body).toEqual(LOCKED);
  });

  test("inner-429 is a 200", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "inner-429" });
    const answer = await sendLogin(sandbox);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ stCode: 429, errMsg: "Invalid UCC", status: "failure" });
    sandbox.clearScenarios();
    expect((await sendLogin(sandbox)).data["kType"]).toBe("View");
  });

  test("missing-field and missing-header speak of what was sent all the same", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "missing-field", step: "login", field: "Totp", times: 1 });
    expect((await sendLogin(sandbox)).body).toEqual({
      error: [{ code: "400", message: "Missing required field 'Totp'" }],
    });
    sandbox.setScenario("hedge", { name: "missing-field", step: "validate", times: 1 });
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, view.data)).body).toEqual({
      error: [{ code: "400", message: "Missing required field 'Mpin'" }],
    });
    sandbox.setScenario("hedge", { name: "missing-header", times: 1 });
    expect((await sendLogin(sandbox)).body).toEqual({
      error: [{ code: "10512", message: "Required header not found." }],
    });
    expect((await logIn(sandbox))["kType"]).toBe("Trade");
  });

  test.each([
    ["10020", 401, /"code":"10020"/],
    [900_901, 401, /^\{"fault":\{"code":"900901"/],
    ["empty", 401, /^$/],
  ])("view-expired can take the form %s of the older hosts", async (form, status, said) => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "view-expired", form, times: 1 });
    const answer = await sendValidate(sandbox, (await sendLogin(sandbox)).data);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(said);
    expect(sandbox.accounts()[0]).toMatchObject({ wrongFactors: 0 });
  });

  test("view-expired kills the pair before call 2; the next pair is good", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "view-expired", times: 1 });
    const view = await sendLogin(sandbox);
    expect((await sendValidate(sandbox, view.data)).body).toEqual({
      stCode: 100_022,
      errMsg: "invalid session token",
      status: "failure",
    });
    expect((await logIn(sandbox))["kType"]).toBe("Trade");
  });

  test("echo-secrets repeats token, mobile number, code and MPIN, and counts as a try", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "echo-secrets", step: "login", times: 1 });
    const totp = sandbox.totpCode("hedge");
    const login = await sendLogin(sandbox, { body: { totp } });
    for (const secret of ["Invalid TOTP", hedge.accessToken, hedge.mobileNumber, totp])
      expect(login.text).toContain(secret);
    const view = await sendLogin(sandbox);
    sandbox.setScenario("hedge", { name: "echo-secrets" });
    const pin = await sendValidate(sandbox, view.data);
    for (const secret of ["Invalid MPIN", hedge.mpin, text(view.data["sid"]), text(view.data["token"])])
      expect(pin.text).toContain(secret);
    expect(sandbox.accounts()[0]).toMatchObject({ wrongFactors: 2 });
    sandbox.clearScenarios();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "echo-secrets" });
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).text).toContain(text(session["token"]));
  });
});

describe("refusals that say nothing about the session", () => {
  test.each([
    ["ip-not-allowed", { stCode: 100_008, errMsg: "unauthorized", stat: "Not_Ok" }],
    ["session-ip", { stCode: 1037, errMsg: "session ip doesnt match with reqest ip", stat: "Not_Ok" }],
  ] as const)("%s refuses orders, not reads", async (name, body) => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.scenarios.set("hedge", { name });
    expect((await placeOrder(sandbox, session)).body).toEqual(body);
    expect((await get(sandbox, ORDERS, tradeHeaders(session))).body).toEqual(EMPTY);
    sandbox.clearScenarios();
    expect((await placeOrder(sandbox, session)).body).toMatchObject({ stat: "Ok" });
  });

  test("no-data is 5203 for reports, and an alive session", async () => {
    await using sandbox = await start();
    const session = await logIn(sandbox);
    sandbox.setScenario("hedge", { name: "no-data" });
    const none = { stat: "Not_Ok", stCode: 5203, emsg: "No Data" };
    expect((await get(sandbox, "/quick/user/positions", tradeHeaders(session))).body).toEqual(none);
    expect((await sendForm(sandbox, "/quick/user/limits", tradeHeaders(session), { seg: "ALL" })).body).toEqual(none);
    sandbox.clearScenarios();
    expect((await get(sandbox, "/quick/user/positions", tradeHeaders(session))).body).toEqual(EMPTY);
  });

  test("forbidden is 403 without a body, for any step or for one", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "forbidden", step: "orders" });
    const session = await logIn(sandbox);
    const answer = await get(sandbox, ORDERS, tradeHeaders(session));
    expect(answer.status).toBe(403);
    expect(answer.text).toBe("");
    sandbox.setScenario("*", { name: "forbidden" });
    expect((await sendLogin(sandbox)).status).toBe(403);
    expect((await get(sandbox, QUOTES, headersOf({ authorization: hedge.accessToken }))).status).toBe(403);
  });
});

describe("clock", () => {
  test("leading-zero moves the clock to a code that starts with 0, which is accepted as six characters", async () => {
    await using sandbox = await start();
    const before = sandbox.clock.now();
    sandbox.setScenario("hedge", { name: "leading-zero" });
    expect(sandbox.clock.now()).toBeGreaterThan(before);
    expect(sandbox.clock.now() % 30_000).toBe(0);
    const totp = sandbox.totpCode("hedge");
    expect(totp).toMatch(/^0\d{5}$/);
    expect((await sendLogin(sandbox, { body: { totp } })).status).toBe(200);
    expect(() => sandbox.setScenario("*", { name: "leading-zero" })).toThrow("needs the name of one account");
  });

  test.each([
    [20_000, 200],
    [-20_000, 200],
    [95_000, 401],
    [600_000, 401],
  ])(
    "a skew of %i ms shows in the Date header and decides about the code of the right time",
    async (skewMs, status) => {
      await using sandbox = await start();
      const totp = sandbox.totpCode("hedge");
      sandbox.setScenario("*", { name: "clock-skew", skewMs });
      const answer = await sendLogin(sandbox, { body: { totp } });
      expect(answer.status).toBe(status);
      expect(Date.parse(answer.headers.get("date") ?? "")).toBe(sandbox.clock.now() + skewMs);
      // A client that measured it sends the code of the broker's time.
      sandbox.clock.advance(120_000);
      expect((await sendLogin(sandbox, { body: { totp: sandbox.totpCode("hedge") } })).status).toBe(200);
    },
  );
});
