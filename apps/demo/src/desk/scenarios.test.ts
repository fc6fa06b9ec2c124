import { describe, expect, it } from "vitest";
import { TestDesk } from "./testing/test-desk.ts";

const parts = ({ sandbox }: TestDesk): number =>
  sandbox.nubra.scenarios.list().length + sandbox.kotakNeo.scenarios.list().length;

describe("a scenario that is cut short", { timeout: 60_000 }, () => {
  it("leaves no broker down when the desk is closed in the middle of it", async () => {
    await using test = await TestDesk.open({ strategy: true });
    const caused = test.opened.scenarios?.cause("down").catch((error: unknown) => error);
    await expect.poll(() => parts(test), { interval: 10, timeout: 20_000 }).toBe(2);
    await test.opened.close();
    expect(parts(test)).toBe(0);
    expect(await caused).toMatchObject({ code: "aborted" });
  });

  it("is over for the next run, also when this one was killed", async () => {
    await using test = await TestDesk.open();
    for (const broker of [test.sandbox.nubra, test.sandbox.kotakNeo]) broker.setScenario("*", { name: "reset" });
    const next = await test.reopen();
    expect(parts(test)).toBe(0);
    await next.close();
  });
});
