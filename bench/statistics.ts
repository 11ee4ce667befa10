export function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed. NaN when there are none. */
export function quantile(ascending: readonly number[], share: number): number {
  const index = Math.max(0, Math.ceil(share * ascending.length) - 1);
  return ascending[index] ?? Number.NaN;
}

/** The middle value; the mean of the middle two when their number is even. */
export function median(values: readonly number[]): number {
  const all = sorted(values);
  const middle = all.length >> 1;
  const upper = all[middle] ?? Number.NaN;
  return all.length % 2 === 1 ? upper : ((all[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios of values that were measured one right after the other. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)));
}
