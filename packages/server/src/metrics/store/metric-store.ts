import assert from 'node:assert/strict';
import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Labels } from '../../model/labels.ts';
import type {
  AppendOptions,
  AppendResult,
  ExemplarRequest,
  ExemplarSource,
  GridBlock,
  GridRequest,
  LabelRequest,
  MetricStore,
  MetricStoreStats,
  Rejection,
  SelectRequest,
  SeriesEraser,
  SeriesSet,
  StateStore,
} from '../../model/ports.ts';
import { type MetricMetadata, type SampleBatch, SampleBuffer } from '../../model/sample.ts';
import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import { type Admission, BesideStore, rowsBeside } from './beside/index.ts';
import type { HotWindowConfig } from './config.ts';
import type { ErasedSeries, SeriesEraser as TableEraser } from './erase/index.ts';
import type { ChangeLog } from './change-log.ts';
import { HotWindow, LATE, LEFT } from './hot-window.ts';
import { storable } from './label-check.ts';
import { LateSamples } from './late-samples.ts';
import { MetadataCatalog } from './metadata-catalog.ts';
import type { SampleTable } from './ports.ts';
import type { Rollups } from './rollup/index.ts';
import { ScratchColumns } from './scratch-columns.ts';
import { Selection, type SelectionSources } from './selection.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { SeriesLimit } from './series-limit.ts';
import { SeriesLookup } from './series-lookup.ts';
import { StoreMetrics } from './store-metrics.ts';
import { warmUp } from './warm-up.ts';

/** Clocks of cameras and sites are off by seconds, not more; samples far ahead would be served as "now" for that long. */
export const FUTURE_MAX_MS = 10 * 60_000;
/** Rows named one by one in an answer; the rest is counted. Enough to find the exporter at fault. */
export const REJECTIONS_REPORTED_MAX = 100;
/** Series whose samples have all left retention are looked for this often. */
const EXPIRY_INTERVAL_MS = 10 * 60_000;
/** The table drops whole days, so ids of expired series are free of rows a day later; selections never reach back so far. */
const EXPIRY_MARGIN_MS = 3_600_000;
/** After a failed warm-up. */
const WARM_UP_RETRY_MS = 30_000;
/** Shorter ranges are in memory, or nearly: raw samples answer as fast as rows of a table. */
const PUSH_DOWN_MIN_MS = 6 * 3_600_000;
/** Late samples in memory (28 bytes each) for which the table is not waited for any longer. */
const LATE_SAMPLES_MAX = 500_000;
const DAY_MS = 86_400_000;

type Reason = Rejection['reason'];
type SeriesExemplars = Awaited<ReturnType<ExemplarSource['exemplars']>>;
/** Refused rows that the answer names. */
interface NamedRejections {
  readonly rows: Rejection[];
  readonly max: number;
}

/** In place of a series' ref: why it has none. */
const REFUSED = ['invalid-labels', 'series-limit'] as const;
const INVALID_LABELS = -1;
const SERIES_LIMIT = -2;

export interface StoreDeps {
  readonly table: SampleTable;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Where metric metadata outlives a restart; without it, metadata comes back with the first scrapes. */
  readonly state?: StateStore;
  /** Shared with the table, which asks for the labels of new ids. */
  readonly catalog: SeriesCatalog;
  /** Native histograms, start times and exemplars; default: in memory alone. */
  readonly beside?: BesideStore;
  /** Deletes from the tables; without it nothing can be deleted. */
  readonly eraser?: TableEraser;
  /** Downsampled rows; without them, every grid is answered from raw samples. */
  readonly rollups?: Rollups;
  /** Where to note what was written and deleted. */
  readonly changes?: ChangeLog;
}

export interface StoreOptions {
  readonly hotWindow: HotWindowConfig;
  /** Series known at once; samples of further ones are refused. */
  readonly seriesMax: number;
  readonly retentionMs: number;
}

/** Joins the hot window and the table: the only place that knows there are two. */
export class JoinedMetricStore implements MetricStore, ExemplarSource, SeriesEraser {
  readonly name = 'metric store';
  readonly #deps: StoreDeps;
  readonly #options: StoreOptions;
  readonly #catalog: SeriesCatalog;
  readonly #table: SampleTable;
  readonly #hot: HotWindow;
  readonly #beside: BesideStore;
  readonly #late = new LateSamples();
  readonly #metadata: MetadataCatalog;
  readonly #metrics: StoreMetrics;
  readonly #sources: SelectionSources;
  readonly #seriesLimit: SeriesLimit;
  readonly #scratch = new ScratchColumns();
  readonly #stopped = new AbortController();
  readonly #lookup: SeriesLookup;
  /** Samples ever given to the table; the newest one's number is its write number. */
  #written = 0;
  #appended = 0;
  #rejected = 0;
  readonly #rejectedByReason = new Map<Reason, number>();
  #expiry: Disposable | undefined;
  #warming: Promise<void> = Promise.resolve();
  #flushing = false;

  constructor(deps: StoreDeps, options: StoreOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#catalog = deps.catalog;
    this.#table = deps.table;
    this.#lookup = new SeriesLookup(deps.catalog, deps.clock, () => this.#retentionStart());
    this.#seriesLimit = new SeriesLimit(deps, options.seriesMax);
    this.#hot = new HotWindow({ sizeBytes: options.hotWindow.size, ageMs: options.hotWindow.age });
    this.#beside = deps.beside ?? BesideStore.inMemory(deps, options.hotWindow);
    const { hot, late } = { hot: this.#hot, late: this.#late };
    this.#sources = { catalog: this.#catalog, hot, late, table: deps.table, beside: this.#beside };
    this.#metadata = new MetadataCatalog((error) => {
      deps.logger.warn(
        { error: errorMessage(error) },
        'metric metadata could not be stored; it is kept until the next restart',
      );
    });
    this.#metrics = new StoreMetrics(deps.registry, {
      hot: this.#hot,
      late: this.#late,
      catalog: this.#catalog,
      beside: this.#beside,
      table: this.#table,
    });
  }

  /** Loads the series list; the last minutes' samples follow in the background (see warm-up.ts). */
  async start(): Promise<void> {
    const signal = this.#stopped.signal;
    for await (const block of this.#table.loadSeries(signal)) {
      for (const { id, labels, firstDayMs, lastDayMs } of block) {
        const maxMs = lastDayMs + DAY_MS - 1;
        if (maxMs < this.#expiredBefore()) continue;
        const ref = this.#catalog.load(labels, id, firstDayMs, maxMs);
        if (ref === undefined) continue;
        // Until memory was warmed nothing is covered: a clock that was ahead may have stored what is still to come.
        this.#hot.addLooseSeries(ref);
        this.#table.knownSeries(ref, lastDayMs);
      }
    }
    await this.#beside.load(signal);
    // Before the log is replayed: what it holds may be later than what was rolled up, or late.
    await this.#deps.rollups?.start();
    this.#deps.eraser?.onReplay((id, startMs, endMs) => {
      const ref = this.#catalog.findId(id);
      if (ref !== undefined) this.#eraseMemory(ref, startMs, endMs);
    });
    await this.#replay();
    if (this.#deps.state !== undefined) await this.#metadata.load(this.#deps.state);
    if (this.#catalog.size > 0) this.#warming = this.#warmUp(signal);
    this.#expiry = this.#deps.clock.every(
      { intervalMs: EXPIRY_INTERVAL_MS },
      async () => this.#expire(),
      (error) => this.#deps.logger.error({ error: errorMessage(error) }, 'expired series could not be forgotten'),
    );
  }

  async stop(_signal: AbortSignal): Promise<void> {
    this.#stopped.abort();
    this.#expiry?.[Symbol.dispose]();
    await this.#deps.rollups?.stop();
    await this.#warming;
    await this.#metadata.flush();
  }

  /** Resolves when the background filling after `start` has ended; for tests and measurements. */
  async warmed(): Promise<void> {
    await this.#warming;
  }

  async append(batch: SampleBatch, options: AppendOptions = {}): Promise<AppendResult> {
    options.signal?.throwIfAborted();
    const rows = batch.timestampMs.length;
    this.#table.checkRoom(rows + rowsBeside(batch));
    if (batch.metadata !== undefined) this.#metadata.update(batch.metadata);

    const limitedBefore = this.#rejectedByReason.get('series-limit') ?? 0;
    const rejected: Rejection[] = [];
    const named: NamedRejections = {
      rows: rejected,
      max: options.nameAllRejections === true ? Infinity : REJECTIONS_REPORTED_MAX,
    };
    const refs = new Int32Array(batch.series.length);
    // Whoever gets them copies what is to stay before this turn ends.
    const { rowRef, timestampMs, value } = this.#scratch.of(rows);
    const startMs = batch.startTimestampMs && new Float64Array(rows);
    const floats = this.#accept(batch, refs, rowRef, timestampMs, value, startMs, named);
    const columns = { length: floats, ref: rowRef, timestampMs, startMs };
    const beside = this.#beside.append(batch, columns, this.#admission(batch, refs, named), options);
    const accepted = floats + (beside?.histograms ?? 0);
    const rejectedCount = rows + (batch.histograms?.value.length ?? 0) - accepted;
    this.#rejected += rejectedCount;
    const result: AppendResult = {
      accepted,
      ...(beside ? { acceptedHistograms: beside.histograms, acceptedExemplars: beside.exemplars } : {}),
      rejected,
      rejectedCount,
      ...this.#limitHit((this.#rejectedByReason.get('series-limit') ?? 0) - limitedBefore),
    };
    this.#appended += accepted;
    this.#noteChange(floats, timestampMs, batch);
    this.#metrics.appended.inc(accepted);
    if (floats === 0) {
      await beside?.written;
      return result;
    }

    // The table takes the rows in this very turn (room was checked), so memory and table have them or neither does.
    const acknowledge = options.acknowledge ?? 'durable';
    const written = this.#table.append(
      { length: floats, ref: rowRef, timestampMs, value },
      options.signal === undefined ? { acknowledge } : { acknowledge, signal: options.signal },
    );
    this.#written += floats;
    this.#remember(floats, rowRef, timestampMs, value);
    await (beside === undefined ? written : Promise.all([written, beside.written]));
    return result;
  }

  async select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet> {
    signal.throwIfAborted();
    const startMs = Math.max(request.startMs, this.#retentionStart());
    const { endMs } = request;
    const refs = await this.#lookup.inRange(request.matchers, startMs, endMs, signal);
    const seriesMax = request.seriesMax ?? Infinity;
    if (refs.length > seriesMax) {
      throw new VedetteError(
        'QUERY_TOO_LARGE',
        `the selection has ${refs.length} series and the limit is ${seriesMax}; add label matchers`,
        { details: { series: refs.length, seriesMax } },
      );
    }
    const range = { startMs, endMs, samplesMax: request.samplesMax ?? Infinity };
    const selection = new Selection(this.#sources, refs, range);
    await selection.load(this.#sources, signal);
    return this.#beside.select(selection, refs, range, request, signal);
  }

  /** From rollups, where memory would not do. */
  async selectGrid(request: GridRequest, signal: AbortSignal): Promise<GridBlock | undefined> {
    const { rollups } = this.#deps;
    const startMs = request.firstEndMs - request.rangeMs;
    const endMs = request.firstEndMs + (request.steps - 1) * request.stepMs;
    if (!rollups || endMs - startMs < PUSH_DOWN_MIN_MS || startMs < this.#retentionStart()) return undefined;
    signal.throwIfAborted();
    const refs = await this.#lookup.inRange(request.matchers, startMs, endMs, signal);
    return refs.length === 0 ? undefined : rollups.grid(request, refs, signal);
  }

  /** Raw float samples of series by ref, both ends included; for rollups. */
  async readRefs(refs: Uint32Array, startMs: number, endMs: number, signal: AbortSignal): Promise<SeriesSet> {
    const selection = new Selection(this.#sources, refs, { startMs, endMs, samplesMax: Infinity });
    await selection.load(this.#sources, signal);
    return selection;
  }

  series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]> {
    return this.#lookup.series(request, signal);
  }

  labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    return this.#lookup.labelNames(request, signal);
  }

  labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]> {
    return this.#lookup.labelValues(name, request, signal);
  }

  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]> {
    if (metric === undefined) return this.#metadata.families;
    const found = this.#metadata.families.get(metric);
    return found === undefined ? new Map() : new Map([[metric, found]]);
  }

  async exemplars(request: ExemplarRequest, signal: AbortSignal): Promise<SeriesExemplars> {
    signal.throwIfAborted();
    const refs = (await this.#lookup.any(request.matcherSets, signal)) ?? this.#beside.exemplarRefs();
    const startMs = Math.max(request.startMs, this.#retentionStart());
    return Array.from(this.#beside.exemplars(refs, startMs, request.endMs), ([ref, exemplars]) => ({
      series: this.#catalog.labels(ref),
      exemplars,
    }));
  }

  /** Deletes at once from memory; the tables' samples are hidden, and removed later. */
  async deleteSeries(request: LabelRequest, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const { eraser } = this.#deps;
    assert(eraser !== undefined, 'this store has no tables to delete from');
    const startMs = Math.ceil(request.startMs);
    const endMs = Math.floor(request.endMs);
    const counts = this.#lookup.counts(request);
    const refs = (await this.#lookup.any(request.matcherSets, signal)) ?? this.#catalog.index.match([]);
    const series: ErasedSeries[] = [];
    for (const ref of refs) if (counts(ref)) series.push({ ref, id: this.#catalog.id[ref] as number });
    if (series.length === 0) return 0;
    // In one turn with the eraser's tombstones: a query sees all of the deletion or nothing.
    const erased = eraser.erase(series, startMs, endMs);
    for (const { ref } of series) this.#eraseMemory(ref, startMs, endMs);
    this.#deps.changes?.touch(startMs, endMs);
    await erased;
    return series.length;
  }

  #eraseMemory(ref: number, startMs: number, endMs: number): void {
    const { minMs, maxMs } = this.#catalog;
    const { rollups } = this.#deps;
    this.#hot.erase(ref, startMs, endMs);
    this.#late.erase(ref, startMs, endMs);
    this.#beside.erase(ref, startMs, endMs);
    const firstMs = Math.max(startMs, minMs[ref] as number);
    const lastMs = Math.min(endMs, maxMs[ref] as number);
    if (rollups !== undefined && firstMs <= lastMs)
      rollups.erased(ref, firstMs, Math.min(lastMs, this.#deps.clock.now()));
    // Nothing is left: lists of labels do not show it until something is written.
    if (firstMs !== minMs[ref] || lastMs !== maxMs[ref]) return;
    minMs[ref] = Infinity;
    maxMs[ref] = -Infinity;
  }

  stats(): MetricStoreStats {
    const hot = this.#hot;
    return {
      activeSeries: hot.activeSeries,
      hotSamples: hot.samples,
      hotChunks: hot.chunks,
      hotBytes: hot.usedBytes,
      hotOldestMs: hot.samples === 0 ? undefined : hot.oldestMs,
      hotNewestMs: hot.samples === 0 ? undefined : hot.newestMs,
      samplesAppended: this.#appended,
      samplesRejected: this.#rejected,
      samplesRejectedByReason: Object.fromEntries(this.#rejectedByReason),
      knownSeries: this.#catalog.size,
      seriesMax: this.#seriesLimit.seriesMax,
      seriesRefusal: this.#seriesLimit.refusal,
      writeQueueSamples: this.#table.queuedSamples,
    };
  }

  /** Fills the columns with the rows that can be stored and returns their number. */
  #accept(
    batch: SampleBatch,
    refs: Int32Array,
    rowRef: Uint32Array,
    timestampMs: Float64Array,
    value: Float64Array,
    startMs: Float64Array | undefined,
    rejected: NamedRejections,
  ): number {
    const nowMs = this.#deps.clock.now();
    const oldestMs = nowMs - this.#options.retentionMs;
    const newestMs = nowMs + FUTURE_MAX_MS;
    const rows = batch.timestampMs.length;
    const bitsIn = new Uint32Array(batch.value.buffer, batch.value.byteOffset, rows * 2);
    const bitsOut = new Uint32Array(value.buffer);
    const counts = new Map<Reason, number>();
    const reject = (row: number, reason: Reason): void => {
      if (rejected.rows.length < rejected.max) rejected.rows.push({ row, reason });
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    };
    let accepted = 0;
    for (let row = 0; row < rows; row++) {
      const atMs = Math.floor(batch.timestampMs[row] as number);
      if (atMs > newestMs) {
        reject(row, 'too-far-in-future');
        continue;
      }
      // Also refuses a timestamp that is no number.
      if (!(atMs >= oldestMs)) {
        reject(row, 'too-old');
        continue;
      }
      const series = batch.seriesIndex[row] as number;
      let ref = refs[series];
      assert(ref !== undefined, `row ${row} names series ${series} of ${refs.length}`);
      if (ref === 0) ref = refs[series] = this.#resolve(batch.series[series] as Labels);
      if (ref < 0) {
        reject(row, REFUSED[-1 - ref] as Reason);
        continue;
      }
      rowRef[accepted] = ref;
      timestampMs[accepted] = atMs;
      if (startMs) startMs[accepted] = batch.startTimestampMs?.[row] ?? 0;
      bitsOut[2 * accepted] = bitsIn[2 * row] as number;
      bitsOut[2 * accepted + 1] = bitsIn[2 * row + 1] as number;
      accepted++;
    }
    for (const [reason, count] of counts) this.#countRejected(reason, count);
    return accepted;
  }

  /** How rows that are no float samples are judged; `refs` as `#accept` left them. */
  #admission(batch: SampleBatch, refs: Int32Array, rejected: NamedRejections): Admission {
    const nowMs = this.#deps.clock.now();
    return {
      ref: (series) => {
        const ref = (refs[series] ||= this.#resolve(batch.series[series] as Labels));
        return ref < 0 ? (REFUSED[-1 - ref] as Reason) : ref;
      },
      timeFault: (atMs) => {
        if (atMs > nowMs + FUTURE_MAX_MS) return 'too-far-in-future';
        return atMs >= nowMs - this.#options.retentionMs ? undefined : 'too-old';
      },
      reject: (row, reason) => {
        if (rejected.rows.length < rejected.max) rejected.rows.push({ row, reason });
        this.#countRejected(reason, 1);
      },
    };
  }

  #countRejected(reason: Reason, count: number): void {
    this.#metrics.rejected.inc({ reason }, count);
    this.#rejectedByReason.set(reason, (this.#rejectedByReason.get(reason) ?? 0) + count);
  }

  #limitHit(samples: number): Pick<AppendResult, 'seriesLimit'> {
    const { refusal } = this.#seriesLimit;
    if (samples === 0 || refusal === undefined) return {};
    const { text, label } = refusal;
    return { seriesLimit: { samples, text, ...(label ? { label: label.name } : {}) } };
  }

  /** In the turn in which queries begin to see them. */
  #noteChange(floats: number, timestampMs: Float64Array, { histograms }: SampleBatch): void {
    let fromMs = Infinity;
    let toMs = -Infinity;
    for (let row = 0; row < floats; row++) {
      const atMs = timestampMs[row] as number;
      if (atMs < fromMs) fromMs = atMs;
      if (atMs > toMs) toMs = atMs;
    }
    for (const atMs of histograms?.timestampMs ?? []) {
      fromMs = Math.min(fromMs, atMs);
      toMs = Math.max(toMs, atMs);
    }
    if (fromMs <= toMs) this.#deps.changes?.touch(fromMs, toMs);
  }

  mark(): number {
    return this.#deps.changes?.mark() ?? 0;
  }

  firstChange(mark: number, fromMs: number, toMs: number): number {
    // What retention is about to hide changes without anybody writing.
    if (!this.#deps.changes || fromMs < this.#retentionStart() + DAY_MS) return fromMs;
    return this.#deps.changes.firstChange(mark, fromMs, toMs);
  }

  /** Puts rows that the table has taken into memory. */
  #remember(rows: number, rowRef: Uint32Array, timestampMs: Float64Array, value: Float64Array): void {
    const hot = this.#hot;
    const { minMs, maxMs } = this.#catalog;
    const bits = new Uint32Array(value.buffer);
    const { rollups } = this.#deps;
    hot.begin(this.#written, this.#deps.clock.monotonicMs());
    for (let row = 0; row < rows; row++) {
      const ref = rowRef[row] as number;
      const atMs = timestampMs[row] as number;
      const outcome = hot.append(ref, atMs, value, bits, row);
      if (outcome >= LATE) this.#addLate(ref, atMs, bits, row, outcome === LEFT);
      if (rollups !== undefined && atMs <= rollups.lateUntilMs(ref)) rollups.late(ref, atMs, atMs);
      if (atMs > (maxMs[ref] as number)) maxMs[ref] = atMs;
      if (atMs < (minMs[ref] as number)) minMs[ref] = atMs;
    }
    const flushed = this.#written - this.#table.unflushedSamples;
    this.#late.release(flushed);
    if (this.#late.length > LATE_SAMPLES_MAX) this.#flushLate();
    hot.evict(flushed, rows);
  }

  /** A sample that memory does not take; with `left`, also what memory has of its series and the table does not. */
  #addLate(ref: number, timestampMs: number, bits: Uint32Array, row: number, left: boolean): void {
    const late = this.#late;
    const written = this.#written;
    if (left) {
      const own = new SampleBuffer(64);
      this.#hot.leftBehind(ref, written - this.#table.unflushedSamples, own);
      const ownBits = new Uint32Array(own.value.buffer);
      for (let i = 0; i < own.length; i++) {
        const low = ownBits[2 * i + LOW_WORD] as number;
        late.add(ref, own.timestampMs[i] as number, low, ownBits[2 * i + HIGH_WORD] as number, written);
      }
    }
    late.add(ref, timestampMs, bits[2 * row + LOW_WORD] as number, bits[2 * row + HIGH_WORD] as number, written);
  }

  /** The list of late samples is for a few; a backfill goes to the table early. */
  #flushLate(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // A failure is kept and told by the table (`lastError`), and the log's own schedule tries again.
    void this.#table.flush().then(
      () => (this.#flushing = false),
      () => (this.#flushing = false),
    );
  }

  /** Takes what an earlier process wrote into the log. */
  async #replay(): Promise<void> {
    const catalog = this.#catalog;
    await this.#table.replay({
      series: (id, labels) => {
        const known = catalog.findId(id) ?? (labels && catalog.find(labels));
        if (known !== undefined || labels === undefined) return known ?? 0;
        const ref = catalog.load(labels, id, Infinity, -Infinity) ?? 0;
        // Nothing of it is in the table: labels are stored before samples.
        if (ref !== 0) this.#hot.addSeries(ref, -Infinity);
        return ref;
      },
      samples: ({ length, ref, timestampMs, value }) => {
        this.#written += length;
        this.#remember(length, ref, timestampMs, value);
      },
    });
  }

  /** The series' ref, or why it cannot have one. */
  #resolve(labels: Labels): number {
    const known = this.#catalog.find(labels);
    if (known !== undefined) return known;
    if (!storable(labels)) return INVALID_LABELS;
    if (this.#seriesLimit.isReached) {
      this.#seriesLimit.refuse(labels);
      return SERIES_LIMIT;
    }
    const ref = this.#catalog.create(labels);
    this.#hot.addSeries(ref, -Infinity);
    return ref;
  }

  /** Older samples may still be in the table, which drops whole days; they no longer count. */
  #retentionStart(): number {
    return this.#deps.clock.now() - this.#options.retentionMs;
  }

  #expiredBefore(): number {
    return this.#retentionStart() - EXPIRY_MARGIN_MS;
  }

  #expire(): void {
    const beforeMs = this.#expiredBefore();
    const expired = new Set<number>();
    for (let ref = 1; ref < this.#catalog.refsEnd; ref++) {
      if (this.#catalog.isUsed(ref) && (this.#catalog.maxMs[ref] as number) < beforeMs) expired.add(ref);
    }
    for (const ref of expired) {
      this.#hot.removeSeries(ref);
      this.#beside.removeSeries(ref);
      this.#table.forgetRef(ref);
    }
    this.#catalog.remove(expired);
    this.#seriesLimit.recheck();
  }

  async #warmUp(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#beside.warmUp(signal);
        await warmUp(this.#sources, this.#deps, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.logger.warn(
          { error: errorMessage(error), retryInMs: WARM_UP_RETRY_MS },
          'the hot window could not be filled from the table; queries read the table until it is',
        );
      }
      await this.#deps.clock.sleep(WARM_UP_RETRY_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }
}
