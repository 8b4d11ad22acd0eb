import { type DecodedSamples, DecodedColumns, EXEMPLAR_LABELS_MAX } from './decoded-columns.ts';
import { BYTES, FIXED64, ProtobufReader, RemoteWriteError, VARINT } from './protobuf-reader.ts';

/** Names the series whose encoded labels are bytes[start, end); the number goes into `seriesIndex`. */
export type SeriesLookup = (bytes: Uint8Array, start: number, end: number) => number;

export interface DecodedMetadata {
  readonly name: string;
  readonly type: (typeof METADATA_TYPES)[number];
  readonly help: string;
  readonly unit: string;
}

/** The enum MetricMetadata.MetricType in its order; 2.0 has the same one. */
export const METADATA_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;

/** Length-delimited fields: number << 3 | wire type 2; scalars likewise. */
const REQUEST_TIMESERIES = (1 << 3) | BYTES;
const REQUEST_METADATA = (3 << 3) | BYTES;
/** Field 5 of a 2.0 message is its series. */
const V2_TIMESERIES = (5 << 3) | BYTES;
const SERIES_LABEL = (1 << 3) | BYTES;
const SERIES_SAMPLE = (2 << 3) | BYTES;
const SERIES_EXEMPLAR = (3 << 3) | BYTES;
const SERIES_HISTOGRAM = (4 << 3) | BYTES;

/** Metadata kept of one request; the whole ecosystem of exporters has some 20 000 families. What exceeds it is skipped. */
export const METADATA_MAX = 50_000;
/** Text of all metadata of one request; help texts are a line each. What exceeds it is skipped. */
export const METADATA_TEXT_MAX = 16 * 1024 * 1024;

/** Labels that stand apart are copied one by one; no sender does this. */
const SCATTERED_MAX = 1_000;

/** Takes a WriteRequest apart in slices, so that a large one does not hold the event loop. */
export class WriteRequestDecoder {
  readonly #reader: ProtobufReader;
  readonly #end: number;
  readonly #lookup: SeriesLookup;
  readonly #columns = new DecodedColumns();
  readonly metadata: DecodedMetadata[] = [];
  #metadataText = 0;
  #seriesSeen = false;

  constructor(bytes: Uint8Array, lookup: SeriesLookup) {
    this.#reader = new ProtobufReader(bytes);
    this.#end = bytes.length;
    this.#lookup = lookup;
  }

  get done(): boolean {
    return this.#reader.at >= this.#end;
  }

  /**
   * Decodes series until at least `rowsMin` samples, histograms and exemplars or `bytesMin` bytes (series without them, metadata)
   * are read or the message ends. Throws RemoteWriteError.
   */
  next(rowsMin: number, bytesMin = Infinity): DecodedSamples {
    const reader = this.#reader;
    const columns = this.#columns;
    const stopAt = reader.at + bytesMin;
    while (reader.at < this.#end && columns.rows < rowsMin && reader.at < stopAt) {
      const tag = reader.varint(this.#end);
      if (tag === REQUEST_TIMESERIES) {
        this.#seriesSeen = true;
        this.#series(reader.lengthDelimited(this.#end));
      } else if (
        tag === REQUEST_METADATA &&
        this.metadata.length < METADATA_MAX &&
        this.#metadataText < METADATA_TEXT_MAX
      ) {
        this.#metadata(reader.lengthDelimited(this.#end));
      } else if (tag === V2_TIMESERIES && !this.#seriesSeen) {
        throw new RemoteWriteError(
          'the body is an io.prometheus.write.v2.Request and its Content-Type says prometheus.WriteRequest',
        );
      } else {
        reader.skip(tag & 7, this.#end);
      }
    }
    return columns.take();
  }

  #series(end: number): void {
    const reader = this.#reader;
    const columns = this.#columns;
    const labelsStart = reader.at;
    let labelsEnd = labelsStart;
    let scattered: Uint8Array[] | undefined;
    columns.beginSeries();
    while (reader.at < end) {
      const fieldStart = reader.at;
      const tag = reader.varint(end);
      if (tag === SERIES_LABEL) {
        reader.at = reader.lengthDelimited(end);
        if (labelsEnd === fieldStart && !scattered) labelsEnd = reader.at;
        else {
          (scattered ??= [reader.bytes.slice(labelsStart, labelsEnd)]).push(reader.bytes.slice(fieldStart, reader.at));
          if (scattered.length > SCATTERED_MAX)
            throw new RemoteWriteError(`a series has more than ${SCATTERED_MAX} labels between its samples`);
        }
      } else if (tag === SERIES_SAMPLE) {
        columns.readSample(reader, reader.lengthDelimited(end), false);
      } else if (tag === SERIES_HISTOGRAM) {
        columns.readHistogram(reader, reader.lengthDelimited(end), false);
      } else if (tag === SERIES_EXEMPLAR) {
        this.#exemplar(reader.lengthDelimited(end));
      } else {
        reader.skip(tag & 7, end);
      }
    }
    if (reader.at !== end)
      throw new RemoteWriteError('the body is not a WriteRequest message: a field crosses the end of its series');
    if (!columns.seriesHasRows) return;
    const joined = scattered && concat(scattered);
    columns.endSeries(
      joined ? this.#lookup(joined, 0, joined.length) : this.#lookup(reader.bytes, labelsStart, labelsEnd),
    );
  }

  #exemplar(end: number): void {
    const reader = this.#reader;
    const labelPairs: string[] = [];
    let value = 0;
    let timestampMs = 0;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | BYTES) && labelPairs.length <= 2 * EXEMPLAR_LABELS_MAX)
        readLabel(reader, end, labelPairs);
      else if (tag === ((2 << 3) | FIXED64)) value = reader.double(end);
      else if (tag === ((3 << 3) | VARINT)) timestampMs = reader.int64(end);
      else reader.skip(tag & 7, end);
    }
    this.#columns.addExemplar({ labelPairs, value, timestampMs });
  }

  #metadata(end: number): void {
    const reader = this.#reader;
    const start = reader.at;
    let type: DecodedMetadata['type'] = 'unknown';
    let name = '';
    let help = '';
    let unit = '';
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | VARINT)) type = METADATA_TYPES[reader.varint(end)] ?? 'unknown';
      else if (tag === ((2 << 3) | BYTES)) name = reader.string(end);
      else if (tag === ((4 << 3) | BYTES)) help = reader.string(end);
      else if (tag === ((5 << 3) | BYTES)) unit = reader.string(end);
      else reader.skip(tag & 7, end);
    }
    this.#metadataText += reader.at - start;
    if (name !== '') this.metadata.push({ name, type, help, unit });
  }
}

/** Label pairs name, value, name, value, … of bytes handed to a SeriesLookup, in the order sent. Throws RemoteWriteError. */
export function decodeLabelPairs(bytes: Uint8Array, start: number, end: number): string[] {
  const reader = new ProtobufReader(bytes, start);
  const pairs: string[] = [];
  while (reader.at < end) {
    reader.varint(end);
    readLabel(reader, end, pairs);
  }
  return pairs;
}

/** A Label message, its length first. */
function readLabel(reader: ProtobufReader, end: number, into: string[]): void {
  const labelEnd = reader.lengthDelimited(end);
  let name = '';
  let value = '';
  while (reader.at < labelEnd) {
    const tag = reader.varint(labelEnd);
    if (tag === ((1 << 3) | BYTES)) name = reader.string(labelEnd);
    else if (tag === ((2 << 3) | BYTES)) value = reader.string(labelEnd);
    else reader.skip(tag & 7, labelEnd);
  }
  into.push(name, value);
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
