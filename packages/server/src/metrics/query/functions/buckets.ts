/** Cumulative buckets of a classic histogram, ascending by upper bound; the first `length` entries count. Reused from step to step. */
export interface Buckets {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  length: number;
}

/** Counts that differ by less than this share of their sum are rounding of sums and rates, not a broken histogram. */
const SMALL_DELTA = 1e-12;

/** Where counts had to be raised by more than rounding because they went down from one bucket to the next. */
export interface Repair {
  readonly minBound: number;
  readonly maxBound: number;
  /** The largest fall between two buckets. */
  readonly maxFall: number;
}

/** The φ-quantile by linear interpolation inside its bucket, by Prometheus' rules. Counts are made monotonic in place. */
export function bucketQuantile(
  q: number,
  buckets: Buckets,
): { readonly value: number; readonly repair?: Repair | undefined } {
  if (Number.isNaN(q)) return { value: NaN };
  if (q < 0) return { value: -Infinity };
  if (q > 1) return { value: Infinity };
  const { bounds, counts, length } = buckets;
  if (bounds[length - 1] !== Infinity) return { value: NaN };
  const repair = makeMonotonic(buckets);
  if (length < 2) return { value: NaN, repair };
  const observations = counts[length - 1] as number;
  if (observations === 0) return { value: NaN, repair };
  let rank = q * observations;
  const b = firstAtLeast(rank, buckets);
  if (b === length - 1) return { value: bounds[length - 2] as number, repair };
  if (b === 0 && (bounds[0] as number) <= 0) return { value: bounds[0] as number, repair };
  const start = b > 0 ? (bounds[b - 1] as number) : 0;
  let count = counts[b] as number;
  if (b > 0) {
    count -= counts[b - 1] as number;
    rank -= counts[b - 1] as number;
  }
  return { value: start + ((bounds[b] as number) - start) * (rank / count), repair };
}

/** The first bucket but the last whose count reaches `rank`, else the last one; halving, as counts of NaN make the order matter. */
function firstAtLeast(rank: number, { counts, length }: Buckets): number {
  let from = 0;
  let to = length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((counts[middle] as number) >= rank) to = middle;
    else from = middle + 1;
  }
  return from;
}

function makeMonotonic({ bounds, counts, length }: Buckets): Repair | undefined {
  let repair: Repair | undefined;
  let previous = counts[0] as number;
  for (let i = 1; i < length; i++) {
    const current = counts[i] as number;
    if (current === previous) continue;
    if (Math.abs(current - previous) < SMALL_DELTA * (Math.abs(current) + Math.abs(previous))) {
      counts[i] = previous;
    } else if (current < previous) {
      counts[i] = previous;
      const bound = bounds[i] as number;
      const maxFall = Math.max(repair?.maxFall ?? 0, previous - current);
      repair = { minBound: repair?.minBound ?? bound, maxBound: bound, maxFall };
    } else {
      previous = current;
    }
  }
  return repair;
}

/**
 * The share of observations between two values, interpolated linearly inside buckets. Counts are taken as they are. A bucket without
 * a finite width counts as a whole: a value inside the lowest has all of it below, one inside the highest has all of it above.
 */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts, length } = buckets;
  if (bounds[length - 1] !== Infinity) return NaN;
  const total = counts[length - 1] as number;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets) - rankOf(lower, buckets)) / total;
}

/** How many observations are at most `value`, never more than all. */
function rankOf(value: number, { bounds, counts, length }: Buckets): number {
  const total = counts[length - 1] as number;
  let before = 0;
  let start = (bounds[0] as number) > 0 ? 0 : -Infinity;
  for (let b = 0; b < length; b++) {
    const end = bounds[b] as number;
    const count = counts[b] as number;
    if (start >= value) return before > total ? total : before;
    if (value < end) {
      const rank = start === -Infinity ? count : before + ((count - before) * (value - start)) / (end - start);
      return rank > total ? total : rank;
    }
    before = count;
    start = end;
  }
  return total;
}
