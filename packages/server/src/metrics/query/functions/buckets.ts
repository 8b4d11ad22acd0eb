/** Cumulative buckets of a classic histogram, ascending by upper bound; the first `length` entries count. Reused from step to step. */
export interface Buckets {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  length: number;
}

/** Counts that differ by less than this share of their sum are rounding of sums and rates, not a broken histogram. */
const SMALL_DELTA = 1e-12;

/** The φ-quantile by linear interpolation inside its bucket, by Prometheus' rules. Counts are made monotonic in place. */
export function bucketQuantile(q: number, buckets: Buckets): { readonly value: number; readonly repaired: boolean } {
  if (Number.isNaN(q)) return { value: NaN, repaired: false };
  if (q < 0) return { value: -Infinity, repaired: false };
  if (q > 1) return { value: Infinity, repaired: false };
  const { bounds, counts, length } = buckets;
  if (bounds[length - 1] !== Infinity) return { value: NaN, repaired: false };
  const repaired = makeMonotonic(buckets);
  if (length < 2) return { value: NaN, repaired };
  const observations = counts[length - 1] as number;
  if (observations === 0 || Number.isNaN(observations)) return { value: NaN, repaired };
  let rank = q * observations;
  let b = 0;
  while (b < length - 1 && !((counts[b] as number) >= rank)) b++;
  if (b === length - 1) return { value: bounds[length - 2] as number, repaired };
  if (b === 0 && (bounds[0] as number) <= 0) return { value: bounds[0] as number, repaired };
  const start = b > 0 ? (bounds[b - 1] as number) : 0;
  let count = counts[b] as number;
  if (b > 0) {
    count -= counts[b - 1] as number;
    rank -= counts[b - 1] as number;
  }
  return { value: start + ((bounds[b] as number) - start) * (rank / count), repaired };
}

/** True when a count had to be raised by more than rounding. */
function makeMonotonic({ counts, length }: Buckets): boolean {
  let repaired = false;
  let previous = counts[0] as number;
  for (let i = 1; i < length; i++) {
    const current = counts[i] as number;
    if (current === previous) continue;
    if (Math.abs(current - previous) < SMALL_DELTA * (Math.abs(current) + Math.abs(previous))) {
      counts[i] = previous;
    } else if (current < previous) {
      counts[i] = previous;
      repaired = true;
    } else {
      previous = current;
    }
  }
  return repaired;
}

/** The share of observations between two values, interpolated linearly inside buckets. */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts, length } = buckets;
  if (bounds[length - 1] !== Infinity) return NaN;
  makeMonotonic(buckets);
  const total = counts[length - 1] as number;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / total;
}

/** How many observations are at most `value`. */
function rankOf(value: number, { bounds, counts, length }: Buckets): number {
  if (value === -Infinity) return 0;
  let before = 0;
  let start = (bounds[0] as number) > 0 ? 0 : -Infinity;
  for (let b = 0; b < length; b++) {
    const end = bounds[b] as number;
    const count = counts[b] as number;
    if (value <= start) return before;
    if (value < end) {
      if (start === -Infinity || end === Infinity) return before;
      return before + ((count - before) * (value - start)) / (end - start);
    }
    before = count;
    start = end;
  }
  return before;
}
