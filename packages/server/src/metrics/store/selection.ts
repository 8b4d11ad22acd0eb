import { VedetteError } from '../../base/errors.ts';
import type { Labels } from '../../model/labels.ts';
import type { ChainPlaces, SeriesSet, SharedSeries } from '../../model/ports.ts';
import { SampleBuffer } from '../../model/sample.ts';
import type { BesideStore } from './beside/index.ts';
import type { HotWindow } from './hot-window.ts';
import type { LateSamples } from './late-samples.ts';
import type { SampleTable } from './ports.ts';
import { appendSamples, mergedSamples } from './sample-merge.ts';
import type { SeriesCatalog } from './series-catalog.ts';
import type { StoredSamples } from './table-reader.ts';

export interface SelectionSources {
  readonly catalog: SeriesCatalog;
  readonly hot: HotWindow;
  readonly late: LateSamples;
  readonly table: SampleTable;
  readonly beside: BesideStore;
}

export interface SelectionRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly samplesMax: number;
}

/**
 * Some series in a time range, as they were when it was made: where each one's chunks begin in memory, and, for the time
 * before their coverage, what the table gave.
 */
export class Selection implements SeriesSet {
  readonly labels: readonly Labels[];
  readonly #hot: HotWindow;
  readonly #refs: Uint32Array;
  readonly #first: Uint32Array;
  readonly #coveredFromMs: Float64Array;
  /** By place: 1 where samples in memory before the coverage count too. */
  readonly #loose: Uint8Array;
  readonly #range: SelectionRange;
  readonly #mark: number;
  /** By place: what the table has, encoded until it is read. */
  #older: (StoredSamples | undefined)[] = [];
  #late: ReadonlyMap<number, SampleBuffer> | undefined;

  constructor(sources: SelectionSources, refs: Uint32Array, range: SelectionRange) {
    this.#hot = sources.hot;
    this.#refs = refs;
    this.#range = range;
    this.#mark = sources.hot.pin();
    // Plain loops: with callbacks per element, selecting 50 000 series takes three times as long.
    const labels: Labels[] = [];
    this.#first = new Uint32Array(refs.length);
    this.#coveredFromMs = new Float64Array(refs.length);
    this.#loose = new Uint8Array(refs.length);
    for (let place = 0; place < refs.length; place++) {
      const ref = refs[place] as number;
      this.#first[place] = sources.hot.firstSlot(ref);
      this.#coveredFromMs[place] = sources.hot.coveredFromMs(ref);
      if (sources.hot.isLoose(ref)) this.#loose[place] = 1;
      labels.push(sources.catalog.labels(ref));
    }
    this.labels = labels;
  }

  /**
   * Brings what memory does not cover. Throws QUERY_TOO_LARGE once memory's estimate and the table's rows exceed samplesMax.
   */
  async load(sources: SelectionSources, signal: AbortSignal): Promise<void> {
    const { startMs, endMs, samplesMax } = this.#range;
    let tableEndMs = -Infinity;
    const places: number[] = [];
    for (let place = 0; place < this.#refs.length; place++) {
      const ref = this.#refs[place] as number;
      const coveredFromMs = this.#coveredFromMs[place] as number;
      if (coveredFromMs <= startMs || (sources.catalog.minMs[ref] as number) >= coveredFromMs) continue;
      places.push(place);
      tableEndMs = Math.max(tableEndMs, Math.min(endMs, coveredFromMs - 1));
    }
    const samples = this.#estimate(places.length > 0);
    if (samples > samplesMax) throw tooManySamples(samples, samplesMax);
    if (places.length === 0 || tableEndMs < startMs) return;
    const placeOf = new Map(places.map((place) => [this.#refs[place] as number, place]));
    // Before the table is read: a row may leave this list only because the table has it.
    this.#late =
      sources.late.length === 0 ? undefined : sources.late.collect((ref) => placeOf.has(ref), startMs, tableEndMs);
    await this.#readTable(sources, placeOf, tableEndMs, samples, signal);
  }

  read(index: number, into: SampleBuffer): void {
    into.clear();
    const { startMs, endMs } = this.#range;
    const ref = this.#refs[index] as number;
    const coveredFromMs = this.#coveredFromMs[index] as number;
    if (startMs < coveredFromMs) this.#readUncovered(index, into);
    if (endMs < coveredFromMs) return;
    this.#checkIntact();
    this.#hot.read(ref, this.#first[index] as number, Math.max(startMs, coveredFromMs), endMs, into);
  }

  /** Where threads find what is in memory, for as long as nothing below them is rewritten. */
  get shared(): SharedSeries {
    const { startMs, endMs } = this.#range;
    const hot = this.#hot;
    const rewrites = hot.rewrites;
    return {
      buffers: hot.views.buffers,
      toMs: endMs,
      intact: () => hot.rewrites === rewrites && hot.intact(this.#mark),
      estimate: (index) => hot.estimate(this.#refs[index] as number, startMs, endMs),
      locate: (index, into, at) => this.#locate(index, into, at),
    };
  }

  #locate(index: number, into: ChainPlaces, at: number): boolean {
    const { startMs, endMs } = this.#range;
    const ref = this.#refs[index] as number;
    const coveredFromMs = this.#coveredFromMs[index] as number;
    if (startMs < coveredFromMs) {
      const elsewhere = this.#older[index] !== undefined || this.#late?.has(ref) === true || this.#loose[index] === 1;
      if (elsewhere || endMs < coveredFromMs) return false;
    }
    into.first[at] = this.#first[index] as number;
    into.head[at] = this.#hot.headSlot(ref);
    into.headCount[at] = this.#hot.headCount(ref);
    into.fromMs[at] = Math.max(startMs, coveredFromMs);
    return true;
  }

  /** From the table, from the list of late samples, and from memory what counts although it is not covered. */
  #readUncovered(index: number, into: SampleBuffer): void {
    const { startMs, endMs } = this.#range;
    const ref = this.#refs[index] as number;
    const coveredFromMs = this.#coveredFromMs[index] as number;
    const older = this.#older[index];
    const late = this.#late?.get(ref);
    const isLoose = this.#loose[index] === 1;
    const lastMs = Math.min(endMs, coveredFromMs - 1);
    if (late === undefined && !isLoose) {
      older?.read(startMs, lastMs, into);
      return;
    }
    let found = new SampleBuffer(64);
    older?.read(startMs, lastMs, found);
    if (late !== undefined) {
      const before = new SampleBuffer(late.length);
      let length = 0;
      while (length < late.length && (late.timestampMs[length] as number) <= lastMs) length++;
      appendSamples(late, 0, length, before);
      found = mergedSamples(found, before);
    }
    if (isLoose) {
      this.#checkIntact();
      const own = new SampleBuffer(64);
      this.#hot.read(ref, this.#first[index] as number, startMs, lastMs, own);
      found = mergedSamples(found, own);
    }
    appendSamples(found, 0, found.length, into);
  }

  #checkIntact(): void {
    if (this.#hot.intact(this.#mark)) return;
    throw new VedetteError(
      'QUERY_TIMEOUT',
      'the samples this query was reading left the hot window while it ran; ask for less at once, or raise storage.hot_window.size',
    );
  }

  /** About how many samples memory will give; 0 when even all it has would not be too many. */
  #estimate(more: boolean): number {
    const { startMs, endMs, samplesMax } = this.#range;
    if (samplesMax === Infinity || (!more && this.#hot.samples <= samplesMax)) return 0;
    let samples = 0;
    for (let place = 0; place < this.#refs.length; place++) {
      const fromMs = Math.max(startMs, this.#coveredFromMs[place] as number);
      samples += this.#hot.estimate(this.#refs[place] as number, fromMs, endMs);
    }
    return samples;
  }

  async #readTable(
    sources: SelectionSources,
    placeOf: ReadonlyMap<number, number>,
    tableEndMs: number,
    inMemory: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { startMs, samplesMax } = this.#range;
    const ids = Float64Array.from(placeOf.keys(), (ref) => sources.catalog.id[ref] as number);
    const placeOfId = new Map(Array.from(placeOf, ([ref, place]) => [sources.catalog.id[ref] as number, place]));
    const range = { ids, startMs, endMs: tableEndMs, samplesMax };
    let samples = inMemory;
    for await (const stored of sources.table.readStored(range, signal)) {
      const place = placeOfId.get(stored.id) as number;
      this.#older[place] = stored;
      samples += stored.estimate(startMs, Math.min(tableEndMs, (this.#coveredFromMs[place] as number) - 1));
      if (samples > samplesMax) throw tooManySamples(samples, samplesMax);
    }
  }
}

export function tooManySamples(samples: number, samplesMax: number): VedetteError {
  return new VedetteError(
    'QUERY_TOO_LARGE',
    `the query would read about ${samples} samples and the limit is ${samplesMax}; ask for a shorter range or fewer series`,
    { details: { samples, samplesMax } },
  );
}
