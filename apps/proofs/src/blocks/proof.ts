import { openTestEnvironment } from "@x/test-environment";
import { factorSteps, maintenances, startPrograms } from "./maintenance.ts";
import { wantSessions } from "../harness/patient-programs.ts";
import { counted, faults, highest, lowest, type Proof, type ProofContext, total } from "../harness/proof.ts";
import { attemptsLeft, refusedSends } from "../attempts/refused-sends.ts";
import { differentlyWrong, ofThisAccount } from "../attempts/wrong-configurations.ts";
import { typedOutcomeOf } from "../harness/outcome.ts";

const minuteMs = 60_000;
const dayMs = 26 * 60 * minuteMs;

export const proof: Proof = {
  promises: ["P2", "P5"],
  bar: "maintenance of any length at every step: proved credentials are logged in again by themselves within 15 min of its end, one try per pause for all programs together; not proved: 2 tries; a changed MPIN answered by 500: 2; a locked account: nothing sent until unlock(); unlock() at each start: never the broker's last attempt",
  async run(context) {
    const found = newFound();
    const maintained = await maintenances(context);
    await changedMpin(found, context);
    await lockedAccount(found);
    await unlockAtEachStart(found, context);
    return counted(maintained, found);
  },
};

const newFound = () => ({
  tries: highest("tries of an MPIN that was changed and is answered by 500 (at most)", { exactly: 2 }),
  leftAfter: lowest("attempts left after them (at least)", { atLeast: 1 }),
  requests: total("requests for an account that is locked", { exactly: 0 }),
  shutOut: faults("that stayed locked out after unlock()"),
  starts: total("starts with wrong configurations and unlock()"),
  refused: highest("of their attempts refused (at most)", { atMost: 2 }),
  left: lowest("attempts left at the brokers (at least)", { atLeast: 1 }),
});
type Found = ReturnType<typeof newFound>;

/** It opened a session once, the person changed it elsewhere, and the broker hides its refusal behind 500. */
async function changedMpin(found: Found, { scale, random }: ProofContext): Promise<void> {
  for (const name of ["main", "hedge"] as const) {
    // At Nubra there is a renewal for a day, which carries the MPIN as well.
    for (const asleepMs of [8 * 60 * minuteMs, dayMs]) {
      for (const programs of scale === "full" ? [1, 3, 50] : [1, 3]) {
        await using test = await openTestEnvironment();
        const crowd = startPrograms(test, programs, random);
        await crowd[0]?.session(name);
        test.clock.advance(asleepMs);
        const step = factorSteps(name)[1];
        const mark = test.sandbox.journal.mark();
        if (name === "main") test.sandbox.nubra.setMpin(name, "8642");
        else test.play(name, { name: "wrong-pin" });
        test.play(name, { name: "server-error", step, status: 500, acted: true });
        await wantSessions(crowd, name, test.clock, 300 * minuteMs);
        found.tries.add(test.sandbox.journal.count({ step, after: mark }));
        found.leftAfter.add(attemptsLeft(test, name));
      }
    }
  }
}

/** What leaves for an account that the broker has locked, before a person's unlock(): by automation and by hand. */
async function lockedAccount(found: Found): Promise<void> {
  for (const name of ["main", "hedge"] as const) {
    for (const step of factorSteps(name)) {
      await using test = await openTestEnvironment();
      test.play(name, { name: "lockout", step });
      const code = await typedOutcomeOf(test.engine().session(name));
      if (code !== "account_locked") throw new Error(`${name}: a locked account is told as ${code}`);
      const mark = test.sandbox.journal.mark();
      for (let time = 0; time < 6; time++) {
        for (const program of [test.engine(), test.engine()]) {
          await typedOutcomeOf(program.session(name));
          await typedOutcomeOf(program.login(name));
        }
        test.clock.advance(20 * minuteMs);
      }
      found.requests.add(test.sandbox.journal.count({ step: factorSteps(name), after: mark }));
      // The person has called the broker.
      test.endScenarios(name);
      test.sandbox[name === "main" ? "nubra" : "kotakNeo"].unlock(name);
      const program = test.engine();
      await program.unlock(name);
      const after = await typedOutcomeOf(program.session(name));
      if (after !== "done") found.shutOut.add(`${name} ${step}: ${after}`);
    }
  }
}

/** What a program calls at each start with nobody there: each of them sends what is configured. */
const unaskedCalls = ["session", "login", "beginLogin"] as const;

/** A supervisor that says at each start that the next attempt will succeed. */
async function unlockAtEachStart(found: Found, context: ProofContext): Promise<void> {
  const starts = context.scale === "full" ? 100 : 12;
  for (const name of ["main", "hedge"] as const) {
    // Always the same at each start, or something else each time.
    const alike = ofThisAccount(name, 1).map((wrong) => [wrong]);
    const cases = [...alike, differentlyWrong(name, 50, context.random)].flatMap((configurations) =>
      unaskedCalls.map((call) => ({ configurations, call })),
    );
    for (const { configurations, call } of cases) {
      await using test = await openTestEnvironment();
      for (let time = 0; time < starts; time++) {
        const program = test.engine(configurations[time % configurations.length]);
        await program.unlock(name);
        if ((await typedOutcomeOf(program[call](name))) === "done")
          throw new Error("a wrong configuration opened a session");
        test.clock.advance(5 * minuteMs);
        found.starts.add(1);
      }
      found.refused.add(refusedSends(test, name));
      found.left.add(attemptsLeft(test, name));
    }
  }
}
