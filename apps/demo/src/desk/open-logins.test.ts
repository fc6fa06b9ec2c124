import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

const texts = ({ sandbox }: TestDesk): number => sandbox.journal.count({ account: "sms", step: "sendphoneotp" });
const answer = async (test: TestDesk, handle: string, value: string): Promise<unknown> =>
  test.post("/accounts/sms/answer", { handle, kind: "otp", value });
const begin = async (test: TestDesk, fields = {}): Promise<{ readonly handle: string }> =>
  test.post("/accounts/sms/login", fields) as Promise<{ readonly handle: string }>;
const texted = ({ sandbox }: TestDesk): string => sandbox.nubra.inbox("sms").at(-1)?.code ?? "";

describe("a login that is under way", { timeout: 60_000 }, () => {
  it("is shared by everybody who asks for one: fifty requests text one code", async () => {
    await using test = await TestDesk.open();
    const begun = await Promise.all(Array.from({ length: 50 }, async () => begin(test)));
    const [{ handle } = { handle: "" }] = begun;
    expect(begun.every((one) => one.handle === handle)).toBe(true);
    expect((await begin(test)).handle).toBe(handle);
    expect(texts(test)).toBe(1);
    expect(await answer(test, handle, texted(test))).toEqual({ kind: "session" });
    expect(test.desk.view().accounts[2]).toMatchObject({ name: "sms", state: "logged_in" });
  });

  it("is begun again for a person who says so", async () => {
    await using test = await TestDesk.open();
    const first = await begin(test);
    const second = await begin(test, { again: "yes" });
    expect(second.handle).not.toBe(first.handle);
    expect(texts(test)).toBe(2);
    // Who holds the first one is led to the second, and not to a third code.
    expect(await answer(test, first.handle, "123456")).toMatchObject({
      refusal: { code: "challenge_expired", over: true },
    });
    expect((await begin(test)).handle).toBe(second.handle);
    expect(await answer(test, second.handle, texted(test))).toEqual({ kind: "session" });
    expect(texts(test)).toBe(2);
  });

  it("is another one once its time is over, once it was given up, and once it was answered", async () => {
    await using test = await TestDesk.open();
    await begin(test);
    test.desk.moveClock(6 * 60_000);
    await begin(test);
    expect(texts(test)).toBe(2);
    await test.post("/accounts/sms/logout");
    const { handle } = await begin(test);
    expect(texts(test)).toBe(3);
    const wrong = texted(test) === "000000" ? "000001" : "000000";
    const next = (await answer(test, handle, wrong)) as { readonly handle: string };
    expect(next).toMatchObject({ refused: { code: "otp_rejected" } });
    expect(await begin(test)).toEqual(expect.not.objectContaining({ refused: expect.anything() }));
    expect((await begin(test)).handle).toBe(next.handle);
    expect(texts(test)).toBe(3);
  });

  it("is not multiplied by logouts in between", async () => {
    await using test = await TestDesk.open();
    const { actions } = test.desk;
    const mixed = Array.from({ length: 50 }, async (_, at) =>
      at % 2 === 0 ? actions.beginLogin("sms") : actions.logout("sms"),
    );
    await Promise.all(mixed);
    expect(texts(test)).toBe(1);
    expect(await test.desk.auth.status("sms")).not.toMatchObject({ state: "login_blocked" });
  });
});
