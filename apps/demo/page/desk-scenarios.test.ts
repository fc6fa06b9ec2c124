import { describe, expect, it } from "vitest";
import { noChromium, useChromium } from "./testing/chromium.ts";
import { DeskInBrowser } from "./testing/desk-in-browser.ts";

describe.skipIf(noChromium)("scenarios on the page", { timeout: 60_000 }, () => {
  const browser = useChromium();

  /** A desk with its strategy at work. */
  async function atWork(): Promise<DeskInBrowser> {
    const desk = await DeskInBrowser.open(await browser(), { strategy: true });
    await desk.live("main", "hedge", "angel");
    return desk;
  }

  it("another device logs in: one process renews, the others take the session over, and nobody fights the second time", async () => {
    await using desk = await atWork();
    const first = await desk.cause("Another device logs in");
    expect(first.told).toMatch(/^Nubra ended session 1 of main\..* renewed: session 2\. .* took the session over/);
    expect(first.logins).toBe("main +1, hedge 0, angel 0");
    const second = await desk.cause("Another device logs in");
    expect(second.told).toMatch(/^It happened twice within ten minutes/);
    expect(second.logins).toBe("main 0, hedge 0, angel 0");
    await desk.card("main").getByText("Stopped", { exact: true }).waitFor();
    await desk.button("Log in main").click();
    await desk.live("main");
    await expectCalm(desk);
  });

  it("a session expires: it is renewed before a call is sent with it", async () => {
    await using desk = await atWork();
    const { told, logins } = await desk.cause("Session expires");
    expect(told).toMatch(/^It is 16:2\d now, and session 1 of main is over\..* renewed first, .* No call failed\.$/);
    expect(logins).toBe("main +1, hedge 0, angel 0");
    await desk.page.getByText("Market closed").waitFor();
    await expectCalm(desk);
  });

  it("a broker that answers HTML, or is down, gives each call a named error, and nobody logs in", async () => {
    await using desk = await atWork();
    const page = await desk.cause("Broker answers HTML");
    expect(page.told).toMatch(/^6 calls were answered with a page \(502\)\. Each ended as broker_unavailable/);
    expect(page.logins).toBe("main 0, hedge 0, angel 0");
    const down = await desk.cause("Brokers are down for ten seconds");
    expect(down.told).toMatch(
      /^\d+ calls ended as broker_unavailable, and all brokers answer again, on the sessions of before\./,
    );
    expect(down.logins).toBe("main 0, hedge 0, angel 0");
    await expectCalm(desk);
  });

  it("a wrong MPIN is sent once by all processes together, and the right one lifts the block", async () => {
    await using desk = await atWork();
    const wrong = await desk.cause("Wrong PIN in the configuration");
    expect(wrong.told).toMatch(/^All 4 processes have the wrong PIN\. It was sent once; Nubra refused it/);
    expect(desk.test.sandbox.journal.count({ account: "main", step: "verifypin", outcome: "refused" })).toBe(1);
    await desk.card("main").getByText("Blocked", { exact: true }).waitFor();
    const right = await desk.cause("Wrong PIN in the configuration");
    expect(right.told).toMatch(/^This PIN was never refused, so the block was lifted by itself/);
    expect(right.logins).toBe("main +1, hedge 0, angel 0");
    await desk.live("main");
    await expectCalm(desk);
  });

  it("a card that a wrong PIN has blocked leads to the correction, and the others do not", async () => {
    await using desk = await atWork();
    const correct = desk.page.getByRole("article").getByRole("button", { name: /^Correct the PIN/ });
    expect(await correct.count()).toBe(0);
    await desk.cause("Wrong PIN in the configuration");
    await desk.card("main").getByText("Blocked", { exact: true }).waitFor();
    await desk.card("main").getByText("Nubra refused the PIN. Correct it in the configuration").waitFor();
    expect(await correct.count()).toBe(1);
    await desk.button("Correct the PIN of main").click();
    await desk.live("main");
    expect(await correct.count()).toBe(0);
    await desk.scenario("Wrong PIN in the configuration").getByText("This PIN was never refused").waitFor();
    await expectCalm(desk);
  });

  it("a blocked account logs in again after a person's word, and not before", async () => {
    await using desk = await atWork();
    await desk.cause("Wrong PIN in the configuration");
    await desk.button("Log in main").click();
    await desk.card("main").getByText("Nothing was sent: the broker refused this MPIN before").waitFor();
    expect(desk.test.sandbox.journal.count({ account: "main", step: "verifypin" })).toBe(2);
    desk.test.sandbox.nubra.setMpin("main", "0000");
    desk.test.desk.moveClock(30_000);
    await desk.button("Unlock main").click();
    await desk.card("main").getByText("The next call logs in, with the same PIN again").waitFor();
    await desk.card("main").getByRole("button", { name: "Unlock", exact: true }).click();
    await desk.live("main");
    await expectCalm(desk);
  });

  it("an account that Nubra has locked comes back with the right MPIN and the broker's word", async () => {
    await using desk = await atWork();
    const { test, page } = desk;
    await desk.cause("Wrong PIN in the configuration");
    // Somebody has used up the attempts elsewhere: unlock() alone never takes the broker's last one.
    test.sandbox.nubra.setScenario("main", { name: "lockout", step: "verifypin", times: 1 });
    test.desk.moveClock(30_000);
    await desk.button("Unlock main").click();
    const confirm = desk.card("main").getByRole("button", { name: "Unlock", exact: true });
    await confirm.click();
    await confirm.waitFor({ state: "detached" });
    const happened = page.getByRole("region", { name: "What happened" });
    await happened.getByRole("listitem").filter({ hasText: "account_locked: verifypin" }).first().waitFor();
    await desk.card("main").getByText("Locked by Nubra", { exact: true }).waitFor();
    await page.getByText("Nubra has locked the account. Ask it to unlock the account").waitFor();
    expect(await test.desk.engine.auth.status("main")).toMatchObject({ blockedBy: "account_locked" });
    const { told, logins } = await desk.cause("Wrong PIN in the configuration");
    expect(told).toMatch(/^Nubra had locked main: the right PIN alone opens nothing then\./);
    expect(logins).toBe("main +1, hedge 0, angel 0");
    await desk.live("main");
    await expectCalm(desk);
  });

  it("a scenario that an account without a session cannot have is refused at once, with what to do, and is told nowhere", async () => {
    await using desk = await atWork();
    const { test, page } = desk;
    await desk.button("Log out main").click();
    await desk.card("main").getByText("Logged out by you").waitFor();
    const titles = ["100 requests at once", "Wrong PIN in the configuration", "Restart the engine"];
    const mark = test.sandbox.journal.mark();
    for (const title of titles) {
      await desk.scenario(title).getByRole("button").click();
      await desk
        .scenario(title)
        .getByText("Main is logged out by you. Nothing was done: log in or unlock on its card first.")
        .waitFor({ timeout: 5_000 });
    }
    expect(await page.locator(".told").count()).toBe(0);
    expect(test.desk.log.happenings.filter(({ kind }) => kind === "scenario")).toEqual([]);
    expect(test.sandbox.journal.count({ account: "main", after: mark })).toBe(0);
    expect(await test.desk.engine.auth.status("main")).toMatchObject({ state: "logged_out" });
    await expectCalm(desk);
  });

  it("a clock that is off by a minute is measured, told and corrected before a code is made", async () => {
    await using desk = await atWork();
    const off = await desk.cause("Clock is off by a minute", "hedge");
    expect(off.told).toMatch(/found this computer 60 s fast/);
    expect(off.logins).toBe("main 0, hedge +1, angel 0");
    await desk.card("hedge").getByText("60 s fast, corrected").waitFor();
    const right = await desk.cause("Clock is off by a minute", "hedge");
    expect(right.told).toMatch(/^The clock is right again\./);
    expect(right.logins).toBe("main 0, hedge +1, angel 0");
    expect(desk.test.sandbox.journal.count({ broker: "kotak-neo", outcome: "refused: wrong-totp" })).toBe(0);
    await expectCalm(desk);
  });

  it("a hundred requests at once cause one login", async () => {
    await using desk = await atWork();
    const { told, logins, moved } = await desk.cause("100 requests at once");
    expect(told).toMatch(
      /^100 of 100 requests were answered\. Nubra counted one login, for which all of them waited\. .* took the session over/,
    );
    expect(moved).toBe("The sandbox’s clock went on by 30 s.");
    expect(logins).toBe("main +1, hedge 0, angel 0");
    await expectCalm(desk);
  });

  it.each(["main", "hedge", "angel"])(
    "an account that the broker locks is tried once by all processes together, and its support lifts the lock: %s",
    async (account) => {
      await using desk = await atWork();
      const { told } = await desk.cause("The broker locks the account", account);
      expect(told).toMatch(/ refused one login \(account_locked\), and from then on nothing is sent/);
      await desk
        .card(account)
        .getByText(/^Locked by /)
        .waitFor();
      await desk.button(`The broker unlocks the account ${account}`).click();
      await expect.poll(() => desk.test.desk.account(account)?.blockedBy).toBeUndefined();
      // The next code.
      desk.test.desk.moveClock(30_000);
      await desk.card(account).getByText("Logged in", { exact: true }).waitFor({ timeout: 45_000 });
      await expectCalm(desk);
    },
  );

  it.each([
    ["hedge", "Kotak Neo"],
    ["angel", "Angel One"],
  ])("a broker with another login than Nubra's has the same scenarios: %s", async (account, title) => {
    await using desk = await atWork();
    const other = await desk.cause("Another device logs in", account);
    expect(other.told).toMatch(new RegExp(`^${title} ended session 1 of ${account}\\..* session 2\\.`));
    const page = await desk.cause("Broker answers HTML", account);
    expect(page.told).toMatch(/^6 calls were answered with a page/);
    const wrong = await desk.cause("Wrong PIN in the configuration", account);
    expect(wrong.told).toMatch(/^All 4 processes have the wrong PIN\. It was sent once; .* refused it/);
    const right = await desk.cause("Wrong PIN in the configuration", account);
    expect(right.told).toMatch(/^This PIN was never refused, so the block was lifted by itself/);
    const over = await desk.cause("Session expires", account);
    expect(over.told).toMatch(/^It is 00:00 now, and session \d of \w+ is over\..* logged in first/);
    await expectCalm(desk);
  });

  it("a killed process, and then a restart of everything, find the sessions in the store and log nobody in", async () => {
    await using desk = await atWork();
    const before = desk.test.desk.supervisor.pid("risk");
    const killed = await desk.cause("Kill one of three processes");
    expect(killed.told).toContain(`Process ${before} is gone`);
    expect(killed.logins).toBe("main 0, hedge 0, angel 0");
    expect(desk.test.desk.supervisor.pid("risk")).not.toBe(before);
    await desk.page.getByText("begun again once").waitFor();
    const restarted = await desk.cause("Restart the engine");
    expect(restarted.told).toMatch(
      /^Nothing was in memory any more\. The processes found session 1 of main, session 1 of hedge and session 1 of angel/,
    );
    expect(restarted.logins).toBe("main 0, hedge 0, angel 0");
    await expectCalm(desk);
  });
});

async function expectCalm({ page, complaints }: DeskInBrowser): Promise<void> {
  const unexplained = page.locator(".counters > div").filter({ hasText: "Unknown failures" });
  expect(await unexplained.getByRole("definition").innerText()).toBe("0");
  expect(complaints).toEqual([]);
}
