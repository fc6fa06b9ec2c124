import { expect, test } from "vitest";
import { call, main, pageOf, sendRequestToken, spare, stoppedClock } from "./plain-client.ts";
import { startZerodhaSandbox } from "./sandbox.ts";

const start = () => startZerodhaSandbox({ clock: stoppedClock() });

test("the page asks a browser who logs in, and leads it back with a request token and what redirect_params held", async () => {
  await using sandbox = await start();
  const page = pageOf(sandbox, { redirect_params: "state=abc&note=a%26b" });
  const shown = await call(page);
  expect(shown.headers.get("content-type")).toContain("text/html");
  expect(shown.text).toContain(`value="${main.userId}"`);
  const sent = await call(page, { method: "POST", body: new URLSearchParams({ user_id: main.userId }) });
  expect(sent.status).toBe(302);
  const back = new URL(sent.headers.get("location") ?? "");
  expect(back.origin + back.pathname).toBe("http://127.0.0.1:8976/callback");
  expect([...back.searchParams]).toEqual([
    ["request_token", expect.stringMatching(/^[A-Za-z0-9]{32}$/)],
    ["state", "abc"],
    ["note", "a&b"],
  ]);
  expect((await sendRequestToken(sandbox, back.searchParams.get("request_token") ?? "")).status).toBe(200);
  expect(sandbox.journal.entries({ step: "login-page" }).map(({ outcome }) => outcome)).toEqual([
    "accepted",
    "accepted",
  ]);
});

test("an app or a customer that is not there is refused, and nobody is led anywhere", async () => {
  await using sandbox = await start();
  expect((await call(pageOf(sandbox, { api_key: "unheard-of" }))).status).toBe(400);
  const body = new URLSearchParams({ user_id: "XX0000" });
  const sent = await call(pageOf(sandbox), { method: "POST", body });
  expect([sent.status, sent.headers.get("location")]).toEqual([400, null]);
  expect(() => sandbox.logInAtPage(`${sandbox.url}/elsewhere`, "main")).toThrow(/must be .*connect\/login/);
  expect(() => sandbox.logInAtPage("https://kite.zerodha.com/connect/login?api_key=x", "main")).toThrow(/must be/);
  expect(() => sandbox.logInAtPage(pageOf(sandbox), "nobody")).toThrow(/no account "nobody"/);
});

test("a page without v=3, or with a state that nobody brings back, is noted", async () => {
  await using sandbox = await start();
  await call(`${sandbox.url}/connect/login?api_key=${main.apiKey}&state=abc`);
  expect(sandbox.journal.entries()[0]?.notes).toEqual([
    "no v=3 on the login page",
    "state on the login page, which knows none",
  ]);
});

test("a redirect address belongs to the app, and keeps the query it was registered with", async () => {
  await using sandbox = await start();
  sandbox.setRedirectUrl("spare", "https://app.example.com/back?from=kite");
  const back = new URL(sandbox.logInAtPage(pageOf(sandbox), "main"));
  expect(back.href).toMatch(/^https:\/\/app\.example\.com\/back\?from=kite&request_token=/);
});

test.each([
  ["no-redirect-params", ["request_token"]],
  ["refused-consent", ["status", "state"]],
  ["more-query", ["action", "status", "request_token", "state"]],
] as const)("%s changes what the browser brings back", async (name, words) => {
  await using sandbox = await start();
  sandbox.setScenario("main", { name, times: 1 });
  const page = pageOf(sandbox, { redirect_params: "state=abc" });
  expect([...new URL(sandbox.logInAtPage(page, "main")).searchParams.keys()]).toEqual(words);
  expect([...new URL(sandbox.logInAtPage(page, spare.name)).searchParams.keys()]).toEqual(["request_token", "state"]);
});
