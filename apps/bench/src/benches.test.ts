import { describe, expect, it } from "vitest";
import { benches } from "./benches.ts";
import { lackOfShortRun } from "./short-run.ts";
import { size } from "./size.ts";

// The bench "size" is carried out beside the rules about sizes, which want the same bundles.
describe("every bench can be carried out", () => {
  it.each(benches.filter((bench) => bench !== size).map((bench) => [bench.name, bench] as const))(
    "%s",
    async (_name, bench) => expect(await lackOfShortRun(bench)).toEqual([]),
    120_000,
  );
});
