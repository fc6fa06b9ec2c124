import type { Goal } from "./bench.ts";
import type { BenchRun, ComparisonRun } from "./bench-run.ts";
import type { EarlierRun } from "./earlier-run.ts";

const columns = [6, 58, 10, 19, 7] as const;

/** A bench's figures for people: one line for each contender, beside those of an earlier run where one is given, then the bars. */
export function report({ name, measures, seconds, comparisons, failure }: BenchRun, earlier?: EarlierRun): string {
  const lines = [`${name}: ${measures} (${seconds} s)`];
  if (failure !== undefined) lines.push(`  could not be carried out: ${failure}`);
  return [...lines, ...comparisons.flatMap((one) => comparisonLines(name, one, earlier)), ""].join("\n");
}

function comparisonLines(bench: string, { what, unit, figures, goals }: ComparisonRun, earlier?: EarlierRun): string[] {
  const [role, name, value, spread, times] = columns;
  const head = `  ${what.padEnd(role + name + 1)} ${unit.padStart(value)} ${"middle half".padStart(spread)} ${"ratio".padStart(times)}${earlier === undefined ? "" : ` ${"earlier".padStart(value)} ${"now/then".padStart(times + 1)}`}`;
  const rows = figures.map((figure) => {
    const half = figure.low === figure.high ? "" : `${short(figure.low)} .. ${short(figure.high)}`;
    const beside = figure.ratio === undefined ? "" : short(figure.ratio);
    const then = earlier?.median(bench, what, figure.name);
    const compared =
      earlier === undefined
        ? ""
        : ` ${(then === undefined ? "-" : short(then)).padStart(value)} ${(then === undefined ? "-" : short(figure.median / then)).padStart(times + 1)}`;
    const note = figure.note === undefined ? "" : `  ${figure.note}`;
    return `    ${figure.role.padEnd(role)} ${figure.name.padEnd(name - 2)} ${short(figure.median).padStart(value)} ${half.padStart(spread)} ${beside.padStart(times)}${compared}${note}`;
  });
  return ["", head, ...rows, ...goals.map(goalLine)];
}

function goalLine({ what, found, reach, reached }: Goal): string {
  return `    reached: ${reached ? "yes" : "NO "}  ${short(found)} (${reach}) ${what}`;
}

/** Three digits that count. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-9))));
  return value.toFixed(Math.min(digits, 3));
}
