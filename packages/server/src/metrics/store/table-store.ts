import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import { type Database, migrate, sql, writerMetrics } from '../../clickhouse/index.ts';
import type { Tombstones } from './tombstones.ts';
import { LogFlush } from './log-flush.ts';
import { type LogAppendOptions, SampleLog, type SeriesOfRef } from './sample-log.ts';
import { type RefColumns, SampleRecordReader, readSeriesRecord } from './sample-records.ts';
import { METRIC_MIGRATIONS, SAMPLES_TABLE } from './schema.ts';
import type { SeriesId } from './series-id.ts';
import { type StoredSamples, loadSeries, readSamples, readStored } from './table-reader.ts';
import { TableRetention } from './table-retention.ts';
import { DAY_MS, type LabelsOf, type SampleColumns, type SampleRange, type StoredSeries } from './table-rows.ts';
import { RecordKind, type WalRecord, WriteAheadLog } from './wal/index.ts';
import type { Labels } from '../../model/labels.ts';

/** Who is told what was in the log when the process started. */
export interface ReplayVisitor {
  /** The ref under which `samples` names the series; 0 when there is none (its labels are lost), then its samples are left out. */
  series(id: SeriesId, labels: Labels | undefined): number;
  /** Rows in the order of their writing; the columns are used again. */
  samples(rows: RefColumns): void;
}

/** Whoever keeps records of other kinds in the log. */
export interface LogUser {
  readonly name: string;
  /** A record of another kind, in its place among the samples; `refOf` translates its refs as for samples (0: unknown). */
  replay(record: WalRecord, refOf: (ref: number) => number): void;
  /** Stores the records of its kinds elsewhere, durably; afterwards they are deleted. Safe to be called again for the same records. */
  flush(records: () => AsyncIterable<WalRecord>, seq: number): Promise<void>;
  /** What is in segments up to this one must not be moved together with what is in later ones. */
  isBoundary?(segment: number): boolean;
}

/** The metric tables and the log before them: samples are in the log at once, and in the tables some minutes later. */
export interface MetricTables extends Component {
  /** Every stored series, in blocks; call once after `start`. */
  loadSeries(signal?: AbortSignal): AsyncIterable<readonly StoredSeries[]>;
  /** Says which ref a loaded series got. */
  knownSeries(ref: number, lastDayMs: number): void;
  /** The ref stands for another series from now on. */
  forgetRef(ref: number): void;
  /** What the log holds of an earlier process; call once, after `loadSeries` and before the first `append`. */
  replay(visitor: ReplayVisitor): Promise<void>;
  /**
   * Takes samples, in this turn. Labels of a ref are asked (`deps.series`, at once) at its first sample on each day, and are durable
   * before that sample. With no rows: a barrier that resolves when everything before is durable. Throws INGEST_OVERLOADED when too
   * much waits (nothing is taken then), and to durable callers DISK_FULL or DATABASE_UNAVAILABLE when the log cannot be
   * written now (the rows are kept and written as soon as that works).
   */
  append(samples: RefColumns, options?: LogAppendOptions): Promise<void>;
  /** Throws what `append` of this many samples would refuse with right now; an append in the same turn is then not refused. */
  checkRoom(samples: number): void;
  /** Moves everything durable into the tables now. */
  flush(): Promise<void>;
  /** Blocks of samples ordered by (id, timestamp) across blocks, one per (id, timestamp): the one written last. Flushed ones only. */
  readSamples(range: SampleRange, signal?: AbortSignal): AsyncIterable<SampleColumns>;
  /** The same series by series, decoded when it is read. */
  readStored(range: SampleRange, signal?: AbortSignal): AsyncIterable<StoredSamples>;
  /** Samples taken that `readSamples` does not give yet; the samples before them, in the order of their writing, it gives. */
  readonly unflushedSamples: number;
  /** Samples taken that are not durable yet. */
  readonly queuedSamples: number;
  /** Why the last write failed; undefined while writing works. */
  readonly lastError: string | undefined;
}

export interface TableStoreDeps {
  /** Started before, stopped after. */
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
  /** Ids and labels of refs that are being appended. */
  readonly series: SeriesOfRef;
  /** Labels of series that are moved from the log to the tables. */
  readonly labelsOf: LabelsOf;
  /** What is deleted and still in the tables. */
  readonly tombstones?: Tombstones;
  /** A day (since the epoch) is dropped: its samples are gone. */
  readonly onDrop?: (day: number) => void;
}

export interface TableStoreOptions {
  readonly retentionMs: number;
  readonly diskHeadroomBytes: number;
  /** Folder of the write-ahead log; of this process alone. */
  readonly logPath: string;
}

export class TableStore implements MetricTables {
  readonly name = 'metric tables';
  readonly log: SampleLog;
  readonly #deps: TableStoreDeps;
  readonly #wal: WriteAheadLog;
  readonly #flush: LogFlush;
  readonly #retention: TableRetention;
  readonly #users: LogUser[] = [];
  /** Rows of earlier versions are older than this. */
  #rowsUntilMs = -Infinity;

  constructor(deps: TableStoreDeps, options: TableStoreOptions) {
    this.#deps = deps;
    const metrics = deps.registry && writerMetrics(deps.registry, 'sample', () => this.queuedSamples);
    this.#wal = new WriteAheadLog(
      {
        clock: deps.clock,
        logger: deps.logger,
        ...(metrics ? { onCommit: metrics.written, onFailure: metrics.failed } : {}),
      },
      { path: options.logPath },
    );
    this.log = new SampleLog(this.#wal, deps.series);
    this.#flush = new LogFlush({ ...deps, wal: this.#wal, users: this.#users });
    this.#retention = new TableRetention({ ...deps, onDrop: (day) => this.#forgetDay(day) }, options);
  }

  get queuedSamples(): number {
    return this.#wal.queuedRows;
  }

  get unflushedSamples(): number {
    return this.#flush.unflushedSamples;
  }

  get lastError(): string | undefined {
    return this.#wal.lastError ?? this.#flush.lastError;
  }

  /** Before `start`. */
  use(user: LogUser): void {
    this.#users.push(user);
  }

  async start(): Promise<void> {
    await migrate(this.#deps.database, this.#deps.clock, METRIC_MIGRATIONS);
    this.#rowsUntilMs = await this.#lastDayOfRows();
    await this.#wal.start();
    await this.#retention.start();
    this.#flush.start();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#retention.stop(signal);
    await this.#flush.stop(signal);
    await this.#wal.stop(signal);
  }

  async *loadSeries(signal?: AbortSignal): AsyncGenerator<readonly StoredSeries[]> {
    const yesterday = Math.floor(this.#deps.clock.now() / DAY_MS) - 1;
    for await (const block of loadSeries(this.#deps.database, signal)) {
      for (const series of block) {
        const day = series.lastDayMs / DAY_MS;
        if (day >= yesterday) this.#flush.labelsStored(series.id, day);
      }
      yield block;
    }
  }

  knownSeries(ref: number, lastDayMs: number): void {
    this.log.labelsStored(ref, lastDayMs / DAY_MS);
  }

  forgetRef(ref: number): void {
    this.log.forget(ref);
  }

  async replay(visitor: ReplayVisitor): Promise<void> {
    const startedMs = this.#deps.clock.monotonicMs();
    const rows = new SampleRecordReader();
    let refs = new Uint32Array(1024);
    let segmentBefore = 0;
    let samples = 0;
    let left = 0;
    const refOf = (ref: number): number => refs[ref] ?? 0;
    for await (const record of this.#wal.read()) {
      if (record.segment !== segmentBefore) refs.fill(0);
      segmentBefore = record.segment;
      if (record.kind === RecordKind.series) {
        readSeriesRecord(record.payload, (ref, id, labels) => {
          if (ref >= refs.length) {
            const larger = new Uint32Array(Math.ceil((ref + 1) * 1.5));
            larger.set(refs);
            refs = larger;
          }
          refs[ref] = visitor.series(id, labels);
        });
      } else if (record.kind === RecordKind.samples) {
        rows.decode(record.payload);
        const known = rows.keepNamed(refOf);
        left += known.left;
        samples += rows.length;
        // Before they are handed on: they are not in the tables.
        this.#flush.replayed(record.segment, rows.length + known.left);
        visitor.samples(rows);
      } else {
        for (const user of this.#users) user.replay(record, refOf);
        this.#flush.replayed(record.segment, 0);
      }
    }
    if (samples === 0 && left === 0) return;
    const tookMs = Math.round(this.#deps.clock.monotonicMs() - startedMs);
    this.#deps.logger.info({ samples, tookMs }, 'samples of the last minutes were read from the write-ahead log');
    if (left > 0)
      this.#deps.logger.error(
        { samples: left },
        'samples of the write-ahead log were left out: the labels of their series are lost',
      );
  }

  async append(samples: RefColumns, options?: LogAppendOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    this.checkRoom(samples.length);
    const written = this.log.append(samples, options);
    this.#flush.appended(samples.length);
    await written;
  }

  checkRoom(samples: number): void {
    this.log.checkRoom(samples);
    this.#flush.checkRoom(samples);
  }

  /** Puts a record of a `LogUser` into the log, in this turn; its refs are named with `log.define` before. Throws as `append` does. */
  async appendRecord(kind: number, payload: Uint8Array, rows: number, options: LogAppendOptions = {}): Promise<void> {
    this.checkRoom(rows);
    const written = this.#wal.append(kind, payload, { rows, durable: options.acknowledge !== 'queued' });
    this.#flush.appended(0, rows);
    await written;
  }

  flush(): Promise<void> {
    return this.#flush.flush();
  }

  readSamples(range: SampleRange, signal?: AbortSignal): AsyncIterable<SampleColumns> {
    const erased = this.#deps.tombstones?.snapshot(range.ids);
    return readSamples(this.#deps.database, range, { rows: range.startMs < this.#rowsUntilMs, erased }, signal);
  }

  readStored(range: SampleRange, signal?: AbortSignal): AsyncIterable<StoredSamples> {
    const erased = this.#deps.tombstones?.snapshot(range.ids);
    return readStored(this.#deps.database, range, { rows: range.startMs < this.#rowsUntilMs, erased }, signal);
  }

  #forgetDay(day: number): void {
    this.log.forgetDay(day);
    this.#flush.forgetDay(day);
    this.#deps.onDrop?.(day);
  }

  /** The end of the last day with rows of an earlier version; -Infinity when there are none. */
  async #lastDayOfRows(): Promise<number> {
    const statement = sql`SELECT toUnixTimestamp(max(toDateTimeOrZero(partition, 'UTC'))) AS last FROM system.parts
      WHERE active AND database = currentDatabase() AND table = ${SAMPLES_TABLE} HAVING count() > 0`;
    for await (const block of this.#deps.database.query(statement)) {
      const last = block.columns[0]?.data as Uint32Array;
      if (block.rows > 0) return (last[0] as number) * 1_000 + DAY_MS;
    }
    return -Infinity;
  }
}
