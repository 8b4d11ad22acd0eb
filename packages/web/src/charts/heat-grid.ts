/** A row of cells: counts of one bucket over time. */
export interface HeatRow {
  readonly label: string;
  /** Upper bound; null for rows that are not buckets. */
  readonly bound: number | null;
  readonly values: readonly (number | null)[];
}

export interface HeatSource {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

const bucketBound = (le: string): number => (le === '+Inf' || le === 'Inf' ? Number.POSITIVE_INFINITY : Number(le));

/**
 * Rows of a heat map, lowest bucket first. Series of one `le` (other cameras, other instances) are added up; classic buckets
 * count everything below their bound, so each row is the difference to the row below.
 */
export function heatRows(series: readonly HeatSource[]): HeatRow[] {
  const bucketed = series.filter(
    (entry) => entry.labels['le'] !== undefined && !Number.isNaN(bucketBound(entry.labels['le'])),
  );
  if (bucketed.length === 0) return series.map(({ name, values }) => ({ label: name, bound: null, values }));
  const byBound = new Map<number, (number | null)[]>();
  for (const { labels, values } of bucketed) {
    const bound = bucketBound(labels['le'] ?? '');
    const sum = byBound.get(bound);
    byBound.set(bound, sum ? sum.map((value, at) => add(value, values[at] ?? null)) : [...values]);
  }
  const bounds = [...byBound.keys()].sort((a, b) => a - b);
  return bounds.map((bound, index) => {
    const lower = index > 0 ? byBound.get(bounds[index - 1] ?? 0) : undefined;
    const values = (byBound.get(bound) ?? []).map((value, at) => difference(value, lower?.[at] ?? null));
    return { label: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound), bound, values };
  });
}

function add(a: number | null, b: number | null): number | null {
  if (a === null || Number.isNaN(a)) return b;
  return b === null || Number.isNaN(b) ? a : a + b;
}

/** Rounding in rates can make a higher bucket a hair smaller than the one below. */
function difference(value: number | null, lower: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Math.max(0, value - (lower ?? 0));
}
