import fc from "fast-check";
import { type ModelBroker, sandboxBrokers } from "./model-broker.ts";
import { parseSequence, runSequence, sequences } from "./model-sequence.ts";
import { modelClock } from "./model-system.ts";
import type { ModelStep } from "./model-step.ts";
import { counted, exactly, type Proof, told } from "../harness/proof.ts";
import { quickNubra } from "./quick-nubra.ts";

export const proof: Proof = {
  promises: ["P1", "P2", "P3", "P4", "P5", "P11"],
  bar: ">= 10,000 random sequences of logins by programs and persons, enrolments, sessions wanted for longer, refusals, crashes, other devices and clock jumps: no login beyond the budget, no refused factor again, no step twice, no text too many, no sixth session by itself in ten minutes, no token known to be dead",
  async run({ scale, seed, sequence }) {
    const full = scale === "full";
    const tally = newTally();
    const clock = modelClock();
    const quick = quickNubra(() => clock.now());
    // The same commands at the sandbox, which is another's idea of the brokers.
    await using brokers = await sandboxBrokers(() => clock.now());
    const broken: (string | undefined)[] = [];
    const each = [
      { name: "quick", broker: quick, sequences: full ? 10_000 : 150 },
      { name: "nubra", broker: brokers.main, sequences: full ? 400 : 8 },
      { name: "kotak-neo", broker: brokers.hedge, sequences: full ? 400 : 8 },
    ];
    const given = sequence === undefined ? undefined : parseSequence(sequence);
    for (const [index, exploration] of each.entries())
      broken.push(await explore({ ...exploration, clock, tally, seed: seed + index, given }));
    const violations = broken.filter((text) => text !== undefined);
    return counted({
      [`violations${violations.length === 0 ? "" : `: ${violations.join(" | ")}`}`]: exactly(violations.length, 0),
      sequences: told(tally.sequences),
      steps: told(tally.steps),
      requests: told(tally.requests),
      logins: told(tally.logins),
      "calls for a text": told(tally.texts),
      enrolments: told(tally.enrolments),
    });
  },
};

const newTally = () => ({ sequences: 0, steps: 0, requests: 0, logins: 0, texts: 0, enrolments: 0 });
type Tally = ReturnType<typeof newTally>;

interface Exploration {
  readonly name: string;
  readonly broker: ModelBroker;
  readonly clock: ReturnType<typeof modelClock>;
  readonly tally: Tally;
  readonly sequences: number;
  readonly seed: number;
  /** The one sequence to run, in place of random ones. */
  readonly given: readonly ModelStep[] | undefined;
}

/** Runs random sequences until one breaks a rule; tells the shortest one that does, as it can be given to `--sequence`. */
async function explore(exploration: Exploration): Promise<string | undefined> {
  const { name, broker, clock, tally, given } = exploration;
  const property = fc.asyncProperty(
    given === undefined ? sequences() : fc.constant(given),
    async (steps: readonly ModelStep[]) => {
      const system = await runSequence(broker, clock, steps);
      tally.sequences += 1;
      tally.steps += steps.length;
      tally.requests += system.requests;
      tally.logins += broker.minted();
      tally.texts += system.texts;
      tally.enrolments += system.enrolments;
    },
  );
  const { seed, sequences: most } = exploration;
  const outcome = await fc.check(property, { seed, numRuns: given === undefined ? most : 1 });
  if (!outcome.failed) return undefined;
  const reason = outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance);
  const shortest = outcome.counterexample?.[0];
  return `${name}: ${reason} (${outcome.numRuns} sequences); again with --sequence '${JSON.stringify(shortest)}'`;
}
