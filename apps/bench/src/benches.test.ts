import { describe, expect, it } from "vitest";
import { runBench } from "./bench-run.ts";
import { benches } from "./benches.ts";

// Figures of a short run say nothing, and a test that looked at a clock would fail on a busy machine: only that there are figures is asserted.
describe("every bench can be carried out", () => {
  it.each(benches.map((bench) => [bench.name, bench] as const))(
    "%s",
    async (_name, bench) => {
      const { failure, comparisons } = await runBench(bench, "short");
      expect(failure).toBeUndefined();
      expect(comparisons).not.toEqual([]);
      for (const { what, figures, goals } of comparisons) {
        expect(figures, what).not.toEqual([]);
        for (const { name, median, ratio = 1 } of figures) {
          expect(Number.isFinite(median), `${what}: ${name}`).toBe(true);
          expect(Number.isFinite(ratio), `${what}: ${name}, ratio`).toBe(true);
        }
        for (const goal of goals) expect(Number.isFinite(goal.found), `${what}: ${goal.what}`).toBe(true);
      }
    },
    120_000,
  );
});
