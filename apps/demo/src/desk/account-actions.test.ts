import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

const texts = ({ sandbox }: TestDesk): number => sandbox.journal.count({ account: "sms", step: "sendphoneotp" });
const answer = async (test: TestDesk, handle: string, value: string): Promise<unknown> =>
  test.post("/accounts/sms/answer", { handle, kind: "otp", value });
const begin = async (test: TestDesk): Promise<{ readonly handle: string }> =>
  test.post("/accounts/sms/login") as Promise<{ readonly handle: string }>;
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
    expect(test.desk.account("sms")).toMatchObject({ name: "sms", state: "logged_in" });
  });

  it("texts another code on a person's word only, and leads who holds its older handle to the present one", async () => {
    await using test = await TestDesk.open();
    const first = await begin(test);
    const second = (await test.post("/accounts/sms/answer", { handle: first.handle, kind: "resend" })) as typeof first;
    expect(second.handle).not.toBe(first.handle);
    expect(texts(test)).toBe(2);
    expect(await answer(test, first.handle, "123456")).toMatchObject({
      failure: { code: "challenge_expired", over: true },
    });
    expect((await begin(test)).handle).toBe(second.handle);
    expect(await answer(test, second.handle, texted(test))).toEqual({ kind: "session" });
    expect(texts(test)).toBe(2);
  });

  it("stays the same one after a wrong code, and is another one once it was given up or its time is over", async () => {
    await using test = await TestDesk.open();
    const { handle } = await begin(test);
    const wrong = texted(test) === "000000" ? "000001" : "000000";
    const next = (await answer(test, handle, wrong)) as { readonly handle: string };
    expect(next).toMatchObject({ refused: { code: "otp_rejected" } });
    // Why the last answer was refused concerns who gave it.
    const joined = await begin(test);
    expect(joined).toMatchObject({ kind: "challenge", handle: next.handle });
    expect(joined).not.toHaveProperty("refused");
    expect(texts(test)).toBe(1);
    await test.post("/accounts/sms/logout");
    await begin(test);
    expect(texts(test)).toBe(2);
    test.desk.moveClock(16 * 60_000);
    await begin(test);
    expect(texts(test)).toBe(3);
  });

  it("is refused with when the next code may be texted, once three were within ten minutes", async () => {
    await using test = await TestDesk.open();
    let { handle } = await begin(test);
    for (const _ of [2, 3])
      ({ handle } = (await test.post("/accounts/sms/answer", { handle, kind: "resend" })) as { handle: string });
    const refused = await test.post("/accounts/sms/answer", { handle, kind: "resend" });
    expect(refused).toMatchObject({ failure: { code: "rate_limited", over: false } });
    expect(texts(test)).toBe(3);
    expect(await answer(test, handle, texted(test))).toEqual({ kind: "session" });
  });
});
