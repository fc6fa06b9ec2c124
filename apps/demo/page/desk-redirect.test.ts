import { describe, expect, it } from "vitest";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("an account whose login is a page of its broker", { timeout: 60_000 }, () => {
  const browser = useChromium();

  async function loggedIn(): Promise<DeskInBrowser> {
    const desk = await DeskInBrowser.open(await browser(), { strategy: true });
    const { page } = desk;
    await desk.button("Log in kite").click();
    await page.getByRole("link", { name: "Open the login page of Zerodha" }).click();
    await page.getByRole("button", { name: "Log in as QX4417" }).click();
    await page.getByRole("heading", { name: "Trading desk" }).waitFor();
    await desk.live("kite");
    return desk;
  }

  it("logs in at the page of the sandbox and comes back to the desk, and the strategy shares the session until 06:00", async () => {
    await using desk = await loggedIn();
    const { page, test } = desk;
    expect(new URL(page.url()).pathname).toBe("/");
    await desk
      .card("kite")
      .getByText(/left, until 06:00 IST$/)
      .waitFor();
    await page
      .getByRole("region", { name: "Trading day" })
      .getByText(/^until Tue 4 Mar, 06:00$/)
      .waitFor();
    await desk
      .card("kite")
      .getByText(/page, risk/)
      .waitFor();
    await page.getByLabel("trading:").fill("kite");
    await page.keyboard.press("Enter");
    await page.getByText("The strategy is at kite now.").waitFor();
    await expect
      .poll(() => test.sandbox.journal.count({ account: "kite", step: "place-order", outcome: "accepted" }))
      .toBe(1);
    expect(test.desk.logins()).toMatchObject({ kite: 1 });
    expect(desk.complaints).toEqual([]);
  });

  it("is not logged in by itself when somebody else logs in elsewhere, and says which scenarios it cannot have", async () => {
    await using desk = await loggedIn();
    const { told } = await desk.cause("Another device logs in", "kite");
    expect(told).toMatch(/^Zerodha ended session 1 of kite\..* nobody but a person can log in to kite, on its card\.$/);
    await desk.button("Log in kite").waitFor();
    // What a person can do, and nothing that a program would.
    await desk.card("kite").getByText("A person has to log in: press Log in.").waitFor();
    for (const [title, why] of [
      ["Wrong PIN in the configuration", "the configuration of kite holds no PIN"],
      ["The broker locks the account", "Zerodha asks for PIN and code at its own page"],
      ["Clock is off by a minute", "the configuration of kite holds no TOTP secret"],
      ["100 requests at once", "kite logs in with a person only"],
    ] as const) {
      await desk.scenario(title).getByText(`Cannot be had here: ${why}`).waitFor();
      expect(await desk.scenario(title).getByRole("button").count()).toBe(0);
    }
    expect(desk.test.desk.log.counts.unexplained).toBe(0);
    expect(desk.complaints).toEqual([]);
  });
});
