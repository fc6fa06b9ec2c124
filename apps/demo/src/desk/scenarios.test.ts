import { describe, expect, it } from "vitest";
import { brokersOf } from "./sandbox-side.ts";
import { TestDesk } from "./testing/test-desk.ts";

const parts = ({ sandbox }: TestDesk): number => brokersOf(sandbox).flatMap(({ scenarios }) => scenarios.list()).length;

describe("a scenario that is cut short", { timeout: 60_000 }, () => {
  it("leaves no broker down when the desk is closed in the middle of it", async () => {
    await using test = await TestDesk.open({ strategy: true });
    const caused = test.opened.scenarios?.cause("down", "main").catch((error: unknown) => error);
    await expect.poll(() => parts(test), { interval: 10, timeout: 20_000 }).toBe(4);
    await test.opened.close();
    expect(parts(test)).toBe(0);
    expect(await caused).toMatchObject({ code: "aborted" });
  });

  it("is over for the next run, also when this one was killed", async () => {
    await using test = await TestDesk.open();
    for (const broker of brokersOf(test.sandbox)) broker.setScenario("*", { name: "reset" });
    const next = await test.reopen();
    expect(parts(test)).toBe(0);
    await next.close();
  });
});

describe("an account that a person logs in", { timeout: 60_000 }, () => {
  it("is said to need one press and no code where its session can be renewed, and that is so", async () => {
    await using test = await TestDesk.open({ strategy: true });
    const { actions, desk, opened, sandbox } = test;
    const step = await actions.beginLogin("sms");
    const value = sandbox.nubra.inbox("sms").at(-1)?.code ?? "";
    if (step.kind === "challenge") await actions.answerLogin("sms", step.handle, { kind: "otp", value });
    await opened.scenarios?.cause("expiry", "sms");
    const { outcome } = opened.scenarios?.view().find(({ id }) => id === "expiry") ?? {};
    expect(outcome?.told).toMatch(
      /^It is 16:20 now, and session 1 of sms is over\. Nobody logs in by itself\. Press Log in: Nubra renews the session without a code\./,
    );
    expect(desk.account("sms")).toMatchObject({ state: "expired", renewable: true });
    expect((await actions.beginLogin("sms")).kind).toBe("session");
    expect(sandbox.journal.count({ account: "sms", step: "sendphoneotp" })).toBe(1);
  });
});
