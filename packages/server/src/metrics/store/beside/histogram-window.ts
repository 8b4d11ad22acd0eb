import type { NativeHistogram } from '@vedette/wire/histogram';
import { HistogramChunk, type HistogramRun, readRun } from './histogram-chunk.ts';
import { type HistogramSample, linkedSample } from './histogram-sample.ts';

export interface HistogramWindowOptions {
  readonly sizeBytes: number;
  /** Histograms leave when their chunk got its last one longer ago than this: the time of arrival counts, as in the hot window. */
  readonly ageMs: number;
}

/** Objects and arrays around a chunk's bytes, about. */
const CHUNK_OVERHEAD_BYTES = 160;
/** Series that went idle are looked for this often. */
const IDLE_CHECK_MS = 60_000;

interface Series {
  /** Ascending, not overlapping; the last one may still grow. */
  chunks: HistogramChunk[];
  /** The window has every histogram of the series from here on. */
  coveredFromMs: number;
}

/**
 * The newest native histograms of each series, compressed. Unlike float samples, histograms before a series' coverage are taken too:
 * they stay at least until they are durable, and whoever reads the table as well lays them over what it gives.
 */
export class HistogramWindow {
  readonly #options: HistogramWindowOptions;
  readonly #series = new Map<number, Series>();
  /** Sealed chunks in the order of sealing. */
  #sealed: { readonly ref: number; readonly chunk: HistogramChunk }[] = [];
  #sealedAt = 0;
  #usedBytes = 0;
  #samples = 0;
  #idleCheckedMs = -Infinity;

  constructor(options: HistogramWindowOptions) {
    this.#options = options;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get samples(): number {
    return this.#samples;
  }

  /** A series that has histograms, or is about to: the window knows all of them from `coveredFromMs` on. */
  addSeries(ref: number, coveredFromMs: number): void {
    this.#series.set(ref, { chunks: [], coveredFromMs });
  }

  removeSeries(ref: number): void {
    for (const chunk of this.#series.get(ref)?.chunks ?? []) this.#dropped(chunk);
    this.#series.delete(ref);
  }

  coveredFromMs(ref: number): number {
    return this.#series.get(ref)?.coveredFromMs ?? -Infinity;
  }

  /** The newest histogram in memory; -Infinity when there is none. */
  lastMs(ref: number): number {
    return this.#series.get(ref)?.chunks.at(-1)?.endMs ?? -Infinity;
  }

  /** Takes a histogram at any time, a second one of a time in place of the first. Returns it as it is to be stored. */
  append(
    ref: number,
    timestampMs: number,
    value: NativeHistogram,
    writeNumber: number,
    nowMs: number,
  ): HistogramSample {
    const series = this.#series.get(ref);
    if (series === undefined) throw new RangeError(`series ${ref} was not added`);
    const head = series.chunks.at(-1);
    if (head !== undefined && timestampMs <= head.endMs) {
      return this.#insert(ref, series, timestampMs, value, writeNumber, nowMs);
    }
    const sample = linkedSample(timestampMs, value, head?.last);
    this.#samples++;
    if (head !== undefined && !head.isFull && head.last !== undefined) {
      const before = head.bytes.length;
      head.append(sample);
      head.writeNumber = writeNumber;
      head.arrivedMs = nowMs;
      this.#usedBytes += head.bytes.length - before;
    } else {
      if (head !== undefined) this.#seal(ref, head);
      series.chunks.push(this.#counted(new HistogramChunk(sample), writeNumber, nowMs));
    }
    return sample;
  }

  /** What the window has of the series in [fromMs, toMs], as it is now: later changes do not show in it. */
  runs(ref: number, fromMs: number, toMs: number): readonly HistogramRun[] {
    const runs: HistogramRun[] = [];
    for (const { startMs, endMs, count, bytes } of this.#series.get(ref)?.chunks ?? [])
      if (endMs >= fromMs && startMs <= toMs) runs.push({ startMs, endMs, count, bytes });
    return runs;
  }

  /**
   * Adds `older` histograms (ascending) where the window has none for their times; it then has all from `coveredFromMs` on. They are
   * durable already.
   */
  adopt(ref: number, older: readonly HistogramSample[], coveredFromMs: number, nowMs: number): void {
    const series = this.#series.get(ref);
    if (series === undefined) return;
    const present = this.#take(series);
    const merged: HistogramSample[] = [];
    let at = 0;
    for (const sample of present) {
      for (; at < older.length && (older[at] as HistogramSample).timestampMs < sample.timestampMs; at++)
        merged.push(older[at] as HistogramSample);
      if (older[at]?.timestampMs === sample.timestampMs) at++;
      merged.push(sample);
    }
    merged.push(...older.slice(at));
    const writeNumber = series.chunks.reduce((newest, chunk) => Math.max(newest, chunk.writeNumber), 0);
    this.#refill(ref, series, merged, writeNumber, nowMs);
    series.coveredFromMs = coveredFromMs;
  }

  /** Forgets the histograms in [fromMs, toMs]. */
  erase(ref: number, fromMs: number, toMs: number, nowMs: number): void {
    const series = this.#series.get(ref);
    if (series === undefined || series.chunks.every((chunk) => chunk.endMs < fromMs || chunk.startMs > toMs)) return;
    const kept = this.#take(series).filter(({ timestampMs }) => timestampMs < fromMs || timestampMs > toMs);
    const writeNumber = series.chunks.reduce((newest, chunk) => Math.max(newest, chunk.writeNumber), 0);
    this.#refill(ref, series, kept, writeNumber, nowMs);
  }

  /** Lets go of what is too old or does not fit; only of what was written with a number up to `durableWrite`. */
  evict(durableWrite: number, nowMs: number): void {
    const agedMs = nowMs - this.#options.ageMs;
    if (nowMs - this.#idleCheckedMs >= IDLE_CHECK_MS) {
      this.#idleCheckedMs = nowMs;
      this.#sealIdle(agedMs);
    }
    if (this.#usedBytes > this.#options.sizeBytes && this.#sealedAt === this.#sealed.length) this.#sealIdle(Infinity);
    while (this.#sealedAt < this.#sealed.length) {
      const { ref, chunk } = this.#sealed[this.#sealedAt] as { ref: number; chunk: HistogramChunk };
      if (!chunk.gone) {
        if (this.#usedBytes <= this.#options.sizeBytes && chunk.arrivedMs >= agedMs) break;
        if (chunk.writeNumber > durableWrite) break;
        this.#drop(ref, chunk);
      }
      this.#sealedAt++;
    }
    if (this.#sealedAt * 2 < this.#sealed.length || this.#sealedAt < 64) return;
    this.#sealed = this.#sealed.slice(this.#sealedAt);
    this.#sealedAt = 0;
  }

  /** A histogram at or before the series' last one: the chunk it falls into is written anew. */
  #insert(
    ref: number,
    series: Series,
    timestampMs: number,
    value: NativeHistogram,
    writeNumber: number,
    nowMs: number,
  ): HistogramSample {
    const { chunks } = series;
    // The last one that does not start after it, or the first.
    let place = chunks.length - 1;
    while (place > 0 && (chunks[place] as HistogramChunk).startMs > timestampMs) place--;
    const chunk = chunks[place] as HistogramChunk;
    const samples: HistogramSample[] = [];
    readRun(chunk, -Infinity, Infinity, (sample) => samples.push(sample));
    let at = samples.length;
    while (at > 0 && (samples[at - 1] as HistogramSample).timestampMs >= timestampMs) at--;
    const replaces = samples[at]?.timestampMs === timestampMs;
    // Before the coverage others may stand in between that the window does not know.
    const previous = timestampMs >= series.coveredFromMs ? samples[at - 1] : undefined;
    const sample = linkedSample(timestampMs, value, previous);
    samples.splice(at, replaces ? 1 : 0, sample);
    if (!replaces) this.#samples++;
    const isHead = place === chunks.length - 1;
    const made = this.#chunksOf(samples, Math.max(writeNumber, chunk.writeNumber), nowMs);
    this.#discount(chunk);
    chunks.splice(place, 1, ...made);
    for (const [i, one] of made.entries()) if (!isHead || i < made.length - 1) this.#seal(ref, one);
    return sample;
  }

  #take(series: Series): HistogramSample[] {
    const samples: HistogramSample[] = [];
    for (const chunk of series.chunks) readRun(chunk, -Infinity, Infinity, (sample) => samples.push(sample));
    return samples;
  }

  #refill(ref: number, series: Series, samples: readonly HistogramSample[], writeNumber: number, nowMs: number): void {
    for (const chunk of series.chunks) this.#dropped(chunk);
    series.chunks = this.#chunksOf(samples, writeNumber, nowMs);
    this.#samples += samples.length;
    for (const chunk of series.chunks.slice(0, -1)) this.#seal(ref, chunk);
  }

  #chunksOf(samples: readonly HistogramSample[], writeNumber: number, nowMs: number): HistogramChunk[] {
    const chunks: HistogramChunk[] = [];
    for (const sample of samples) {
      const last = chunks.at(-1);
      if (last === undefined || last.isFull) chunks.push(new HistogramChunk(sample));
      else last.append(sample);
    }
    for (const chunk of chunks) this.#counted(chunk, writeNumber, nowMs);
    return chunks;
  }

  #counted(chunk: HistogramChunk, writeNumber: number, nowMs: number): HistogramChunk {
    chunk.writeNumber = writeNumber;
    chunk.arrivedMs = nowMs;
    this.#usedBytes += chunk.bytes.length + CHUNK_OVERHEAD_BYTES;
    return chunk;
  }

  /** The bytes of a chunk whose samples stay. */
  #discount(chunk: HistogramChunk): void {
    chunk.gone = true;
    this.#usedBytes -= chunk.bytes.length + CHUNK_OVERHEAD_BYTES;
  }

  #dropped(chunk: HistogramChunk): void {
    this.#discount(chunk);
    this.#samples -= chunk.count;
  }

  #seal(ref: number, chunk: HistogramChunk): void {
    if (chunk.last === undefined) return;
    const before = chunk.bytes.length;
    chunk.seal();
    this.#usedBytes += chunk.bytes.length - before;
    this.#sealed.push({ ref, chunk });
  }

  #sealIdle(beforeMs: number): void {
    for (const [ref, { chunks }] of this.#series) {
      const head = chunks.at(-1);
      if (head !== undefined && head.arrivedMs < beforeMs) this.#seal(ref, head);
    }
  }

  #drop(ref: number, chunk: HistogramChunk): void {
    const series = this.#series.get(ref);
    const place = series?.chunks.indexOf(chunk) ?? -1;
    if (series === undefined || place < 0) return;
    series.chunks.splice(place, 1);
    series.coveredFromMs = Math.max(series.coveredFromMs, chunk.endMs + 1);
    this.#dropped(chunk);
  }
}
