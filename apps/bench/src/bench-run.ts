import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, BenchContext, Comparison, Figure, Goal } from "./bench.ts";
import { median, quantile, ratio } from "./sample.ts";

export interface BenchRun {
  readonly name: string;
  readonly measures: string;
  readonly seconds: number;
  readonly comparisons: readonly ComparisonRun[];
  /** Why it could not be carried out. */
  readonly failure?: string;
}

/** A comparison as it is printed. */
export interface ComparisonRun {
  readonly what: string;
  readonly unit: string;
  readonly figures: readonly FigureRun[];
  readonly goals: readonly Goal[];
}

export interface FigureRun extends Pick<Figure, "role" | "name" | "note"> {
  readonly median: number;
  /** Half of the rounds lay between these two. */
  readonly low: number;
  readonly high: number;
  /** Against the first floor of the comparison, where there is one. */
  readonly ratio?: number;
}

/** Carries a bench out in a directory of its own. */
export async function runBench(bench: Bench, scale: BenchContext["scale"]): Promise<BenchRun> {
  const directory = await mkdtemp(join(tmpdir(), `bench-${bench.name}-`));
  const started = performance.now();
  let comparisons: readonly Comparison[] = [];
  let failure: string | undefined;
  try {
    comparisons = await bench.run({ scale, directory });
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const { name, measures } = bench;
  return {
    name,
    measures,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    comparisons: comparisons.map(summary),
    ...(failure === undefined ? {} : { failure }),
  };
}

function summary({ what, unit, figures, goals }: Comparison): ComparisonRun {
  const base = figures.find(({ role }) => role === "floor");
  return {
    what,
    unit,
    goals,
    figures: figures.map(({ role, name, sample, note }) => ({
      role,
      name,
      ...(note === undefined ? {} : { note }),
      median: median(sample),
      low: quantile(sample, 0.25),
      high: quantile(sample, 0.75),
      ...(base === undefined ? {} : { ratio: ratio(sample, base.sample) }),
    })),
  };
}
