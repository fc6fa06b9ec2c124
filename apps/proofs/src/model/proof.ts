import fc from "fast-check";
import { openTestEnvironment, type TestAccountName } from "@x/test-environment";
import { ModelBroker } from "./model-broker.ts";
import { parseSequence, runSequence, sequences } from "./model-sequence.ts";
import { counted, exactly, type Proof, total } from "../harness/proof.ts";

export const proof: Proof = {
  promises: ["P1", "P2", "P3", "P4", "P5", "P11"],
  bar: ">= 10,000 random sequences of logins by programs and persons, enrolments, sessions wanted for longer, refusals, crashes, other devices and clock jumps: no login beyond the budget, no refused factor again, no step twice, no text too many, no sixth session by itself in ten minutes, no token known to be dead",
  async run({ scale, seed, sequence }) {
    const full = scale === "full";
    // The sandbox is another's idea of the brokers than the one that the programs have.
    await using test = await openTestEnvironment({ sandbox: { kotakNeo: { sessions: "exclusive" } } });
    // The one sequence to run, in place of random ones.
    const given = sequence === undefined ? undefined : parseSequence(sequence);
    const violations: string[] = [];
    const found = {
      sequences: total("sequences"),
      steps: total("steps"),
      requests: total("requests"),
      logins: total("logins"),
      texts: total("calls for a text"),
      enrolments: total("enrolments"),
    };
    await explore("main", seed, full ? 6_400 : 100);
    await explore("hedge", seed + 1, full ? 4_000 : 60);
    const what = ["violations", violations.join(" | ")].filter(Boolean).join(": ");
    return counted({ [what]: exactly(violations.length, 0) }, found);

    /** Runs random sequences until one breaks a rule; tells the shortest one that does, as it can be given to `--sequence`. */
    async function explore(name: TestAccountName, seedHere: number, most: number): Promise<void> {
      const broker = new ModelBroker(test, name);
      const property = fc.asyncProperty(given === undefined ? sequences() : fc.constant(given), async (steps) => {
        const system = await runSequence(broker, steps);
        found.sequences.add(1);
        found.steps.add(steps.length);
        found.requests.add(system.requests);
        found.logins.add(broker.minted());
        found.texts.add(system.texts);
        found.enrolments.add(system.enrolments);
      });
      const outcome = await fc.check(property, { seed: seedHere, numRuns: given === undefined ? most : 1 });
      if (!outcome.failed) return;
      const { errorInstance: error, numRuns, counterexample } = outcome;
      const reason = error instanceof Error ? error.message : String(error);
      const shortest = JSON.stringify(counterexample?.[0]);
      violations.push(`${name}: ${reason} (${numRuns} sequences); again with --sequence '${shortest}'`);
    }
  },
};
