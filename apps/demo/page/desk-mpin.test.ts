import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("a login with a typed MPIN", { timeout: 60_000 }, () => {
  const browser = useChromium();

  it("says before each try how many wrong ones the broker still forgives, and begins again after one", async () => {
    await using desk = await DeskInBrowser.open(await browser());
    const { page, test } = desk;
    const file = join(test.folder, "broker-auth.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replace("    mpin: { env: DESK_SMS_MPIN }\n", ""));
    await test.desk.reload();
    const card = desk.card("sms");
    const mpin = page.getByLabel("MPIN", { exact: true });
    const typeCode = async (texts: number): Promise<void> => {
      await page.getByLabel("Code sent to the phone ending in 02").fill(await desk.texted("sms", texts));
      await page.keyboard.press("Enter");
      await mpin.waitFor();
      // A code that was left there would be sent as the MPIN with the next Enter, and would count.
      expect(await mpin.inputValue()).toBe("");
    };
    await desk.button("Log in sms").click();
    await typeCode(1);
    await card.getByText("4 to 6 digits. Nubra has 3 attempts left; then it locks the account.").waitFor();
    for (const [texts, said] of [
      [2, "Nubra has 2 attempts left; then it locks the account."],
      [3, "Nubra has 1 attempt left; then it locks the account."],
      [0, "Nubra has locked the account."],
    ] as const) {
      await mpin.fill(`000${texts}`);
      await page.keyboard.press("Enter");
      await card.getByText(said, { exact: true }).waitFor();
      await card.getByRole("alert").filter({ hasText: "Nubra refused the MPIN." }).waitFor();
      expect(await mpin.count()).toBe(0);
      await expect.poll(async () => desk.focused()).toBe("Begin again");
      if (texts === 0) break;
      await page.keyboard.press("Enter");
      await typeCode(texts);
    }
    // Three codes were texted within ten minutes: nothing but the broker's own count tells of the lock.
    expect(desk.test.sandbox.journal.count({ account: "sms", step: "sendphoneotp" })).toBe(3);
    await card.getByText("Locked by Nubra", { exact: true }).waitFor();
    await desk.button("The broker unlocks the account sms").waitFor();
    expect(desk.complaints).toEqual([]);
  });
});
