import { describe, expect, it } from "vitest";
import { runProof } from "../harness/proof-run.ts";
import type { NamedProof } from "../harness/proof.ts";
import { proofs } from "../proofs.ts";

type Part = "one login" | "attempts and refusals" | "everything else";

// By the first of its promises.
function partOf({ promises: [promise = ""] }: NamedProof): Part {
  if (promise === "P1") return "one login";
  return ["P2", "P3", "P4", "P5"].includes(promise) ? "attempts and refusals" : "everything else";
}

/** Every proof in its short form. Each part has a test file, so that several workers share them. */
export function showShortForms(part: Part): void {
  const chosen = proofs.filter((proof) => partOf(proof) === part);
  describe(`the promises hold, counted at the brokers and on the disk: ${part}`, () => {
    it.each(chosen)(
      "$name: $bar",
      async (proof) => {
        const run = await runProof(proof, { scale: "short", seed: 20_310_303 });
        expect(run.holds, run.figure).toBe(true);
      },
      120_000,
    );
  });
}
