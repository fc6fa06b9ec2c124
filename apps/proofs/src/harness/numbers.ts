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
