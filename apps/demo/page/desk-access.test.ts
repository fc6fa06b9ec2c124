import { describe, expect, it } from "vitest";
import { accessibilityViolations } from "./testing/accessibility.ts";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("the page, for everybody", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("keeps the focus where somebody works, on the button that becomes another one and while it is busy", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.live("main");
    await desk.button("Log out main").focus();
    await page.keyboard.press("Enter");
    await desk.card("main").getByText("Logged out by you").waitFor();
    await expect.poll(async () => desk.focused()).toBe("Log in main");
    // The page may be told of the logout before the answer to it has come.
    await expect.poll(async () => desk.button("Log in main").getAttribute("aria-disabled")).toBe("false");
    // Its time step was used: the login waits for the next code, and the button for the login.
    await page.keyboard.press("Enter");
    await desk
      .card("main")
      .getByText(/^Waits for the next code, \d+\ss$/)
      .waitFor();
    expect(await desk.focused()).toBe("Log in main");
    expect(await desk.button("Log in main").getAttribute("aria-disabled")).toBe("true");
    // A button that goes leaves the focus with the account.
    await desk.button("Log in sms").focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Code sent to the phone ending in 02").waitFor();
    await desk.button("Not now").focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => desk.focused()).toBe("sms");
  });

  it("keeps the counters and the accounts' states in sight, however far down a scenario is caused", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page } = desk;
    const standing = page.getByRole("region", { name: "How it stands" });
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      const { y = -1, height = 900 } = (await standing.boundingBox()) ?? {};
      expect({ width, y, low: height < 80 }).toEqual({ width, y: 0, low: true });
    }
    expect(await standing.innerText()).toMatch(/0\s+Unknown failures|Unknown failures\s+0/);
    expect(await standing.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringContaining("main"),
      expect.stringContaining("hedge"),
      expect.stringContaining("kite"),
      expect.stringContaining("angel"),
      expect.stringContaining("sms"),
    ]);
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
    expect(names.slice(0, 7)).toEqual([
      "Skip to the accounts",
      "Log in main",
      "Log in hedge",
      "Log in kite",
      "Log in angel",
      "Log in sms",
      "happenings",
    ]);
    expect(names.filter((name) => name === "Cause")).toHaveLength(10);
    expect(names.slice(-5)).toEqual([
      "time",
      "Move the clock",
      "account",
      "Save what trading stands for",
      expect.stringContaining("sendOrder"),
    ]);
  });

  it("tells its parts, fields and news to those who hear it", async () => {
    await using desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.live("main", "hedge");
    for (const landmark of ["banner", "main", "complementary"] as const)
      expect(await page.getByRole(landmark).count()).toBe(1);
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    desk.test.sandbox.nubra.otherDeviceLogin("main");
    await page
      .getByRole("status")
      .filter({ hasText: /^main: session 2: \w+ renewed/ })
      .waitFor();
  });

  it(
    "fits windows of 1440, 1024 and 390 pixels, and axe finds nothing wrong on a desk and on a phone, in light and in dark",
    { timeout: 120_000 },
    async () => {
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
        for (const colorScheme of width === 1024 ? [] : (["light", "dark"] as const)) {
          await page.emulateMedia({ colorScheme });
          expect({ width, colorScheme, wrong: await accessibilityViolations(page) }).toEqual({
            width,
            colorScheme,
            wrong: [],
          });
        }
        const beyond = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect({ width, beyond }).toEqual({ width, beyond: 0 });
      }
      expect(desk.complaints).toEqual([]);
    },
  );
});
