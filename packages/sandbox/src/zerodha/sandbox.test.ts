import { expect, test } from "vitest";
import { get, logIn, main, pageOf, requestTokenOf, sendRequestToken, spare, stoppedClock } from "./plain-client.ts";
import { startZerodhaSandbox } from "./sandbox.ts";
import type { ZerodhaSandboxOptions } from "./options.ts";

const start = (options: ZerodhaSandboxOptions = {}) => startZerodhaSandbox({ clock: stoppedClock(), ...options });

test.each([
  ["userId", { userId: "qx4417" }],
  ["apiKey", { apiKey: "short" }],
  ["apiSecret", { apiSecret: "with space 000000" }],
  ["redirectUrl", { redirectUrl: "nowhere" }],
  ["name", { name: "*" }],
])("an account with a wrong %s is refused", async (field, wrong) => {
  await expect(start({ accounts: [{ ...main, ...wrong }] })).rejects.toMatchObject({
    code: "bad_option",
    message: expect.stringContaining(field),
  });
});

test("two accounts cannot be one customer, nor have one app with two secrets", async () => {
  for (const second of [
    { ...spare, userId: main.userId },
    { ...spare, name: "main" },
    { ...spare, apiSecret: "another0secret00" },
  ])
    await expect(start({ accounts: [main, second] })).rejects.toMatchObject({ code: "bad_option" });
});

test("an unknown account is an error wherever it is named, an unknown scenario closes what was opened", async () => {
  await using sandbox = await start();
  const calls = [
    () => sandbox.setScenario("nobody", { name: "hang" }),
    () => sandbox.logInAtPage(pageOf(sandbox), "nobody"),
    () => sandbox.setRedirectUrl("nobody", "http://127.0.0.1:1/"),
    () => sandbox.otherDeviceLogin("nobody"),
    () => sandbox.masterLogout("nobody"),
    () => sandbox.setListedAddresses("nobody", []),
  ];
  for (const one of calls) expect(one).toThrow(expect.objectContaining({ code: "unknown_account" }));
  // @ts-expect-error a program without types may still ask for it
  const unknown = start({ scenarios: [{ account: "main", scenario: { name: "unheard-of" } }] });
  await expect(unknown).rejects.toMatchObject({ code: "unknown_scenario" });
});

test("a second run goes on with sessions, request tokens, redirect address and scenarios", async () => {
  await using first = await start();
  const token = await logIn(first);
  const waiting = requestTokenOf(first);
  first.setRedirectUrl("main", "https://app.example.com/back");
  first.setCallerAddress("198.51.100.4");
  first.setScenario("spare", { name: "permission", times: 2 });
  const saved = first.snapshot();
  await using second = await start({ saved });
  expect((await get(second, "/user/profile", token)).status).toBe(200);
  expect((await sendRequestToken(second, waiting)).status).toBe(200);
  expect(second.logInAtPage(pageOf(second), "main")).toContain("https://app.example.com/back");
  expect(second.scenarios.list()).toEqual([{ account: "spare", scenario: { name: "permission", times: 2 } }]);
  expect(second.accounts().map(({ name, minted }) => [name, minted])).toEqual([
    ["main", 2],
    ["spare", 0],
  ]);
});

test("the controls do the same by name", async () => {
  await using sandbox = await start();
  const { controls } = sandbox;
  expect(controls["log-in-at-page"]?.({ page: pageOf(sandbox), account: "main" })).toEqual({
    address: expect.stringContaining("request_token="),
  });
  const token = await logIn(sandbox);
  controls["master-logout"]?.({ account: "main" });
  expect((await get(sandbox, "/orders", token)).status).toBe(403);
  expect(controls["other-device-login"]?.({ account: "main" })).toMatchObject({ token: expect.any(String) });
  controls["redirect-url"]?.({ account: "main", url: "http://127.0.0.1:7/x" });
  controls["listed-addresses"]?.({ account: "main", addresses: [] });
  controls["caller-address"]?.({ address: "198.51.100.4", from: "127.0.0.2" });
  expect(sandbox.accounts()[0]).toMatchObject({ redirectUrl: "http://127.0.0.1:7/x", listedAddresses: [] });
  expect(() => controls["redirect-url"]?.({ account: "main", url: "nowhere" })).toThrow(/"url"/);
});
