import { BYTES, FIXED64, ProtobufReader, RemoteWriteError, VARINT } from './protobuf-reader.ts';

/** Names the series whose encoded labels are bytes[start, end); the number goes into `seriesIndex`. */
export type SeriesLookup = (bytes: Uint8Array, start: number, end: number) => number;

/** Samples as columns of `length` rows. The bits of every value, NaN payloads too, are those that were sent. */
export interface DecodedSamples {
  readonly length: number;
  readonly seriesIndex: Uint32Array;
  readonly timestampMs: Float64Array;
  readonly value: Float64Array;
}

export interface DecodedMetadata {
  readonly name: string;
  readonly type: (typeof TYPES)[number];
  readonly help: string;
  readonly unit: string;
}

/** The enum MetricMetadata.MetricType in its order. */
const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const;

/** Length-delimited fields: number << 3 | wire type 2; scalars likewise. */
const REQUEST_TIMESERIES = (1 << 3) | BYTES;
const REQUEST_METADATA = (3 << 3) | BYTES;
const SERIES_LABEL = (1 << 3) | BYTES;
const SERIES_SAMPLE = (2 << 3) | BYTES;
const SERIES_EXEMPLAR = (3 << 3) | BYTES;
const SERIES_HISTOGRAM = (4 << 3) | BYTES;
const SAMPLE_VALUE = (1 << 3) | FIXED64;
const SAMPLE_TIMESTAMP = (2 << 3) | VARINT;

const CAPACITY_FIRST = 1_024;
/** Metadata kept of one request; the whole ecosystem of exporters has some 20 000 families. What exceeds it is skipped. */
const METADATA_MAX = 50_000;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Takes a WriteRequest apart in slices, so that a large one does not hold the event loop. */
export class WriteRequestDecoder {
  readonly #reader: ProtobufReader;
  readonly #end: number;
  readonly #lookup: SeriesLookup;
  readonly metadata: DecodedMetadata[] = [];
  /** Counted and skipped: there is no place for them yet. */
  exemplarCount = 0;
  histogramCount = 0;
  #length = 0;
  #seriesIndex = new Uint32Array(CAPACITY_FIRST);
  #timestampMs = new Float64Array(CAPACITY_FIRST);
  #value = new Float64Array(CAPACITY_FIRST);
  #valueBits = new Uint32Array(this.#value.buffer);

  constructor(bytes: Uint8Array, lookup: SeriesLookup) {
    this.#reader = new ProtobufReader(bytes);
    this.#end = bytes.length;
    this.#lookup = lookup;
  }

  get done(): boolean {
    return this.#reader.at >= this.#end;
  }

  /**
   * Decodes series until at least `samplesMin` samples or `bytesMin` bytes (series without samples, metadata) are read or the
   * message ends. Throws RemoteWriteError.
   */
  next(samplesMin: number, bytesMin = Infinity): DecodedSamples {
    const reader = this.#reader;
    const stopAt = reader.at + bytesMin;
    this.#length = 0;
    while (reader.at < this.#end && this.#length < samplesMin && reader.at < stopAt) {
      const tag = reader.varint(this.#end);
      if (tag === REQUEST_TIMESERIES) this.#series(reader.lengthDelimited(this.#end));
      else if (tag === REQUEST_METADATA && this.metadata.length < METADATA_MAX)
        this.#metadata(reader.lengthDelimited(this.#end));
      else reader.skip(tag & 7, this.#end);
    }
    const length = this.#length;
    return {
      length,
      seriesIndex: this.#seriesIndex.slice(0, length),
      timestampMs: this.#timestampMs.slice(0, length),
      value: sliceBits(this.#value, length),
    };
  }

  #series(end: number): void {
    const reader = this.#reader;
    const labelsStart = reader.at;
    let labelsEnd = labelsStart;
    let scattered: Uint8Array[] | undefined;
    const first = this.#length;
    while (reader.at < end) {
      const fieldStart = reader.at;
      const tag = reader.varint(end);
      if (tag === SERIES_LABEL) {
        reader.at = reader.lengthDelimited(end);
        if (labelsEnd === fieldStart && !scattered) labelsEnd = reader.at;
        else
          (scattered ??= [reader.bytes.slice(labelsStart, labelsEnd)]).push(reader.bytes.slice(fieldStart, reader.at));
      } else if (tag === SERIES_SAMPLE) {
        this.#sample(reader.lengthDelimited(end));
      } else {
        if (tag === SERIES_EXEMPLAR) this.exemplarCount++;
        else if (tag === SERIES_HISTOGRAM) this.histogramCount++;
        reader.skip(tag & 7, end);
      }
    }
    if (reader.at !== end)
      throw new RemoteWriteError('the body is not a WriteRequest message: a field crosses the end of its series');
    if (this.#length === first) return;
    const joined = scattered && concat(scattered);
    const series = joined ? this.#lookup(joined, 0, joined.length) : this.#lookup(reader.bytes, labelsStart, labelsEnd);
    this.#seriesIndex.fill(series, first, this.#length);
  }

  #sample(end: number): void {
    const reader = this.#reader;
    const row = this.#length++;
    if (row === this.#seriesIndex.length) this.#grow();
    const bits = this.#valueBits;
    bits[2 * row] = 0;
    bits[2 * row + 1] = 0;
    let timestampMs = 0;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === SAMPLE_VALUE) {
        const { bytes, at } = reader;
        if (at + 8 > end) throw new RemoteWriteError('a sample value is cut off');
        bits[LITTLE_ENDIAN ? 2 * row : 2 * row + 1] = wordAt(bytes, at);
        bits[LITTLE_ENDIAN ? 2 * row + 1 : 2 * row] = wordAt(bytes, at + 4);
        reader.at = at + 8;
      } else if (tag === SAMPLE_TIMESTAMP) {
        timestampMs = reader.int64(end);
      } else {
        reader.skip(tag & 7, end);
      }
    }
    this.#timestampMs[row] = timestampMs;
  }

  #metadata(end: number): void {
    const reader = this.#reader;
    let type: DecodedMetadata['type'] = 'unknown';
    let name = '';
    let help = '';
    let unit = '';
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | VARINT)) type = TYPES[reader.varint(end)] ?? 'unknown';
      else if (tag === ((2 << 3) | BYTES)) name = reader.string(end);
      else if (tag === ((4 << 3) | BYTES)) help = reader.string(end);
      else if (tag === ((5 << 3) | BYTES)) unit = reader.string(end);
      else reader.skip(tag & 7, end);
    }
    if (name !== '') this.metadata.push({ name, type, help, unit });
  }

  #grow(): void {
    const capacity = this.#seriesIndex.length * 2;
    const seriesIndex = new Uint32Array(capacity);
    seriesIndex.set(this.#seriesIndex);
    const timestampMs = new Float64Array(capacity);
    timestampMs.set(this.#timestampMs);
    const value = new Float64Array(capacity);
    const valueBits = new Uint32Array(value.buffer);
    valueBits.set(this.#valueBits);
    this.#seriesIndex = seriesIndex;
    this.#timestampMs = timestampMs;
    this.#value = value;
    this.#valueBits = valueBits;
  }
}

/** Label pairs name, value, name, value, … of bytes handed to a SeriesLookup, in the order sent. Throws RemoteWriteError. */
export function decodeLabelPairs(bytes: Uint8Array, start: number, end: number): string[] {
  const reader = new ProtobufReader(bytes, start);
  const pairs: string[] = [];
  while (reader.at < end) {
    reader.varint(end);
    const labelEnd = reader.lengthDelimited(end);
    let name = '';
    let value = '';
    while (reader.at < labelEnd) {
      const tag = reader.varint(labelEnd);
      if (tag === ((1 << 3) | BYTES)) name = reader.string(labelEnd);
      else if (tag === ((2 << 3) | BYTES)) value = reader.string(labelEnd);
      else reader.skip(tag & 7, labelEnd);
    }
    pairs.push(name, value);
  }
  return pairs;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

/** A copy made of bytes, so that no NaN passes through a register. */
function sliceBits(values: Float64Array, length: number): Float64Array {
  return new Float64Array(values.buffer.slice(0, length * 8));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
