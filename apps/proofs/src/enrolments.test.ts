import { describe, expect, it } from "vitest";
import { type Desk, type DeskAuth, nubraAccount, openDesk } from "./desk.ts";

/** A program of the account that has no TOTP yet. */
function program(desk: Desk, changes: { readonly mpin?: string; readonly totpSecret?: string } = {}): DeskAuth {
  return desk.engine({ main: { ...nubraAccount(desk.sandbox, "sms"), totpSecret: undefined, ...changes } });
}

/** Logged in by SMS, as the account has to be for an enrolment. */
async function loggedIn(): Promise<Desk> {
  const desk = await openDesk();
  await program(desk).login("main", { otp: () => desk.sandbox.nubra.inbox("sms").at(-1)?.code ?? "" });
  return desk;
}

describe("enrolments of an account, of which one is accepted", () => {
  it("at once leave the account free, and in the morning the secret that counts logs it in", async () => {
    await using desk = await loggedIn();
    const secrets = new Map<DeskAuth, string>();
    const { promise: all, resolve: release } = Promise.withResolvers<void>();
    const enrol = (auth: DeskAuth): Promise<void> =>
      auth.enableTotp("main", {
        async save({ secret }) {
          secrets.set(auth, secret.reveal());
          if (secrets.size === 3) release();
          // The broker forgets the first secret when it makes the next one.
          await all;
        },
      });
    const programs = [program(desk), program(desk), program(desk)];
    const outcomes = await Promise.allSettled(programs.map(enrol));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
    const winner = programs[outcomes.findIndex(({ status }) => status === "fulfilled")];
    expect(await program(desk).status("main")).toMatchObject({ blockedBy: undefined });
    desk.clock.advance(26 * 3_600_000);
    const totpSecret = secrets.get(winner!) ?? "";
    expect((await program(desk, { totpSecret }).session("main")).obtainedBy).toBe("login");
  });

  it("after one whose MPIN was refused leave it free as well", async () => {
    await using desk = await loggedIn();
    const wrong = program(desk, { mpin: "9999" });
    const refused = wrong.enableTotp("main", { save: () => undefined });
    await expect(refused).rejects.toMatchObject({ code: "pin_rejected" });
    expect(await wrong.status("main")).toMatchObject({ blockedBy: "pin_rejected" });
    let totpSecret = "";
    await program(desk).enableTotp("main", { save: ({ secret }) => void (totpSecret = secret.reveal()) });
    expect(await program(desk).status("main")).toMatchObject({ blockedBy: undefined });
    desk.clock.advance(26 * 3_600_000);
    expect((await program(desk, { totpSecret }).session("main")).obtainedBy).toBe("login");
  });
});
