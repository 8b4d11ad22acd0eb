/** The doors between rooms: data goes up through these, imports never do. `app` connects the two sides. */
import type { NativeHistogram } from '@vedette/wire/histogram';
import type { UnixMs } from '../base/clock.ts';
import type { Component } from '../base/component.ts';
import type { Labels } from './labels.ts';
import type { Matcher } from './matcher.ts';
import type { MetricMetadata, SampleBatch, SampleBuffer } from './sample.ts';
import type { TimeWindow } from './time-window.ts';

// Storing -----------------------------------------------------------------------------------------------------------

export interface AppendOptions {
  /**
   * `durable` (default): the promise resolves once the batch survives kill -9. `queued`: it resolves once the batch is
   * visible to queries and in the bounded write queue; scrapes and recorded rules use it and may lose the last moments.
   */
  readonly acknowledge?: 'durable' | 'queued';
  /** Every refused row is named in the answer, however many; for who must know what was stored. */
  readonly nameAllRejections?: boolean;
  readonly signal?: AbortSignal;
}

export interface Rejection {
  /** Row in the batch; rows of native histograms count on after the float rows. */
  readonly row: number;
  readonly reason:
    | 'too-old'
    | 'too-far-in-future'
    | 'out-of-order'
    | 'duplicate'
    | 'invalid-labels'
    | 'invalid-histogram'
    | 'series-limit';
}

export interface AppendResult {
  /** Float and histogram samples together. */
  readonly accepted: number;
  /** Native histograms among `accepted`; absent: none. */
  readonly acceptedHistograms?: number;
  /** Exemplars kept; absent: none. */
  readonly acceptedExemplars?: number;
  /** At most REJECTIONS_REPORTED_MAX entries unless all are asked for; `rejectedCount` is the whole number. */
  readonly rejected: readonly Rejection[];
  readonly rejectedCount: number;
  /** Of the refused samples, those of series that would be too many; absent: none. */
  readonly seriesLimit?: SeriesLimitHit;
}

export interface SeriesLimitHit {
  readonly samples: number;
  /** Which limit, and which label and metric to blame, in words. */
  readonly text: string;
  /** The label with the most values, where there is one. */
  readonly label?: string;
}

/** Everything that becomes stored data goes through a sink. Throws INGEST_OVERLOADED when its bounded queue is full. */
export interface Sink<Batch> {
  append(batch: Batch, options?: AppendOptions): Promise<AppendResult>;
}

export type SampleSink = Sink<SampleBatch>;

// Reading -----------------------------------------------------------------------------------------------------------

export interface SelectRequest {
  readonly matchers: readonly Matcher[];
  /** Both ends included. */
  readonly startMs: number;
  readonly endMs: number;
  /** Refuse with QUERY_TOO_LARGE once more samples than this would be read. */
  readonly samplesMax?: number;
  /** Refuse with QUERY_TOO_LARGE once more series than this match. */
  readonly seriesMax?: number;
  /** Also fill `startTimestampMs` of the buffer, where start times are known. */
  readonly startTimestamps?: boolean;
}

/** The answer of a selection: labels at once, samples on demand, one series at a time into the caller's buffer. */
export interface SeriesSet {
  readonly labels: readonly Labels[];
  /** Set when what `read` gives at some time depends on the whole range that was asked for. */
  readonly dependsOnRange?: boolean;
  /**
   * Clears `into` and fills it with series `index`'s samples inside the request's range: ascending, one per timestamp,
   * stale markers included. Synchronous: whatever needs I/O was loaded by `select`.
   */
  read(index: number, into: SampleBuffer): void;
  /** Set when the series are in memory that other threads can read. */
  readonly shared?: SharedSeries;
}

/** Where the samples of a selection lie in shared memory: chains of chunks as the metric store keeps them. */
export interface SharedSeries {
  /** The memory; it grows at its end. */
  readonly buffers: readonly SharedArrayBuffer[];
  /** The end of the range, included. */
  readonly toMs: number;
  /** False once what another thread read meanwhile may be wrong: then only `read` counts. */
  intact(): boolean;
  /** About how many samples series `index` has in the range. */
  estimate(index: number): number;
  /** Writes where series `index` lies into row `at`; false when it lies elsewhere too, so that only `read` gives it whole. */
  locate(index: number, into: ChainPlaces, at: number): boolean;
  /** Called with the samples of each series that was not read by `read`, once. */
  readonly onTaken?: (samples: number) => void;
}

/** Columns of places: the first and the newest chunk of a series, the samples in the newest one, and where its range begins. */
export interface ChainPlaces {
  readonly first: Uint32Array;
  readonly head: Uint32Array;
  readonly headCount: Uint32Array;
  readonly fromMs: Float64Array;
}

export interface LabelRequest {
  /** A series counts when it matches all matchers of any one set; no sets at all means every series. */
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startMs: number;
  readonly endMs: number;
  readonly limit?: number;
}

/** Functions of windows that a store may compute itself, by the names PromQL gives them; `last` is an instant selector. */
export type GridFunction =
  | 'last'
  | 'rate'
  | 'increase'
  | 'delta'
  | 'changes'
  | 'resets'
  | 'sum_over_time'
  | 'avg_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'count_over_time'
  | 'last_over_time'
  | 'first_over_time'
  | 'present_over_time';

/** One value for each of `steps` windows (firstEndMs + k * stepMs - rangeMs, firstEndMs + k * stepMs] of each series. */
export interface GridRequest {
  readonly matchers: readonly Matcher[];
  readonly function: GridFunction;
  readonly firstEndMs: number;
  readonly stepMs: number;
  readonly steps: number;
  readonly rangeMs: number;
  readonly samplesMax?: number;
}

export interface GridBlock {
  readonly labels: readonly Labels[];
  /** How many of the first steps are answered; the others need `select`. */
  readonly steps: number;
  /** What was read to make it; for budgets and statistics. */
  readonly samplesRead: number;
  /** Writes the answered steps of a series: `values[k]` counts where `present[k]` is 1. Synchronous. */
  fill(index: number, values: Float64Array, present: Uint8Array): void;
}

export interface SeriesSelector {
  select(request: SelectRequest, signal: AbortSignal): Promise<SeriesSet>;
  /**
   * Push-down: the function on a grid of steps, computed from rollups where that gives what raw samples give. Undefined: not possible
   * (or not cheaper); use `select`. Native histograms are never pushed down.
   */
  selectGrid?(request: GridRequest, signal: AbortSignal): Promise<GridBlock | undefined>;
  series(request: LabelRequest, signal: AbortSignal): Promise<readonly Labels[]>;
  labelNames(request: LabelRequest, signal: AbortSignal): Promise<readonly string[]>;
  labelValues(name: string, request: LabelRequest, signal: AbortSignal): Promise<readonly string[]>;
}

/** Tells whether stored samples changed, for those who keep what they made of them. */
export interface ChangeSource {
  /** Later changes have a higher mark. */
  mark(): number;
  /** The earliest time of [fromMs, toMs] whose samples may have changed after the mark; Infinity when none did. */
  firstChange(mark: number, fromMs: number, toMs: number): number;
}

export interface MetadataSource {
  /** Newest metadata per metric family; with `metric`, only that family. */
  metadata(metric?: string): ReadonlyMap<string, readonly MetricMetadata[]>;
}

export interface ExemplarRequest {
  readonly matcherSets: readonly (readonly Matcher[])[];
  readonly startMs: number;
  readonly endMs: number;
}

export interface StoredExemplar {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

export interface ExemplarSource {
  /** Exemplars of the series that match any one set, ascending by time. */
  exemplars(
    request: ExemplarRequest,
    signal: AbortSignal,
  ): Promise<readonly { readonly series: Labels; readonly exemplars: readonly StoredExemplar[] }[]>;
}

export interface SeriesEraser {
  /** Deletes samples of matching series inside the range, both ends included; durable when it resolves. Returns the number of series touched. */
  deleteSeries(request: LabelRequest, signal: AbortSignal): Promise<number>;
  /** Removes deleted samples from the disk now; without being asked it is done within minutes. */
  cleanTombstones?(): Promise<void>;
}

export interface MetricStore extends SampleSink, SeriesSelector, MetadataSource, Component {
  stats(): MetricStoreStats;
}

export interface MetricStoreStats {
  /** Series with a sample in the hot window. */
  readonly activeSeries: number;
  readonly hotSamples: number;
  readonly hotChunks: number;
  readonly hotBytes: number;
  readonly hotOldestMs: number | undefined;
  readonly hotNewestMs: number | undefined;
  readonly samplesAppended: number;
  readonly samplesRejected: number;
  readonly samplesRejectedByReason: Readonly<Partial<Record<Rejection['reason'], number>>>;
  /** Series with a sample inside retention, and how many there may be. */
  readonly knownSeries: number;
  readonly seriesMax: number;
  /** The newest time that series were turned away; undefined: none were since the start. */
  readonly seriesRefusal: SeriesRefusal | undefined;
  /** Samples accepted but not yet durable. */
  readonly writeQueueSamples: number;
}

export interface SeriesRefusal {
  /** False once there is room again. */
  readonly isOn: boolean;
  /** Which limit, and which label and metric to blame, in words. */
  readonly text: string;
  /** The label with the most values, and the metric with the most series. */
  readonly label: { readonly name: string; readonly value: number } | undefined;
  readonly metric: { readonly name: string; readonly value: number } | undefined;
  readonly sinceMs: UnixMs;
  readonly lastMs: UnixMs;
}

// Asking ------------------------------------------------------------------------------------------------------------

export interface QueryOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly lookbackDeltaMs?: number;
  readonly samplesMax?: number;
  /** `all` also counts samples per step. */
  readonly stats?: 'none' | 'all';
  /** Evaluates all of it, even if results are kept. */
  readonly fresh?: boolean;
}

/** What a query cost, by Prometheus's names. */
export interface QueryStats {
  readonly samplesRead: number;
  /** Most samples held at one time. */
  readonly peakSamples: number;
  readonly parseMs: number;
  readonly selectMs: number;
  readonly evaluateMs: number;
  /** [timestampMs, samples] per step, when asked for. */
  readonly samplesPerStep?: readonly (readonly [number, number])[];
}

export interface InstantSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  /** 0 where `histogram` is set. */
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

/** Points of one series: floats in columns of equal length, ascending timestamps; native histograms beside them. */
export interface SeriesPoints {
  readonly labels: Labels;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  readonly histograms?: { readonly timestampMs: Float64Array; readonly value: readonly NativeHistogram[] };
}

export interface QueryNotes {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats?: QueryStats;
}

export type QueryResult = QueryNotes &
  (
    | { readonly type: 'scalar'; readonly timestampMs: number; readonly value: number }
    | { readonly type: 'string'; readonly timestampMs: number; readonly value: string }
    | { readonly type: 'vector'; readonly samples: readonly InstantSample[] }
    | { readonly type: 'matrix'; readonly series: readonly SeriesPoints[] }
  );

export type MatrixResult = QueryNotes & { readonly type: 'matrix'; readonly series: readonly SeriesPoints[] };

/** PromQL. Throws PROMQL_PARSE with details {start, end}, PROMQL_UNSUPPORTED, PROMQL_EXECUTION, QUERY_TOO_LARGE, QUERY_TIMEOUT. */
export interface QueryEngine {
  instant(query: string, at: UnixMs, options: QueryOptions): Promise<QueryResult>;
  range(query: string, window: TimeWindow, options: QueryOptions): Promise<MatrixResult>;
}

// The life of alerts --------------------------------------------------------------------------------------------------

/** A rule's alert became pending or firing, or ended. */
export interface AlertLifeEvent {
  /** An alert without `for` fires at once and is never pending. `resolved` without `firedAtMs`: it ended before it fired. */
  readonly state: 'pending' | 'firing' | 'resolved';
  /** Of the alert as notifications have them, without global.external_labels. */
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Newest value of the expression. */
  readonly value: number;
  /** First evaluation that returned it. */
  readonly activeAtMs: number;
  readonly firedAtMs: number | undefined;
  readonly rule: { readonly file: string; readonly group: string; readonly name: string };
}

/** Hears of every change in the life of alerts: rules tell it, the history keeps it. */
export interface AlertLifeSink {
  /** `at` is the time of the evaluation. Once per evaluation that changed something; told after the state is stored. */
  changed(events: readonly AlertLifeEvent[], at: UnixMs): Promise<void>;
}

// Small durable state -----------------------------------------------------------------------------------------------

/** One namespace of small durable values (silences, firing state, notification log, user dashboards), all in memory. */
export interface StateTable<Value> {
  get(key: string): Value | undefined;
  entries(): IterableIterator<[string, Value]>;
  /** Resolves when the change survives kill -9; memory changes at once. */
  put(key: string, value: Value): Promise<void>;
  putAll(entries: Iterable<readonly [string, Value]>): Promise<void>;
  delete(key: string): Promise<void>;
  /** Hears of what other processes changed, once `get` answers it; undefined: deleted. Silent where nobody else writes. */
  changes?(hear: (changed: ReadonlyMap<string, Value | undefined>) => void): Disposable;
}

export interface StateStore {
  /**
   * Several processes share the store: resolves when everything is known that was durable at the call, which else takes a second.
   * Rejects when the database cannot say. Absent where nobody else writes.
   */
  refresh?(): Promise<void>;
  /** Values are JSON; `parse` checks what an older version may have written and returns undefined for what cannot be used. */
  open<Value>(namespace: string, parse: (json: unknown) => Value | undefined): Promise<StateTable<Value>>;
}
