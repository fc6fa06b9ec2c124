import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { qrPicture } from "../src/desk/enrolment.ts";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

const isStream = (request: { url(): string }): boolean => request.url().endsWith("/desk/stream");

describe.skipIf(noChromium)("the page", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("shows each account's session with its time running down, the day and the strategy's calls", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.live("main", "hedge");
    const main = desk.card("main");
    await main.getByText(/^[56]:\d\d:\d\d left, until 16:20 IST$/).waitFor();
    const left = await main.locator(".countdown").innerText();
    await main.getByText(/^logged in by (momentum|risk) at 09:20:\d\d$/).waitFor();
    await main
      .getByText(/momentum, .*page|page/)
      .first()
      .waitFor();
    await desk
      .card("hedge")
      .getByText(/left, until 00:00 IST$/)
      .waitFor();
    await desk.card("sms").getByText("Logged out", { exact: true }).waitFor();
    const day = page.getByRole("region", { name: "Trading day" });
    await day
      .getByRole("listitem")
      .filter({ hasText: /^.*Session 1, logged in at 09:20:\d\d, good until 16:20:\d\d$/ })
      .first()
      .waitFor({ state: "attached" });
    await day.getByText("09:15 opens").waitFor();
    const strategy = page.getByRole("region", { name: "Strategy engine" });
    await strategy.getByText("send orders now").waitFor();
    await strategy.getByText("answered", { exact: true }).nth(3).waitFor();
    await strategy.getByText(/last order accepted at 09:2\d/).waitFor();
    await expect.poll(async () => main.locator(".countdown").innerText()).not.toBe(left);
    expect(desk.complaints).toEqual([]);
  });

  it("enrols TOTP with a picture that comes once, and the account then logs in without a person", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    await logInByText(desk);
    await desk.button("Set up TOTP for sms").click();
    const answers: { readonly picture: string; readonly caching: string | undefined }[] = [];
    await page.route("**/accounts/sms/enrolment", async (route) => {
      const response = await route.fetch();
      const { picture } = (await response.json()) as { readonly picture: string };
      answers.push({ picture, caching: response.headers()["cache-control"] });
      await route.fulfill({ response });
    });
    await desk.button("Make the secret").click();
    await page.getByRole("img", { name: "QR code with the new TOTP secret of sms" }).waitFor();
    // Not before a person has said so: nothing is turned on, and nothing is on the disk.
    expect(test.sandbox.journal.count({ step: "totp-enable" })).toBe(0);
    expect(existsSync(join(test.folder, "secrets"))).toBe(false);
    await desk.button("Not now").click();
    await desk.button("Set up TOTP for sms").click();
    await desk.button("Make the secret").click();
    await page.getByRole("img", { name: "QR code with the new TOTP secret of sms" }).waitFor();
    await desk.button("Turn TOTP on").click();
    await page.getByText("totpSecret: { file: secrets/sms-totp }").waitFor();
    const secret = (await readFile(join(test.folder, "secrets/sms-totp"), "utf8")).trim();
    expect(answers.at(-1)).toEqual({
      picture: qrPicture(`otpauth://totp/nubra:sms?secret=${secret}&issuer=nubra`),
      caching: "no-store",
    });
    await desk.button("Done").click();
    await desk.button("Log out sms").click();
    await desk.card("sms").getByText("Logged out by you").waitFor();
    test.desk.moveClock(60_000);
    await desk.button("Log in sms").click();
    await desk.live("sms");
    await desk.button("Turn TOTP off for sms").click();
    // Not before a person has been told what comes of it.
    await page.getByText("Nubra forgets the TOTP secret").waitFor();
    expect(test.sandbox.journal.count({ step: "totp-disable" })).toBe(0);
    await desk.button("Turn it off").click();
    await desk.button("Set up TOTP for sms").waitFor();
    expect(desk.complaints).toEqual([]);
  });

  it("logs out, and the strategy leaves the account alone until a person logs in", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page, test } = desk;
    await desk.live("main", "hedge");
    await desk.button("Log out hedge").click();
    await desk.card("hedge").getByText("Logged out by you").waitFor();
    await page.getByText("left alone").nth(1).waitFor();
    const calls = test.desk.log.heardFrom("risk");
    await expect.poll(() => test.desk.log.heardFrom("risk")).toBeGreaterThan(calls + 3);
    expect(test.desk.logins()).toMatchObject({ hedge: 1 });
    test.desk.moveClock(30_000);
    await desk.button("Log in hedge").click();
    await desk.live("hedge");
    expect(test.desk.logins()).toMatchObject({ hedge: 2 });
    expect(desk.complaints).toEqual([]);
  });

  it("switches the broker by one word, and refuses a word that is no account, at the field and with nothing lost", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page, test } = desk;
    await desk.live("main", "hedge");
    const word = page.getByLabel("trading:");
    await word.fill("hegde");
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => desk.wrongAt("trading:"))
      .toContain("Must be the name of an account (main, hedge, kite, angel, sms)");
    expect(await word.inputValue()).toBe("hegde");
    const before = await readFile(join(test.folder, "broker-auth.yaml"), "utf8");
    await word.fill("hedge");
    await page.keyboard.press("Enter");
    await page.getByText("The strategy is at hedge now.").waitFor();
    expect(await readFile(join(test.folder, "broker-auth.yaml"), "utf8")).toBe(
      before.replace("trading: main", "trading: hedge"),
    );
    await expect.poll(() => test.sandbox.journal.count({ account: "hedge", step: "place-order" })).toBe(1);
    expect(test.desk.logins()).toMatchObject({ main: 1, hedge: 1 });
    expect(desk.complaints).toEqual([]);
  });

  it("refuses a time that is none at the field, and moves the clock on to one that is", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const time = page.getByLabel("Go on to (India time)");
    await time.fill("25:00");
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.wrongAt("Go on to")).toContain("Write a time of day such as 09:14.");
    expect(await time.inputValue()).toBe("25:00");
    await time.fill("15:31");
    await page.keyboard.press("Enter");
    await page.getByText("Market closed; sessions are made ready for the day from Tue 4 Mar, 08:45 on").waitFor();
    await page.getByText("The sandbox's clock went on by 6 h 11 min, to 15:31.").waitFor();
    expect(desk.complaints).toEqual([]);
  });

  it("moves the clock by nothing to the minute that it is, and says the day of one that is tomorrow's", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const time = page.getByLabel("Go on to (India time)");
    await time.fill("09:20");
    await page.keyboard.press("Enter");
    await page.getByText("It is 09:20 already: the clock was not moved.").waitFor();
    expect(test.desk.clock.now()).toBeLessThan(Date.parse("2031-03-03T09:21:00+05:30"));
    await time.fill("09:19");
    await page.keyboard.press("Enter");
    await page.getByText("The sandbox's clock went on by 23 h 59 min, to Tue 4 Mar, 09:19.").waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: "the sandbox's clock went on by 23 h 59 min" })
      .first()
      .waitFor();
    await page.getByText("Tue, 4 Mar 2031").first().waitFor();
    expect(desk.complaints).toEqual([]);
  });

  it("has a stream while somebody looks at it: a tab in the background gives its connection back", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const look = async (state: string): Promise<void> =>
      page.evaluate((word) => {
        Object.defineProperty(document, "visibilityState", { value: word, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    const ended = page.waitForEvent("requestfailed", isStream);
    await look("hidden");
    await ended;
    test.sandbox.nubra.setScenario("sms", { name: "lockout", step: "sendphoneotp", times: 1 });
    await test.post("/accounts/sms/login");
    const begun = page.waitForEvent("request", isStream);
    await look("visible");
    await begun;
    await desk.card("sms").getByText("Locked by Nubra", { exact: true }).waitFor();
    expect(await page.getByRole("alert").filter({ hasText: "does not answer" }).count()).toBe(0);
    expect(desk.complaints).toEqual([]);
  });

  it("counts the time to the next code down on the card, with nothing beside it that is over", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page, test } = desk;
    await desk.live("main", "hedge");
    await desk.cause("Wrong PIN in the configuration");
    await desk.button("Unlock main").click();
    await page.getByText("Nubra has 2 attempts left; then it locks the account.").waitFor();
    await expect.poll(async () => desk.focused()).toBe("Not now");
    expect(test.sandbox.journal.count({ account: "main", step: "verifypin", outcome: "refused" })).toBe(1);
    await page.getByRole("article", { name: "main" }).getByRole("button", { name: "Unlock", exact: true }).click();
    const waits = desk.card("main").getByText(/^Waits for the next code, \d+\ss$/);
    await waits.waitFor();
    expect(await desk.card("main").locator(".trouble").count()).toBe(0);
    const first = await waits.innerText();
    await expect.poll(async () => waits.innerText()).not.toBe(first);
    expect(desk.complaints).toEqual([]);
  });

  it("says when the desk does not answer any more", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    await desk.test.server.close();
    await desk.page.getByRole("alert").filter({ hasText: "The desk does not answer." }).waitFor();
    await desk.button("Log in sms").click();
    await desk.page.getByText("The desk could not be reached.").waitFor();
    expect(await desk.button("Log in sms").isEnabled()).toBe(true);
  });
});

async function logInByText(desk: DeskInBrowser): Promise<void> {
  await desk.button("Log in sms").click();
  await desk.page.getByLabel("Code sent to the phone ending in 02").fill(await desk.texted("sms"));
  await desk.page.keyboard.press("Enter");
  await desk.live("sms");
}
