import { ratio, type Sample } from "./sample.ts";

/** One thing that the library has to be quick or small at, measured beside what cannot be beaten and what others do. */
export interface Bench {
  readonly name: string;
  /** What is measured, in one line. */
  readonly measures: string;
  /** Throws only when it could not be carried out; a bar that was missed is a result. */
  run(context: BenchContext): Promise<readonly Comparison[]>;
}

export interface BenchContext {
  /** `short` runs in `npm test` and shows only that everything runs, `full` gives figures. */
  readonly scale: "short" | "full";
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
}

/** Figures of one question in one unit, taken in turn. */
export interface Comparison {
  readonly what: string;
  readonly unit: Unit;
  readonly figures: readonly Figure[];
  /** Empty where a figure is only told. */
  readonly goals: readonly Goal[];
}

export type Unit = "ns" | "us" | "ms" | "kB" | "byte" | "packages";

export interface Figure {
  /** `floor`: the least that the work can cost. `anchor`: what a well-known library takes for work of this kind. */
  readonly role: "ours" | "floor" | "anchor";
  readonly name: string;
  readonly sample: Sample;
  /** What the figure alone does not say, such as how many logins there were. */
  readonly note?: string | undefined;
}

export interface Goal {
  /** What is compared with what. */
  readonly what: string;
  readonly found: number;
  /** Such as `<= 1.3`. */
  readonly reach: string;
  readonly reached: boolean;
}

export function ours(name: string, sample: Sample, note?: string): Figure {
  return { role: "ours", name, sample, note };
}

export function floor(name: string, sample: Sample, note?: string): Figure {
  return { role: "floor", name, sample, note };
}

export function anchor(name: string, sample: Sample, note?: string): Figure {
  return { role: "anchor", name, sample, note };
}

/** A figure that must not exceed this. */
export function atMost(what: string, found: number, limit: number): Goal {
  return { what, found, reach: `<= ${limit}`, reached: found <= limit };
}

/** A figure that must reach this. */
export function atLeast(what: string, found: number, limit: number): Goal {
  return { what, found, reach: `>= ${limit}`, reached: found >= limit };
}

/** Ours against something else, round by round. */
export function ratioAtMost(what: string, mine: Sample, other: Sample, limit: number): Goal {
  return atMost(what, ratio(mine, other), limit);
}
