import type { NativeHistogram } from '@vedette/wire/histogram';
import { Labels } from '../../../model/labels.ts';
import { HIGH_WORD, LOW_WORD } from '../../../model/stale.ts';
import type { Exemplar, SampleBatch } from '../../../model/sample.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

/**
 * A block: the length of its dictionary, the dictionary (new words, new series), then rows. A row begins with its kind and how far its
 * series is from the one before. Words and series are numbered through a whole segment.
 */
const FLOAT = 0;
const FLOAT_WITH_START = 1;
const HISTOGRAM = 2;
const EXEMPLAR = 3;
const KINDS = 4;

const HINTS: readonly NativeHistogram['counterResetHint'][] = ['unknown', 'reset', 'not_reset', 'gauge'];

/** Gathers rows into the block that is open and keeps the dictionary of the segment. */
export class BlockEncoder {
  readonly #words = new Map<string, number>();
  readonly #series = new Map<string, number>();
  /** The same by identity: receivers hand over the same label sets again and again. */
  readonly #known = new Map<Labels, number>();
  readonly #newWords = new ByteWriter();
  readonly #newSeries = new ByteWriter();
  readonly #rows = new ByteWriter();
  #newWordCount = 0;
  #newSeriesCount = 0;
  #previousSeries = 0;
  #previousMs = 0;
  rowCount = 0;

  /** Bytes of the open block, about. */
  get size(): number {
    return this.#newWords.length + this.#newSeries.length + this.#rows.length;
  }

  /** Float row `row` of the batch. `bits` is the value column seen through its halves. */
  float(batch: SampleBatch, row: number, bits: Uint32Array): void {
    const startMs = batch.startTimestampMs?.[row] ?? 0;
    this.#head(
      startMs === 0 ? FLOAT : FLOAT_WITH_START,
      batch.series[batch.seriesIndex[row] as number] as Labels,
      Math.floor(batch.timestampMs[row] as number),
    );
    if (startMs !== 0) this.#rows.signed(startMs);
    this.#rows.double(bits[2 * row + LOW_WORD] as number, bits[2 * row + HIGH_WORD] as number);
  }

  histogram(labels: Labels, timestampMs: number, startMs: number, histogram: NativeHistogram): void {
    const rows = this.#rows;
    this.#head(HISTOGRAM, labels, timestampMs);
    rows.signed(startMs);
    rows.signed(histogram.schema);
    rows.unsigned(HINTS.indexOf(histogram.counterResetHint));
    this.#doubles([histogram.zeroThreshold, histogram.zeroCount, histogram.count, histogram.sum]);
    for (const spans of [histogram.positiveSpans, histogram.negativeSpans]) {
      rows.unsigned(spans.length);
      for (const { offset, length } of spans) {
        rows.signed(offset);
        rows.unsigned(length);
      }
    }
    for (const values of [histogram.positiveBuckets, histogram.negativeBuckets, histogram.customValues]) {
      rows.unsigned(values.length);
      this.#doubles(values);
    }
  }

  exemplar(labels: Labels, exemplar: Exemplar): void {
    this.#head(EXEMPLAR, labels, Math.floor(exemplar.timestampMs));
    this.#doubles([exemplar.value]);
    const { pairs } = exemplar.labels;
    this.#rows.unsigned(pairs.length);
    for (const text of pairs) this.#rows.text(text);
  }

  /** The finished block, or undefined when it is empty; the next one is open. */
  take(): { readonly payload: Buffer; readonly rows: number } | undefined {
    const rows = this.rowCount;
    if (rows === 0) return undefined;
    const counts = new ByteWriter(16);
    counts.unsigned(this.#newWordCount);
    const between = new ByteWriter(16);
    between.unsigned(this.#newSeriesCount);
    const head = new ByteWriter(16);
    head.unsigned(counts.length + this.#newWords.length + between.length + this.#newSeries.length);
    const payload = Buffer.concat([
      head.view(),
      counts.view(),
      this.#newWords.view(),
      between.view(),
      this.#newSeries.view(),
      this.#rows.view(),
    ]);
    this.#newWords.clear();
    this.#newSeries.clear();
    this.#rows.clear();
    this.#newWordCount = 0;
    this.#newSeriesCount = 0;
    this.#previousSeries = 0;
    this.#previousMs = 0;
    this.rowCount = 0;
    return { payload, rows };
  }

  #head(kind: number, labels: Labels, timestampMs: number): void {
    const series = this.#seriesOf(labels);
    const step = series - this.#previousSeries;
    this.#rows.unsigned(kind + KINDS * (step >= 0 ? step * 2 : -step * 2 - 1));
    this.#rows.signed(timestampMs - this.#previousMs);
    this.#previousSeries = series;
    this.#previousMs = timestampMs;
    this.rowCount++;
  }

  #seriesOf(labels: Labels): number {
    let series = this.#known.get(labels);
    if (series === undefined) this.#known.set(labels, (series = this.#series.get(labels.key) ?? this.#add(labels)));
    return series;
  }

  #add(labels: Labels): number {
    const series = this.#series.size;
    this.#series.set(labels.key, series);
    this.#newSeriesCount++;
    this.#newSeries.unsigned(labels.pairs.length);
    for (const word of labels.pairs) {
      let id = this.#words.get(word);
      if (id === undefined) {
        id = this.#words.size;
        this.#words.set(word, id);
        this.#newWordCount++;
        this.#newWords.text(word);
      }
      this.#newSeries.unsigned(id);
    }
    return series;
  }

  #doubles(values: Float64Array | readonly number[]): void {
    for (const value of values) {
      scratch[0] = value;
      this.#rows.double(scratchBits[LOW_WORD] as number, scratchBits[HIGH_WORD] as number);
    }
  }
}

const scratch = new Float64Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Takes the rows of a block; series are numbers of the segment's dictionary. */
export interface RowVisitor {
  /** The value's bits as halves. */
  float(series: number, timestampMs: number, startMs: number, low: number, high: number): void;
  histogram(series: number, timestampMs: number, startMs: number, histogram: NativeHistogram): void;
  exemplar(series: number, timestampMs: number, value: number, labels: Labels): void;
}

/** Decodes the blocks of one segment from its beginning. */
export class BlockDecoder {
  readonly #words: string[] = [];
  readonly #series = new SeriesWords();

  /** Of a series by its number, made anew; undefined for one that no block named yet. */
  labelsOf(series: number): Labels | undefined {
    const words = this.#series.get(series);
    return words && Labels.fromSortedPairs(Array.from(words, (word) => this.#words[word] ?? ''));
  }

  /** Learns the block's words and series; its rows only with a visitor. Throws RangeError when the block is not whole. */
  decode(payload: Buffer, visitor?: RowVisitor): void {
    const reader = new ByteReader(payload);
    const dictionaryBytes = reader.unsigned();
    const rowsAt = reader.at + dictionaryBytes;
    for (let left = reader.unsigned(); left > 0; left--) this.#words.push(reader.text());
    for (let left = reader.unsigned(); left > 0; left--) {
      for (let words = reader.unsigned(); words > 0; words--) this.#series.push(reader.unsigned());
      this.#series.end();
    }
    if (reader.at !== rowsAt) throw new RangeError('the dictionary of a spool block has another length than it says');
    if (visitor === undefined) return;
    let series = 0;
    let timestampMs = 0;
    while (!reader.done) {
      const head = reader.unsigned();
      const zigzag = Math.floor(head / KINDS);
      series += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
      timestampMs += reader.signed();
      const kind = head % KINDS;
      if (kind === HISTOGRAM) {
        const startMs = reader.signed();
        visitor.histogram(series, timestampMs, startMs, readHistogram(reader));
      } else if (kind === EXEMPLAR) {
        const value = readDouble(reader);
        const pairs: string[] = [];
        for (let texts = reader.unsigned(); texts > 0; texts--) pairs.push(reader.text());
        visitor.exemplar(series, timestampMs, value, Labels.fromSortedPairs(pairs));
      } else {
        const startMs = kind === FLOAT_WITH_START ? reader.signed() : 0;
        reader.double();
        visitor.float(series, timestampMs, startMs, reader.low, reader.high);
      }
    }
  }
}

/** The labels of each series as numbers of words: whoever needs them as texts keeps them as texts. */
class SeriesWords {
  #words = new Uint32Array(1_024);
  #length = 0;
  readonly #ends: number[] = [];

  push(word: number): void {
    if (this.#length === this.#words.length) {
      const wider = new Uint32Array(2 * this.#length);
      wider.set(this.#words);
      this.#words = wider;
    }
    this.#words[this.#length++] = word;
  }

  end(): void {
    this.#ends.push(this.#length);
  }

  get(series: number): Uint32Array | undefined {
    const end = this.#ends[series];
    return end === undefined ? undefined : this.#words.subarray(series === 0 ? 0 : this.#ends[series - 1], end);
  }
}

function readHistogram(reader: ByteReader): NativeHistogram {
  const schema = reader.signed();
  const counterResetHint = HINTS[reader.unsigned()] ?? 'unknown';
  const zeroThreshold = readDouble(reader);
  const zeroCount = readDouble(reader);
  const count = readDouble(reader);
  const sum = readDouble(reader);
  const spans = (): { offset: number; length: number }[] =>
    Array.from({ length: reader.unsigned() }, () => ({ offset: reader.signed(), length: reader.unsigned() }));
  const doubles = (): Float64Array => Float64Array.from({ length: reader.unsigned() }, () => readDouble(reader));
  const positiveSpans = spans();
  const negativeSpans = spans();
  const positiveBuckets = doubles();
  const negativeBuckets = doubles();
  return {
    schema,
    counterResetHint,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans,
    positiveBuckets,
    negativeSpans,
    negativeBuckets,
    customValues: doubles(),
  };
}

function readDouble(reader: ByteReader): number {
  reader.double();
  scratchBits[LOW_WORD] = reader.low;
  scratchBits[HIGH_WORD] = reader.high;
  return scratch[0] as number;
}
