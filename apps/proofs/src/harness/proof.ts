/** One promise shown, not said: counted at the sandbox's journal or on the disk. */
export interface Proof {
  /** Which of P1 to P12 it shows. */
  readonly promises: readonly string[];
  /** What the figure has to be, in words. */
  readonly bar: string;
  /** Throws only when it could not be carried out; a promise that broke is a result. */
  run(context: ProofContext): Promise<ProofResult>;
}

/** By the name of its folder. */
export interface NamedProof extends Proof {
  readonly name: string;
}

export interface ProofOptions {
  /** `short` runs in `npm test`, `full` meets the published bar. */
  readonly scale: "short" | "full";
  /** A failure is replayed with the same seed. */
  readonly seed: number;
  /** A longer run, where a proof has one. */
  readonly long?: boolean | undefined;
  /** Only the parts whose name has this text in it, where a proof has parts. What was left out is not shown. */
  readonly only?: string | undefined;
  /** One sequence of steps in place of random ones, as it was printed when it broke a rule. */
  readonly sequence?: string | undefined;
}

export interface ProofContext extends ProofOptions {
  /** From 0 up to 1, from the seed. */
  readonly random: () => number;
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
}

export interface ProofResult {
  readonly holds: boolean;
  /** What was counted, in one line. */
  readonly figure: string;
  /** What was looked at, one by one, where the figure alone would say too little. */
  readonly rows?: readonly ProofRow[];
}

export interface ProofRow {
  readonly what: string;
  /** What was not run has not passed. */
  readonly outcome: "passed" | "failed" | "not run";
  readonly found: string;
}

/** A counted fact, and whether it is as it has to be. */
export interface Fact {
  readonly found: number | string;
  readonly holds: boolean;
}

/** By what they are about. */
export type Facts = Readonly<Record<string, Fact | Tally>>;

/** Joins counted facts to a figure, and tells whether all of them are as they have to be. */
export function counted(...parts: readonly Facts[]): ProofResult {
  const all = parts
    .flatMap((facts) => Object.entries(facts))
    .map(([name, fact]) => ("fact" in fact ? { name: fact.what, ...fact.fact() } : { name, ...fact }));
  return {
    holds: all.every(({ holds }) => holds),
    figure: all.map(({ name, found, holds }) => `${found} ${name}${holds ? "" : " (!)"}`).join(", "),
  };
}

/** A fact that must be exactly this. */
export const exactly = (found: number, wanted: number): Fact => ({ found, holds: found === wanted });
/** A fact that must not exceed this. */
export const atMost = (found: number, limit: number): Fact => ({ found, holds: found <= limit });

/** A fact that must reach this. */
export const atLeast = (found: number, limit: number): Fact => ({ found, holds: found >= limit });

/** Things of which there must be none. The first few are named. */
export function none(found: readonly string[]): Fact {
  if (found.length === 0) return { found: 0, holds: true };
  const kinds = [...new Set(found)];
  return { found: `${found.length} [${kinds.slice(0, 5).join("; ")}${kinds.length > 5 ? "; …" : ""}]`, holds: false };
}

/** A fact that is only told. */
export const told = (found: number | string): Fact => ({ found, holds: true });

/** A fact that is counted together bit by bit. */
export interface Tally<Item = never> {
  readonly what: string;
  add(...items: readonly Item[]): void;
  fact(): Fact;
}

/** What a number has to be in the end. Default: it is only told. */
interface Bar {
  readonly exactly?: number;
  readonly atLeast?: number;
}

/** How often something happened; of true and false, true counts. */
export function total(what: string, bar: Bar = {}): Tally<number | boolean> {
  return joined(what, bar, 0, (sum, one) => sum + one);
}

/** The largest of what was found. */
export function highest(what: string, bar: Bar & { readonly atMost?: number } = {}): Tally<number> {
  return joined(what, bar, 0, Math.max);
}

/** The smallest of what was found. */
export function lowest(what: string, bar: Pick<Bar, "atLeast">): Tally<number> {
  return joined(what, bar, Number.POSITIVE_INFINITY, Math.min);
}

/** Things of which there must be none. */
export function faults(what: string): Tally<string> & { readonly found: readonly string[] } {
  const found: string[] = [];
  return { what, found, add: (...items) => void found.push(...items), fact: () => none(found) };
}

function joined(
  what: string,
  bar: Bar & { readonly atMost?: number },
  start: number,
  join: (before: number, next: number) => number,
): Tally<number | boolean> {
  let found = start;
  const least = bar.exactly ?? bar.atLeast ?? Number.NEGATIVE_INFINITY;
  const most = bar.exactly ?? bar.atMost ?? Number.POSITIVE_INFINITY;
  return {
    what,
    add(...items) {
      for (const item of items) found = join(found, Number(item));
    },
    fact: () => ({ found, holds: found >= least && found <= most }),
  };
}
