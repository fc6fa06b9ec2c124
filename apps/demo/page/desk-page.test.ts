import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { qrSvg } from "../src/desk/qr-code.ts";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { paleTexts } from "./testing/contrast.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("the page", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("shows each account's session with its time running down, the day, the strategy's calls and every request with its verdict", async () => {
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
    await day.getByLabel("Last 15 minutes").check();
    await day.getByText("09:15 opens").waitFor();
    const strategy = page.getByRole("region", { name: "Strategy engine" });
    await strategy.getByText("send orders now").waitFor();
    await strategy.getByText("answer 200").nth(3).waitFor();
    await strategy.getByText(/last order accepted at 09:2\d/).waitFor();
    const requests = page.getByRole("region", { name: "Request log" }).first();
    await requests.getByRole("row", { name: /momentum main POST \/orders\/v2\/single 200 alive/ }).waitFor();
    await requests
      .getByRole("row", { name: /hedge POST \/quick\/user\/limits 200 alive/ })
      .first()
      .waitFor();
    await expect.poll(async () => main.locator(".countdown").innerText()).not.toBe(left);
    expect(desk.complaints).toEqual([]);
  });

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
    await expect.poll(async () => describedBy(page, "Code sent to")).toContain("Write the digits of the message");
    expect(await field.inputValue()).toBe("12a4");
    expect(desk.test.sandbox.journal.count({ step: "verifyphoneotp" })).toBe(0);

    await field.fill(first === "000000" ? "000001" : "000000");
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => describedBy(page, "Code sent to"))
      .toMatch(/Nubra refused the OTP \(3 attempts left\)/);

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
    await expect.poll(async () => describedBy(page, "Code sent to")).not.toBe("");
    await page.getByRole("button", { name: /^(Send a new code|Begin again)$/ }).click();
    await field.fill(await desk.texted("sms", 2));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.complaints).toEqual([]);
  });

  it("tells a login that was begun again elsewhere, and begins anew", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    await desk.button("Log in sms").click();
    const code = await desk.texted("sms");
    await desk.test.post("/accounts/sms/login");
    await page.getByLabel("Code sent to the phone ending in 02").fill(code);
    await page.keyboard.press("Enter");
    await page.getByText("This login is not known in this store: it was answered, superseded or given up").waitFor();
    await desk.button("Begin again").click();
    await page.getByLabel("Code sent to the phone ending in 02").fill(await desk.texted("sms", 3));
    await page.keyboard.press("Enter");
    await desk.live("sms");
    expect(desk.complaints).toEqual([]);
  });

  it("enrols TOTP with a picture that comes once, and the account then logs in without a person", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    await logInByText(desk);
    await desk.button("Set up TOTP for sms").click();
    const answers: { readonly body: string; readonly caching: string | undefined }[] = [];
    await page.route("**/accounts/sms/enrolment", async (route) => {
      const response = await route.fetch();
      answers.push({ body: await response.text(), caching: response.headers()["cache-control"] });
      await route.fulfill({ response });
    });
    await desk.button("Make the secret").click();
    await page.getByRole("img", { name: "QR code with the new TOTP secret of sms" }).waitFor();
    const secret = (await readFile(join(test.folder, "secrets/sms-totp"), "utf8")).trim();
    expect(answers).toEqual([
      { body: qrSvg(`otpauth://totp/nubra:sms?secret=${secret}&issuer=nubra`), caching: "no-store" },
    ]);
    // Not before a person has said so.
    expect(test.sandbox.journal.count({ step: "totp-enable" })).toBe(0);
    await desk.button("Turn TOTP on").click();
    await page.getByText("totpSecret: { file: secrets/sms-totp }").waitFor();
    await desk.button("Done").click();
    await desk.button("Log out sms").click();
    await desk.card("sms").getByText("Logged out by you").waitFor();
    test.desk.moveClock(30_000);
    await desk.button("Log in sms").click();
    await desk.live("sms");
    await desk.button("Turn TOTP off for sms").click();
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
    const calls = test.desk.book.heardFrom("risk");
    await expect.poll(() => test.desk.book.heardFrom("risk")).toBeGreaterThan(calls + 3);
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
      .poll(async () => describedBy(page, "trading:"))
      .toContain("Must be the name of an account (main, hedge, sms)");
    expect(await word.inputValue()).toBe("hegde");
    const before = await readFile(join(test.folder, "broker-auth.yaml"), "utf8");
    await word.fill("hedge");
    await page.keyboard.press("Enter");
    await page.getByText("The strategy is at hedge now.").waitFor();
    expect(await readFile(join(test.folder, "broker-auth.yaml"), "utf8")).toBe(
      before.replace("trading: main", "trading: hedge"),
    );
    const requests = page.getByRole("region", { name: "Request log" }).first();
    await requests
      .getByRole("row", { name: /momentum hedge POST \/quick\/user\/limits 200 alive/ })
      .first()
      .waitFor();
    expect(test.desk.logins()).toEqual({ main: 1, hedge: 1, sms: 0 });
    expect(desk.complaints).toEqual([]);
  });

  it("refuses a time that is none at the field, and moves the clock on to one that is", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const time = page.getByLabel("Go on to (India time)");
    await time.fill("25:00");
    await page.keyboard.press("Enter");
    await expect.poll(async () => describedBy(page, "Go on to")).toContain("Write a time of day such as 09:14.");
    expect(await time.inputValue()).toBe("25:00");
    await time.fill("15:31");
    await page.keyboard.press("Enter");
    await page.getByText("Market closed, logins from 08:45 on").waitFor();
    expect(desk.complaints).toEqual([]);
  });

  it("is usable by keyboard: everything in the order of reading, with the focus to be seen", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const names: string[] = [];
    for (;;) {
      await page.keyboard.press("Tab");
      // Round once, and back at the page itself.
      if (await page.evaluate(() => document.activeElement === document.body)) break;
      const { name, outlined } = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const shown = element.matches("input[type=radio]") ? element.nextElementSibling : element;
        const style = getComputedStyle(shown ?? element);
        return {
          name:
            element.innerText.replaceAll(/\s+/g, " ").trim() ||
            element.getAttribute("name") ||
            element.getAttribute("aria-labelledby") ||
            "",
          outlined: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
        };
      });
      expect(outlined, `the focus on "${name}" cannot be seen`).toBe(true);
      names.push(name);
    }
    expect(names.slice(0, 6)).toEqual([
      "Skip to the accounts",
      "Log in main",
      "Log in hedge",
      "Log in sms",
      "range",
      "happenings",
    ]);
    expect(names.filter((name) => name === "Cause")).toHaveLength(9);
    expect(names.slice(-6)).toEqual([
      "time",
      "Move the clock",
      "account",
      "Save what trading stands for",
      expect.stringContaining("sendOrder"),
      expect.stringContaining("Verdict"),
    ]);
  });

  it("tells its parts, fields and news to those who hear it", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.live("main", "hedge");
    for (const landmark of ["banner", "main", "complementary"] as const)
      expect(await page.getByRole(landmark).count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("button, input:not([type=hidden]), a, [tabindex='0'], img, section")]
        .filter((element) => {
          const labelled = element
            .getAttribute("aria-labelledby")
            ?.split(" ")
            .map((id) => document.getElementById(id)?.textContent ?? "");
          const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
          const name =
            labelled?.join(" ") ??
            element.getAttribute("aria-label") ??
            element.getAttribute("alt") ??
            label ??
            element.textContent;
          return (name ?? "").trim() === "";
        })
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    expect(nameless).toEqual([]);
    desk.test.sandbox.nubra.otherDeviceLogin("main");
    await page
      .getByRole("status")
      .filter({ hasText: /^main: session 2: \w+ renewed with the MPIN/ })
      .waitFor();
  });

  it("fits windows of 1440, 1024 and 390 pixels, in light and in dark, with enough contrast", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.live("main", "hedge");
    await desk.cause("Another device logs in");
    await desk.button("Log in sms").click();
    await page.getByLabel("Code sent to the phone ending in 02").fill("12");
    await page.keyboard.press("Enter");
    await page.getByText("Write the digits of the message").waitFor();
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect({ width, colorScheme, pale: await paleTexts(page) }).toEqual({ width, colorScheme, pale: [] });
      }
      const { beyond, small } = await page.evaluate(() => ({
        beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: [...document.querySelectorAll("button")].filter((button) => button.getBoundingClientRect().height < 32)
          .length,
      }));
      expect({ width, beyond, small }).toEqual({ width, beyond: 0, small: 0 });
    }
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

/** What is said about a field to somebody who does not see it: where it is marked as wrong. */
async function describedBy(page: Page, label: string): Promise<string> {
  return page.getByLabel(label).evaluate((input) => {
    if (input.getAttribute("aria-invalid") !== "true") return "";
    const ids = input.getAttribute("aria-describedby")?.split(" ") ?? [];
    return ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
  });
}
