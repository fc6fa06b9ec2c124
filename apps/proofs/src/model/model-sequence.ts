import fc from "fast-check";
import type { ModelBroker } from "./model-broker.ts";
import { modelCommands } from "./model-command.ts";
import { ModelSystem } from "./model-system.ts";

/** One thing that happens in the model. Plain data: a sequence that broke a rule is printed as it is, and runs again by itself. */
export interface ModelStep {
  /** The name of a command; its fields are beside it. */
  readonly do: string;
}

/** Runs one sequence from the beginning, and puts everything right after it. Rejects where a rule is broken. */
export async function runSequence(broker: ModelBroker, steps: readonly ModelStep[]): Promise<ModelSystem> {
  broker.reset();
  const system = new ModelSystem(broker);
  system.start({ pin: 0, totp: "right" });
  for (const step of steps) await modelCommands[step.do]!.run(system, step as never);
  await system.recover();
  return system;
}

/** A sequence as it was printed when it broke a rule. @throws Error for other text */
export function parseSequence(text: string): readonly ModelStep[] {
  const steps: unknown = JSON.parse(text);
  if (!Array.isArray(steps)) throw new Error("a sequence of the model is a list of steps");
  return steps as readonly ModelStep[];
}

/** Random sequences, with the more frequent things more often. */
export function sequences(): fc.Arbitrary<readonly ModelStep[]> {
  const steps = Object.entries(modelCommands).map(([name, { weight, fields }]) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(name), ...fields }) as fc.Arbitrary<ModelStep>,
  }));
  return fc.array(fc.oneof(...steps), { maxLength: 30, size: "max" });
}
