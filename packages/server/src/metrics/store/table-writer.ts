import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { BatchWriter, type Columns, type Database } from '../../clickhouse/index.ts';
import type { Labels } from '../../model/labels.ts';
import { SAMPLES_TABLE, SERIES_TABLE } from './schema.ts';
import type { SeriesId } from './series-id.ts';
import type { LabelsOf, SampleColumns } from './table-rows.ts';

export const DAY_MS = 86_400_000;

/**
 * Samples accepted and not yet durable. At 400 000 samples/s this is five seconds of a stalled disk; 2 million rows of 24 bytes
 * are 48 MB.
 */
export const QUEUED_SAMPLES_MAX = 2_000_000;
/** One insert's rows: 200 000 take about 60 ms, so a durable caller waits for two such at most. */
export const BATCH_SAMPLES_MAX = 200_000;
/** A remote-writer waits for the disk anyway; 50 ms of company turn many small requests into one insert. */
const DURABLE_LINGER_MS = 50;
/** A request of usual size (2,000 to 10,000 samples) is worth an insert of its own when nobody else is about to come. */
const EAGER_SAMPLES_MIN = 2_000;
/** Scrapes may lose their last moments; fewer, larger parts cost a tenth of the processor time. */
const QUEUED_LINGER_MS = 2_000;
/** Days whose known series are kept in memory: today, yesterday (late samples, midnight) and two of a backfill. */
const SEEN_DAYS_MAX = 4;

export interface TableWriterDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
  readonly labelsOf: LabelsOf;
}

export interface TableAppendOptions {
  /** `durable` (default): resolves once the rows survive kill -9. `queued`: resolves once they are in the bounded queue. */
  readonly acknowledge?: 'durable' | 'queued';
  readonly signal?: AbortSignal;
}

interface NewSeries {
  readonly day: number;
  readonly id: SeriesId;
  readonly labels: Labels;
}

interface Chunk {
  readonly samples: SampleColumns;
  readonly series: readonly NewSeries[];
}

/** Groups samples into inserts; a series' labels are durable before its first sample of a day. */
export class TableWriter {
  readonly batches: BatchWriter<Chunk>;
  readonly #database: Database;
  readonly #labelsOf: LabelsOf;
  /** Day number → ids whose labels are stored, or queued ahead of anything that comes later. */
  readonly #seen = new Map<number, Set<SeriesId>>();

  constructor(deps: TableWriterDeps) {
    this.#database = deps.database;
    this.#labelsOf = deps.labelsOf;
    this.batches = new BatchWriter<Chunk>(
      {
        clock: deps.clock,
        logger: deps.logger,
        registry: deps.registry,
        write: (chunks, token) => this.#write(chunks, token),
        onDropped: (chunks) => this.#forget(chunks),
      },
      {
        name: 'sample writer',
        rowsMax: QUEUED_SAMPLES_MAX,
        batchRowsMax: BATCH_SAMPLES_MAX,
        durableLingerMs: DURABLE_LINGER_MS,
        eagerRowsMin: EAGER_SAMPLES_MIN,
        queuedLingerMs: QUEUED_LINGER_MS,
      },
    );
  }

  /** Tells which labels are stored already, so that a restart does not write them again. */
  markStored(id: SeriesId, day: number): void {
    this.#seenOn(day).add(id);
  }

  /** The day's labels are dropped from the table: whoever comes with samples of that day writes them again. */
  forgetDay(day: number): void {
    this.#seen.delete(day);
  }

  async append(samples: SampleColumns, options: TableAppendOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    // Refused before labels are marked as on their way: a refused append queues nothing.
    this.batches.checkRoom(samples.length);
    await this.batches.append({ samples, series: this.#newSeries(samples) }, samples.length, options);
  }

  #newSeries(samples: SampleColumns): NewSeries[] {
    const found: NewSeries[] = [];
    try {
      this.#collectNew(samples, found);
    } catch (error) {
      // Nothing of this append is queued, so nobody will write these labels.
      for (const row of found) this.#seen.get(row.day)?.delete(row.id);
      throw error;
    }
    return found;
  }

  #collectNew(samples: SampleColumns, found: NewSeries[]): void {
    let day = -1;
    let lastId = -1;
    let seen: Set<SeriesId> | undefined;
    for (let i = 0; i < samples.length; i++) {
      const id = samples.id[i] as number;
      const sampleDay = Math.floor((samples.timestampMs[i] as number) / DAY_MS);
      if (sampleDay !== day || !seen) {
        day = sampleDay;
        seen = this.#seenOn(day);
      } else if (id === lastId) {
        continue;
      }
      lastId = id;
      if (seen.has(id)) continue;
      found.push({ day, id, labels: this.#labelsOf(id) });
      seen.add(id);
    }
  }

  #seenOn(day: number): Set<SeriesId> {
    let seen = this.#seen.get(day);
    if (seen) return seen;
    seen = new Set();
    this.#seen.set(day, seen);
    // Forgetting is safe: labels written twice are merged into one row.
    if (this.#seen.size > SEEN_DAYS_MAX) this.#seen.delete(Math.min(...this.#seen.keys()));
    return seen;
  }

  #forget(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) for (const { day, id } of chunk.series) this.#seen.get(day)?.delete(id);
  }

  async #write(chunks: readonly Chunk[], token: string): Promise<void> {
    const series = chunks.flatMap((chunk) => chunk.series);
    if (series.length > 0) {
      await this.#database.insert(SERIES_TABLE, seriesColumns(series), { deduplicationToken: token, lane: 'metrics' });
    }
    await this.#database.insert(SAMPLES_TABLE, sampleColumns(chunks), { deduplicationToken: token, lane: 'metrics' });
  }
}

function seriesColumns(series: readonly NewSeries[]): Columns {
  return {
    rows: series.length,
    columns: [
      { name: 'day', type: 'Date', data: Uint16Array.from(series, (row) => row.day) },
      { name: 'id', type: 'UInt64', data: Float64Array.from(series, (row) => row.id) },
      { name: 'labels', type: 'Map(LowCardinality(String), String)', data: series.map((row) => row.labels.toMap()) },
    ],
  };
}

function sampleColumns(chunks: readonly Chunk[]): Columns {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.samples.length, 0);
  const id = new Float64Array(rows);
  const timestampMs = new Float64Array(rows);
  const value = new Float64Array(rows);
  let at = 0;
  for (const { samples } of chunks) {
    id.set(samples.id.subarray(0, samples.length), at);
    timestampMs.set(samples.timestampMs.subarray(0, samples.length), at);
    // set() copies bytes between arrays of one type, so NaN payloads stay.
    value.set(samples.value.subarray(0, samples.length), at);
    at += samples.length;
  }
  return {
    rows,
    columns: [
      { name: 'id', type: 'UInt64', data: id },
      { name: 'ts', type: 'DateTime64(3)', data: timestampMs },
      { name: 'v', type: 'Float64', data: value },
    ],
  };
}
