import type { RangeInput } from '../exec/range-call.ts';

/**
 * What start times of counters say about two samples that follow each other; 0 is an unknown start time. All times are milliseconds.
 * Source: Prometheus, feature use-start-timestamps; OpenTelemetry metrics data model, "Resets and Gaps".
 */

/** True when the counter began anew after the sample before, though its value may not show it. */
export function startedAnew(previousStartMs: number, previousMs: number, startMs: number, atMs: number): boolean {
  // Not given, or not before the sample itself: says nothing.
  if (startMs === 0 || startMs >= atMs) return false;
  if (startMs !== previousMs) return startMs > previousMs;
  // From the sample before to this one: a delta, unless the start of the sample before is unknown or makes no sense.
  return previousStartMs !== 0 && previousStartMs < previousMs;
}

/** True when a counter claims to have begun before the sample in front of it, but not at the same time as that one. */
export function startsOverlap(previousStartMs: number, previousMs: number, startMs: number): boolean {
  return startMs !== 0 && startMs < previousMs && startMs !== previousStartMs;
}

/** Warns when start times overlap somewhere from sample `from` to sample `last`. */
export function noteOverlap(
  { startTimestampMs, timestampMs, notes, metricName }: RangeInput,
  from: number,
  last: number,
): void {
  if (!startTimestampMs) return;
  for (let i = from + 1; i <= last; i++) {
    if (!startsOverlap(startTimestampMs[i - 1] as number, timestampMs[i - 1] as number, startTimestampMs[i] as number))
      continue;
    notes.startTimeOverlap(metricName);
    return;
  }
}
