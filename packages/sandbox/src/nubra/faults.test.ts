import { describe, expect, test } from "vitest";
import { startElsewhere } from "../elsewhere.ts";
import { createJournal } from "../journal.ts";
import { DEVICE, MAIN, errorOf, get, login, send, startStill, totpLogin, verifyPin } from "./plain-client.ts";

/** The faults in front of the broker: the factor in the request was not looked at. */
describe("a call that meets a fault at the edge has no effect", () => {
  test.each([
    ["server-error", {}, 500, errorOf("Internal server error")],
    ["server-error", { status: 502 }, 502, errorOf("Internal server error")],
    ["server-error", { status: 503 }, 503, errorOf("Internal server error")],
    ["forbidden", {}, 403, errorOf("Forbidden")],
    ["rate-limit", {}, 429, errorOf("Too many requests")],
  ] as const)("%s %j", async (name, parameters, status, json) => {
    await using nubra = await startStill();
    const code = nubra.totpCode("main") ?? "";
    nubra.scenarios.set("main", { name, times: 1, ...parameters });
    const refused = await totpLogin(nubra, code);
    expect([refused.status, refused.json]).toEqual([status, json]);
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
    // Not even the time step is spent.
    expect((await totpLogin(nubra, code)).status).toBe(201);
  });

  test.each([200, 401, 440, 502])("html-page with status %d", async (status) => {
    await using nubra = await startStill({ scenarios: [{ account: "main", scenario: { name: "html-page", status } }] });
    const answer = await totpLogin(nubra, nubra.totpCode("main") ?? "");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "text/html; charset=utf-8"]);
    expect(nubra.journal.entries()).toMatchObject([{ step: "totp-login", outcome: "fault: html-page", status }]);
  });

  test("reset", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "reset", step: "verifypin", times: 1 });
    await expect(verifyPin(nubra, authToken, "0000")).rejects.toThrow("fetch failed");
    expect(nubra.journal.entries().at(-1)).toMatchObject({
      step: "verifypin",
      outcome: "fault: reset",
      status: undefined,
    });
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
  });

  test("hang", async () => {
    await using nubra = await startStill();
    const { authToken } = await login(nubra);
    nubra.setScenario("main", { name: "hang", times: 1 });
    const given = new AbortController();
    const headers = { authorization: `Bearer ${authToken}`, "x-device-id": DEVICE };
    const hanging = send(nubra, "POST", "/verifypin", { headers, body: { pin: "0000" }, signal: given.signal });
    await nubra.journal.until({ outcome: "fault: hang" });
    given.abort();
    await expect(hanging).rejects.toThrow("aborted");
    expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 0 });
    expect((await verifyPin(nubra, authToken, MAIN.pin)).status).toBe(200);
  });
});

test.each([
  ["server-error", 500],
  ["html-page", 502],
] as const)("%s with acted hides an effect: the wrong MPIN was counted", async (name, status) => {
  await using nubra = await startStill();
  const { authToken } = await login(nubra);
  nubra.scenarios.set("main", { name, acted: true, times: 1 });
  expect((await verifyPin(nubra, authToken, "0000")).status).toBe(status);
  expect(nubra.accounts()[0]).toMatchObject({ wrongFactors: 1 });
  expect(nubra.journal.entries().at(-1)).toMatchObject({
    outcome: "refused: wrong-pin",
    status,
    notes: [`fault: ${name}`],
  });
});

test("reset with acted loses the answer to a code that was accepted", async () => {
  await using nubra = await startStill();
  const code = nubra.totpCode("main") ?? "";
  nubra.setScenario("main", { name: "reset", acted: true, times: 1 });
  await expect(totpLogin(nubra, code)).rejects.toThrow("fetch failed");
  expect(nubra.journal.entries()).toMatchObject([{ outcome: "accepted", status: undefined }]);
  expect((await totpLogin(nubra, code)).status).toBe(400);
});

test("rate-limit tells when to come back only if it is told to", async () => {
  await using nubra = await startStill();
  const { session } = await login(nubra);
  nubra.setScenario("main", { name: "rate-limit", times: 1, retryAfterSeconds: 7 });
  expect((await get(nubra, "/userinfo", session)).headers.get("retry-after")).toBe("7");
  nubra.setScenario("main", { name: "rate-limit", times: 1 });
  expect((await get(nubra, "/userinfo", session)).headers.get("retry-after")).toBeNull();
  expect((await get(nubra, "/userinfo", session)).status).toBe(200);
});

test("forbidden is a 403 on every call while it plays, and the session lives on", async () => {
  await using nubra = await startStill();
  const { authToken, session } = await login(nubra);
  nubra.setScenario("main", { name: "forbidden" });
  const answers = [
    await get(nubra, "/userinfo", session),
    await get(nubra, "/portfolio/holdings", session),
    await verifyPin(nubra, authToken, MAIN.pin),
  ];
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  nubra.clearScenarios("main", "forbidden");
  expect((await get(nubra, "/userinfo", session)).status).toBe(200);
});

test.each([301, 302, 307, 308])(
  "redirect %d points to the other origin, where a client that follows is seen",
  async (status) => {
    const journal = createJournal();
    await using nubra = await startStill({ journal });
    const elsewhere = await startElsewhere({ journal, now: nubra.clock.now });
    try {
      nubra.setScenario("*", { name: "redirect", status, location: `${elsewhere.url}/verifypin` });
      const request = {
        method: "POST",
        headers: { "content-type": "application/json", "x-device-id": DEVICE },
        body: '{"phone":"9000000001","totp":1}',
      };
      const careful = await fetch(`${nubra.url}/totp/login`, { ...request, redirect: "manual" });
      expect([careful.status, careful.headers.get("location")]).toEqual([status, `${elsewhere.url}/verifypin`]);
      expect(journal.count({ listener: "elsewhere" })).toBe(0);
      await (await fetch(`${nubra.url}/totp/login`, request)).text();
      const [leaked] = journal.entries({ listener: "elsewhere" });
      expect(leaked?.headers["x-device-id"]).toBe(DEVICE);
      // Reference section 9 gotcha 8: 307 and 308 take the body along.
      expect(leaked?.body).toEqual(status >= 307 ? { phone: MAIN.phone, totp: 1 } : undefined);
    } finally {
      await elsewhere.close();
    }
  },
);

test("redirect goes to the configured other origin by itself, with the same path", async () => {
  await using nubra = await startStill({
    elsewhereUrl: "http://127.0.0.1:9",
    scenarios: [{ account: "*", scenario: { name: "redirect" } }],
  });
  const answer = await totpLogin(nubra, "123456");
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "http://127.0.0.1:9/totp/login"]);
});

test("echo-secrets repeats what the request carried", async () => {
  await using nubra = await startStill();
  const { authToken } = await login(nubra);
  nubra.setScenario("main", { name: "echo-secrets" });
  const answer = await verifyPin(nubra, authToken, MAIN.pin);
  expect([answer.status, answer.json]).toEqual([
    400,
    errorOf(`Cannot process {"pin":"1357"} Bearer ${authToken} ${DEVICE}`),
  ]);
});

test("a scenario for one step lets the others pass", async () => {
  await using nubra = await startStill({
    scenarios: [{ account: "main", scenario: { name: "server-error", step: "verifypin" } }],
  });
  const first = await totpLogin(nubra, nubra.totpCode("main") ?? "");
  expect(first.status).toBe(201);
  expect((await verifyPin(nubra, first.field("auth_token"), MAIN.pin)).status).toBe(500);
});
