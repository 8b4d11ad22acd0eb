import { type NativeHistogram, histogramFault } from '@vedette/wire/histogram';
import { VedetteError } from '../../../base/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { Labels } from '../../../model/labels.ts';
import type { AppendOptions, Rejection, SelectRequest, SeriesSet, StoredExemplar } from '../../../model/ports.ts';
import type { SampleBatch } from '../../../model/sample.ts';
import type { SeriesCatalog } from '../series-catalog.ts';
import type { TableStore } from '../table-store.ts';
import type { WalRecord } from '../wal/index.ts';
import { BesideRows, RECORD_KINDS, kindOfRecord, readRecord } from './beside-rows.ts';
import type { BesideTable } from './beside-table.ts';
import { ByteCursor } from './byte-cursor.ts';
import type { ByteSink } from './byte-sink.ts';
import { type ExemplarFault, ExemplarRing } from './exemplar-ring.ts';
import { type HistogramSample, decodeSample, encodeSample } from './histogram-sample.ts';
import { HistogramWindow } from './histogram-window.ts';
import { type BesideSeries, MergedSeries } from './merged-series.ts';
import { StartTimes, type StartEntry, dayOf } from './start-times.ts';

export interface BesideDeps {
  readonly catalog: SeriesCatalog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Without them everything is in memory alone, and stays there. */
  readonly durable?: {
    readonly table: BesideTable;
    readonly log: Pick<TableStore, 'log' | 'appendRecord' | 'flush'>;
  };
  /** Told about exemplars that were not kept. */
  readonly onExemplarRefused?: (fault: ExemplarFault | 'unknown-series') => void;
}

export interface BesideOptions {
  /** Memory of native histograms. */
  readonly histogramBytes: number;
  /** As of the hot window. */
  readonly ageMs: number;
  /** Exemplars kept in memory and found again after a restart; 0 keeps none. */
  readonly exemplarsMax: number;
  /** Takes histograms whose buckets do not add up to their count. */
  readonly anyCount?: boolean;
}

/** What a histogram takes in the log's queue, in float samples. */
const ROWS_PER_HISTOGRAM = 24;
const ROWS_PER_EXEMPLAR = 8;

/** Room in the log that a batch needs beside its float samples, in rows of such. */
export function rowsBeside({ histograms, exemplars, startTimestampMs }: SampleBatch): number {
  if (histograms === undefined && exemplars === undefined) return startTimestampMs === undefined ? 0 : 1;
  return (histograms?.value.length ?? 0) * ROWS_PER_HISTOGRAM + (exemplars?.length ?? 0) * ROWS_PER_EXEMPLAR;
}

/** Rows of a batch that are float samples, as they were accepted. */
export interface AcceptedRows {
  readonly length: number;
  readonly ref: Uint32Array;
  readonly timestampMs: Float64Array;
  /** Start times; undefined when the batch has none. */
  readonly startMs: Float64Array | undefined;
}

/** How the store of float samples judges a row. */
export interface Admission {
  /** The ref of a series of the batch, or why it has none. */
  ref(series: number): number | Rejection['reason'];
  /** Why a (whole) time cannot be stored. */
  timeFault(timestampMs: number): Rejection['reason'] | undefined;
  /** Row: counted on after the float rows. */
  reject(row: number, reason: Rejection['reason']): void;
}

export interface BesideResult {
  readonly histograms: number;
  readonly exemplars: number;
  /** Resolves as the append of float samples does. */
  readonly written: Promise<void>;
}

/** Memory of histograms, as a share of the hot window's size; on top of it. */
export const HISTOGRAM_SHARE = 0.25;
export const EXEMPLARS_MAX_DEFAULT = 100_000;
/** After a start: how far back histograms are read into memory. */
const WARM_MS = 10 * 60_000;
const WARM_SERIES_PER_READ = 200;
/** Histograms that the tables do not have yet cannot leave memory: above this multiple of its size new ones are refused. */
const UNFLUSHED_FACTOR = 4;
const START_TIMES = 1;
const STEP = 0;
const EXCEPTION = 1;
/** A histogram counts as one sample and one more for every so many bytes of it: what it takes in memory when it is read. */
const BYTES_PER_SAMPLE = 8;

interface AcceptedHistogram {
  readonly ref: number;
  readonly timestampMs: number;
  readonly startMs: number;
  readonly value: NativeHistogram;
}

/**
 * What is stored beside float samples: native histograms, start times and exemplars. Series are named by the refs of the catalog. Each
 * kind is in memory for its newest part, in the log at once and in a table of its own some minutes later.
 */
export class BesideStore {
  readonly name = 'histograms, start times and exemplars';
  readonly #deps: BesideDeps;
  readonly #options: BesideOptions;
  readonly #histograms: HistogramWindow;
  readonly #starts: StartTimes;
  readonly #exemplars: ExemplarRing;
  /** By ref: START_TIMES is set where samples' start times must be looked at; most series have none. */
  #flags = new Uint8Array(1024);
  #flushing = false;
  /** Refs that have histograms; most installations have none. */
  readonly #withHistograms = new Set<number>();
  /** What was written into segments of the log up to this one is in the tables. */
  #flushedSegment = 0;
  #evictedMs = -Infinity;
  #erasures = 0;

  constructor(deps: BesideDeps, options: BesideOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#histograms = new HistogramWindow({ sizeBytes: options.histogramBytes, ageMs: options.ageMs });
    this.#starts = new StartTimes(options.ageMs);
    this.#exemplars = new ExemplarRing(options.exemplarsMax);
  }

  /** Nothing of it outlives the process. */
  static inMemory(
    deps: Omit<BesideDeps, 'durable'>,
    { size, age, anyCount = false }: { readonly size: number; readonly age: number; readonly anyCount?: boolean },
  ): BesideStore {
    const { catalog, clock, logger } = deps;
    const exemplarsMax = EXEMPLARS_MAX_DEFAULT;
    return new BesideStore(
      { catalog, clock, logger },
      { histogramBytes: size * HISTOGRAM_SHARE, ageMs: age, exemplarsMax, anyCount },
    );
  }

  get histogramBytes(): number {
    return this.#histograms.usedBytes;
  }

  get histogramSamples(): number {
    return this.#histograms.samples;
  }

  get exemplarCount(): number {
    return this.#exemplars.length;
  }

  /** True when the series has, or once had, native histograms or start times. */
  has(ref: number): boolean {
    return this.#withHistograms.has(ref) || this.#starts.has(ref);
  }

  /** The newest histogram of the series: -Infinity when it has none, Infinity while only the table knows. */
  lastMs(ref: number): number {
    if (!this.#withHistograms.has(ref)) return -Infinity;
    return this.#histograms.coveredFromMs(ref) === Infinity ? Infinity : this.#histograms.lastMs(ref);
  }

  /** After the series list is loaded: which series have what, and the newest exemplars. */
  async load(signal: AbortSignal): Promise<void> {
    const { durable, catalog } = this.#deps;
    if (durable === undefined) return;
    for (const { id, kind } of await durable.table.seriesKinds(signal)) {
      const ref = catalog.findId(id);
      if (ref === undefined) continue;
      // What is stored may be later than the clock is now: until memory was warmed, nothing is covered.
      if (kind === 'histograms') this.#addHistogramSeries(ref, Infinity);
      else if (kind === 'start_times') {
        this.#starts.addSeries(ref, Infinity);
        this.#flag(ref);
      }
    }
    if (this.#options.exemplarsMax <= 0) return;
    for await (const row of durable.table.newestExemplars(this.#options.exemplarsMax, signal)) {
      const ref = catalog.findId(row.id);
      if (ref !== undefined) this.#addExemplar(ref, readExemplar(row.timestampMs, row.data));
    }
    const oldestMs = this.#exemplars.oldestMs;
    if (this.#exemplars.isFull && oldestMs !== undefined) await durable.table.dropExemplars(oldestMs, signal);
  }

  /** A record of the log of an earlier process. */
  replay(record: WalRecord, refOf: (ref: number) => number): void {
    const kind = kindOfRecord(record.kind);
    if (kind === undefined) return;
    const nowMs = this.#deps.clock.monotonicMs();
    readRecord(new ByteCursor(record.payload), (logRef, timestampMs, data) => {
      const ref = refOf(logRef);
      if (ref === 0) return;
      if (kind === 'exemplars') {
        this.#addExemplar(ref, readExemplar(timestampMs, data));
        return;
      }
      if (kind === 'start_times') {
        this.#flag(ref);
        this.#starts.restore(ref, readStart(timestampMs, data), record.segment);
        return;
      }
      this.#ensureHistograms(ref);
      const { value } = decodeSample(timestampMs, new ByteCursor(data));
      this.#histograms.append(ref, timestampMs, value, record.segment, nowMs);
      this.#widen(ref, timestampMs);
    });
  }

  /** Moves records of the log into the tables. */
  async flush(records: () => AsyncIterable<WalRecord>, seq: number): Promise<void> {
    await this.#deps.durable?.table.flush(records, seq);
    this.#flushedSegment = seq;
  }

  /** Fills memory with the last minutes of histograms, so that rules need not ask the table. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const { durable, catalog, clock } = this.#deps;
    if (durable === undefined || this.#withHistograms.size === 0) return;
    const fromMs = clock.now() - WARM_MS;
    const refs = [...this.#withHistograms].filter((ref) => this.#histograms.coveredFromMs(ref) > fromMs);
    refs.sort((a, b) => (catalog.id[a] as number) - (catalog.id[b] as number));
    for (let at = 0; at < refs.length;) {
      const found = new Map<number, HistogramSample[]>();
      for (const ref of refs.slice(at, at + WARM_SERIES_PER_READ)) found.set(ref, []);
      const before = new Map([...found.keys()].map((ref) => [ref, this.#histograms.coveredFromMs(ref)]));
      const erasures = this.#erasures;
      await this.#readHistograms(found, fromMs, Infinity, Infinity, signal);
      // What was deleted meanwhile may have been read before.
      if (erasures !== this.#erasures) continue;
      for (const [ref, samples] of found) {
        // Something left memory meanwhile, or the ref stands for another series.
        if (this.#histograms.coveredFromMs(ref) !== before.get(ref)) continue;
        this.#histograms.adopt(ref, samples, fromMs, clock.monotonicMs());
      }
      at += WARM_SERIES_PER_READ;
    }
  }

  /** Stores what a batch holds beside float samples, whose accepted rows are `floats`; call before the catalog hears of their times. */
  append(
    batch: SampleBatch,
    floats: AcceptedRows,
    admission: Admission,
    options: AppendOptions,
  ): BesideResult | undefined {
    const { histograms, exemplars } = batch;
    if (histograms !== undefined) this.#checkMemory();
    if (histograms === undefined && exemplars === undefined && floats.startMs === undefined && this.#starts.isEmpty)
      return undefined;
    const accepted = histograms === undefined ? [] : this.#accept(batch, admission);
    const segment = this.#deps.durable?.log.log.wal.segment ?? 0;
    const nowMs = this.#deps.clock.monotonicMs();
    const rows = new BesideRows('histograms');
    const starts = this.#noteStarts(floats, accepted, segment);
    for (const { ref, timestampMs, value } of accepted) {
      this.#ensureHistograms(ref);
      const sample = this.#histograms.append(ref, timestampMs, value, segment, nowMs);
      rows.add(ref, timestampMs, (out) => encodeSample(sample, out));
      this.#widen(ref, timestampMs);
    }
    const kept = this.#takeExemplars(batch, admission);
    const written = this.#log([starts, rows, kept.rows], options);
    if (nowMs - this.#evictedMs >= EVICT_INTERVAL_MS || this.#histograms.usedBytes > this.#options.histogramBytes) {
      this.#evictedMs = nowMs;
      this.#evict(nowMs);
    }
    return { histograms: accepted.length, exemplars: kept.accepted, written };
  }

  removeSeries(ref: number): void {
    if (this.#withHistograms.delete(ref)) this.#histograms.removeSeries(ref);
    this.#starts.removeSeries(ref);
    if (ref < this.#flags.length) this.#flags[ref] = 0;
    this.#exemplars.removeSeries(ref);
  }

  /** The selection with histograms and, when asked for, start times; the same one when its series have none. */
  async select(
    floats: SeriesSet,
    refs: Uint32Array,
    range: { readonly startMs: number; readonly endMs: number },
    request: SelectRequest,
    signal: AbortSignal,
  ): Promise<SeriesSet> {
    const { startMs, endMs } = range;
    const withStarts = request.startTimestamps === true && !this.#starts.isEmpty;
    if (this.#withHistograms.size === 0 && !withStarts) return floats;
    const beside = new Map<number, BesideSeries>();
    const placeOf = new Map<number, number>();
    const histograms = new Map<number, HistogramSample[]>();
    const starts = new Map<number, StartEntry[]>();
    let samples = 0;
    // What is in memory now, before the table is read: a row leaves memory only when the table has it.
    for (let place = 0; place < refs.length; place++) {
      const ref = refs[place] as number;
      const isHistogram = this.#withHistograms.has(ref);
      const isStart = withStarts && this.#starts.has(ref);
      if (!isHistogram && !isStart) continue;
      placeOf.set(ref, place);
      const recent = isHistogram ? this.#histograms.runs(ref, startMs, endMs) : [];
      for (const run of recent) samples += run.count + run.bytes.length / BYTES_PER_SAMPLE;
      const recentStarts = isStart ? this.#starts.entries(ref, startMs, endMs) : [];
      beside.set(place, { stored: [], recent, storedStarts: [], recentStarts });
      if (isHistogram && this.#histograms.coveredFromMs(ref) > startMs) histograms.set(ref, []);
      if (isStart && this.#starts.coveredFromMs(ref) > startMs) starts.set(ref, []);
    }
    if (beside.size === 0) return floats;
    checkSize(samples, request.samplesMax);
    await this.#readHistograms(histograms, startMs, endMs, (request.samplesMax ?? Infinity) - samples, signal);
    await this.#readStarts(starts, startMs, endMs, signal);
    for (const [ref, stored] of histograms) (beside.get(placeOf.get(ref) as number) as BesideSeries).stored = stored;
    for (const [ref, stored] of starts) (beside.get(placeOf.get(ref) as number) as BesideSeries).storedStarts = stored;
    return new MergedSeries(floats, beside, startMs, endMs);
  }

  /** Exemplars of the refs inside the range, by series. */
  exemplars(refs: Iterable<number>, startMs: number, endMs: number): Map<number, readonly StoredExemplar[]> {
    const found = new Map<number, readonly StoredExemplar[]>();
    for (const ref of refs) {
      const own = this.#exemplars.select(ref, startMs, endMs);
      if (own.length > 0) found.set(ref, own);
    }
    return found;
  }

  exemplarRefs(): Iterable<number> {
    return this.#exemplars.refs();
  }

  /** Takes histograms and exemplars out of memory; what is in the table is hidden by tombstones. */
  erase(ref: number, startMs: number, endMs: number): void {
    this.#erasures++;
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#withHistograms.has(ref)) this.#histograms.erase(ref, startMs, endMs, nowMs);
    this.#exemplars.erase(ref, startMs, endMs);
  }

  #accept(batch: SampleBatch, admission: Admission): readonly AcceptedHistogram[] {
    const columns = batch.histograms as NonNullable<SampleBatch['histograms']>;
    const firstRow = batch.timestampMs.length;
    const accepted: AcceptedHistogram[] = [];
    for (const [i, value] of columns.value.entries()) {
      const timestampMs = Math.floor(columns.timestampMs[i] as number);
      const timeFault = admission.timeFault(timestampMs);
      if (timeFault !== undefined) {
        admission.reject(firstRow + i, timeFault);
        continue;
      }
      if (histogramFault(value, { anyCount: this.#options.anyCount === true }) !== undefined) {
        admission.reject(firstRow + i, 'invalid-histogram');
        continue;
      }
      const ref = admission.ref(columns.seriesIndex[i] as number);
      if (typeof ref === 'string') admission.reject(firstRow + i, ref);
      else accepted.push({ ref, timestampMs, startMs: columns.startTimestampMs?.[i] ?? 0, value });
    }
    return accepted;
  }

  #noteStarts(floats: AcceptedRows, histograms: readonly AcceptedHistogram[], segment: number): BesideRows {
    const rows = new BesideRows('start_times');
    const { maxMs } = this.#deps.catalog;
    const note = (ref: number, timestampMs: number, startMs: number): void => {
      if (startMs !== 0) this.#flag(ref);
      const entry = this.#starts.note(ref, timestampMs, startMs, maxMs[ref] as number, segment);
      if (entry !== undefined) rows.add(ref, timestampMs, (out) => writeStart(entry, out));
    };
    if (floats.startMs !== undefined || !this.#starts.isEmpty) {
      for (let row = 0; row < floats.length; row++) {
        const ref = floats.ref[row] as number;
        const startMs = floats.startMs?.[row] ?? 0;
        if (startMs !== 0 || this.#flags[ref] === START_TIMES) note(ref, floats.timestampMs[row] as number, startMs);
      }
    }
    for (const { ref, timestampMs, startMs } of histograms) note(ref, timestampMs, startMs);
    return rows;
  }

  #takeExemplars(batch: SampleBatch, admission: Admission): { readonly rows: BesideRows; readonly accepted: number } {
    const rows = new BesideRows('exemplars');
    let known = 0;
    if (this.#options.exemplarsMax <= 0) return { rows, accepted: 0 };
    for (const { seriesIndex, labels, timestampMs: givenMs, value } of batch.exemplars ?? []) {
      const timestampMs = Math.floor(givenMs);
      const ref = this.#deps.catalog.find(batch.series[seriesIndex] as Labels);
      if (ref === undefined || admission.timeFault(timestampMs) !== undefined) {
        this.#deps.onExemplarRefused?.('unknown-series');
        continue;
      }
      const exemplar = { labels, timestampMs, value };
      const fault = this.#addExemplar(ref, exemplar);
      if (fault !== undefined) {
        this.#deps.onExemplarRefused?.(fault);
        // What is there already counts as stored for whoever sends it again.
        if (fault === 'duplicate') known++;
        continue;
      }
      rows.add(ref, timestampMs, (out) => writeExemplar(exemplar, out));
    }
    return { rows, accepted: rows.length + known };
  }

  #addExemplar(ref: number, exemplar: StoredExemplar): ExemplarFault | undefined {
    const fault = this.#exemplars.fault(ref, exemplar);
    if (fault === undefined) this.#exemplars.add(ref, exemplar);
    return fault;
  }

  #log(groups: readonly BesideRows[], options: AppendOptions): Promise<void> {
    const { durable } = this.#deps;
    const filled = groups.filter((group) => group.length > 0);
    if (durable === undefined || filled.length === 0) return Promise.resolve();
    const writes: Promise<void>[] = [];
    for (const rows of filled) {
      const { length, ref, timestampMs } = rows;
      durable.log.log.define({ length, ref: Uint32Array.from(ref), timestampMs: Float64Array.from(timestampMs) });
      for (const [i, record] of rows.take().entries())
        writes.push(durable.log.appendRecord(RECORD_KINDS[rows.kind], record, i === 0 ? length : 0, options));
    }
    return Promise.all(writes).then(() => undefined);
  }

  #flag(ref: number): void {
    if (ref >= this.#flags.length) {
      const larger = new Uint8Array(Math.ceil((ref + 1) * 1.5));
      larger.set(this.#flags);
      this.#flags = larger;
    }
    this.#flags[ref] = START_TIMES;
  }

  /** What fills memory may leave it once the tables have it. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // A failure is kept and told by the tables, and the log's own schedule tries again.
    void this.#deps.durable?.log.flush().then(
      () => (this.#flushing = false),
      () => (this.#flushing = false),
    );
  }

  #checkMemory(): void {
    const { histogramBytes } = this.#options;
    if (this.#deps.durable === undefined || this.#histograms.usedBytes <= histogramBytes * UNFLUSHED_FACTOR) return;
    throw new VedetteError(
      'INGEST_OVERLOADED',
      `${this.#histograms.usedBytes} bytes of native histograms wait to be moved into the tables and the limit is ${histogramBytes * UNFLUSHED_FACTOR}; send again later`,
    );
  }

  #ensureHistograms(ref: number): void {
    if (!this.#withHistograms.has(ref)) this.#addHistogramSeries(ref, -Infinity);
  }

  #addHistogramSeries(ref: number, coveredFromMs: number): void {
    this.#withHistograms.add(ref);
    this.#histograms.addSeries(ref, coveredFromMs);
  }

  #widen(ref: number, timestampMs: number): void {
    const { minMs, maxMs } = this.#deps.catalog;
    if (timestampMs > (maxMs[ref] as number)) maxMs[ref] = timestampMs;
    if (timestampMs < (minMs[ref] as number)) minMs[ref] = timestampMs;
  }

  #evict(nowMs: number): void {
    // Without tables nothing may leave.
    if (this.#deps.durable === undefined) return;
    this.#histograms.evict(this.#flushedSegment, nowMs);
    if (this.#histograms.usedBytes > this.#options.histogramBytes) this.#flushSoon();
    if (!this.#starts.isEmpty) this.#starts.evict(this.#flushedSegment, this.#deps.clock.now());
  }

  async #readHistograms(
    into: ReadonlyMap<number, HistogramSample[]>,
    startMs: number,
    endMs: number,
    samplesMax: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { durable, catalog } = this.#deps;
    if (durable === undefined || into.size === 0) return;
    const byId = new Map([...into].map(([ref, samples]) => [catalog.id[ref] as number, samples]));
    let samples = 0;
    for await (const { id, timestampMs, data } of durable.table.read(
      'histograms',
      { ids: [...byId.keys()], startMs, endMs },
      signal,
    )) {
      const own = byId.get(id) as HistogramSample[];
      if (own.at(-1)?.timestampMs === timestampMs) own.pop();
      own.push(decodeSample(timestampMs, new ByteCursor(data)));
      samples += 1 + data.length / BYTES_PER_SAMPLE;
      checkSize(samples, samplesMax);
    }
  }

  async #readStarts(
    into: ReadonlyMap<number, StartEntry[]>,
    startMs: number,
    endMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { durable, catalog } = this.#deps;
    if (durable === undefined || into.size === 0) return;
    const byId = new Map([...into].map(([ref, entries]) => [catalog.id[ref] as number, entries]));
    const range = { ids: [...byId.keys()], startMs: dayOf(startMs), endMs };
    for await (const { id, timestampMs, data } of durable.table.read('start_times', range, signal))
      byId.get(id)?.push(readStart(timestampMs, data));
  }
}

/** Memory is looked through for what may leave this often. */
const EVICT_INTERVAL_MS = 10_000;

function checkSize(samples: number, samplesMax = Infinity): void {
  if (samples <= samplesMax) return;
  throw new VedetteError(
    'QUERY_TOO_LARGE',
    `the query would read native histograms worth about ${Math.ceil(samples)} samples and the limit is ${Math.floor(samplesMax)}; ask for a shorter range or fewer series`,
  );
}

function writeStart({ exception, startMs }: StartEntry, out: ByteSink): void {
  out.byte(exception ? EXCEPTION : STEP);
  out.double(startMs);
}

function readStart(timestampMs: number, data: Uint8Array): StartEntry {
  const from = new ByteCursor(data);
  return { timestampMs, exception: from.byte() === EXCEPTION, startMs: from.double() };
}

function writeExemplar({ labels, value }: StoredExemplar, out: ByteSink): void {
  out.double(value);
  out.unsigned(labels.pairs.length);
  for (const text of labels.pairs) out.text(text);
}

function readExemplar(timestampMs: number, data: Uint8Array): StoredExemplar {
  const from = new ByteCursor(data);
  const value = from.double();
  const texts: string[] = [];
  for (let left = from.count(1); left > 0; left--) texts.push(from.text());
  return { labels: Labels.fromSortedPairs(texts), timestampMs, value };
}
