import type { Clock } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { randomId } from '../../base/random.ts';
import type { Columns, Database } from '../../clickhouse/index.ts';
import { logToChunks } from './log-to-chunks.ts';
import { CHUNKS_TABLE, SERIES_TABLE } from './schema.ts';
import type { SeriesId } from './series-id.ts';
import type { LabelsOf } from './table-rows.ts';
import type { LogUser } from './table-store.ts';
import type { Labels } from '../../model/labels.ts';
import type { WriteAheadLog } from './wal/index.ts';

export interface LogFlushDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly labelsOf: LabelsOf;
  readonly wal: WriteAheadLog;
  readonly users: readonly LogUser[];
}

/** A flush begins when the log holds so many samples: what a restart reads again, at some 5 to 10 million a second. */
export const FLUSH_SAMPLES_MIN = 3_000_000;
/** With more series each needs some samples to make a chunk; a restart is longer then anyway, for the series list. */
const FLUSH_SAMPLES_PER_SERIES = 24;
export const FLUSH_SAMPLES_MAX = 12_000_000;
/** … or when its oldest sample has been in it for so long. */
const FLUSH_AGE_MS = 10 * 60_000;
const AGE_CHECK_MS = 30_000;
/** What a process before this one left in the log is moved so long after the start: first things first. */
const REPLAYED_FLUSH_MS = 60_000;
/** While the tables cannot be written the log grows up to this; then samples are refused. */
export const UNFLUSHED_SAMPLES_MAX = 24_000_000;
const RETRY_DELAY_MS = 10_000;
/** Rows of labels in one insert: each is a map while it is made. */
const SERIES_PER_INSERT = 50_000;
/** Days whose stored labels are known: today, yesterday (late samples, midnight) and two of a backfill. */
const SEEN_DAYS_MAX = 4;

interface NewSeries {
  readonly day: number;
  readonly id: SeriesId;
  readonly labels: Labels;
}

/** Moves samples from the log into the tables, and deletes what was moved. */
export class LogFlush {
  readonly #deps: LogFlushDeps;
  /** Of this process: segment numbers begin anew when somebody removes the log. */
  readonly #tokenPrefix = randomId();
  /** Samples by segment. */
  readonly #samples = new Map<number, number>();
  /** Day → ids whose labels are in the table. */
  readonly #seen = new Map<number, Set<SeriesId>>();
  #unflushed = 0;
  /** Samples of the segment that is written, and when the first of them came. */
  #current = 0;
  #dueMs = Infinity;
  #lastSeries = 0;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #schedule: Disposable | undefined;
  #lastError: string | undefined;
  #failedMs = -Infinity;
  readonly #stopped = new AbortController();

  constructor(deps: LogFlushDeps) {
    this.#deps = deps;
  }

  get unflushedSamples(): number {
    return this.#unflushed;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  start(): void {
    this.#schedule = this.#deps.clock.every(
      { intervalMs: AGE_CHECK_MS },
      async () => {
        if (this.#deps.clock.monotonicMs() >= this.#dueMs || this.#lastError !== undefined) await this.#try();
      },
      () => undefined,
    );
  }

  /** Moves what there is; what does not succeed before the signal stays in the log. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    if (signal.aborted) this.#stopped.abort();
    signal.addEventListener('abort', () => this.#stopped.abort(), { once: true });
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = (): void => reject(new Error('there was no time left'));
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    });
    aborted.catch(() => undefined);
    try {
      await Promise.race([this.#running?.catch(() => undefined), aborted]);
      if (this.#dueMs < Infinity) await Promise.race([this.flush(), aborted]);
    } catch (error) {
      this.#deps.logger.warn(
        { samples: this.#unflushed, error: errorMessage(error) },
        'the last samples stay in the write-ahead log and are moved into the tables after the next start',
      );
    }
  }

  checkRoom(samples: number): void {
    if (this.#unflushed === 0 || this.#unflushed + samples <= UNFLUSHED_SAMPLES_MAX) return;
    throw new VedetteError(
      'INGEST_OVERLOADED',
      `${this.#unflushed} samples wait to be moved into the tables and the limit is ${UNFLUSHED_SAMPLES_MAX} (${this.#lastError ?? 'the database is slower than the incoming data'}); send again later`,
    );
  }

  /** Samples that went into the log's segment just now, and rows of other kinds. */
  appended(samples: number, others = 0): void {
    this.#count(this.#deps.wal.segment, samples);
    this.#current += samples + others;
    if (this.#dueMs === Infinity) this.#dueMs = this.#deps.clock.monotonicMs() + FLUSH_AGE_MS;
    if (this.#current >= this.#threshold()) void this.#try();
  }

  /** Samples that were in the log at the start. */
  replayed(segment: number, samples: number): void {
    this.#count(segment, samples);
    this.#dueMs = this.#deps.clock.monotonicMs() + REPLAYED_FLUSH_MS;
  }

  labelsStored(id: SeriesId, day: number): void {
    this.#seenOn(day).add(id);
  }

  forgetDay(day: number): void {
    this.#seen.delete(day);
  }

  /** Resolves once everything appended before is in the tables; one that runs already is waited for first. */
  flush(): Promise<void> {
    this.#next ??= this.#after(this.#running);
    return this.#next;
  }

  async #after(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined);
    this.#next = undefined;
    this.#running = this.#move().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Unless one runs, or failed just now; failures are logged. */
  async #try(): Promise<void> {
    if (this.#running || this.#next) return;
    if (this.#deps.clock.monotonicMs() < this.#failedMs + RETRY_DELAY_MS) return;
    await this.flush().catch((error: unknown) => {
      this.#deps.logger.warn(
        { samples: this.#unflushed, error: errorMessage(error) },
        'samples could not be moved from the write-ahead log into the tables; they are kept and it is tried again',
      );
    });
  }

  async #move(): Promise<void> {
    const { wal } = this.#deps;
    try {
      const samples = this.#current;
      this.#current = 0;
      if (samples > 0 || wal.queuedRows > 0) await wal.rotate();
      this.#dueMs = Infinity;
      for (const segments of this.#groups(wal.sealed)) {
        const seq = segments.at(-1) as number;
        await this.#write(segments, seq);
        for (const user of this.#deps.users) await user.flush(() => wal.read(segments), seq);
        await wal.remove(segments);
        for (const segment of segments) {
          this.#unflushed -= this.#samples.get(segment) ?? 0;
          this.#samples.delete(segment);
        }
      }
      this.#lastError = undefined;
    } catch (error) {
      this.#lastError = errorMessage(error);
      this.#failedMs = this.#deps.clock.monotonicMs();
      throw error;
    }
    if (this.#current > 0) this.#dueMs = this.#deps.clock.monotonicMs() + FLUSH_AGE_MS;
  }

  /** Segments that may be moved together. */
  #groups(sealed: readonly number[]): number[][] {
    const groups: number[][] = [];
    let group: number[] = [];
    for (const segment of sealed) {
      group.push(segment);
      if (!this.#deps.users.some((user) => user.isBoundary?.(segment))) continue;
      groups.push(group);
      group = [];
    }
    return group.length === 0 ? groups : [...groups, group];
  }

  async #write(segments: readonly number[], seq: number): Promise<void> {
    const { wal, database, labelsOf, logger } = this.#deps;
    let series: NewSeries[] = [];
    const unknown = new Set<SeriesId>();
    const ids = new Set<SeriesId>();
    const { signal } = this.#stopped;
    let inserts = 0;
    const { unnamed } = await logToChunks(() => wal.read(segments), seq, {
      day: (id, day) => {
        ids.add(id);
        if (this.#seen.get(day)?.has(id)) return;
        const labels = labelsOf(id);
        if (labels === undefined) unknown.add(id);
        else series.push({ day, id, labels });
      },
      rows: async (rows) => {
        const named = series;
        series = [];
        // Labels that are written twice are merged; a token would only tell equal inserts, and these differ when tried again.
        for (let at = 0; at < named.length; at += SERIES_PER_INSERT) {
          const some = named.slice(at, at + SERIES_PER_INSERT);
          await database.insert(SERIES_TABLE, seriesColumns(some), { lane: 'metrics', signal });
        }
        for (const { day, id } of named) this.#seenOn(day).add(id);
        // The same segments give the same rows in the same inserts, however often it is tried.
        const deduplicationToken = `${this.#tokenPrefix}-${segments.join('-')}-${++inserts}`;
        await database.insert(CHUNKS_TABLE, rows.take(), { deduplicationToken, lane: 'metrics', signal });
      },
    });
    this.#lastSeries = ids.size;
    if (unknown.size > 0 || unnamed > 0)
      logger.error(
        { series: unknown.size, samples: unnamed },
        'samples of the write-ahead log cannot be found again: the labels of their series are lost',
      );
  }

  #threshold(): number {
    return Math.min(FLUSH_SAMPLES_MAX, Math.max(FLUSH_SAMPLES_MIN, this.#lastSeries * FLUSH_SAMPLES_PER_SERIES));
  }

  #count(segment: number, samples: number): void {
    this.#samples.set(segment, (this.#samples.get(segment) ?? 0) + samples);
    this.#unflushed += samples;
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
