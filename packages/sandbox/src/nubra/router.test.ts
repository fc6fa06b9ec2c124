import { describe, expect, test } from "vitest";
import { type JsonObject, isJsonObject } from "../json.ts";
import {
  DEVICE,
  INVALID_INPUT,
  MAIN,
  SMS,
  type PlainRequest,
  errorOf,
  get,
  login,
  openSms,
  send,
  startStill,
  withSession,
} from "./plain-client.ts";

describe("rule 1: method, path and form", () => {
  test.each(["/", "/sendphoneotp/", "/SendPhoneOtp", "/v1/sendphoneotp", "/refresh"])(
    "answers 404 at %s",
    async (path) => {
      await using nubra = await startStill();
      const answer = await send(nubra, "POST", path, { body: {} });
      expect([answer.status, answer.json]).toEqual([404, errorOf("Not Found")]);
      expect(nubra.journal.entries()).toMatchObject([
        { path, step: undefined, outcome: "refused: not-found", status: 404 },
      ]);
    },
  );

  test.each([
    ["GET", "/sendphoneotp", "POST"],
    ["PUT", "/verifypin", "POST"],
    ["POST", "/totp/generate-secret", "GET"],
    ["POST", "/userinfo", "GET"],
    ["GET", "/logout", "POST"],
  ])("answers 405 to %s %s and names what is allowed", async (method, path, allow) => {
    await using nubra = await startStill();
    const answer = await send(nubra, method, path);
    expect([answer.status, answer.headers.get("allow"), answer.json]).toEqual([
      405,
      allow,
      errorOf("Method Not Allowed"),
    ]);
  });

  test.each<[string, PlainRequest]>([
    ["no content type", { body: JSON.stringify({ phone: SMS.phone, skip_totp: false }) }],
    ["a form", { body: "phone=9000000002", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ["an array", { body: "[]", headers: { "content-type": "application/json" } }],
    ["a text", { body: '"9000000002"', headers: { "content-type": "application/json" } }],
    ["null", { body: "null", headers: { "content-type": "application/json" } }],
    ["half a body", { body: '{"phone":', headers: { "content-type": "application/json" } }],
    ["an empty body", { headers: { "content-type": "application/json" } }],
  ])("answers 400 to %s", async (_what, request) => {
    await using nubra = await startStill();
    const answer = await send(nubra, "POST", "/sendphoneotp", request);
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    expect(nubra.inbox("sms")).toEqual([]);
  });

  test("takes a content type with a charset", async () => {
    await using nubra = await startStill();
    const answer = await send(nubra, "POST", "/sendphoneotp", {
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify({ phone: SMS.phone, skip_totp: false }),
    });
    expect(answer.status).toBe(200);
  });
});

describe("rule 2: types", () => {
  test.each([
    ["/sendphoneotp", { phone: 9_000_000_002, skip_totp: false }],
    ["/sendphoneotp", { phone: SMS.phone, skip_totp: "false" }],
    ["/sendphoneotp", { phone: SMS.phone }],
    ["/sendphoneotp", { phone: SMS.phone, skip_totp: false, flow: 1 }],
    ["/verifyphoneotp", { phone: SMS.phone, otp: 123_456 }],
    ["/verifyphoneotp", { phone: SMS.phone, otp: "12345a" }],
    ["/totp/login", { phone: MAIN.phone, totp: "123456" }],
    ["/totp/login", { phone: MAIN.phone, totp: 1_234_567 }],
    ["/totp/login", { phone: MAIN.phone, totp: 12.5 }],
    ["/totp/login", { phone: MAIN.phone, totp: -1 }],
    ["/totp/login", { totp: 123_456 }],
    ["/totp/login", { phone: MAIN.phone, totp: 123_456, otp: 1 }],
    ["/verifypin", { pin: 1357 }],
    ["/verifypin", { pin: "13" }],
  ])("refuses at %s %j", async (path, body) => {
    await using nubra = await startStill();
    const headers = {
      "x-device-id": DEVICE,
      ...(path === "/verifyphoneotp" && { "x-temp-token": "t" }),
      ...(path === "/verifypin" && withSession("t")),
    };
    const answer = await send(nubra, "POST", path, { headers, body });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    expect(nubra.accounts()).toMatchObject([
      { wrongFactors: 0, otpAttemptsLeft: 5 },
      { wrongFactors: 0, otpAttemptsLeft: 5 },
    ]);
  });

  test.each(["string", "either"] as const)(
    "takes a text as TOTP only where the wire is set to %s",
    async (totpWire) => {
      await using nubra = await startStill({ totpWire });
      const answer = await send(nubra, "POST", "/totp/login", {
        headers: { "x-device-id": DEVICE },
        body: { phone: MAIN.phone, totp: nubra.totpCode("main") },
      });
      expect(answer.status).toBe(201);
    },
  );

  test("takes an integer as TOTP unless the wire is set to string", async () => {
    for (const [totpWire, status] of [
      ["either", 201],
      ["string", 400],
    ] as const) {
      await using nubra = await startStill({ totpWire });
      const body = { phone: MAIN.phone, totp: Number(nubra.totpCode("main")) };
      expect((await send(nubra, "POST", "/totp/login", { headers: { "x-device-id": DEVICE }, body })).status).toBe(
        status,
      );
    }
  });
});

describe("rule 3: the phone is ten digits", () => {
  test.each(["+919000000002", "919000000002", "09000000002", "900000000", "90000 00002", ""])(
    "refuses %j",
    async (phone) => {
      await using nubra = await startStill();
      const answer = await send(nubra, "POST", "/sendphoneotp", { body: { phone, skip_totp: false } });
      expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    },
  );

  test("refuses ten digits that nobody has", async () => {
    await using nubra = await startStill();
    const answer = await send(nubra, "POST", "/sendphoneotp", { body: { phone: "9999999999", skip_totp: false } });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
  });
});

describe("rule 4: headers", () => {
  test.each([
    ["POST", "/verifyphoneotp", { "x-device-id": DEVICE }, { phone: SMS.phone, otp: "123456" }],
    ["POST", "/verifyphoneotp", { "x-temp-token": "t" }, { phone: SMS.phone, otp: "123456" }],
    ["POST", "/totp/login", {}, { phone: MAIN.phone, totp: 123_456 }],
    ["POST", "/verifypin", { "x-device-id": DEVICE }, { pin: "1357" }],
    ["POST", "/verifypin", { authorization: "Bearer t" }, { pin: "1357" }],
    ["POST", "/verifypin", { authorization: "t", "x-device-id": DEVICE }, { pin: "1357" }],
    ["GET", "/userinfo", { authorization: "Bearer t" }, undefined],
    ["POST", "/orders/v2/single", { authorization: "Bearer t" }, {}],
  ])("answers 400 where one is missing: %s %s with %j", async (method, path, headers, body) => {
    await using nubra = await startStill();
    const answer = await send(nubra, method, path, { headers, ...(body && { body }) });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    expect(nubra.journal.entries()).toMatchObject([{ outcome: "refused: missing-header" }]);
  });

  test("refuses x-temp-token on verifypin and leaves the MPIN unspent", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    const answer = await send(nubra, "POST", "/verifypin", {
      headers: { ...withSession(authToken), "x-temp-token": "t" },
      body: { pin: MAIN.pin },
    });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    expect(nubra.journal.entries().at(-1)).toMatchObject({ outcome: "refused: temp-token-on-verifypin" });
  });
});

/** Accepted by the real broker as far as anybody knows, so journalled here and refused only in lint mode. */
describe("harmless deviations", () => {
  const cases: readonly (readonly [note: string, path: string, request: PlainRequest])[] = [
    [
      "x-device-id on sendphoneotp",
      "/sendphoneotp",
      { headers: { "x-device-id": DEVICE }, body: { phone: SMS.phone, skip_totp: false } },
    ],
    [
      "authorization on sendphoneotp",
      "/sendphoneotp",
      { headers: { authorization: "Bearer old" }, body: { phone: SMS.phone, skip_totp: false } },
    ],
    [
      "x-temp-token on the first sendphoneotp",
      "/sendphoneotp",
      { headers: { "x-temp-token": "old" }, body: { phone: SMS.phone, skip_totp: false } },
    ],
    ["field device on sendphoneotp", "/sendphoneotp", { body: { phone: SMS.phone, skip_totp: false, device: "x" } }],
    ["a query on sendphoneotp", "/sendphoneotp?v=2", { body: { phone: SMS.phone, skip_totp: false } }],
  ];

  test.each(cases)("are journalled: %s", async (note, path, request) => {
    await using nubra = await startStill();
    expect((await send(nubra, "POST", path, request)).status).toBe(200);
    expect(nubra.journal.entries()).toMatchObject([{ outcome: "accepted", notes: [note] }]);
  });

  test.each(cases)("are refused in lint mode: %s", async (note, path, request) => {
    await using nubra = await startStill({ lint: true });
    const answer = await send(nubra, "POST", path, request);
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    expect(nubra.journal.entries()).toMatchObject([{ outcome: "refused: lint", notes: [note] }]);
    expect(nubra.inbox("sms")).toEqual([]);
  });

  test("do not include what some document or client really sends", async () => {
    await using nubra = await startStill({ lint: true });
    const extra = {
      "x-app-version": "0.4.5",
      "x-device-os": "sdk",
      cookie: `deviceId=${DEVICE}`,
      accept: "application/json",
    };
    const started = await send(nubra, "POST", "/sendphoneotp", {
      headers: extra,
      body: { flow: "", phone: SMS.phone, skip_totp: false },
    });
    expect(started.status).toBe(200);
    const totp = Number(nubra.totpCode("main"));
    const byTotp = await send(nubra, "POST", "/totp/login", {
      headers: { ...extra, "x-device-id": DEVICE },
      body: { phone: MAIN.phone, otp: "", totp },
    });
    expect(byTotp.status).toBe(201);
    expect(nubra.journal.entries().flatMap(({ notes }) => notes)).toEqual([]);
  });
});

test("the journal names account, step and outcome of each request", async () => {
  await using nubra = await startStill();
  await openSms(nubra);
  await login(nubra);
  expect(nubra.journal.entries().map(({ account, step, outcome, status }) => [account, step, outcome, status])).toEqual(
    [
      ["sms", "sendphoneotp", "accepted", 200],
      ["main", "totp-login", "accepted", 201],
      ["main", "verifypin", "accepted", 200],
    ],
  );
});

describe("what the answer keeps to itself", () => {
  test.each<[string, JsonObject, string]>([
    [
      "/sendphoneotp",
      { phone: 9_000_000_001, skip_totp: false },
      "phone must be ten digits as a text, without +91; it is a number",
    ],
    [
      "/sendphoneotp",
      { phone: MAIN.phone, skip_totp: "false" },
      "skip_totp must be true or false; it is a text of another form",
    ],
    ["/verifyphoneotp", { phone: MAIN.phone, otp: 123_456 }, "otp must be six digits as a text; it is a number"],
    [
      "/totp/login",
      { phone: MAIN.phone, totp: "012345" },
      "totp must be six digits as a number; it is a text of another form",
    ],
    ["/totp/login", { totp: 12_345 }, "phone must be ten digits as a text, without +91; it is missing"],
    ["/verifypin", { pin: 1357 }, "pin must be four to six digits as a text; it is a number"],
    ["/verifypin", { mpin: "1357" }, "pin must be four to six digits as a text; it is missing"],
  ])("the journal names the field of %s %j", async (path, body, note) => {
    await using nubra = await startStill();
    const headers = { "x-temp-token": "t", "x-device-id": DEVICE, authorization: "Bearer t" };
    const { "x-temp-token": temp, ...rest } = headers;
    const answer = await send(nubra, "POST", path, {
      headers: path === "/verifyphoneotp" ? { "x-temp-token": temp, "x-device-id": DEVICE } : rest,
      body,
    });
    expect([answer.status, answer.json]).toEqual([400, INVALID_INPUT]);
    const [entry] = nubra.journal.entries();
    expect(entry?.outcome).toBe("refused: invalid-input");
    expect(entry?.notes).toContain(note);
  });
});

test("slashes that were doubled in joining are one: noted, and refused only in lint mode", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  expect((await get(nubra, "//portfolio//holdings", session)).status).toBe(200);
  expect(nubra.journal.entries({ step: "holdings" })[0]).toMatchObject({
    path: "//portfolio//holdings",
    notes: ["// in the path"],
  });
  await using strict = await startStill({ lint: true });
  const other = await login(strict);
  expect((await get(strict, "//portfolio/holdings", other.session)).status).toBe(400);
});

test.each(["/portfolio/user_funds_and_margin", "/sentinel/portfolio/user_funds_and_margin", "/portfolio/v2/positions"])(
  "%s is a read that needs a live session",
  async (path) => {
    await using nubra = await startStill();
    const { session } = await login(nubra);
    const answer = await get(nubra, path, session);
    expect([answer.status, isJsonObject(answer.json)]).toEqual([200, true]);
    expect((await get(nubra, path, "made-up")).status).toBe(440);
  },
);
