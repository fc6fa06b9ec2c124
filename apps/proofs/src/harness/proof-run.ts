import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Proof, ProofContext, ProofResult } from "./proof.ts";
import { seededRandom } from "./seeded-random.ts";

export interface ProofRun extends ProofResult {
  readonly name: string;
  readonly promises: readonly string[];
  readonly bar: string;
  readonly seed: number;
  readonly seconds: number;
}

/** Carries a proof out in a directory of its own. One that cannot be carried out has not been shown. */
export async function runProof(
  proof: Proof,
  options: Pick<ProofContext, "scale" | "seed" | "long" | "sequence" | "only">,
): Promise<ProofRun> {
  const directory = await mkdtemp(join(tmpdir(), `proof-${proof.name}-`));
  const started = performance.now();
  let result: ProofResult;
  try {
    result = await proof.run({ ...options, random: seededRandom(options.seed), directory });
  } catch (error) {
    result = {
      holds: false,
      figure: `could not be carried out: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const { name, promises, bar } = proof;
  return {
    name,
    promises,
    bar,
    seed: options.seed,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    ...result,
  };
}
