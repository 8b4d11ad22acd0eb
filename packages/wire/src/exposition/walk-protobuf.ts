import { BYTES, FIXED64, ProtobufReader, RemoteWriteError, VARINT } from '../remote-write/protobuf-reader.ts';
import { ExpositionError } from './exposition-error.ts';
import { floatLabelText } from './float-text.ts';
import type { ExpositionMetricType, MetadataLine } from './metadata-line.ts';
import { escapeHelp, quotedLabel, shownName } from './metric-writer.ts';
import type { ExpositionVisitor, PageWalk } from './parse-exposition.ts';
import { type ProtobufExemplar, readExemplar, readLabelPair, readTimestamp } from './protobuf-exemplar.ts';
import { type ProtobufHistogram, readHistogramMessage } from './protobuf-histogram.ts';

export interface ProtobufOptions {
  /** False: native histograms are taken as the classic ones they also are. */
  readonly nativeHistograms: boolean;
  /** Also the classic series of a native histogram that has buckets. */
  readonly classicHistograms: boolean;
}

/**
 * Reads a page of length-delimited io.prometheus.client.MetricFamily messages and tells the visitor what the same page as text
 * would: metadata, series text, values; and what text cannot say. Nothing of a family is kept but its name and type.
 * Source: prometheus/client_model, metrics.proto; label values of buckets and quantiles as Prometheus 3 writes them.
 */
export function walkProtobuf(body: Uint8Array, visitor: ExpositionVisitor, options: ProtobufOptions): PageWalk {
  return new ProtobufWalk(body, visitor, options);
}

/** The enum MetricType in its order. */
const TYPES: readonly ExpositionMetricType[] = [
  'counter',
  'gauge',
  'summary',
  'unknown',
  'histogram',
  'gaugehistogram',
];
const METRIC_FIELD = (4 << 3) | BYTES;
/** Quantiles of one summary. */
const QUANTILES_MAX = 10_000;
const FAMILY_NAME_SHOWN = 80;

class ProtobufWalk implements PageWalk {
  readonly #reader: ProtobufReader;
  readonly #length: number;
  readonly #visitor: ExpositionVisitor;
  readonly #options: ProtobufOptions;
  #families = 0;
  #familyEnd = 0;
  #name = '';
  #type: ExpositionMetricType = 'unknown';

  constructor(body: Uint8Array, visitor: ExpositionVisitor, options: ProtobufOptions) {
    this.#reader = new ProtobufReader(body);
    this.#length = body.length;
    this.#visitor = visitor;
    this.#options = options;
  }

  advance(amount: number): boolean {
    const reader = this.#reader;
    const stop = Math.min(this.#length, reader.at + amount);
    try {
      while (reader.at < stop) {
        if (reader.at === this.#familyEnd) this.#beginFamily();
        else this.#field();
      }
    } catch (error) {
      if (!(error instanceof RemoteWriteError)) throw error;
      const family =
        this.#name === '' ? `family ${this.#families}` : `family "${this.#name.slice(0, FAMILY_NAME_SHOWN)}"`;
      throw new ExpositionError(error.message, this.#families, reader.at, `byte ${reader.at}, ${family}`);
    }
    return reader.at >= this.#length;
  }

  /** Reads what is said about a family, wherever it stands in the message; the reader ends at its first field again. */
  #beginFamily(): void {
    const reader = this.#reader;
    this.#families++;
    this.#name = '';
    const end = reader.lengthDelimited(this.#length);
    const start = reader.at;
    let help = '';
    let unit = '';
    let type = 0;
    let hasMetrics = false;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | BYTES)) this.#name = reader.string(end);
      else if (tag === ((2 << 3) | BYTES)) help = reader.string(end);
      else if (tag === ((3 << 3) | VARINT)) type = reader.varint(end);
      else if (tag === ((5 << 3) | BYTES)) unit = reader.string(end);
      else {
        hasMetrics ||= tag === METRIC_FIELD;
        reader.skip(tag & 7, end);
      }
    }
    this.#familyEnd = end;
    // Prometheus leaves families without metrics out, faults included.
    if (!hasMetrics) return;
    if (this.#name === '') throw new RemoteWriteError('a metric family has no name');
    const known = TYPES[type];
    if (known === undefined) throw new RemoteWriteError(`${type} is not a metric type`);
    this.#type = known;
    const unitOf = known === 'counter' && this.#name.endsWith('_total') ? this.#name.slice(0, -6) : this.#name;
    if (unit !== '' && !unitOf.endsWith(`_${unit}`))
      throw new RemoteWriteError(`the unit "${unit.slice(0, 40)}" is not the end of the metric name`);
    const shown = shownName(this.#name);
    this.#comment(`# HELP ${shown} ${escapeHelp(help)}`, { kind: 'help', name: this.#name, help });
    this.#comment(`# TYPE ${shown} ${known}`, { kind: 'type', name: this.#name, type: known });
    if (unit !== '') this.#comment(`# UNIT ${shown} ${unit}`, { kind: 'unit', name: this.#name, unit });
    reader.at = start;
  }

  #comment(line: string, metadata: MetadataLine): void {
    const visitor = this.#visitor;
    visitor.comment(line, 0, line.length, line === visitor.expectedComment ? undefined : metadata);
  }

  #field(): void {
    const reader = this.#reader;
    const tag = reader.varint(this.#familyEnd);
    if (tag === METRIC_FIELD) this.#metric(reader.lengthDelimited(this.#familyEnd));
    else reader.skip(tag & 7, this.#familyEnd);
  }

  /** One Metric message up to `end`. */
  #metric(end: number): void {
    const reader = this.#reader;
    const pairs: string[] = [];
    let timestampMs = 0;
    let value = 0;
    let counter: Counter | undefined;
    let summary: Summary | undefined;
    let histogram: ProtobufHistogram | undefined;
    const type = this.#type;
    while (reader.at < end) {
      const tag = reader.varint(end);
      if (tag === ((1 << 3) | BYTES)) readLabelPair(reader, reader.lengthDelimited(end), pairs);
      else if (tag === ((2 << 3) | BYTES) && type === 'gauge') value = readValue(reader, reader.lengthDelimited(end));
      else if (tag === ((3 << 3) | BYTES) && type === 'counter')
        counter = readCounter(reader, reader.lengthDelimited(end));
      else if (tag === ((4 << 3) | BYTES) && type === 'summary')
        summary = readSummary(reader, reader.lengthDelimited(end));
      else if (tag === ((5 << 3) | BYTES) && type === 'unknown') value = readValue(reader, reader.lengthDelimited(end));
      else if (tag === ((6 << 3) | VARINT)) timestampMs = reader.int64(end);
      else if (tag === ((7 << 3) | BYTES) && (type === 'histogram' || type === 'gaugehistogram'))
        histogram = readHistogramMessage(reader, reader.lengthDelimited(end));
      else reader.skip(tag & 7, end);
    }
    if (!Number.isSafeInteger(timestampMs)) throw new RemoteWriteError('a timestamp is out of range');
    // The format cannot tell 0 from absent.
    const at = timestampMs === 0 ? undefined : timestampMs;
    const labels = labelText(pairs);
    if (type === 'summary') this.#summary(summary ?? NO_SUMMARY, labels, at);
    else if (histogram) this.#histogram(histogram, labels, at);
    else if (counter) {
      this.#sample('', labels, '', counter.value, at, counter.startTimestampMs);
      this.#exemplar(counter.exemplar);
    } else if (type !== 'histogram' && type !== 'gaugehistogram') this.#sample('', labels, '', value, at, 0);
  }

  #summary(summary: Summary, labels: string, at: number | undefined): void {
    const { startTimestampMs: start } = summary;
    this.#sample('_count', labels, '', summary.count, at, start);
    this.#sample('_sum', labels, '', summary.sum, at, start);
    for (const { quantile, value } of summary.quantiles)
      this.#sample('', labels, `quantile="${floatLabelText(quantile)}"`, value, at, start);
  }

  #histogram(histogram: ProtobufHistogram, labels: string, at: number | undefined): void {
    const { nativeHistograms, classicHistograms } = this.#options;
    const visitor = this.#visitor;
    const { startTimestampMs: start, buckets } = histogram;
    const native =
      nativeHistograms && visitor.histogram ? histogram.native(this.#type === 'gaugehistogram') : undefined;
    if (native) {
      const series = seriesText(this.#name, labels, '');
      visitor.histogram?.(series, native, at, series === visitor.expectedSeries, start);
      const own = histogram.exemplars.length > 0;
      for (const exemplar of own ? histogram.exemplars : buckets.map((bucket) => bucket.exemplar))
        this.#exemplar(exemplar);
      if (!classicHistograms || buckets.length === 0) return;
    }
    this.#sample('_count', labels, '', histogram.count, at, start);
    this.#sample('_sum', labels, '', histogram.sum, at, start);
    let infinite = false;
    for (const bucket of buckets) {
      infinite = bucket.upperBound === Infinity;
      this.#sample('_bucket', labels, `le="${floatLabelText(bucket.upperBound)}"`, bucket.count, at, start);
      this.#exemplar(bucket.exemplar);
      if (infinite) break;
    }
    if (!infinite) this.#sample('_bucket', labels, 'le="+Inf"', histogram.count, at, start);
  }

  #sample(
    suffix: string,
    labels: string,
    ownLabel: string,
    value: number,
    at: number | undefined,
    startTimestampMs: number,
  ): void {
    const visitor = this.#visitor;
    const series = seriesText(this.#name + suffix, labels, ownLabel);
    visitor.sample(series, 0, series.length, value, at, series === visitor.expectedSeries, startTimestampMs);
  }

  #exemplar(exemplar: ProtobufExemplar | undefined): void {
    if (exemplar) this.#visitor.exemplar?.(exemplar.labelPairs, exemplar.value, exemplar.timestampMs);
  }
}

interface Counter {
  readonly value: number;
  readonly exemplar: ProtobufExemplar | undefined;
  readonly startTimestampMs: number;
}

interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  readonly startTimestampMs: number;
}

const NO_SUMMARY: Summary = { count: 0, sum: 0, quantiles: [], startTimestampMs: 0 };

/** Gauge and Untyped. */
function readValue(reader: ProtobufReader, end: number): number {
  let value = 0;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | FIXED64)) value = reader.double(end);
    else reader.skip(tag & 7, end);
  }
  return value;
}

function readCounter(reader: ProtobufReader, end: number): Counter {
  let value = 0;
  let exemplar: ProtobufExemplar | undefined;
  let startTimestampMs = 0;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | FIXED64)) value = reader.double(end);
    else if (tag === ((2 << 3) | BYTES)) exemplar = readExemplar(reader, reader.lengthDelimited(end));
    else if (tag === ((3 << 3) | BYTES)) startTimestampMs = readTimestamp(reader, reader.lengthDelimited(end));
    else reader.skip(tag & 7, end);
  }
  return { value, exemplar, startTimestampMs };
}

function readSummary(reader: ProtobufReader, end: number): Summary {
  let count = 0;
  let sum = 0;
  let startTimestampMs = 0;
  const quantiles: { quantile: number; value: number }[] = [];
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | VARINT)) count = reader.uint64(end);
    else if (tag === ((2 << 3) | FIXED64)) sum = reader.double(end);
    else if (tag === ((3 << 3) | BYTES)) {
      if (quantiles.length === QUANTILES_MAX)
        throw new RemoteWriteError(`a summary has more than ${QUANTILES_MAX} quantiles`);
      quantiles.push(readQuantile(reader, reader.lengthDelimited(end)));
    } else if (tag === ((4 << 3) | BYTES)) startTimestampMs = readTimestamp(reader, reader.lengthDelimited(end));
    else reader.skip(tag & 7, end);
  }
  return { count, sum, quantiles, startTimestampMs };
}

function readQuantile(reader: ProtobufReader, end: number): { quantile: number; value: number } {
  let quantile = 0;
  let value = 0;
  while (reader.at < end) {
    const tag = reader.varint(end);
    if (tag === ((1 << 3) | FIXED64)) quantile = reader.double(end);
    else if (tag === ((2 << 3) | FIXED64)) value = reader.double(end);
    else reader.skip(tag & 7, end);
  }
  return { quantile, value };
}

/** `a="1",b="2"`, without braces. */
function labelText(pairs: readonly string[]): string {
  let text = '';
  for (let i = 0; i < pairs.length; i += 2)
    text += (i === 0 ? '' : ',') + quotedLabel(pairs[i] as string, pairs[i + 1] as string);
  return text;
}

function seriesText(name: string, labels: string, ownLabel: string): string {
  const shown = shownName(name);
  const all = labels === '' ? ownLabel : ownLabel === '' ? labels : `${labels},${ownLabel}`;
  if (shown !== name) return `{${shown}${all === '' ? '' : `,${all}`}}`;
  return all === '' ? name : `${name}{${all}}`;
}
