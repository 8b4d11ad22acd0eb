import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../../base/clock.ts';
import { errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { type Database, migrate } from '../../../clickhouse/index.ts';
import type { GridBlock, GridRequest, SeriesSet, StateStore, StateTable } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import type { SeriesCatalog } from '../series-catalog.ts';
import { BucketRowsBuilder } from './bucket-rows.ts';
import { HOUR_MS, type LateRange, LateRanges } from './late-ranges.ts';
import { RESOLUTIONS, ROLLUP_MIGRATIONS, type Resolution, insertRollups, readNewest } from './rollup-table.ts';
import { rollupGrid } from './rollup-grid.ts';

/** Closed buckets are looked for this often. */
const SWEEP_EVERY_MS = 60_000;
/** Samples of a bucket may come this long after its end and still be rolled up the first time. */
const GRACE_MS = 45_000;
/** Samples that are older than this at the start of the process are late ones; progress is looked up only so far back, or as far as needed. */
const LIVE_MS = 24 * HOUR_MS;
/** Keys of the stored progress: all is rolled up to here; nothing is before here. */
const DONE = 'done';
const SINCE = 'since';
/** A backfill that streams in is rolled up when it pauses, or at last after a while. */
const LATE_QUIET_MS = 60_000;
const LATE_WAIT_MAX_MS = 600_000;
/** Series read and rolled up before the event loop gets a turn: about 20 ms at 720 samples each. */
const SERIES_PER_TURN = 500;
/** Rows of one insert: what the engine needs for it is some kilobytes a row, and 100,000 were 120 MB for a moment. */
const ROWS_PER_INSERT = 20_000;
/** Series that hold more than this in one range are read in pieces. */
const PIECE_MS = 24 * HOUR_MS;

export interface RollupsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly catalog: SeriesCatalog;
  /** Where hours with late samples outlive a crash. */
  readonly state: StateStore;
  /** Raw samples of series by ref, both ends included; `labels` are not looked at. */
  readonly read: (refs: Uint32Array, startMs: number, endMs: number, signal: AbortSignal) => Promise<SeriesSet>;
  /** True for series that have native histograms or start times: they are never answered from rollups. */
  readonly excluded: (ref: number) => boolean;
}

/**
 * Keeps the rollup tables in step with the raw samples, and answers grids from them. Each series has a mark: its buckets up to there are
 * rolled up. A sample at or before its series' mark, or read for the next one already, is late, and its buckets are made anew; until that is done, grids over
 * them are answered from raw samples.
 */
export class Rollups {
  readonly name = 'rollups';
  readonly #deps: RollupsDeps;
  readonly #stopped = new AbortController();
  readonly #late = new LateRanges();
  /** By resolution, by ref: rolled up to here. */
  readonly #rolledMs: Float64Array[] = RESOLUTIONS.map(() => new Float64Array(1_024).fill(-Infinity));
  /** By ref: rolled up to here in the finest resolution, or being so: its samples are read already, and what comes later is late. */
  #readToMs = new Float64Array(1_024).fill(-Infinity);
  /** By ref: the id the marks belong to, because refs are used again. */
  #idOf = new Float64Array(1_024);
  /** Hours with late samples of before a crash. */
  readonly #hoursBefore = new Set<number>();
  #dirty: StateTable<true> | undefined;
  #progress: StateTable<number> | undefined;
  /** Before this, stored samples are older than rollups themselves. */
  #sinceMs = -Infinity;
  /** The hours that were noted last: most late samples lie in few. */
  #rememberedFirst = Infinity;
  #rememberedLast = -Infinity;
  #liveFromMs = Infinity;
  #version = 0;
  #schedule: Disposable | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #rows = 0;

  constructor(deps: RollupsDeps) {
    this.#deps = deps;
    const gauge: Gauge = new Gauge({
      name: 'vedette_rollup_late_series',
      help: 'Series with late samples whose rollups are to be made anew.',
      registers: [deps.registry],
      collect: () => gauge.set(this.#late.size),
    });
    const rows: Gauge = new Gauge({
      name: 'vedette_rollup_rows',
      help: 'Rollup rows written since the start.',
      registers: [deps.registry],
      collect: () => rows.set(this.#rows),
    });
  }

  /** After the series list is loaded. */
  async start(): Promise<void> {
    const { database, clock, state, catalog, logger } = this.#deps;
    const { signal } = this.#stopped;
    await migrate(database, clock, ROLLUP_MIGRATIONS);
    this.#dirty = await state.open('rollup-late-hours', (json) => (json === true ? true : undefined));
    for (const [hour] of this.#dirty.entries()) this.#hoursBefore.add(Number(hour));
    this.#version = clock.now();
    await this.#openProgress();
    for (const [level, resolution] of RESOLUTIONS.entries()) {
      for (const [id, endMs] of await readNewest(database, resolution, this.#liveFromMs, signal)) {
        const ref = catalog.findId(id);
        if (ref !== undefined) this.#setRolled(level, ref, endMs);
      }
    }
    this.#schedule = clock.every(
      { intervalMs: SWEEP_EVERY_MS },
      () => this.sweep(),
      (error) => {
        if (!signal.aborted)
          logger.warn({ error: errorMessage(error) }, 'rollups could not be written; they are tried again in a minute');
      },
    );
  }

  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stopped.abort();
    // Its failure was reported by the schedule.
    await this.#sweeping.catch(() => undefined);
  }

  /** The time up to which a sample of the series is late; for the hot path, which calls `late` for those only. */
  lateUntilMs(ref: number): number {
    const own = this.#idOf[ref] === this.#deps.catalog.id[ref];
    return Math.max(own ? (this.#readToMs[ref] as number) : -Infinity, this.#liveFromMs - 1);
  }

  /** Samples of the series in [fromMs, toMs] were deleted. */
  erased(ref: number, fromMs: number, toMs: number): void {
    this.#late.erase(ref, fromMs, toMs, this.#deps.clock.monotonicMs());
    this.#rememberHours(fromMs, toMs);
  }

  /** Samples of the series in [fromMs, toMs] were stored at or before `lateUntilMs`. */
  late(ref: number, fromMs: number, toMs: number): void {
    this.#late.add(ref, fromMs, toMs, this.#deps.clock.monotonicMs());
    this.#rememberHours(fromMs, toMs);
  }

  /** Stores which hours are to be made anew; a range inside the one stored last costs two comparisons. */
  #rememberHours(fromMs: number, toMs: number): void {
    const first = Math.floor(fromMs / HOUR_MS);
    const last = Math.floor(toMs / HOUR_MS);
    if ((first >= this.#rememberedFirst && last <= this.#rememberedLast) || this.#dirty === undefined) return;
    this.#rememberedFirst = first;
    this.#rememberedLast = last;
    const fresh: [string, true][] = [];
    for (let hour = first; hour <= last; hour++)
      if (this.#dirty.get(String(hour)) !== true) fresh.push([String(hour), true]);
    if (fresh.length === 0) return;
    this.#dirty.putAll(fresh).catch((error: unknown) => {
      this.#deps.logger.warn(
        { error: errorMessage(error) },
        'hours with late samples could not be noted; after a crash their rollups may lack them',
      );
    });
  }

  /** Answers from the rollups, or undefined where raw samples have to. */
  async grid(request: GridRequest, refs: Uint32Array, signal: AbortSignal): Promise<GridBlock | undefined> {
    const { database, catalog } = this.#deps;
    return rollupGrid(
      {
        database,
        catalog,
        inStepUntilMs: (level, ref, afterMs, untilMs) => this.#inStepUntilMs(level, ref, afterMs, untilMs),
      },
      request,
      refs,
      signal,
    );
  }

  /** Rolls up what is due; public for tests and for the first moments of a process. */
  sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.catch(() => undefined).then(() => this.#sweep());
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#deps.clock.now();
    for (const level of RESOLUTIONS.keys()) await this.#sweepLive(level, nowMs);
    // After a stop of any length the next start begins here.
    const doneMs = Math.floor((nowMs - GRACE_MS) / HOUR_MS) * HOUR_MS;
    if (this.#progress?.get(DONE) !== doneMs) await this.#progress?.put(DONE, doneMs);
    await this.#sweepHoursBefore(nowMs);
    await this.#sweepLate(nowMs);
    await this.#forgetHours();
  }

  /** Closed buckets of series that have samples after their mark. */
  async #sweepLive(level: number, nowMs: number): Promise<void> {
    const { catalog } = this.#deps;
    const { ms } = RESOLUTIONS[level] as Resolution;
    const closedMs = Math.floor((nowMs - GRACE_MS) / ms) * ms;
    const byStart = new Map<number, number[]>();
    for (let ref = 1; ref < catalog.refsEnd; ref++) {
      if (!catalog.isUsed(ref)) continue;
      const fromMs = Math.max(
        this.#rolled(level, ref),
        this.#liveFromMs,
        Math.floor(((catalog.minMs[ref] as number) - 1) / ms) * ms,
      );
      if (fromMs >= closedMs || (catalog.maxMs[ref] as number) <= fromMs || this.#deps.excluded(ref)) continue;
      const refs = byStart.get(fromMs);
      if (refs) refs.push(ref);
      else byStart.set(fromMs, [ref]);
    }
    for (const [fromMs, refs] of byStart) await this.#roll(level, refs, fromMs, closedMs, 'first');
  }

  async #sweepLate(nowMs: number): Promise<void> {
    const due = this.#late.due(this.#deps.clock.monotonicMs(), LATE_QUIET_MS, LATE_WAIT_MAX_MS);
    if (due.length === 0) return;
    // Taken first: what comes while its buckets are made is late again.
    const byRange = new Map<string, Omit<LateRange, 'ref'> & { readonly refs: number[] }>();
    for (const { ref, fromMs, toMs, erased } of due) {
      const from = Math.floor((fromMs - 1) / HOUR_MS) * HOUR_MS;
      const to = Math.ceil(toMs / HOUR_MS) * HOUR_MS;
      const key = `${from} ${to} ${erased}`;
      const group = byRange.get(key);
      if (group) group.refs.push(ref);
      else byRange.set(key, { refs: [ref], fromMs: from, toMs: to, erased });
    }
    for (const { refs, fromMs, toMs, erased } of byRange.values()) {
      for (const ref of refs) this.#late.take(ref);
      try {
        await this.#rollAgain(refs, fromMs, toMs, nowMs, erased);
      } catch (error) {
        const monotonicMs = this.#deps.clock.monotonicMs();
        for (const ref of refs)
          if (erased) this.#late.erase(ref, fromMs + 1, toMs, monotonicMs);
          else this.#late.add(ref, fromMs + 1, toMs, monotonicMs);
        throw error;
      } finally {
        for (const ref of refs) this.#late.made(ref);
      }
    }
  }

  /** Hours of before a crash: every series that may have samples in them. */
  async #sweepHoursBefore(nowMs: number): Promise<void> {
    const { catalog } = this.#deps;
    for (const hour of this.#hoursBefore) {
      const fromMs = hour * HOUR_MS;
      const refs: number[] = [];
      for (let ref = 1; ref < catalog.refsEnd; ref++)
        if (catalog.isUsed(ref) && catalog.mayHave(ref, fromMs, fromMs + HOUR_MS) && !this.#deps.excluded(ref))
          refs.push(ref);
      // A sample at the full hour belongs to the bucket that ends there.
      await this.#rollAgain(refs, fromMs - HOUR_MS, fromMs + HOUR_MS, nowMs, true);
      this.#hoursBefore.delete(hour);
    }
  }

  async #rollAgain(
    refs: readonly number[],
    fromMs: number,
    toMs: number,
    nowMs: number,
    erased: boolean,
  ): Promise<void> {
    const wanted = refs.filter((ref) => !this.#deps.excluded(ref));
    for (const [level, { ms }] of RESOLUTIONS.entries()) {
      const closedMs = Math.min(toMs, Math.floor((nowMs - GRACE_MS) / ms) * ms);
      for (let at = fromMs; at < closedMs; at += PIECE_MS)
        await this.#roll(level, wanted, at, Math.min(at + PIECE_MS, closedMs), erased ? 'whole' : 'again');
    }
  }

  /** Makes the buckets of (fromMs, untilMs]: for the `first` time, which moves the series' marks, `again`, or the `whole` with empty ones. */
  async #roll(
    level: number,
    refs: readonly number[],
    fromMs: number,
    untilMs: number,
    how: 'first' | 'again' | 'whole',
  ): Promise<void> {
    const { database, catalog, read } = this.#deps;
    const resolution = RESOLUTIONS[level] as Resolution;
    const { signal } = this.#stopped;
    const rows = new BucketRowsBuilder();
    const samples = new SampleBuffer();
    let unwritten: number[] = [];
    // Stays ahead of what was written before, also when the clock was set back.
    const version = (this.#version = Math.max(this.#version + 1, this.#deps.clock.now()));
    const write = async (): Promise<void> => {
      if (rows.length > 0) await insertRollups(database, resolution, rows, version);
      this.#rows += rows.length;
      rows.clear();
      if (how === 'first') for (const ref of unwritten) this.#setRolled(level, ref, untilMs);
      unwritten = [];
    };
    // Series of one metric lie together in the table: in the order of ids each of its blocks is read once.
    const sorted = [...refs].sort((a, b) => (catalog.id[a] as number) - (catalog.id[b] as number));
    for (let at = 0; at < sorted.length; at += SERIES_PER_TURN) {
      signal.throwIfAborted();
      const some = Uint32Array.from(sorted.slice(at, at + SERIES_PER_TURN));
      if (how === 'first') for (const ref of some) this.#setRead(ref, untilMs);
      const set = await read(some, fromMs + 1, untilMs, signal);
      for (const [place, ref] of some.entries()) {
        if (!catalog.isUsed(ref)) continue;
        set.read(place, samples);
        rows.add(
          catalog.id[ref] as number,
          samples,
          resolution.ms,
          how === 'whole' ? { afterMs: fromMs, untilMs } : undefined,
        );
        unwritten.push(ref);
      }
      if (rows.length >= ROWS_PER_INSERT) await write();
      await nextTurn();
    }
    await write();
  }

  #inStepUntilMs(level: number, ref: number, afterMs: number, untilMs: number): number {
    if (this.#deps.excluded(ref) || this.#late.overlaps(ref, afterMs, untilMs)) return -Infinity;
    for (const hour of this.#hoursBefore)
      if ((hour + 1) * HOUR_MS >= afterMs && hour * HOUR_MS <= untilMs) return -Infinity;
    const { minMs, maxMs } = this.#deps.catalog;
    if (afterMs < this.#sinceMs && (minMs[ref] as number) < this.#sinceMs) return -Infinity;
    // Older than live and not late: rolled up long ago.
    const rolledMs = Math.max(this.#rolled(level, ref), this.#liveFromMs);
    return (maxMs[ref] as number) <= rolledMs ? Infinity : rolledMs;
  }

  /** Also for a data directory that had samples before it had rollups: it is rolled up from its last day on. */
  async #openProgress(): Promise<void> {
    const { state, clock, catalog } = this.#deps;
    this.#progress = await state.open('rollup-progress', (json) => (typeof json === 'number' ? json : undefined));
    const dayAgoMs = Math.floor((clock.now() - LIVE_MS) / HOUR_MS) * HOUR_MS;
    this.#liveFromMs = Math.min(dayAgoMs, this.#progress.get(DONE) ?? Infinity);
    const since = this.#progress.get(SINCE);
    this.#sinceMs = since ?? (catalog.size === 0 ? 0 : this.#liveFromMs);
    if (since === undefined) await this.#progress.put(SINCE, this.#sinceMs);
  }

  #rolled(level: number, ref: number): number {
    if (this.#idOf[ref] !== this.#deps.catalog.id[ref]) return -Infinity;
    return (this.#rolledMs[level] as Float64Array)[ref] ?? -Infinity;
  }

  #setRolled(level: number, ref: number, endMs: number): void {
    this.#setRead(ref, endMs);
    (this.#rolledMs[level] as Float64Array)[ref] = endMs;
  }

  #setRead(ref: number, endMs: number): void {
    if (ref >= this.#idOf.length) this.#grow(ref);
    const id = this.#deps.catalog.id[ref] as number;
    if (this.#idOf[ref] !== id) {
      this.#idOf[ref] = id;
      this.#readToMs[ref] = -Infinity;
      for (const marks of this.#rolledMs) marks[ref] = -Infinity;
    }
    if (endMs > (this.#readToMs[ref] as number)) this.#readToMs[ref] = endMs;
  }

  #grow(ref: number): void {
    const length = Math.ceil((ref + 1) * 1.5);
    const idOf = new Float64Array(length);
    idOf.set(this.#idOf);
    this.#idOf = idOf;
    const readToMs = new Float64Array(length).fill(-Infinity);
    readToMs.set(this.#readToMs);
    this.#readToMs = readToMs;
    for (const [level, marks] of this.#rolledMs.entries()) {
      const longer = new Float64Array(length).fill(-Infinity);
      longer.set(marks);
      this.#rolledMs[level] = longer;
    }
  }

  async #forgetHours(): Promise<void> {
    assert(this.#dirty, 'rollups were swept before they were started');
    const open = this.#late.hours();
    this.#rememberedFirst = Infinity;
    this.#rememberedLast = -Infinity;
    for (const [key] of this.#dirty.entries())
      if (!open.has(Number(key)) && !this.#hoursBefore.has(Number(key))) await this.#dirty.delete(key);
  }
}
