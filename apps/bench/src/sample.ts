/** What one contender took, one value for each round, in the order of the rounds. */
export type Sample = readonly number[];

export function median(sample: Sample): number {
  return quantile(sample, 0.5);
}

/** The value below which this share of the sample lies, interpolated. */
export function quantile(sample: Sample, share: number): number {
  const sorted = sample.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The median of the rounds' own ratios. What a busy machine does to a round it does to both of its figures, so this is steadier than the ratio of
 * two medians. Samples of different rounds have nothing in common but their medians.
 */
export function ratio(one: Sample, other: Sample): number {
  if (one.length !== other.length) return median(one) / median(other);
  return median(one.map((value, round) => value / (other[round] ?? Number.NaN)));
}

/** Each value less what cannot be avoided, such as the latency of the line. */
export function less(sample: Sample, amount: number): Sample {
  return sample.map((value) => value - amount);
}

/** One value that is the same however often it is taken, such as a size. */
export function fixed(value: number): Sample {
  return [value];
}
