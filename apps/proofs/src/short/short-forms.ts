import { describe, expect, it } from "vitest";
import type { Proof } from "../harness/proof.ts";
import { runProof } from "../harness/proof-run.ts";
import { proofs } from "../proofs.ts";

type Part = "one login" | "attempts and refusals" | "everything else";

// By the first of its promises.
function partOf({ promises: [promise = ""] }: Proof): Part {
  if (promise === "P1") return "one login";
  return ["P2", "P3", "P4", "P5"].includes(promise) ? "attempts and refusals" : "everything else";
}

/** Every proof in its short form. Each part has a test file, so that several workers share them. */
export function showShortForms(part: Part): void {
  describe(`the promises hold, counted at the brokers and on the disk: ${part}`, () => {
    it.each(proofs.filter((proof) => partOf(proof) === part).map((proof) => [proof.name, proof.bar, proof] as const))(
      "%s: %s",
      async (_name, _bar, proof) => {
        const run = await runProof(proof, { scale: "short", seed: 20_310_303, long: false });
        expect(run.holds, run.figure).toBe(true);
      },
      120_000,
    );
  });
}
