import { VedetteError } from '../../../base/errors.ts';
import type { Labels } from '../../../model/labels.ts';
import type { SelectRequest, SeriesSet } from '../../../model/ports.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { histogramIdentity, identity, isBucket } from './identity.ts';

/** One series that another spelling has. */
export interface Found {
  /** Which spelling; lower ones come first. */
  readonly source: number;
  readonly labels: Labels;
  /** Adds its samples to an empty buffer. */
  readonly append: (into: SampleBuffer) => void;
}

const OWN = -1;

interface Row {
  readonly labels: Labels;
  /** Adds the samples of the better source to an empty buffer. */
  readonly append: (into: SampleBuffer) => void;
  readonly prolongedBy: Found[];
  /** A bucket whose bound the better source's histogram lacks: nothing of it may stand beside that one's buckets, of which this is one. */
  readonly outside: Row | undefined;
}

/** The row that has an identity, and of which source it is; `many`: which of several would be a guess, so none is prolonged. */
interface Taken {
  readonly row: Row;
  readonly source: number;
  many: boolean;
}

/** What is stored under the asked name, and what other spellings add to it. */
export function joined(own: SeriesSet, others: readonly Found[], request: SelectRequest): SeriesSet {
  const rows = [...rowsOf(own, others)];
  if (request.seriesMax !== undefined && rows.length > request.seriesMax) {
    throw new VedetteError(
      'QUERY_TOO_LARGE',
      `the selection has ${rows.length} series and the limit is ${request.seriesMax}; add label matchers`,
      { details: { series: rows.length, seriesMax: request.seriesMax } },
    );
  }
  const other = new SampleBuffer();
  return {
    labels: rows.map(({ labels }) => labels),
    // What is between the first and the last sample of an own series is its own: both depend on the range.
    dependsOnRange: true,
    read: (index, into) => {
      into.clear();
      const row = rows[index] as Row;
      row.append(into);
      for (const found of row.prolongedBy) {
        other.clear();
        found.append(other);
        prolong(into, other);
      }
      if (!row.outside) return;
      other.clear();
      row.outside.append(other);
      keepOutside(into, other);
    },
  };
}

function rowsOf(own: SeriesSet, others: readonly Found[]): readonly Row[] {
  const rows: Row[] = [];
  const taken = new Map<string, Taken>();
  const histograms = new Map<string, Taken>();
  const add = (key: string, source: number, row: Row): void => {
    rows.push(row);
    const known = taken.get(key);
    if (known) known.many = true;
    else taken.set(key, { row, source, many: false });
    if (!isBucket(row.labels)) return;
    const histogram = histogramIdentity(row.labels);
    const one = histograms.get(histogram);
    if (!one) histograms.set(histogram, { row, source, many: false });
    else if (known) one.many = true;
  };
  for (const [i, labels] of own.labels.entries()) {
    const append = (into: SampleBuffer): void => own.read(i, into);
    add(identity(labels), OWN, { labels, append, prolongedBy: [], outside: undefined });
  }
  for (const found of others) {
    const { source, labels, append } = found;
    const key = identity(labels);
    const known = taken.get(key);
    // Two series of one spelling are two things, whatever they are called.
    if (known && known.source !== source) {
      if (!known.many) known.row.prolongedBy.push(found);
      continue;
    }
    const histogram = isBucket(labels) ? histograms.get(histogramIdentity(labels)) : undefined;
    const better = histogram && histogram.source !== source ? histogram : undefined;
    if (!better?.many) add(key, source, { labels, append, prolongedBy: [], outside: better?.row });
  }
  return rows;
}

/** Adds what `other` has before the first and after the last sample of `samples`. */
function prolong(samples: SampleBuffer, other: SampleBuffer): void {
  if (samples.length === 0) {
    appendWhere(samples, other, () => true);
    return;
  }
  const firstMs = samples.timestampMs[0] as number;
  const lastMs = samples.timestampMs[samples.length - 1] as number;
  const inside = copyOf(samples);
  samples.clear();
  appendWhere(samples, other, (atMs) => atMs < firstMs);
  appendWhere(samples, inside, () => true);
  appendWhere(samples, other, (atMs) => atMs > lastMs);
}

/** Leaves what is before the first and after the last sample of `better`. */
function keepOutside(samples: SampleBuffer, better: SampleBuffer): void {
  if (better.length === 0) return;
  const firstMs = better.timestampMs[0] as number;
  const lastMs = better.timestampMs[better.length - 1] as number;
  const all = copyOf(samples);
  samples.clear();
  appendWhere(samples, all, (atMs) => atMs < firstMs || atMs > lastMs);
}

function copyOf(samples: SampleBuffer): SampleBuffer {
  const copy = new SampleBuffer(Math.max(1, samples.length));
  appendWhere(copy, samples, () => true);
  return copy;
}

function appendWhere(into: SampleBuffer, from: SampleBuffer, wanted: (atMs: number) => boolean): void {
  for (let i = 0; i < from.length; i++) {
    const atMs = from.timestampMs[i] as number;
    if (!wanted(atMs)) continue;
    const histogram = from.histogram?.[i];
    if (histogram) into.pushHistogram(atMs, histogram);
    else into.push(atMs, from.value[i] as number);
    const startMs = from.startTimestampMs?.[i] ?? 0;
    if (startMs !== 0) into.startLast(startMs);
  }
}
