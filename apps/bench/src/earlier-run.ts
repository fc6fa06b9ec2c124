import { readFile } from "node:fs/promises";
import { z } from "zod";

// What `--json` prints of a bench, as far as it is compared.
const schema = z.object({
  name: z.string(),
  comparisons: z.array(
    z.object({ what: z.string(), figures: z.array(z.object({ name: z.string(), median: z.number() })) }),
  ),
});

/** The medians of an earlier run. */
export class EarlierRun {
  readonly #medians: ReadonlyMap<string, number>;

  constructor(medians: ReadonlyMap<string, number>) {
    this.#medians = medians;
  }

  /** Undefined where that run had no such figure. */
  median(bench: string, comparison: string, figure: string): number | undefined {
    return this.#medians.get(keyOf(bench, comparison, figure));
  }
}

/** Reads what `npm run bench -- --json` printed into a file. @throws Error that says which line is none of its lines */
export async function readEarlierRun(path: string): Promise<EarlierRun> {
  const medians = new Map<string, number>();
  for (const [index, line] of (await readFile(path, "utf8")).split("\n").entries()) {
    // What npm and pnpm print before it.
    if (!line.startsWith("{")) continue;
    const { success, data } = schema.safeParse(parsed(line));
    if (!success) throw new Error(`${path}, line ${index + 1}: this is no line of npm run bench -- --json`);
    for (const { what, figures } of data.comparisons)
      for (const { name, median } of figures) medians.set(keyOf(data.name, what, name), median);
  }
  if (medians.size === 0) throw new Error(`${path} holds no figures of npm run bench -- --json`);
  return new EarlierRun(medians);
}

function keyOf(...names: readonly string[]): string {
  return JSON.stringify(names);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
