import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import { type Database, migrate } from '../../clickhouse/index.ts';
import { METRIC_MIGRATIONS } from './schema.ts';
import { loadSeries, readSamples } from './table-reader.ts';
import { TableRetention } from './table-retention.ts';
import type { LabelsOf, SampleColumns, SampleRange, StoredSeries } from './table-rows.ts';
import { DAY_MS, type TableAppendOptions, TableWriter } from './table-writer.ts';

/** The metric tables: series and samples, written in groups, read in blocks. */
export interface MetricTables extends Component {
  /** Every stored series, in blocks; call once after `start`. */
  loadSeries(signal?: AbortSignal): AsyncIterable<readonly StoredSeries[]>;
  /**
   * Queues samples for writing; the columns are not copied and must not change afterwards. The labels of an id are asked
   * (`deps.labelsOf`, at once) at its first sample on each day, and are durable before that sample. With no rows: a barrier that
   * resolves when everything queued before is durable. Throws INGEST_OVERLOADED when the queue is full (nothing is queued
   * then), and to durable callers DISK_FULL or DATABASE_UNAVAILABLE when the write keeps failing (the rows stay queued).
   */
  append(samples: SampleColumns, options?: TableAppendOptions): Promise<void>;
  /** Throws what `append` of this many samples would refuse with right now; an append in the same turn is then not refused. */
  checkRoom(samples: number): void;
  /** Blocks of samples ordered by (id, timestamp) across blocks, one per (id, timestamp): the one written last. Durable rows only. */
  readSamples(range: SampleRange, signal?: AbortSignal): AsyncIterable<SampleColumns>;
  /** Samples queued or being written, not yet durable. */
  readonly queuedSamples: number;
  /** Samples accepted and lost: refused by the database for good, or not written when the process had to stop. */
  readonly droppedSamples: number;
  /** The last write's error; undefined while writing works. */
  readonly lastError: string | undefined;
}

export interface TableStoreDeps {
  /** Started before, stopped after. */
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
  /** Labels of an id that is being appended. */
  readonly labelsOf: LabelsOf;
}

export interface TableStoreOptions {
  readonly retentionMs: number;
  readonly diskHeadroomBytes: number;
}

export class TableStore implements MetricTables {
  readonly name = 'metric tables';
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #writer: TableWriter;
  readonly #retention: TableRetention;

  constructor(deps: TableStoreDeps, options: TableStoreOptions) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#writer = new TableWriter(deps);
    this.#retention = new TableRetention({ ...deps, onDrop: (day) => this.#writer.forgetDay(day) }, options);
  }

  get queuedSamples(): number {
    return this.#writer.batches.queuedRows;
  }

  get droppedSamples(): number {
    return this.#writer.batches.droppedRows;
  }

  get lastError(): string | undefined {
    return this.#writer.batches.lastError;
  }

  async start(): Promise<void> {
    await migrate(this.#database, this.#clock, METRIC_MIGRATIONS);
    await this.#writer.batches.start();
    await this.#retention.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#retention.stop(signal);
    await this.#writer.batches.stop(signal);
  }

  async *loadSeries(signal?: AbortSignal): AsyncGenerator<readonly StoredSeries[]> {
    const yesterday = Math.floor(this.#clock.now() / DAY_MS) - 1;
    for await (const block of loadSeries(this.#database, signal)) {
      for (const series of block) {
        const day = series.lastDayMs / DAY_MS;
        if (day >= yesterday) this.#writer.markStored(series.id, day);
      }
      yield block;
    }
  }

  append(samples: SampleColumns, options?: TableAppendOptions): Promise<void> {
    return this.#writer.append(samples, options);
  }

  checkRoom(samples: number): void {
    this.#writer.batches.checkRoom(samples);
  }

  readSamples(range: SampleRange, signal?: AbortSignal): AsyncIterable<SampleColumns> {
    return readSamples(this.#database, range, signal);
  }
}
