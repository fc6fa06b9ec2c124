import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LeftAccounts } from "./left-accounts.ts";
import { TestDesk } from "./testing/test-desk.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-auth-left-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a person's logout", { timeout: 60_000 }, () => {
  it("is still known after a restart, until the person logs in", async () => {
    const before = await LeftAccounts.open(folder);
    await Promise.all([before.set("main", true), before.set("hedge", true), before.set("hedge", false)]);
    const after = await LeftAccounts.open(folder);
    expect(after.names).toEqual(["main"]);
    await after.set("main", false);
    expect((await LeftAccounts.open(folder)).names).toEqual([]);
  });

  it.each(["{", '{"main":true}', "[1]"])("counts as none where its file holds something else: %s", async (text) => {
    await writeFile(join(folder, "logged-out.json"), text);
    expect((await LeftAccounts.open(folder)).names).toEqual([]);
  });

  it("ends the session only when every process of the strategy has let the account go, so that none logs in again", async () => {
    await using test = await TestDesk.open({ strategy: true });
    const { desk, sandbox, actions } = test;
    // All are at work: one that is stopped in the middle of a login would hold up whoever waits for the same account.
    const atWork = (): boolean =>
      desk.log.heardFrom("positions") > 0 && ["main", "hedge", "angel"].every((name) => desk.logins()[name] === 1);
    await desk.log.until(atWork, 30_000);
    const pid = desk.supervisor.pid("risk") ?? 0;
    process.kill(pid, "SIGSTOP");
    const logout = actions.logout("main");
    const before = desk.log.heardFrom("positions");
    expect(await desk.log.until(() => desk.log.heardFrom("positions") > before + 2, 30_000)).toBe(true);
    expect(sandbox.journal.count({ account: "main", step: "logout" })).toBe(0);
    process.kill(pid, "SIGCONT");
    await logout;
    expect(sandbox.journal.count({ account: "main", step: "logout" })).toBe(1);
    expect(desk.logins()).toMatchObject({ main: 1 });
  });

  it("keeps the strategy of the next run away from the account", async () => {
    await using first = await TestDesk.open();
    await first.actions.beginLogin("main");
    await first.actions.logout("main");
    const again = await first.reopen();
    const second = again.desk;
    second.start();
    // Both brokers could have been called several times by now.
    await second.log.until(() => second.log.heardFrom("risk") > 4 && second.log.heardFrom("positions") > 2, 30_000);
    expect(second.view().accounts.find(({ name }) => name === "main")).toMatchObject({
      left: true,
      state: "logged_out",
    });
    expect(second.logins()).toMatchObject({ main: 1, hedge: 1 });
    await again.close();
  });
});
