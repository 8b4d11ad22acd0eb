import type { NativeHistogram } from '../histogram/index.ts';
import { type HistogramSample, readHistogram } from './decode-histogram.ts';
import { type ProtobufReader, FIXED64, RemoteWriteError, VARINT } from './protobuf-reader.ts';

/** Samples as columns of `length` rows. The bits of every value, NaN payloads too, are those that were sent. */
export interface DecodedSamples {
  readonly length: number;
  readonly seriesIndex: Uint32Array;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
  /** 0 where unknown; absent while all are. */
  readonly startTimestampMs?: Float64Array;
  readonly histograms?: DecodedHistograms;
  readonly exemplars?: readonly DecodedExemplar[];
}

/** Native histograms, unchecked: `histogramFault` judges them. Stale ones are float rows with the stale marker. */
export interface DecodedHistograms {
  readonly seriesIndex: Uint32Array;
  readonly timestampMs: Float64Array;
  readonly startTimestampMs?: Float64Array;
  readonly value: readonly NativeHistogram[];
}

export interface DecodedExemplar {
  readonly seriesIndex: number;
  /** name, value, name, value, … in the order sent; at most EXEMPLAR_LABELS_MAX labels and one. */
  readonly labelPairs: readonly string[];
  /** Why the exemplar cannot be stored. */
  readonly fault?: string;
  readonly timestampMs: number;
  readonly value: number;
}

const SAMPLE_VALUE = (1 << 3) | FIXED64;
const SAMPLE_TIMESTAMP = (2 << 3) | VARINT;
const SAMPLE_START = (3 << 3) | VARINT;

const CAPACITY_FIRST = 1_024;
/** Larger room is not kept: 20 bytes a row. */
const SPARE_ROWS_MAX = 65_536;
/** Of one series in one request: senders send a few, a month of backfill at 15 s is 172,800. Bounds what a slice can grow to. */
const SERIES_SAMPLES_MAX = 1_000_000;
/** Of one series in one request; each is an object. */
const SERIES_EXEMPLARS_MAX = 100_000;
const SERIES_HISTOGRAMS_MAX = 100_000;
/** OpenMetrics allows 128 characters; what has more labels than this is decoded no further. */
export const EXEMPLAR_LABELS_MAX = 64;
/** Buckets, bounds and spans of one series in one request: what 32 MB of numbers hold. */
const SERIES_BUCKETS_MAX = 4_000_000;
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;

interface Room {
  readonly seriesIndex: Uint32Array<ArrayBuffer>;
  readonly timestampMs: Float64Array<ArrayBuffer>;
  readonly value: Float64Array<ArrayBuffer>;
  readonly valueBits: Uint32Array<ArrayBuffer>;
}

function roomOf(rows: number): Room {
  const value = new Float64Array(rows);
  return {
    seriesIndex: new Uint32Array(rows),
    timestampMs: new Float64Array(rows),
    value,
    valueBits: new Uint32Array(value.buffer),
  };
}

const NO_ROOM = roomOf(0);
/** Of the slice decoded last: growing anew for each request would leave more garbage than the request has samples. */
let spare: Room | undefined;

/** Grows while a slice is decoded; `take` copies it out and starts the next one. */
export class DecodedColumns {
  length = 0;
  #seriesIndex = NO_ROOM.seriesIndex;
  #timestampMs = NO_ROOM.timestampMs;
  #value = NO_ROOM.value;
  #valueBits = NO_ROOM.valueBits;
  #startMs: Float64Array | undefined;
  #seriesFirst = 0;
  #histograms: HistogramSample[] = [];
  #histogramSeries: number[] = [];
  #buckets = 0;
  #exemplars: DecodedExemplar[] = [];
  #exemplarsFirst = 0;

  /** Rows of all kinds in this slice. */
  get rows(): number {
    return this.length + this.#histograms.length + this.#exemplars.length;
  }

  /** True when the series that began with `beginSeries` has brought anything. */
  get seriesHasRows(): boolean {
    return (
      this.length > this.#seriesFirst ||
      this.#histograms.length > this.#histogramSeries.length ||
      this.#exemplars.length > this.#exemplarsFirst
    );
  }

  beginSeries(): void {
    this.#seriesFirst = this.length;
    this.#exemplarsFirst = this.#exemplars.length;
    this.#buckets = 0;
  }

  endSeries(series: number): void {
    const { length } = this;
    if (length === this.#seriesFirst + 1) this.#seriesIndex[this.#seriesFirst] = series;
    else this.#seriesIndex.fill(series, this.#seriesFirst, length);
    while (this.#histogramSeries.length < this.#histograms.length) this.#histogramSeries.push(series);
    for (let i = this.#exemplarsFirst; i < this.#exemplars.length; i++)
      this.#exemplars[i] = { ...(this.#exemplars[i] as DecodedExemplar), seriesIndex: series };
  }

  /** Reads a Sample message up to `end`; both protocols have the same fields 1 and 2, 2.0 has a start time too. */
  readSample(reader: ProtobufReader, end: number, hasStart: boolean): void {
    const row = this.length++;
    if (row === this.#seriesIndex.length) this.#grow();
    const bits = this.#valueBits;
    let low = 0;
    let high = 0;
    let timestampMs = 0;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === SAMPLE_VALUE) {
        const at = reader.at;
        if (at + 8 > end) throw new RemoteWriteError('a sample value is cut off');
        low = reader.view.getInt32(at, true);
        high = reader.view.getInt32(at + 4, true);
        reader.at = at + 8;
      } else if (tag === SAMPLE_TIMESTAMP) {
        timestampMs = reader.int64(end);
      } else if (tag === SAMPLE_START && hasStart) {
        const startMs = reader.int64(end);
        if (startMs !== 0) this.#starts()[row] = startMs;
      } else {
        reader.skip(tag & 7, end);
      }
    }
    bits[LITTLE_ENDIAN ? 2 * row : 2 * row + 1] = low;
    bits[LITTLE_ENDIAN ? 2 * row + 1 : 2 * row] = high;
    this.#timestampMs[row] = timestampMs;
    if (row - this.#seriesFirst >= SERIES_SAMPLES_MAX) tooMany('samples', SERIES_SAMPLES_MAX);
  }

  readHistogram(reader: ProtobufReader, end: number, hasStart: boolean): void {
    const sample = readHistogram(reader, end, hasStart, SERIES_BUCKETS_MAX - this.#buckets);
    if (sample.staleSum) {
      const row = this.length++;
      if (row === this.#seriesIndex.length) this.#grow();
      this.#valueBits[LITTLE_ENDIAN ? 2 * row : 2 * row + 1] = STALE_LOW;
      this.#valueBits[LITTLE_ENDIAN ? 2 * row + 1 : 2 * row] = STALE_HIGH;
      this.#timestampMs[row] = sample.timestampMs;
      if (sample.startTimestampMs !== 0) this.#starts()[row] = sample.startTimestampMs;
      return;
    }
    this.#buckets += sample.numbers;
    this.#histograms.push(sample);
    if (this.#histograms.length - this.#histogramSeries.length > SERIES_HISTOGRAMS_MAX)
      tooMany('histograms', SERIES_HISTOGRAMS_MAX);
  }

  addExemplar(exemplar: Omit<DecodedExemplar, 'seriesIndex'>): void {
    this.#exemplars.push({ seriesIndex: 0, ...exemplar });
    if (this.#exemplars.length - this.#exemplarsFirst > SERIES_EXEMPLARS_MAX)
      tooMany('exemplars', SERIES_EXEMPLARS_MAX);
  }

  take(): DecodedSamples {
    const { length } = this;
    const histograms = this.#histograms;
    const exemplars = this.#exemplars;
    const taken: DecodedSamples = {
      length,
      seriesIndex: this.#seriesIndex.slice(0, length),
      timestampMs: this.#timestampMs.slice(0, length),
      value: sliceBits(this.#value, length),
      ...(this.#startMs === undefined ? {} : { startTimestampMs: this.#startMs.slice(0, length) }),
      ...(histograms.length === 0 ? {} : { histograms: histogramColumns(histograms, this.#histogramSeries) }),
      ...(exemplars.length === 0 ? {} : { exemplars }),
    };
    this.#giveBack();
    this.length = 0;
    this.#startMs = undefined;
    this.#histograms = [];
    this.#histogramSeries = [];
    this.#exemplars = [];
    this.beginSeries();
    return taken;
  }

  #starts(): Float64Array {
    return (this.#startMs ??= new Float64Array(this.#seriesIndex.length));
  }

  #grow(): void {
    const rows = this.#seriesIndex.length;
    const room = (rows === 0 && spare) || roomOf(Math.max(CAPACITY_FIRST, rows * 2));
    spare = rows === 0 ? undefined : spare;
    room.seriesIndex.set(this.#seriesIndex);
    room.timestampMs.set(this.#timestampMs);
    room.valueBits.set(this.#valueBits);
    this.#use(room);
    if (this.#startMs === undefined) return;
    const startMs = new Float64Array(room.seriesIndex.length);
    startMs.set(this.#startMs);
    this.#startMs = startMs;
  }

  #giveBack(): void {
    const rows = this.#seriesIndex.length;
    if (rows > 0 && rows <= SPARE_ROWS_MAX)
      spare = {
        seriesIndex: this.#seriesIndex,
        timestampMs: this.#timestampMs,
        value: this.#value,
        valueBits: this.#valueBits,
      };
    this.#use(NO_ROOM);
  }

  #use(room: Room): void {
    this.#seriesIndex = room.seriesIndex;
    this.#timestampMs = room.timestampMs;
    this.#value = room.value;
    this.#valueBits = room.valueBits;
  }
}

function histogramColumns(samples: readonly HistogramSample[], series: readonly number[]): DecodedHistograms {
  return {
    seriesIndex: Uint32Array.from(series),
    timestampMs: Float64Array.from(samples, (sample) => sample.timestampMs),
    ...(samples.some((sample) => sample.startTimestampMs !== 0)
      ? { startTimestampMs: Float64Array.from(samples, (sample) => sample.startTimestampMs) }
      : {}),
    value: samples.map((sample) => sample.histogram),
  };
}

function tooMany(what: string, max: number): never {
  throw new RemoteWriteError(`a series has more than ${max} ${what} in one request; send smaller batches`);
}

/** A copy made of bytes, so that no NaN passes through a register. */
function sliceBits(values: Float64Array, length: number): Float64Array {
  return new Float64Array(values.buffer.slice(0, length * 8));
}
