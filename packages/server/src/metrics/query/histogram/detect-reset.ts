import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { type SparseBuckets, coarser, negativeBuckets, positiveBuckets, upperBound } from './buckets.ts';
import { equalBounds, indexIn, widenZero } from './histogram-sum.ts';

/**
 * True when the counter began anew between the two: the hint says so, some count went down, or the layout became finer, which a running
 * counter cannot do.
 */
export function detectReset(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (current.counterResetHint === 'reset') return true;
  if (current.counterResetHint === 'not_reset') return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) {
    if (!usesCustomBuckets(previous)) return true;
    if (equalBounds(current.customValues, previous.customValues))
      return anyLess(positiveBuckets(current), positiveBuckets(previous));
    const shared = current.customValues.filter((bound) => previous.customValues.includes(bound));
    return anyLess(onBounds(current, shared), onBounds(previous, shared));
  }
  if (current.schema > previous.schema || current.zeroThreshold < previous.zeroThreshold) return true;
  const before = [positiveBuckets(previous), negativeBuckets(previous)] as const;
  const zero = widenZero(previous.zeroCount, before, previous.schema, current.zeroThreshold);
  if (zero.threshold !== current.zeroThreshold || current.zeroCount < zero.count) return true;
  const outside = (buckets: SparseBuckets, schema: number): SparseBuckets => {
    const reduced = coarser(buckets, schema, current.schema);
    const kept = reduced.index.flatMap((at, i) =>
      upperBound(at, current.schema, current.customValues) > current.zeroThreshold ? [i] : [],
    );
    return {
      index: kept.map((i) => reduced.index[i] as number),
      count: kept.map((i) => reduced.count[i] as number),
    };
  };
  return (
    anyLess(outside(positiveBuckets(current), current.schema), outside(before[0], previous.schema)) ||
    anyLess(outside(negativeBuckets(current), current.schema), outside(before[1], previous.schema))
  );
}

/** True when a bucket holds less than it did. */
function anyLess(current: SparseBuckets, previous: SparseBuckets): boolean {
  const now = new Map(current.index.map((at, i) => [at, current.count[i] as number]));
  return previous.index.some((at, i) => (now.get(at) ?? 0) < (previous.count[i] as number));
}

function onBounds(histogram: NativeHistogram, shared: Float64Array): SparseBuckets {
  const { index, count } = positiveBuckets(histogram);
  const sums = new Map<number, number>();
  for (const [i, at] of index.entries()) {
    const place = indexIn(shared, histogram.customValues[at] ?? Infinity);
    sums.set(place, (sums.get(place) ?? 0) + (count[i] as number));
  }
  return { index: [...sums.keys()], count: [...sums.values()] };
}
