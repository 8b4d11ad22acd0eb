import type { Labels } from '../../model/labels.ts';
import type { SeriesId } from './series-id.ts';

export const DAY_MS = 86_400_000;

/** Samples as columns of equal length; `length` counts the rows in use. Ids are safe integers, timestamps whole milliseconds. */
export interface SampleColumns {
  readonly length: number;
  readonly id: Float64Array;
  readonly timestampMs: Float64Array;
  /** NaN payloads (the stale marker) are kept bit by bit. */
  readonly value: Float64Array;
}

/** One known series and the days (UTC) it was seen on, both included. */
export interface StoredSeries {
  readonly id: SeriesId;
  readonly labels: Labels;
  /** Start of the first day with samples, milliseconds. */
  readonly firstDayMs: number;
  /** Start of the last day with samples, milliseconds. */
  readonly lastDayMs: number;
}

export interface SampleRange {
  /** Any order; duplicates are allowed. */
  readonly ids: Float64Array | readonly SeriesId[];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  /** QUERY_TOO_LARGE once more samples than this would be read. */
  readonly samplesMax?: number;
}

/** Undefined when the series is not known (any more). */
export type LabelsOf = (id: SeriesId) => Labels | undefined;
