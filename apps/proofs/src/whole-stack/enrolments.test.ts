import { describe, expect, it } from "vitest";
import { type TestAuth, type TestEnvironment, openTestEnvironment } from "@x/test-environment";

/** A program of the account that has no TOTP yet. */
function program(
  test: TestEnvironment,
  changes: { readonly mpin?: string; readonly totpSecret?: string } = {},
): TestAuth {
  return test.engine({ main: { ...test.sandbox.nubra.accountInput("sms"), totpSecret: undefined, ...changes } });
}

/** Logged in by SMS, as the account has to be for an enrolment. */
async function loggedIn(): Promise<TestEnvironment> {
  const test = await openTestEnvironment();
  await program(test).login("main", { otp: () => test.sandbox.nubra.inbox("sms").at(-1)?.code ?? "" });
  return test;
}

describe("enrolments of an account, of which one is accepted", () => {
  it("at once leave the account free, and in the morning the secret that counts logs it in", async () => {
    await using test = await loggedIn();
    const secrets = new Map<TestAuth, string>();
    const { promise: all, resolve: release } = Promise.withResolvers<void>();
    const enrol = (auth: TestAuth): Promise<void> =>
      auth.enableTotp("main", {
        async save({ secret }) {
          secrets.set(auth, secret.reveal());
          if (secrets.size === 3) release();
          // The broker forgets the first secret when it makes the next one.
          await all;
        },
      });
    const programs = [program(test), program(test), program(test)];
    const outcomes = await Promise.allSettled(programs.map(enrol));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
    const winner = programs[outcomes.findIndex(({ status }) => status === "fulfilled")];
    expect(await program(test).status("main")).toMatchObject({ blockedBy: undefined });
    test.clock.advance(26 * 3_600_000);
    const totpSecret = secrets.get(winner!) ?? "";
    expect((await program(test, { totpSecret }).session("main")).obtainedBy).toBe("login");
  });

  it("after one whose MPIN was refused leave it free as well", async () => {
    await using test = await loggedIn();
    const wrong = program(test, { mpin: "9999" });
    const refused = wrong.enableTotp("main", { save: () => undefined });
    await expect(refused).rejects.toMatchObject({ code: "pin_rejected" });
    expect(await wrong.status("main")).toMatchObject({ blockedBy: "pin_rejected" });
    let totpSecret = "";
    await program(test).enableTotp("main", { save: ({ secret }) => void (totpSecret = secret.reveal()) });
    expect(await program(test).status("main")).toMatchObject({ blockedBy: undefined });
    test.clock.advance(26 * 3_600_000);
    expect((await program(test, { totpSecret }).session("main")).obtainedBy).toBe("login");
  });
});
