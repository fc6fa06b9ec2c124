import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NamedProof, ProofOptions, ProofResult } from "./proof.ts";
import { seededRandom } from "./seeded-random.ts";

export interface ProofRun extends ProofResult, Omit<NamedProof, "run"> {
  readonly seed: number;
  readonly seconds: number;
}

/** Carries a proof out in a directory of its own. One that cannot be carried out has not been shown. */
export async function runProof(proof: NamedProof, options: ProofOptions): Promise<ProofRun> {
  const { name, promises, bar } = proof;
  const { seed } = options;
  const directory = await mkdtemp(join(tmpdir(), `proof-${name}-`));
  const started = performance.now();
  const result = await proof
    .run({ ...options, random: seededRandom(seed), directory })
    .catch((error: unknown): ProofResult => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { holds: false, figure: `could not be carried out: ${reason}` };
    })
    .finally(() => rm(directory, { recursive: true, force: true }));
  return { name, promises, bar, seed, seconds: Math.round((performance.now() - started) / 100) / 10, ...result };
}
