export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** 0 of none. */
export function most(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}

/** The number below which this share of them lies; NaN of none. */
export function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * share)] ?? Number.NaN;
}

/** The largest of these figures of several findings; 0 of none. */
export function mostOf<Figure extends string>(
  findings: readonly Readonly<Record<Figure, number>>[],
  figure: Figure,
): number {
  return most(findings.map((one) => one[figure]));
}

export function sumOf<Figure extends string>(
  findings: readonly Readonly<Record<Figure, number>>[],
  figure: Figure,
): number {
  return sum(findings.map((one) => one[figure]));
}
