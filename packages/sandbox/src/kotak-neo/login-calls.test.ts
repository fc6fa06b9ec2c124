import { describe, expect, test } from "vitest";
import { startKotakNeoSandbox } from "./sandbox.ts";
import { freshTotp, hedge, sendLogin, sendValidate, spare, stoppedClock } from "./plain-client.ts";

const start = (): ReturnType<typeof startKotakNeoSandbox> => startKotakNeoSandbox({ clock: stoppedClock() });

const WRONG_TOTP = { error: [{ code: "401", message: "Invalid TOTP" }] };

const missing = (name: string): unknown => ({ error: [{ code: "400", message: `Missing required field '${name}'` }] });

describe("rule 1: headers", () => {
  test.each([
    ["an access token behind Bearer", { authorization: `Bearer ${hedge.accessToken}` }, `Bearer ${hedge.accessToken}`],
    [
      "a wrong access token",
      { authorization: "5a4db0c5-0000-4000-8000-00000000ffff" },
      "5a4db0c5-0000-4000-8000-00000000ffff",
    ],
    [
      "an access token in capitals",
      { authorization: hedge.accessToken.toUpperCase() },
      hedge.accessToken.toUpperCase(),
    ],
  ])("%s does not exist as a consumer key", async (_, headers, echoed) => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { headers });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ error: [{ code: "401", message: `Consumer key ${echoed} does not exist` }] });
    expect(sandbox.journal.entries()[0]).toMatchObject({
      step: "login",
      outcome: "refused: wrong-access-token",
      status: 401,
    });
  });

  test.each(["authorization", "neo-fin-key"])("a missing %s is 10512", async (name) => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { headers: { [name]: undefined } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: [{ code: "10512", message: "Required header not found." }] });
  });

  test("another neo-fin-key is refused, and a partner's own is taken where it is set", async () => {
    await using sandbox = await start();
    expect((await sendLogin(sandbox, { headers: { "neo-fin-key": "partnerkey" } })).status).toBe(401);
    await using partner = await startKotakNeoSandbox({ clock: stoppedClock(), neoFinKey: "partnerkey" });
    expect((await sendLogin(partner, { headers: { "neo-fin-key": "partnerkey" } })).status).toBe(200);
    expect((await sendLogin(partner)).status).toBe(401);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "a content type of %s is refused",
    async (type) => {
      await using sandbox = await start();
      expect((await sendLogin(sandbox, { headers: { "content-type": type } })).status).toBe(415);
    },
  );

  test("call 2 may say text/plain or nothing, as the official Postman collection does; no other type is taken", async () => {
    await using sandbox = await start();
    for (const [type, status] of [
      ["text/plain", 200],
      ["text/plain;charset=UTF-8", 200],
      ["", 200],
      ["application/x-www-form-urlencoded", 415],
    ] as const) {
      const view = await sendLogin(sandbox);
      const answer = await sendValidate(sandbox, view.data, { headers: { "content-type": type } });
      expect([type, answer.status]).toEqual([type, status]);
    }
  });

  test.each(["", "[]", "null", "{not json"])("a body of %j is refused", async (raw) => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { raw });
    expect(answer.status).toBe(400);
    expect(sandbox.journal.entries()[0]?.outcome).toBe("refused: body");
  });
});

describe("rule 2: fields, checked before the TOTP", () => {
  test.each([
    ["MobileNumber", { mobileNumber: undefined }],
    ["Ucc", { ucc: undefined }],
    ["Ucc", { ucc: "" }],
    ["Totp", { totp: undefined }],
    ["Totp", { totp: "" }],
    ["MobileNumber", { mobileNumber: 919_000_000_001 }],
    ["Ucc", { ucc: 12_345 }],
  ])("%s is missing in %j", async (name, body) => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(missing(name));
  });

  test("a numeric TOTP counts as missing", async () => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { body: { totp: Number(freshTotp(sandbox)) } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(missing("Totp"));
  });

  test("a numeric MPIN counts as missing", async () => {
    await using sandbox = await start();
    const view = await sendLogin(sandbox);
    const answer = await sendValidate(sandbox, view.data, { body: { mpin: Number(hedge.mpin) } });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(missing("Mpin"));
  });

  test.each(["9000000001", "919000000001", "+91900000001", "+9190000000011", "+91 9000000001", "+449000000001"])(
    "the mobile number %s is malformed, and the code of that moment is still good",
    async (mobileNumber) => {
      await using sandbox = await start();
      const totp = freshTotp(sandbox);
      const answer = await sendLogin(sandbox, { body: { mobileNumber, totp } });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({
        error: [{ code: "400", message: "Invalid field 'MobileNumber': expected +91 and ten digits" }],
      });
      expect((await sendLogin(sandbox, { body: { totp } })).status).toBe(200);
    },
  );

  test("a wrong UCC is a 200 with 429 inside", async () => {
    await using sandbox = await start();
    const answer = await sendLogin(sandbox, { body: { ucc: spare.ucc } });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ stCode: 429, errMsg: "Invalid UCC", status: "failure" });
  });
});

describe("rule 3: mobile number and TOTP", () => {
  test("a well-formed wrong mobile number is told as a wrong TOTP, and spends the code", async () => {
    await using sandbox = await start();
    const totp = freshTotp(sandbox);
    const answer = await sendLogin(sandbox, { body: { mobileNumber: spare.mobileNumber, totp } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(WRONG_TOTP);
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
    expect(sandbox.journal.entries().map(({ outcome }) => outcome)).toEqual([
      "refused: wrong-mobile",
      "refused: used-totp",
    ]);
  });

  test.each([-30_000, 0, 30_000])("a code that is %i ms off is taken", async (offsetMs) => {
    await using sandbox = await start();
    sandbox.clock.advance(offsetMs);
    const totp = sandbox.totpCode("hedge");
    sandbox.clock.advance(-offsetMs);
    expect((await sendLogin(sandbox, { body: { totp } })).status).toBe(200);
  });

  test.each([-60_000, 60_000])("a code that is %i ms off is refused", async (offsetMs) => {
    await using sandbox = await start();
    sandbox.clock.advance(offsetMs);
    const totp = sandbox.totpCode("hedge");
    sandbox.clock.advance(-offsetMs);
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
  });

  test("each step is good once", async () => {
    await using sandbox = await start();
    const totp = freshTotp(sandbox);
    expect((await sendLogin(sandbox, { body: { totp } })).status).toBe(200);
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
    expect((await sendLogin(sandbox)).status).toBe(200);
  });

  test("a refused code spends its step as well", async () => {
    await using sandbox = await start();
    const totp = freshTotp(sandbox);
    const wrong = totp === "000000" ? "000001" : "000000";
    expect((await sendLogin(sandbox, { body: { totp: wrong } })).body).toEqual(WRONG_TOTP);
    expect((await sendLogin(sandbox, { body: { totp } })).body).toEqual(WRONG_TOTP);
    expect(sandbox.journal.entries().map(({ outcome }) => outcome)).toEqual([
      "refused: wrong-totp",
      "refused: used-totp",
    ]);
  });

  test("a code that lost its leading zero is wrong", async () => {
    await using sandbox = await start();
    sandbox.setScenario("hedge", { name: "leading-zero" });
    const totp = sandbox.totpCode("hedge");
    expect(totp).toMatch(/^0\d{5}$/);
    expect((await sendLogin(sandbox, { body: { totp: String(Number(totp)) } })).body).toEqual(WRONG_TOTP);
  });

  test("the steps of two accounts have nothing to do with each other", async () => {
    await using sandbox = await start();
    expect((await sendLogin(sandbox, { body: { totp: sandbox.totpCode("hedge") } })).status).toBe(200);
    expect((await sendLogin(sandbox, { account: spare, body: { totp: sandbox.totpCode("spare") } })).status).toBe(200);
  });
});
