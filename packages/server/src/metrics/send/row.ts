import type { NativeHistogram } from '@vedette/wire/histogram';
import type { Labels } from '../../model/labels.ts';

/** A series as a remote gets it: external labels added, relabelled. */
export interface PreparedSeries {
  /** Empty for 1.0 messages, which have them encoded. */
  readonly labelPairs: readonly string[];
  readonly labelBytes: Uint8Array | undefined;
  readonly metricName: string;
  /** Decides the shard; the same for the same labels, also after a restart. */
  readonly hash: number;
}

export interface RowCounts {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

export type Row = {
  readonly series: PreparedSeries;
  readonly timestampMs: number;
  readonly ticket: BlockTicket;
} & (
  | {
      readonly kind: 'samples';
      readonly startMs: number;
      /** The value's bits as halves. */
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'histograms'; readonly startMs: number; readonly histogram: NativeHistogram }
  | { readonly kind: 'exemplars'; readonly value: number; readonly labels: Labels }
);

/** Rows of a block that are not done with; the position can pass it when there are none. */
export interface BlockTicket {
  left: number;
}

export function countRows(rows: readonly Row[]): RowCounts {
  const counts = { samples: 0, histograms: 0, exemplars: 0 };
  for (const { kind } of rows) counts[kind]++;
  return counts;
}
