import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxClock } from "./clock.ts";
import { type Json, isJsonObject } from "./json.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { STILL_AT, SMS, get, login, startOtp } from "./nubra/plain-client.ts";

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox({ clock: createSandboxClock({ now: () => STILL_AT }) });
});
afterEach(() => sandbox.close());

async function call(
  method: string,
  path: string,
  body?: Json,
): Promise<{ readonly status: number; readonly json: Json }> {
  const response = await fetch(`${sandbox.controlUrl}${path}`, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

test("lists brokers, addresses, controls and calls", async () => {
  const { json } = await call("GET", "/");
  expect(json).toMatchObject({
    brokers: [
      {
        broker: "nubra",
        urls: { api: sandbox.nubra.url },
        controls: expect.arrayContaining(["inbox", "unlock", "totp-code"]) as Json,
      },
      { broker: "kotak-neo", urls: { login: sandbox.kotakNeo.loginUrl, trading: sandbox.kotakNeo.tradingUrl } },
      { broker: "zerodha", urls: { api: sandbox.zerodha.url } },
      { broker: "angel-one", urls: { api: sandbox.angelOne.url } },
    ],
    calls: expect.arrayContaining(["GET /journal", "POST /clock", "POST /brokers/{broker}/{control}"]) as Json,
  });
});

test("shows the journal, filtered, and forgets it on demand", async () => {
  const { session } = await login(sandbox.nubra);
  await get(sandbox.nubra, "/userinfo", session);
  const all = await call("GET", "/journal");
  expect(all.json).toMatchObject([{ step: "totp-login" }, { step: "verifypin" }, { step: "userinfo", body: null }]);
  const some = await call(
    "GET",
    "/journal?step=verifypin&step=userinfo&broker=nubra&after=1&status=200&outcome=accepted",
  );
  expect(some.json).toHaveLength(2);
  await call("DELETE", "/journal");
  expect((await call("GET", "/journal")).json).toEqual([]);
});

test("moving the clock for one broker says so, because the other brokers move with it", async () => {
  const now = sandbox.clock.now();
  const { json } = await call("POST", "/scenarios", {
    broker: "kotak-neo",
    account: "*",
    scenario: { name: "midnight" },
  });
  const movedMs = 14.5 * 3_600_000; // from 09:30 to 00:00 IST
  expect(json).toEqual({ playing: [], clock: { now: now + movedMs, offsetMs: movedMs, movedMs } });
  const still = await call("POST", "/scenarios", { broker: "nubra", account: "main", scenario: { name: "hang" } });
  expect(still.json).toMatchObject({ clock: { movedMs: 0 } });
});

/** fetch sets Host and Sec-Fetch-* itself. */
function askRaw(headers: Record<string, string>, method = "GET", path = "/journal"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${sandbox.controlUrl}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("a page in a browser", () => {
  test.each([
    ["by a name that points here", { host: "rebound.example.com" }],
    ["by such a name with the right port", { host: "rebound.example.com:PORT" }],
    ["by the address of another port", { host: "127.0.0.1:1" }],
    ["with its origin", { origin: "https://evil.example.com" }],
    ["with the origin of another local port", { origin: "http://localhost:1" }],
    ["with an origin that it hides", { origin: "null" }],
    ["as a picture, without an origin", { "sec-fetch-site": "cross-site" }],
    ["from another port of this machine, without an origin", { "sec-fetch-site": "same-site" }],
  ])("is refused %s, and nothing is done", async (_, given: Record<string, string>) => {
    const port = new URL(sandbox.controlUrl).port;
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace("PORT", port)]),
    );
    await login(sandbox.nubra);
    expect(await askRaw(headers)).toBe(403);
    expect(await askRaw(headers, "DELETE")).toBe(403);
    expect(sandbox.journal.count()).toBe(2);
  });

  test("of the endpoint's own origin, and every program, is answered", async () => {
    const { port } = new URL(sandbox.controlUrl);
    expect(await askRaw({})).toBe(200);
    expect(await askRaw({ host: `localhost:${port}` })).toBe(200);
    expect(await askRaw({ origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await askRaw({ "sec-fetch-site": "none" })).toBe(200);
    // Node's fetch sends Sec-Fetch-Mode alone.
    expect((await fetch(`${sandbox.controlUrl}/journal`)).status).toBe(200);
  });
});

test("its own calls are not part of what arrived", async () => {
  await call("GET", "/clock");
  await call("GET", "/nonsense");
  expect(sandbox.journal.count()).toBe(0);
});

test("shows and moves the clock", async () => {
  expect((await call("GET", "/clock")).json).toEqual({ now: STILL_AT, offsetMs: 0 });
  expect((await call("POST", "/clock", { advance: 5_000 })).json).toEqual({ now: STILL_AT + 5_000, offsetMs: 5_000 });
  expect((await call("POST", "/clock", { set: STILL_AT - 1_000 })).json).toEqual({
    now: STILL_AT - 1_000,
    offsetMs: -1_000,
  });
  expect(sandbox.clock.now()).toBe(STILL_AT - 1_000);
});

test("sets, lists and clears scenarios", async () => {
  const set = await call("POST", "/scenarios", {
    broker: "nubra",
    account: "sms",
    scenario: { name: "send-limit", times: 2 },
  });
  expect(set.json).toMatchObject({
    playing: [{ broker: "nubra", account: "sms", scenario: { name: "send-limit", times: 2 } }],
  });
  expect((await startOtp(sandbox.nubra, SMS.phone)).status).toBe(400);
  expect((await call("GET", "/scenarios")).json).toMatchObject({
    playing: [{ scenario: { times: 1 } }],
    known: { nubra: { hang: expect.any(String) as Json }, "kotak-neo": { hang: expect.any(String) as Json } },
  });
  expect((await call("DELETE", "/scenarios?broker=nubra&account=sms")).json).toEqual({ playing: [] });
  expect((await startOtp(sandbox.nubra, SMS.phone)).status).toBe(200);
});

test("shows the phone's inbox", async () => {
  await startOtp(sandbox.nubra, SMS.phone);
  const { json } = await call("GET", "/inbox?account=sms");
  expect(json).toMatchObject([{ at: STILL_AT, code: expect.stringMatching(/^\d{6}$/) as Json }]);
  expect((await call("GET", "/inbox?broker=kotak-neo&account=hedge")).json).toEqual([]);
});

test("shows the accounts of all brokers with their state", async () => {
  const { json } = await call("GET", "/accounts");
  const rows = Array.isArray(json) ? json : [];
  expect(rows.filter(isJsonObject).map(({ broker, name }) => [broker, name])).toEqual([
    ["nubra", "main"],
    ["nubra", "sms"],
    ["kotak-neo", "hedge"],
    ["kotak-neo", "spare"],
    ["zerodha", "main"],
    ["zerodha", "spare"],
    ["angel-one", "main"],
    ["angel-one", "spare"],
  ]);
});

test("logs another device in, which ends our session", async () => {
  const { session } = await login(sandbox.nubra);
  const other = await call("POST", "/other-device-login", { broker: "nubra", account: "main" });
  expect(other.json).toMatchObject({ account: "main", sessionToken: expect.stringMatching(/^ey/) as Json });
  expect((await get(sandbox.nubra, "/userinfo", session)).status).toBe(440);
});

test("carries out what only one broker has", async () => {
  expect((await call("POST", "/brokers/nubra/totp-code", { account: "main" })).json).toEqual({
    code: sandbox.nubra.totpCode("main"),
  });
  expect((await call("POST", "/brokers/nubra/totp-code", { account: "sms" })).json).toEqual({ code: null });
  await call("POST", "/brokers/nubra/set-mpin", { account: "main", mpin: "9999" });
  await call("POST", "/brokers/nubra/register-ips", { account: "main", addresses: [] });
  expect(sandbox.nubra.accounts()[0]).toMatchObject({ mpin: "9999", registeredIps: [] });
  const { authToken, session } = await login(sandbox.nubra);
  expect([authToken, session]).toEqual([expect.any(String), ""]);
  await call("POST", "/brokers/nubra/unlock", { account: "main" });
  expect(sandbox.nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
  await call("POST", "/brokers/nubra/set-caller-address", { address: "198.51.100.7" });
  await call("POST", "/brokers/nubra/show-leading-zero", { account: "main" });
  expect(sandbox.nubra.totpCode("main")).toMatch(/^0/);
  await call("POST", "/brokers/nubra/end-auth-tokens", { account: "main" });
  await call("POST", "/brokers/nubra/end-sessions", { account: "main" });
  expect(sandbox.nubra.accounts()[0]).toMatchObject({ liveSession: null });
});

describe("answers 400 and says what is wrong", () => {
  test.each<[string, string, Json | undefined, string, string]>([
    ["POST", "/clock", { advance: "5" }, "bad_option", 'The field "advance" must be a number of milliseconds.'],
    ["POST", "/clock", [], "bad_option", "The body must be a JSON object."],
    [
      "POST",
      "/scenarios",
      { broker: "nubra", account: "main" },
      "bad_option",
      'The field "scenario" must be an object with a "name".',
    ],
    [
      "POST",
      "/scenarios",
      { broker: "zebra", account: "main", scenario: { name: "hang" } },
      "bad_option",
      "There is no broker",
    ],
    [
      "POST",
      "/scenarios",
      { broker: "nubra", account: "main", scenario: { name: "nap" } },
      "unknown_scenario",
      "There is no scenario",
    ],
    [
      "POST",
      "/scenarios",
      { broker: "nubra", account: "nobody", scenario: { name: "hang" } },
      "unknown_account",
      "There is no account",
    ],
    ["POST", "/other-device-login", { broker: "nubra" }, "bad_option", 'The field "account" must be a text.'],
    ["POST", "/brokers/nubra/toString", {}, "unknown_control", "nubra has no control"],
    [
      "POST",
      "/brokers/nubra/register-ips",
      { account: "main", addresses: "x" },
      "bad_option",
      "must be a list of texts",
    ],
    ["GET", "/inbox?account=nobody", undefined, "unknown_account", "Nubra has no account"],
  ])("to %s %s %j", async (method, path, body, code, text) => {
    const { status, json } = await call(method, path, body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ code, error: expect.stringContaining(text) as Json });
  });

  test("and 404 to a call it does not have", async () => {
    expect(await call("GET", "/nonsense")).toMatchObject({ status: 404, json: { code: "unknown_control" } });
  });
});
