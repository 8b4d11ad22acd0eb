import type { Clock } from '../../../base/clock.ts';
import type { Component } from '../../../base/component.ts';
import { errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { ByteCursor, ByteSink } from '../beside/index.ts';
import type { TableStore } from '../table-store.ts';
import { RecordKind, type WalRecord } from '../wal/index.ts';
import type { DeletionTable } from './deletion-table.ts';
import type { Tombstone, Tombstones } from '../tombstones.ts';

export interface SeriesEraserDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly table: DeletionTable;
  readonly log: Pick<TableStore, 'appendRecord' | 'log' | 'flush'>;
  /** Shared with those who read the tables. */
  readonly tombstones: Tombstones;
}

/** A series of a deletion, by ref and by id. */
export interface ErasedSeries {
  readonly ref: number;
  readonly id: number;
}

/** Takes samples out of memory. */
export type EraseMemory = (id: number, startMs: number, endMs: number) => void;

/** After a deletion: others may follow at once, and removing them together is cheaper. */
const CLEAN_EVERY_MS = 10 * 60_000;
/** Series of one record of the log. */
const RECORD_SERIES_MAX = 50_000;
/** Times that the tables can hold. */
const TIME_MIN_MS = 0;
const TIME_MAX_MS = 8_000_000_000_000;

/**
 * Deletions. One is a record in the log, at the end of a segment that is closed with it: what it deletes lies in segments up to that one,
 * what is written afterwards in later ones. Until the samples are removed from the tables, tombstones hide them.
 */
export class SeriesEraser implements Component {
  readonly name = 'deletions';
  readonly #deps: SeriesEraserDeps;
  /** Segments that end in a deletion. */
  readonly #boundaries = new Set<number>();
  /** What was written into segments up to this one is in the tables. */
  #flushedSegment = 0;
  #eraseMemory: EraseMemory = () => undefined;
  #schedule: Disposable | undefined;
  #cleaning: Promise<void> = Promise.resolve();
  readonly #stopped = new AbortController();

  constructor(deps: SeriesEraserDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    await this.#deps.table.start();
    for (const tombstone of await this.#deps.table.load(this.#stopped.signal)) {
      this.#deps.tombstones.add(tombstone);
      // A tombstone comes into the table together with all that it hides.
      this.#flushedSegment = Math.max(this.#flushedSegment, tombstone.seq);
    }
    this.#schedule = this.#deps.clock.every(
      { intervalMs: CLEAN_EVERY_MS },
      () => this.clean(),
      (error) => {
        if (this.#stopped.signal.aborted) return;
        this.#deps.logger.warn(
          { error: errorMessage(error) },
          'deleted samples could not be removed from the tables; they are hidden, and it is tried again',
        );
      },
    );
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stopped.abort();
    await this.#cleaning.catch(() => undefined);
  }

  /** Who takes samples out of memory when the log of an earlier process tells of a deletion. */
  onReplay(eraseMemory: EraseMemory): void {
    this.#eraseMemory = eraseMemory;
  }

  /** Hides the samples in the tables from now on; resolves once that survives kill -9. The caller erases memory in the same turn. */
  async erase(series: readonly ErasedSeries[], startMs: number, endMs: number): Promise<void> {
    const { log: tables } = this.#deps;
    const { wal } = tables.log;
    const range = { startMs: clamped(startMs), endMs: clamped(endMs) };
    const seq = wal.segment;
    const writes: Promise<void>[] = [];
    for (let at = 0; at < series.length; at += RECORD_SERIES_MAX) {
      const ids = series.slice(at, at + RECORD_SERIES_MAX).map(({ id }) => id);
      writes.push(tables.appendRecord(RecordKind.deletions, encodeDeletion(ids, range.startMs, range.endMs), 1));
    }
    for (const { id } of series) this.#deps.tombstones.add({ id, ...range, seq });
    this.#boundaries.add(seq);
    const closed = wal.rotate();
    await Promise.all([...writes, closed]);
  }

  /** As LogUser. */
  replay(record: WalRecord): void {
    if (record.kind !== RecordKind.deletions) return;
    this.#boundaries.add(record.segment);
    for (const tombstone of decodeDeletion(record)) {
      this.#deps.tombstones.add(tombstone);
      this.#eraseMemory(tombstone.id, tombstone.startMs, tombstone.endMs);
    }
  }

  /** As LogUser. */
  async flush(records: () => AsyncIterable<WalRecord>, seq: number): Promise<void> {
    if (this.#boundaries.has(seq)) {
      const found: Tombstone[] = [];
      for await (const record of records())
        if (record.kind === RecordKind.deletions) found.push(...decodeDeletion(record));
      if (found.length > 0) await this.#deps.table.add(found);
      this.#boundaries.delete(seq);
    }
    this.#flushedSegment = seq;
  }

  /** As LogUser: segments behind this one must not be moved together with it. */
  isBoundary(segment: number): boolean {
    return this.#boundaries.has(segment);
  }

  /** Removes deleted samples from the tables; those that are in the log only go there first. */
  async clean(): Promise<void> {
    if (this.#deps.tombstones.isEmpty) return;
    this.#cleaning = this.#cleaning.catch(() => undefined).then(() => this.#clean());
    await this.#cleaning;
  }

  async #clean(): Promise<void> {
    const groups = new Map<string, Tombstone[]>();
    if ([...this.#deps.tombstones.all()].some(({ seq }) => seq > this.#flushedSegment)) await this.#deps.log.flush();
    for (const tombstone of this.#deps.tombstones.all()) {
      if (tombstone.seq > this.#flushedSegment) continue;
      const key = `${tombstone.startMs} ${tombstone.endMs} ${tombstone.seq}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [tombstone]);
      else group.push(tombstone);
    }
    for (const group of groups.values()) {
      await this.#deps.table.clean(group, this.#stopped.signal);
      // Queries that run may have read their tombstones already; what they hid is gone either way.
      for (const tombstone of group) this.#deps.tombstones.delete(tombstone);
      this.#deps.logger.info({ series: group.length }, 'deleted samples were removed from the tables');
    }
  }
}

function clamped(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, TIME_MIN_MS), TIME_MAX_MS));
}

function encodeDeletion(ids: readonly number[], startMs: number, endMs: number): Uint8Array {
  const out = new ByteSink();
  out.unsigned(startMs);
  out.unsigned(endMs);
  out.unsigned(ids.length);
  for (const id of ids) out.unsigned(id);
  return Uint8Array.from(out.view());
}

function decodeDeletion({ payload, segment }: WalRecord): readonly Tombstone[] {
  const from = new ByteCursor(payload);
  const startMs = from.unsigned();
  const endMs = from.unsigned();
  const found: Tombstone[] = [];
  for (let left = from.count(1); left > 0; left--) found.push({ id: from.unsigned(), startMs, endMs, seq: segment });
  return found;
}
