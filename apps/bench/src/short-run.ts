import type { Bench } from "./bench.ts";
import { runBench } from "./bench-run.ts";

/**
 * What a bench's short run lacks. Its figures say nothing, and a test that looked at a clock would fail on a busy machine: only that there are figures
 * is looked at.
 */
export async function lackOfShortRun(bench: Bench): Promise<readonly string[]> {
  const { failure, comparisons } = await runBench(bench, "short");
  if (failure !== undefined) return [failure];
  if (comparisons.length === 0) return ["there is no comparison"];
  return comparisons.flatMap(({ what, figures, goals }) => [
    ...(figures.length === 0 ? [`${what}: there is no figure`] : []),
    ...figures
      .filter(({ median, ratio = 1 }) => !Number.isFinite(median) || !Number.isFinite(ratio))
      .map(({ name, median, ratio }) => `${what}: ${name}: ${median}, ratio ${ratio}`),
    ...goals.filter(({ found }) => !Number.isFinite(found)).map((goal) => `${what}: ${goal.what}: ${goal.found}`),
  ]);
}
