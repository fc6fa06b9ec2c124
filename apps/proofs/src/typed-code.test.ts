import { demoAccounts, totpCode, TOTP_STEP_MS } from "@x/sandbox";
import { describe, expect, it } from "vitest";
import { type Desk, openDesk } from "./desk.ts";

const secret = demoAccounts.kotakNeo.find(({ name }) => name === "hedge")?.totpSecret ?? "";
const attended = { hedge: { totpSecret: undefined } } as never;

/** The code that a phone shows whose clock is off by so much. */
function phone(desk: Desk, offMs: number): string {
  return totpCode(secret, Math.floor((desk.clock.now() + offMs) / TOTP_STEP_MS) * TOTP_STEP_MS);
}

function sentCodes(desk: Desk): readonly string[] {
  return desk.sandbox.journal.entries({ step: "login" }).map(({ body }) => String((body as { totp?: unknown }).totp));
}

describe("a code that a person types", () => {
  it("from a phone that is ahead is not sent a second time by a program, in whatever step its login begins", async () => {
    for (const laterMs of [0, 10_000, 20_000, 30_000]) {
      await using desk = await openDesk();
      // In the last five seconds of a step: the phone shows the next one's.
      desk.clock.set(Math.floor(desk.clock.now() / TOTP_STEP_MS) * TOTP_STEP_MS + 26_000);
      await desk.engine(attended).login("hedge", { totp: () => phone(desk, 5_000) });
      await desk.engine().logout("hedge");
      desk.clock.advance(laterMs);
      expect((await desk.engine().session("hedge")).obtainedBy).toBe("login");
      const codes = sentCodes(desk);
      expect(new Set(codes).size).toBe(2);
      expect(codes).toHaveLength(2);
    }
  });

  it("from a phone that is behind is refused where a program has sent that code, before it is sent", async () => {
    await using desk = await openDesk();
    desk.clock.set(Math.floor(desk.clock.now() / TOTP_STEP_MS) * TOTP_STEP_MS + 26_000);
    await desk.engine().session("hedge");
    await desk.engine().logout("hedge");
    desk.clock.advance(6_000);
    const typed: string[] = [];
    const login = desk.engine(attended).login("hedge", {
      totp: () => {
        typed.push(phone(desk, -5_000));
        return typed.at(-1) ?? "";
      },
    });
    await expect(login).rejects.toMatchObject({ code: "needs_input", challenge: "totp" });
    expect(typed[0]).toBe(sentCodes(desk)[0]);
    expect(sentCodes(desk)).toHaveLength(1);
  });
});
