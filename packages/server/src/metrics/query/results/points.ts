import type { SeriesPoints } from '../../../model/ports.ts';
import { compareLabels } from '../exec/compare-labels.ts';

/** The points of each series between two times, both included; series without any are left out. */
export function pointsBetween(series: readonly SeriesPoints[], startMs: number, endMs: number): SeriesPoints[] {
  const found: SeriesPoints[] = [];
  for (const one of series) {
    const { labels, timestampMs, value } = one;
    const from = firstAfter(timestampMs, startMs - 1);
    const to = firstAfter(timestampMs, endMs);
    if (from === 0 && to === timestampMs.length) found.push(one);
    else if (from < to)
      found.push({ labels, timestampMs: timestampMs.subarray(from, to), value: value.subarray(from, to) });
  }
  return found;
}

/** Two results of which the second begins where the first ends, each in the order of compareLabels, as one. */
export function joinedPoints(first: readonly SeriesPoints[], second: readonly SeriesPoints[]): SeriesPoints[] {
  const joined: SeriesPoints[] = [];
  let a = 0;
  let b = 0;
  while (a < first.length || b < second.length) {
    const left = first[a];
    const right = second[b];
    const order = !left ? 1 : !right ? -1 : compareLabels(left.labels, right.labels);
    if (order === 0 && left && right) {
      joined.push({
        labels: left.labels,
        timestampMs: concatenated(left.timestampMs, right.timestampMs),
        value: concatenated(left.value, right.value),
      });
      a++;
      b++;
    } else if (order < 0 && left) {
      joined.push(left);
      a++;
    } else if (right) {
      joined.push(right);
      b++;
    }
  }
  return joined;
}

function concatenated(first: Float64Array, second: Float64Array): Float64Array {
  const both = new Float64Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Index of the first time after `ms`. */
function firstAfter(timestampMs: Float64Array, ms: number): number {
  let low = 0;
  let high = timestampMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestampMs[middle] as number) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
