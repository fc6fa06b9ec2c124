import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

/** A desk on which sms is logged in. */
async function opened(): Promise<TestDesk> {
  const test = await TestDesk.open();
  const { handle } = (await test.post("/accounts/sms/login")) as { readonly handle: string };
  const value = test.sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
  await test.post("/accounts/sms/answer", { handle, kind: "otp", value });
  return test;
}

const confirm = async (test: TestDesk, enrolment: string): Promise<unknown> =>
  test.post("/accounts/sms/enrolment/confirm", { enrolment });

describe("a TOTP enrolment", { timeout: 60_000 }, () => {
  it("is refused where TOTP is on, and leaves the secret that works alone", async () => {
    await using test = await opened();
    const { id } = await test.enrolments.begin("sms");
    expect(await confirm(test, id)).toEqual({ line: "totpSecret: { file: secrets/sms-totp }" });
    const secret = await readFile(join(test.folder, "secrets/sms-totp"), "utf8");
    const made = test.sandbox.journal.count({ step: "totp-generate" });
    for (const account of ["sms", "main"])
      expect(await test.post(`/accounts/${account}/enrolment`)).toMatchObject({
        failure: { code: "configuration", field: "account", message: expect.stringContaining("TOTP is on for") },
      });
    expect(test.sandbox.journal.count({ step: "totp-generate" })).toBe(made);
    expect(await readFile(join(test.folder, "secrets/sms-totp"), "utf8")).toBe(secret);
    const again = await test.reopen();
    test.desk.moveClock(30_000);
    await test.actions.logout("sms");
    expect(await again.actions.beginLogin("sms")).toMatchObject({ kind: "session" });
    await again.close();
  });

  it("keeps no secret that was not confirmed, and confirms none but the one that was shown last", async () => {
    await using test = await opened();
    const first = await test.enrolments.begin("sms");
    const second = await test.enrolments.begin("sms");
    expect(second.picture).not.toBe(first.picture);
    expect(await confirm(test, first.id)).toMatchObject({ failure: { code: "challenge_expired" } });
    expect(await test.post("/accounts/sms/enrolment/cancel", { enrolment: first.id })).toEqual({});
    expect(await test.post("/accounts/sms/enrolment/cancel", { enrolment: second.id })).toEqual({});
    expect(await confirm(test, second.id)).toMatchObject({ failure: { code: "challenge_expired" } });
    expect(existsSync(join(test.folder, "secrets"))).toBe(false);
    expect(test.sandbox.journal.count({ step: "totp-enable" })).toBe(0);
    expect(test.desk.account("sms")).toMatchObject({ name: "sms", enrolled: false, unattended: false });
  });

  it("forgets the secret that the broker did not take", async () => {
    await using test = await opened();
    const { id } = await test.enrolments.begin("sms");
    test.sandbox.nubra.setScenario("sms", { name: "lockout", step: "totp-enable", times: 1 });
    expect(await confirm(test, id)).toMatchObject({ failure: { code: "account_locked" } });
    expect(await readdir(join(test.folder, "secrets"))).toEqual([]);
    expect(test.desk.account("sms")).toMatchObject({ enrolled: false, unattended: false });
  });

  it("comes to one secret however many begin it at once", async () => {
    await using test = await opened();
    const begun = await Promise.allSettled([1, 2, 3].map(async () => test.enrolments.begin("sms")));
    const ids = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : []));
    const answers = await Promise.all(ids.map(async (id) => confirm(test, id)));
    expect(answers.filter((one) => Object.hasOwn(one as object, "line"))).toHaveLength(1);
    expect(test.sandbox.journal.count({ step: "totp-enable", outcome: "accepted" })).toBe(1);
  });

  it("is finished once, whatever is asked for meanwhile", async () => {
    await using test = await opened();
    const { enrolments } = test;
    const { id } = await enrolments.begin("sms");
    const first = enrolments.confirm("sms", id);
    enrolments.cancel("sms", id);
    await expect(enrolments.confirm("sms", id)).rejects.toMatchObject({ code: "store_busy" });
    await expect(enrolments.begin("sms")).rejects.toMatchObject({ code: "store_busy" });
    expect(await first).toBe("totpSecret: { file: secrets/sms-totp }");
    expect(test.sandbox.journal.count({ step: "totp-enable" })).toBe(1);
  });

  it("and a login that waits go on although the configuration is changed meanwhile", async () => {
    await using test = await opened();
    const { id } = await test.enrolments.begin("sms");
    expect(await test.post("/use/trading", { account: "hedge" })).toEqual({});
    expect(await confirm(test, id)).toHaveProperty("line");
    const login = test.post("/accounts/main/login");
    expect(await test.post("/use/trading", { account: "main" })).toEqual({});
    expect(await login).toEqual({ kind: "session" });
    expect(test.desk.logins()).toMatchObject({ main: 1 });
  });

  it("is given up by a logout", async () => {
    await using test = await opened();
    const { id } = await test.enrolments.begin("sms");
    expect(await test.post("/accounts/sms/logout")).toEqual({});
    expect(await confirm(test, id)).toMatchObject({ failure: { code: "challenge_expired" } });
  });

  it("is turned off only where it was turned on here", async () => {
    await using test = await TestDesk.open();
    await test.post("/accounts/main/login");
    expect(await test.post("/accounts/main/enrolment/remove")).toMatchObject({ failure: { field: "account" } });
    expect(test.sandbox.journal.count({ step: "totp-disable" })).toBe(0);
  });
});
