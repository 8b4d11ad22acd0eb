import type { Component } from '../../base/component.ts';
import type { SampleColumns, SampleRange, StoredSeries } from './table-rows.ts';

export interface TableAppendOptions {
  /** `durable` (default): resolves once the rows survive kill -9. `queued`: resolves once they are in the bounded queue. */
  readonly acknowledge?: 'durable' | 'queued';
  readonly signal?: AbortSignal;
}

/** The metric tables: series and samples, written in groups, read in blocks. */
export interface MetricTables extends Component {
  /** Every stored series, in blocks; call once after `start`. */
  loadSeries(signal?: AbortSignal): AsyncIterable<readonly StoredSeries[]>;
  /**
   * Queues samples for writing; the columns are not copied and must not change afterwards. The labels of an id are asked
   * (`deps.labelsOf`) at its first sample on each day, and are durable before that sample. With no rows: a barrier that
   * resolves when everything queued before is durable. Throws INGEST_OVERLOADED when the queue is full (nothing is queued
   * then), DISK_FULL or DATABASE_UNAVAILABLE to durable callers when the write keeps failing (the rows stay queued).
   */
  append(samples: SampleColumns, options?: TableAppendOptions): Promise<void>;
  /** Blocks of samples ordered by (id, timestamp) across blocks, one per (id, timestamp): the one written last. Durable rows only. */
  readSamples(range: SampleRange, signal?: AbortSignal): AsyncIterable<SampleColumns>;
  /** Samples queued or being written, not yet durable. */
  readonly queuedSamples: number;
  /** The last write's error; undefined while writing works. */
  readonly lastError: string | undefined;
}
