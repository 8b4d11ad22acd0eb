import { ByteCursor } from './byte-cursor.ts';
import { ByteSink } from './byte-sink.ts';
import { type HistogramSample, decodeSample, encodeSample } from './histogram-sample.ts';

/** Reading starts at a chunk's first sample, so this many are decoded for one at most. */
export const CHUNK_SAMPLES_MAX = 32;
/** Chunks of large histograms are shorter; few bytes are lost in the last one of each series. */
export const CHUNK_BYTES_MAX = 4_096;

/**
 * Histograms of one series, ascending by time, the first one whole and the others as differences. Only ever appended to: whoever holds a
 * `HistogramRun` of it can go on reading.
 */
export interface HistogramRun {
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const scratch = new ByteSink();

export class HistogramChunk implements HistogramRun {
  readonly startMs: number;
  endMs: number;
  count = 0;
  bytes = new Uint8Array(0);
  used = 0;
  /** Its newest write, and when that came (monotonic). */
  writeNumber = 0;
  arrivedMs = 0;
  /** It left the window. */
  gone = false;
  /** Kept while more may come; a sealed chunk has none. */
  #last: HistogramSample | undefined;

  constructor(first: HistogramSample) {
    this.startMs = first.timestampMs;
    this.endMs = first.timestampMs;
    this.append(first);
  }

  get last(): HistogramSample | undefined {
    return this.#last;
  }

  get isFull(): boolean {
    return this.count >= CHUNK_SAMPLES_MAX || this.used >= CHUNK_BYTES_MAX;
  }

  /** `sample` comes after all others. */
  append(sample: HistogramSample): void {
    scratch.clear();
    if (this.count > 0) scratch.unsigned(sample.timestampMs - this.endMs);
    encodeSample(sample, scratch, this.#last);
    const bytes = scratch.view();
    if (this.used + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(
        Math.max(this.used + bytes.length, Math.min(this.bytes.length * 2, CHUNK_BYTES_MAX)),
      );
      larger.set(this.bytes.subarray(0, this.used));
      this.bytes = larger;
    }
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
    this.count++;
    this.endMs = sample.timestampMs;
    this.#last = sample;
  }

  /** Nothing more comes: lets go of what only appending needs. */
  seal(): void {
    this.bytes = this.bytes.slice(0, this.used);
    this.#last = undefined;
  }
}

/** Calls back for each sample in [fromMs, toMs], ascending. */
export function readRun(
  run: HistogramRun,
  fromMs: number,
  toMs: number,
  take: (sample: HistogramSample) => void,
): void {
  const cursor = new ByteCursor(run.bytes);
  let timestampMs = run.startMs;
  let previous: HistogramSample | undefined;
  for (let i = 0; i < run.count; i++) {
    if (i > 0) timestampMs += cursor.unsigned();
    if (timestampMs > toMs) return;
    previous = decodeSample(timestampMs, cursor, previous);
    if (timestampMs >= fromMs) take(previous);
  }
}
