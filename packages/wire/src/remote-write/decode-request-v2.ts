import { type DecodedSamples, DecodedColumns, EXEMPLAR_LABELS_MAX } from './decoded-columns.ts';
import { BYTES, FIXED64, ProtobufReader, RemoteWriteError, VARINT } from './protobuf-reader.ts';
import { SymbolTable } from './symbol-table.ts';

/**
 * Names the series whose labels are `refs[0, count)`, unchecked references into the symbols (name, value, name, value, …);
 * `count` above `refs.length`: there are more than LABEL_REFS_MAX. Type is the enum's number and 0 where unknown, help and unit are
 * unchecked references. The number goes into `seriesIndex`.
 */
export type SymbolSeriesLookup = (
  refs: Uint32Array,
  count: number,
  type: number,
  helpRef: number,
  unitRef: number,
) => number;

/** Label references kept of one series: far more than can be stored. */
export const LABEL_REFS_MAX = 2_048;
/** Fields of the message looked at before the event loop gets a turn, while the symbols are gathered. */
const GATHER_FIELDS = 200_000;

const REQUEST_V1_TIMESERIES = (1 << 3) | BYTES;
const REQUEST_SYMBOL = (4 << 3) | BYTES;
const REQUEST_TIMESERIES = (5 << 3) | BYTES;
const SERIES_LABELS = (1 << 3) | BYTES;
const SERIES_LABEL_UNPACKED = (1 << 3) | VARINT;
const SERIES_SAMPLE = (2 << 3) | BYTES;
const SERIES_HISTOGRAM = (3 << 3) | BYTES;
const SERIES_EXEMPLAR = (4 << 3) | BYTES;
const SERIES_METADATA = (5 << 3) | BYTES;
const UINT32_MAX = 0xffff_ffff;

/** Takes an io.prometheus.write.v2.Request apart in slices. Symbols may stand anywhere in the message, so they are gathered first. */
export class RequestV2Decoder {
  readonly #reader: ProtobufReader;
  readonly #end: number;
  readonly #open: (symbols: SymbolTable) => SymbolSeriesLookup;
  readonly #columns = new DecodedColumns();
  readonly #symbols: SymbolTable;
  readonly #refs = new Uint32Array(LABEL_REFS_MAX);
  #refCount = 0;
  #lookup: SymbolSeriesLookup | undefined;

  /** `open` is called once, when all symbols are known. */
  constructor(bytes: Uint8Array, open: (symbols: SymbolTable) => SymbolSeriesLookup) {
    this.#reader = new ProtobufReader(bytes);
    this.#end = bytes.length;
    this.#open = open;
    this.#symbols = new SymbolTable(bytes);
  }

  get done(): boolean {
    return this.#lookup !== undefined && this.#reader.at >= this.#end;
  }

  /** As WriteRequestDecoder.next; the first slices are empty while the symbols are gathered. Throws RemoteWriteError. */
  next(rowsMin: number, bytesMin = Infinity): DecodedSamples {
    const reader = this.#reader;
    const columns = this.#columns;
    const lookup = this.#lookup ?? this.#gather();
    if (lookup === undefined) return columns.take();
    const stopAt = reader.at + bytesMin;
    while (reader.at < this.#end && columns.rows < rowsMin && reader.at < stopAt) {
      const tag = reader.varint(this.#end);
      if (tag === REQUEST_TIMESERIES) this.#series(reader.lengthDelimited(this.#end), lookup);
      else reader.skip(tag & 7, this.#end);
    }
    return columns.take();
  }

  #gather(): SymbolSeriesLookup | undefined {
    const reader = this.#reader;
    for (let fields = 0; reader.at < this.#end; fields++) {
      if (fields === GATHER_FIELDS) return undefined;
      const tag = reader.varint(this.#end);
      if (tag === REQUEST_SYMBOL) {
        const end = reader.lengthDelimited(this.#end);
        this.#symbols.add(reader.at, end);
        reader.at = end;
      } else if (tag === REQUEST_V1_TIMESERIES) {
        throw new RemoteWriteError(
          'the body is a prometheus.WriteRequest and its Content-Type says io.prometheus.write.v2.Request',
        );
      } else {
        reader.skip(tag & 7, this.#end);
      }
    }
    reader.at = 0;
    return (this.#lookup = this.#open(this.#symbols));
  }

  #series(end: number, lookup: SymbolSeriesLookup): void {
    const reader = this.#reader;
    const columns = this.#columns;
    this.#refCount = 0;
    let type = 0;
    let helpRef = 0;
    let unitRef = 0;
    columns.beginSeries();
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === SERIES_LABELS) {
        const stop = reader.lengthDelimited(end);
        while (reader.at < stop) this.#addRef(reader.varint(stop));
      } else if (tag === SERIES_LABEL_UNPACKED) {
        this.#addRef(reader.varint(end));
      } else if (tag === SERIES_SAMPLE) {
        columns.readSample(reader, reader.lengthDelimited(end), true);
      } else if (tag === SERIES_HISTOGRAM) {
        columns.readHistogram(reader, reader.lengthDelimited(end), true);
      } else if (tag === SERIES_EXEMPLAR) {
        this.#exemplar(reader.lengthDelimited(end));
      } else if (tag === SERIES_METADATA) {
        const stop = reader.lengthDelimited(end);
        while (reader.at < stop) {
          const field = reader.varint(stop);
          if (field === ((1 << 3) | VARINT)) type = reader.varint(stop);
          else if (field === ((3 << 3) | VARINT)) helpRef = reader.varint(stop);
          else if (field === ((4 << 3) | VARINT)) unitRef = reader.varint(stop);
          else reader.skip(field & 7, stop);
        }
      } else {
        reader.skip(tag & 7, end);
      }
    }
    if (reader.at !== end)
      throw new RemoteWriteError('the body is not a remote-write message: a field crosses the end of its series');
    columns.endSeries(lookup(this.#refs, this.#refCount, type, helpRef, unitRef));
  }

  #addRef(ref: number): void {
    if (this.#refCount < LABEL_REFS_MAX) this.#refs[this.#refCount] = Math.min(ref, UINT32_MAX);
    this.#refCount++;
  }

  #exemplar(end: number): void {
    const reader = this.#reader;
    const refs: number[] = [];
    const add = (ref: number): void => {
      if (refs.length <= 2 * EXEMPLAR_LABELS_MAX) refs.push(ref);
    };
    let value = 0;
    let timestampMs = 0;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | BYTES)) {
        const stop = reader.lengthDelimited(end);
        while (reader.at < stop) add(reader.varint(stop));
      } else if (tag === ((1 << 3) | VARINT)) add(reader.varint(end));
      else if (tag === ((2 << 3) | FIXED64)) value = reader.double(end);
      else if (tag === ((3 << 3) | VARINT)) timestampMs = reader.int64(end);
      else reader.skip(tag & 7, end);
    }
    const fault = refsFault(refs, this.#symbols);
    this.#columns.addExemplar(
      fault === undefined
        ? { labelPairs: refs.map((ref) => this.#symbols.text(ref)), value, timestampMs }
        : { labelPairs: [], fault, value, timestampMs },
    );
  }
}

function refsFault(refs: readonly number[], symbols: SymbolTable): string | undefined {
  if (refs.length > 2 * EXEMPLAR_LABELS_MAX) return `an exemplar has more than ${EXEMPLAR_LABELS_MAX} labels`;
  if (refs.length % 2 !== 0) return `an exemplar has ${refs.length} label references, which are no pairs`;
  const wrong = refs.find((ref) => !symbols.has(ref));
  return wrong === undefined
    ? undefined
    : `an exemplar refers to symbol ${wrong} and the request has ${symbols.count} symbols`;
}
