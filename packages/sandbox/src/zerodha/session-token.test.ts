import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ZerodhaSandboxOptions } from "./options.ts";
import {
  call,
  get,
  headersOf,
  logIn,
  main,
  requestTokenOf,
  sendRequestToken,
  spare,
  stoppedClock,
  text,
} from "./plain-client.ts";
import { startZerodhaSandbox } from "./sandbox.ts";
import type { ZerodhaScenarioName } from "./scenarios.ts";

const start = (options: ZerodhaSandboxOptions = {}) => startZerodhaSandbox({ clock: stoppedClock(), ...options });

test("a request token is traded for a session with all the documented fields", async () => {
  await using sandbox = await start();
  const { status, body, data } = await sendRequestToken(sandbox, requestTokenOf(sandbox));
  expect([status, body["status"]]).toEqual([200, "success"]);
  expect(data).toMatchObject({
    user_id: main.userId,
    api_key: main.apiKey,
    access_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
    public_token: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
    refresh_token: "",
    login_time: "2031-03-03 09:30:00",
    exchanges: expect.arrayContaining(["NSE"]),
    meta: { demat_consent: "consent" },
  });
});

describe("a request token", () => {
  test("is good once", async () => {
    await using sandbox = await start();
    const token = requestTokenOf(sandbox);
    expect((await sendRequestToken(sandbox, token)).status).toBe(200);
    expect(await sendRequestToken(sandbox, token)).toMatchObject({
      status: 403,
      body: { status: "error", error_type: "TokenException", message: "Token is invalid or has expired." },
    });
    expect(
      sandbox.journal.entries({ step: "session-token" }).map(({ account, outcome }) => [account, outcome]),
    ).toEqual([
      ["main", "accepted"],
      ["main", "refused: request-token"],
    ]);
  });

  test("is good for five minutes", async () => {
    await using sandbox = await start();
    const [first, second] = [requestTokenOf(sandbox), requestTokenOf(sandbox)];
    sandbox.clock.advance(5 * 60_000 - 1);
    expect((await sendRequestToken(sandbox, first)).status).toBe(200);
    sandbox.clock.advance(1);
    expect((await sendRequestToken(sandbox, second)).status).toBe(403);
  });

  test("is spent by a wrong checksum too, which has a text of its own", async () => {
    await using sandbox = await start();
    const token = requestTokenOf(sandbox);
    const wrong = createHash("sha256").update(`${main.apiKey}:${token}:${main.apiSecret}`).digest("hex");
    expect((await sendRequestToken(sandbox, token, { checksum: wrong })).body).toMatchObject({
      error_type: "TokenException",
      message: "Invalid `checksum`.",
    });
    expect((await sendRequestToken(sandbox, token)).status).toBe(403);
  });

  test.each([["api_key"], ["request_token"], ["checksum"]])(
    "without %s in the form is an InputException",
    async (field) => {
      await using sandbox = await start();
      const token = requestTokenOf(sandbox);
      const sent = await sendRequestToken(sandbox, token, { [field]: undefined });
      expect(sent).toMatchObject({ status: 400, body: { error_type: "InputException" } });
    },
  );

  test("as JSON is no form", async () => {
    await using sandbox = await start();
    const headers = { "X-Kite-Version": "3", "content-type": "application/json" };
    const body = JSON.stringify({ api_key: main.apiKey, request_token: requestTokenOf(sandbox), checksum: "x" });
    expect((await call(`${sandbox.url}/session/token`, { method: "POST", headers, body })).status).toBe(400);
  });
});

test("what the journal notes is refused in lint mode: no version header, a field more", async () => {
  await using lenient = await start();
  const body = new URLSearchParams({ api_key: main.apiKey, request_token: "a", checksum: "x", api_secret: "x" });
  await call(`${lenient.url}/session/token`, { method: "POST", body });
  expect(lenient.journal.entries()[0]?.notes).toEqual([
    "no X-Kite-Version: 3 on session-token",
    "unknown field api_secret on session-token",
  ]);
  await using strict = await start({ lint: true });
  const sent = await call(`${strict.url}/session/token`, { method: "POST", body });
  expect([sent.status, strict.journal.entries()[0]?.outcome]).toEqual([400, "refused: lint"]);
});

test("a second login ends the first session, unless sessions are shared", async () => {
  for (const [sessions, status] of [
    ["exclusive", 403],
    ["shared", 200],
  ] as const) {
    await using sandbox = await start({ sessions });
    const first = await logIn(sandbox);
    const second = await logIn(sandbox);
    await sendRequestToken(sandbox, requestTokenOf(sandbox, spare));
    expect([
      (await get(sandbox, "/user/profile", first)).status,
      (await get(sandbox, "/user/profile", second)).status,
    ]).toEqual([status, 200]);
  }
});

test("an approved platform gets a refresh token, which is traded by a checksum of its own and can be taken back", async () => {
  await using sandbox = await start({ accounts: [{ ...main, approvedPlatform: true }] });
  const first = (await sendRequestToken(sandbox, requestTokenOf(sandbox))).data;
  const renew = (refresh: string) => {
    const checksum = createHash("sha256").update(`${main.apiKey}${refresh}${main.apiSecret}`).digest("hex");
    const body = new URLSearchParams({ api_key: main.apiKey, refresh_token: refresh, checksum });
    return call(`${sandbox.url}/session/refresh_token`, { method: "POST", headers: { "X-Kite-Version": "3" }, body });
  };
  const { status, data } = await renew(text(first["refresh_token"]));
  expect([status, data["access_token"]]).toEqual([200, expect.not.stringMatching(text(first["access_token"]))]);
  const query = new URLSearchParams({ api_key: main.apiKey, refresh_token: text(data["refresh_token"]) });
  const headers = headersOf(text(data["access_token"]));
  const taken = await call(`${sandbox.url}/session/token?${query.toString()}`, { method: "DELETE", headers });
  expect(taken.body).toEqual({ status: "success", data: true });
  expect((await renew(text(data["refresh_token"]))).status).toBe(403);
  expect((await get(sandbox, "/user/profile", text(data["access_token"]))).status).toBe(200);
  expect((await renew("")).status).toBe(403);
});

test.each<[ZerodhaScenarioName, number, object]>([
  ["spent-request-token", 403, { error_type: "TokenException", message: "Token is invalid or has expired." }],
  ["wrong-secret", 403, { error_type: "TokenException", message: "Invalid `checksum`." }],
  ["foreign-user", 200, { data: expect.objectContaining({ user_id: "AA0000" }) }],
  ["extra-fields", 200, { data: expect.objectContaining({ enctoken: "not-a-token" }) }],
  ["wrong-type", 200, { data: expect.objectContaining({ access_token: 1_234_567 }) }],
  ["contradiction", 200, { error_type: "GeneralException", data: expect.objectContaining({ user_id: main.userId }) }],
  ["echo-secrets", 400, { message: expect.stringContaining("checksum=") }],
  ["empty-success", 200, {}],
])("scenario %s", async (name, status, body) => {
  await using sandbox = await start({ scenarios: [{ account: "main", scenario: { name, times: 1 } }] });
  const sent = await sendRequestToken(sandbox, requestTokenOf(sandbox));
  expect(sent.status).toBe(status);
  expect(sent.body).toMatchObject(body);
  expect((await sendRequestToken(sandbox, requestTokenOf(sandbox))).data["access_token"]).toMatch(/^[A-Za-z0-9]{32}$/);
});

test("scenario no-token: a success without the access token, or without another field", async () => {
  await using sandbox = await start({ scenarios: [{ account: "*", scenario: { name: "no-token", times: 1 } }] });
  const { status, data } = await sendRequestToken(sandbox, requestTokenOf(sandbox));
  expect([status, data["user_id"], Object.hasOwn(data, "access_token")]).toEqual([200, main.userId, false]);
  sandbox.setScenario("main", { name: "no-token", field: "user_id" });
  const other = await sendRequestToken(sandbox, requestTokenOf(sandbox));
  expect(Object.hasOwn(other.data, "user_id")).toBe(false);
});

test("scenario proto-keys: the only token sits where no own field is", async () => {
  await using sandbox = await start({ scenarios: [{ account: "*", scenario: { name: "proto-keys" } }] });
  const { text: raw, data } = await sendRequestToken(sandbox, requestTokenOf(sandbox));
  expect(raw).toContain('"__proto__":{"access_token"');
  expect(Object.hasOwn(data, "access_token")).toBe(false);
});

test("scenario reset-after-token: the session is minted, its answer is lost", async () => {
  await using sandbox = await start({ scenarios: [{ account: "main", scenario: { name: "reset-after-token" } }] });
  await expect(sendRequestToken(sandbox, requestTokenOf(sandbox))).rejects.toThrow(/fetch failed/);
  expect(sandbox.accounts()[0]).toMatchObject({ minted: 1 });
});
