import { demoAccounts, totpCode, TOTP_STEP_MS } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { type TestEnvironment, openTestEnvironment } from "@x/test-environment";

const secret = demoAccounts.kotakNeo.find(({ name }) => name === "hedge")?.totpSecret ?? "";
const attended = { hedge: { totpSecret: undefined } } as never;

/** The code that a phone shows whose clock is off by so much. */
function phone(test: TestEnvironment, offMs: number): string {
  return totpCode(secret, Math.floor((test.clock.now() + offMs) / TOTP_STEP_MS) * TOTP_STEP_MS);
}

function sentCodes(test: TestEnvironment): readonly string[] {
  return test.sandbox.journal.entries({ step: "login" }).map(({ body }) => String((body as { totp?: unknown }).totp));
}

describe("a code that a person types", () => {
  it("from a phone that is ahead is not sent a second time by a program, in whatever step its login begins", async () => {
    for (const laterMs of [0, 10_000, 20_000, 30_000]) {
      await using test = await openTestEnvironment();
      // In the last five seconds of a step: the phone shows the next one's.
      test.clock.set(Math.floor(test.clock.now() / TOTP_STEP_MS) * TOTP_STEP_MS + 26_000);
      await test.engine(attended).login("hedge", { totp: () => phone(test, 5_000) });
      await test.engine().logout("hedge");
      test.clock.advance(laterMs);
      expect((await test.engine().session("hedge")).obtainedBy).toBe("login");
      const codes = sentCodes(test);
      expect(new Set(codes).size).toBe(2);
      expect(codes).toHaveLength(2);
    }
  });

  it("from a phone that is behind is refused where a program has sent that code, before it is sent", async () => {
    await using test = await openTestEnvironment();
    test.clock.set(Math.floor(test.clock.now() / TOTP_STEP_MS) * TOTP_STEP_MS + 26_000);
    await test.engine().session("hedge");
    await test.engine().logout("hedge");
    test.clock.advance(6_000);
    const typed: string[] = [];
    const login = test.engine(attended).login("hedge", {
      totp: () => {
        typed.push(phone(test, -5_000));
        return typed.at(-1) ?? "";
      },
    });
    await expect(login).rejects.toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(typed[0]).toBe(sentCodes(test)[0]);
    expect(sentCodes(test)).toHaveLength(1);
  });
});
