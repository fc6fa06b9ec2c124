/** One promise shown, not said: counted at the sandbox's journal or on the disk. */
export interface Proof {
  readonly name: string;
  /** Which of P1 to P12 it shows. */
  readonly promises: readonly string[];
  /** What the figure has to be, in words. */
  readonly bar: string;
  /** Throws only when it could not be carried out; a promise that broke is a result. */
  run(context: ProofContext): Promise<ProofResult>;
}

export interface ProofContext {
  /** `short` runs in `npm test`, `full` meets the published bar. */
  readonly scale: "short" | "full";
  /** A failure is replayed with the same seed. */
  readonly seed: number;
  /** From 0 up to 1, from the seed. */
  readonly random: () => number;
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
  /** A longer run, where a proof has one. */
  readonly long: boolean;
  /** Only the parts whose name has this text in it, where a proof has parts. What was left out is not shown. */
  readonly only?: string | undefined;
  /** One sequence of steps in place of random ones, as it was printed when it broke a rule. */
  readonly sequence?: string | undefined;
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

/** Counted facts by what they are about. */
export type Facts = Readonly<Record<string, { readonly found: number | string; readonly holds: boolean }>>;

/** Joins counted facts to a figure, and tells whether all of them are as they have to be. */
export function counted(facts: Facts): ProofResult {
  const entries = Object.entries(facts);
  return {
    holds: entries.every(([, { holds }]) => holds),
    figure: entries.map(([name, { found, holds }]) => `${found} ${name}${holds ? "" : " (!)"}`).join(", "),
  };
}

/** A fact that must be exactly this. */
export function exactly(found: number, wanted: number): { found: number; holds: boolean } {
  return { found, holds: found === wanted };
}

/** A fact that must not exceed this. */
export function atMost(found: number, limit: number): { found: number; holds: boolean } {
  return { found, holds: found <= limit };
}

/** A fact that must reach this. */
export function atLeast(found: number, limit: number): { found: number; holds: boolean } {
  return { found, holds: found >= limit };
}

/** Things of which there must be none. The first few are named. */
export function none(found: readonly string[]): { found: number | string; holds: boolean } {
  if (found.length === 0) return { found: 0, holds: true };
  const kinds = [...new Set(found)];
  return { found: `${found.length} [${kinds.slice(0, 5).join("; ")}${kinds.length > 5 ? "; …" : ""}]`, holds: false };
}

/** A fact that is only told. */
export function told(found: number | string): { found: number | string; holds: boolean } {
  return { found, holds: true };
}
