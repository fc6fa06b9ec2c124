import { describe, expect, it } from "vitest";
import { runProof } from "./harness/proof-run.ts";
import { proofs } from "./proofs.ts";

describe("the promises hold, counted at the brokers and on the disk", () => {
  it.each(proofs.map((proof) => [proof.name, proof.bar, proof] as const))(
    "%s: %s",
    async (_name, _bar, proof) => {
      const run = await runProof(proof, { scale: "short", seed: 20_310_303, long: false });
      expect(run.holds, run.figure).toBe(true);
    },
    120_000,
  );
});
