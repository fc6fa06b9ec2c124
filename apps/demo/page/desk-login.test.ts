import { describe, expect, it } from "vitest";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("a login by a texted code", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("logs in by a texted code over two requests; a malformed and a wrong code are told at the field, and a new one can be had", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    await desk.button("Log in sms").click();
    const field = page.getByLabel("Code sent to the phone ending in 02");
    await expect.poll(async () => field.evaluate((input) => input === document.activeElement)).toBe(true);
    const form = page.locator("form", { has: field });
    // Nothing but an opaque handle stands for the login.
    expect(
      await form
        .locator("input[type=hidden]")
        .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value)),
    ).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    const first = await desk.texted("sms");

    await field.fill("12a4");
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.wrongAt("Code sent to")).toContain("Write the digits of the message");
    expect(await field.inputValue()).toBe("12a4");
    expect(desk.test.sandbox.journal.count({ step: "verifyphoneotp" })).toBe(0);

    await field.fill(first === "000000" ? "000001" : "000000");
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.wrongAt("Code sent to")).toMatch(/Nubra refused the OTP \(3 attempts left\)/);

    await desk.button("Send a new code").click();
    await field.fill(await desk.texted("sms", 2));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.test.desk.logins()).toMatchObject({ sms: 1 });
    expect(desk.complaints).toEqual([]);
  });

  it("takes a code that came too late for what it is, and goes on with a new one", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    await desk.button("Log in sms").click();
    const field = page.getByLabel("Code sent to the phone ending in 02");
    const late = await desk.texted("sms");
    test.desk.moveClock(6 * 60_000);
    await page.getByText("it may be refused").waitFor();
    await field.fill(late);
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.focused()).toBe("Begin again");
    expect(await field.count()).toBe(0);
    await page.keyboard.press("Enter");
    await field.fill(await desk.texted("sms", 2));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.complaints).toEqual([]);
  });

  it("is led to the present login when its handle is an older one, and not to a third code", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const field = page.getByLabel("Code sent to the phone ending in 02");
    await desk.button("Log in sms").click();
    const code = await desk.texted("sms");
    const { handle } = (await test.post("/accounts/sms/login")) as { readonly handle: string };
    await test.post("/accounts/sms/answer", { handle, kind: "resend" });
    await field.fill(code);
    await page.keyboard.press("Enter");
    await page.getByText("This login is not known in this store: it was answered, superseded or given up").waitFor();
    await desk.button("Begin again").click();
    await field.fill(await desk.texted("sms", 2));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(test.sandbox.journal.count({ step: "sendphoneotp" })).toBe(2);
    expect(desk.complaints).toEqual([]);
  });

  it("is one login in two tabs, with one code, and texts another one for who asks for that", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const other = await page.context().newPage();
    await other.goto(test.server.address);
    const tabs = [page, other];
    // Both are at hand before either is pressed: the login that one begins takes the button of the other away.
    const buttons = await Promise.all(
      tabs.map(async (tab) => tab.getByRole("button", { name: "Log in sms", exact: true }).elementHandle()),
    );
    await Promise.all(buttons.map(async (button) => button?.evaluate((element) => (element as HTMLElement).click())));
    const fields = tabs.map((tab) => tab.getByLabel("Code sent to the phone ending in 02"));
    for (const field of fields) await field.waitFor();
    const sent = (): number => test.sandbox.journal.count({ step: "sendphoneotp" });
    expect(sent()).toBe(1);
    await desk.button("Not now").click();
    await desk.button("Enter the code of sms").click();
    await fields[0]?.waitFor();
    expect(sent()).toBe(1);
    await desk.button("Send a new code").click();
    await fields[0]?.fill(await desk.texted("sms", 2));
    expect(sent()).toBe(2);
    await page.keyboard.press("Enter");
    await desk.live("sms");
    for (const field of fields) await field.waitFor({ state: "detached" });
    expect(desk.complaints).toEqual([]);
  });

  it("is kept over a reload and over Not now, with nothing of it in the browser", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const field = page.getByLabel("Code sent to the phone ending in 02");
    await desk.button("Log in sms").click();
    const code = await desk.texted("sms");
    await field.fill("123");
    await desk.button("Not now").click();
    await desk.button("Enter the code of sms").waitFor();
    await page.reload();
    await desk.button("Enter the code of sms").click();
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie])).toEqual([
      0,
      0,
      "",
    ]);
    await field.fill(code);
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.test.sandbox.journal.count({ step: "sendphoneotp" })).toBe(1);
    expect(desk.complaints).toEqual([]);
  });

  it("closes its form in every tab once the account is logged in", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const field = page.getByLabel("Code sent to the phone ending in 02");
    await desk.button("Log in sms").click();
    await field.waitFor();
    const begun = (await desk.test.post("/accounts/sms/login")) as { readonly handle: string };
    const value = await desk.texted("sms");
    await desk.test.post("/accounts/sms/answer", { handle: begun.handle, kind: "otp", value });
    await desk.live("sms");
    await field.waitFor({ state: "detached" });
    expect(await desk.button("Log out sms").isVisible()).toBe(true);
  });

  it("is over once the broker has locked the account, says so, and goes on after the sandbox's support", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const field = page.getByLabel("Code sent to the phone ending in 02");
    await desk.button("Log in sms").click();
    const right = await desk.texted("sms");
    // One that was refused is not sent again.
    const wrong = ["000001", "000002", "000003", "000004", "000005"].filter((code) => code !== right);
    for (const left of [
      "3 attempts left; a new code takes one.",
      "2 attempts left; a new code takes one.",
      "1 attempt left; a new code takes one.",
    ]) {
      await field.fill(wrong.pop() ?? "");
      await page.keyboard.press("Enter");
      await page.getByText(left).waitFor();
    }
    await field.fill(wrong.pop() ?? "");
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.focused()).toBe("Begin again");
    expect(await field.count()).toBe(0);
    expect(await desk.button("Send a new code").count()).toBe(0);
    await desk
      .card("sms")
      .getByRole("alert")
      .filter({ hasText: /takes no more attempts|locked/ })
      .waitFor();
    await desk.button("Close").click();
    await desk.card("sms").getByText("Locked by Nubra", { exact: true }).waitFor();
    await desk.card("sms").getByText("Ask it to unlock the account, or wait as it says; then press Unlock.").waitFor();
    const texts = test.sandbox.journal.count({ step: "sendphoneotp", outcome: "accepted" });
    await desk.button("The broker unlocks the account sms").click();
    await desk.button("Log in sms").click();
    await field.fill(await desk.texted("sms", texts + 1));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.complaints).toEqual([]);
  });
});
