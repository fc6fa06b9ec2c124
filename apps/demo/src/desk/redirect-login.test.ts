import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

/** Begins a login at the page, and is the person there. Returns the address that the browser is led to. */
async function logInAtPage(test: TestDesk): Promise<string> {
  const { challenge } = (await test.post("/accounts/kite/login")) as { readonly challenge: { readonly url: string } };
  return test.sandbox.zerodha.logInAtPage(challenge.url, "kite");
}

/** What a browser sees at the address that it is led to. */
async function arriveAt(address: string): Promise<string> {
  const response = await fetch(address, { redirect: "manual" });
  expect(response.status).toBe(200);
  return response.text();
}

describe("a login at the broker's own page", { timeout: 60_000 }, () => {
  it("leads back to the desk, without its cookie, and logs in once", async () => {
    await using test = await TestDesk.open({ keyed: true });
    const step = await test.actions.beginLogin("kite");
    const url = step.kind === "challenge" && step.challenge.kind === "redirect" ? step.challenge.url : "";
    const address = test.sandbox.zerodha.logInAtPage(url, "kite");
    expect(new URL(address).origin).toBe(new URL(test.server.address).origin);
    expect(await arriveAt(address)).toContain("Logged in.");
    expect(test.desk.account("kite")).toMatchObject({ state: "logged_in", left: false });
    expect(await arriveAt(address)).toContain("Not logged in. no login waits for this address");
    expect(test.desk.logins()).toMatchObject({ kite: 1 });
  });

  it("goes on after a restart of the desk", async () => {
    await using test = await TestDesk.open();
    const address = await logInAtPage(test);
    const again = await test.reopen();
    expect(await again.actions.answerRedirect(address)).toMatchObject({ kind: "session" });
    await again.close();
  });

  it("takes no address that is not of the login that waits, and spends nothing on one", async () => {
    await using test = await TestDesk.open();
    const address = await logInAtPage(test);
    const foreign = new URL(address);
    foreign.searchParams.set("state", crypto.randomUUID());
    for (const wrong of [foreign.href, new URL("/callback?request_token=abcdefghijklmnopqrst", address).href])
      expect(await arriveAt(wrong)).toContain("no login waits for this address");
    expect(test.sandbox.journal.count({ step: "session-token" })).toBe(0);
    expect(await arriveAt(address)).toContain("Logged in.");
  });

  it("says why a refused request token opens nothing, and begins again", async () => {
    await using test = await TestDesk.open();
    test.sandbox.zerodha.setScenario("kite", { name: "spent-request-token", times: 1 });
    expect(await arriveAt(await logInAtPage(test))).toContain("Not logged in.");
    expect(await arriveAt(await logInAtPage(test))).toContain("Logged in.");
  });
});
