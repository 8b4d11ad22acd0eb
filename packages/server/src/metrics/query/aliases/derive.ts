import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { SampleBuffer } from '../../../model/sample.ts';
import { isStale } from '../../../model/stale.ts';
import type { SeriesSet } from '../../../model/ports.ts';
import type { DerivedMetric } from './alias-file.ts';

/** The labels of a derived series: its own name, labels renamed, some left out. */
export function derivedLabels(derived: DerivedMetric, labels: Labels): Labels {
  const rename = new Map(Object.entries(derived.labels).map(([asked, stored]) => [stored, asked]));
  const converted = new Map<string, string>();
  for (const [name, value] of labels) {
    if (name === METRIC_NAME) converted.set(name, derived.name);
    else if (!derived.without.includes(name)) converted.set(rename.get(name) ?? name, value);
  }
  return Labels.fromMap(converted);
}

export interface DerivedSeries {
  readonly labels: Labels;
  /** Appends the samples from `startMs` on. */
  readonly read: (into: SampleBuffer, startMs: number) => void;
}

/**
 * The figure computed sample by sample. `sets` holds the series of the one source, or of numerator and denominator. A sample exists
 * where the source has one; a rate has none for the first sample and after a gap marked by a stale marker.
 */
export function deriveSeries(derived: DerivedMetric, sets: readonly SeriesSet[]): DerivedSeries[] {
  const [first, second] = sets;
  if (!first) return [];
  if (derived.ratio !== undefined) return second ? ratios(derived, first, second) : [];
  const groups = new Map<string, { readonly labels: Labels; readonly rows: number[] }>();
  for (const [row, stored] of first.labels.entries()) {
    const labels = derivedLabels(derived, stored);
    const group = groups.get(labels.key);
    if (group) group.rows.push(row);
    else groups.set(labels.key, { labels, rows: [row] });
  }
  const { times } = derived;
  return [...groups.values()].map(({ labels, rows }) => ({
    labels,
    read: (into, startMs) => {
      if (derived.sum !== undefined) appendSum(first, rows, into, startMs, times);
      else if (derived.rate !== undefined) appendRate(first, rows[0] as number, into, startMs, times);
      else appendAge(first, rows[0] as number, into, startMs, times);
    },
  }));
}

function appendAge(set: SeriesSet, row: number, into: SampleBuffer, startMs: number, times: number): void {
  const samples = new SampleBuffer();
  set.read(row, samples);
  for (let i = 0; i < samples.length; i++) {
    const atMs = samples.timestampMs[i] as number;
    const value = samples.value[i] as number;
    if (atMs >= startMs) into.push(atMs, isStale(value) ? value : (atMs / 1000 - value) * times);
  }
}

function appendRate(set: SeriesSet, row: number, into: SampleBuffer, startMs: number, times: number): void {
  const samples = new SampleBuffer();
  set.read(row, samples);
  let beforeMs = NaN;
  let before = NaN;
  for (let i = 0; i < samples.length; i++) {
    const atMs = samples.timestampMs[i] as number;
    const value = samples.value[i] as number;
    if (isStale(value)) {
      if (atMs >= startMs) into.push(atMs, value);
      beforeMs = NaN;
      continue;
    }
    if (!Number.isNaN(beforeMs) && atMs >= startMs) {
      // A counter that went down started again from zero.
      const increase = value < before ? value : value - before;
      into.push(atMs, (increase / ((atMs - beforeMs) / 1000)) * times);
    }
    beforeMs = atMs;
    before = value;
  }
}

/** Samples of one scrape have one timestamp; only those are added. */
function appendSum(set: SeriesSet, rows: readonly number[], into: SampleBuffer, startMs: number, times: number): void {
  const sums = new Map<number, number>();
  const samples = new SampleBuffer();
  for (const row of rows) {
    set.read(row, samples);
    for (let i = 0; i < samples.length; i++) {
      const atMs = samples.timestampMs[i] as number;
      const value = samples.value[i] as number;
      if (atMs < startMs) continue;
      const known = sums.get(atMs);
      // A part that ended adds nothing; when all ended, so did the sum.
      if (known === undefined || isStale(known)) sums.set(atMs, isStale(value) ? value : value * times);
      else if (!isStale(value)) sums.set(atMs, known + value * times);
    }
  }
  for (const atMs of [...sums.keys()].sort((a, b) => a - b)) into.push(atMs, sums.get(atMs) as number);
}

function ratios(derived: DerivedMetric, numerators: SeriesSet, denominators: SeriesSet): DerivedSeries[] {
  const byLabels = new Map<string, number>();
  for (const [row, labels] of denominators.labels.entries()) byLabels.set(labels.without(METRIC_NAME).key, row);
  return numerators.labels.flatMap((labels, row) => {
    const other = byLabels.get(labels.without(METRIC_NAME).key);
    if (other === undefined) return [];
    return [
      {
        labels: derivedLabels(derived, labels),
        read: (into: SampleBuffer, startMs: number) =>
          appendRatio([numerators, row], [denominators, other], into, startMs, derived.times),
      },
    ];
  });
}

type Source = readonly [set: SeriesSet, row: number];

/** At each sample of the numerator, by the denominator's sample of that time or its last one before. */
function appendRatio(over: Source, under: Source, into: SampleBuffer, startMs: number, times: number): void {
  const above = new SampleBuffer();
  const below = new SampleBuffer();
  over[0].read(over[1], above);
  under[0].read(under[1], below);
  let next = 0;
  let divisor = NaN;
  for (let i = 0; i < above.length; i++) {
    const atMs = above.timestampMs[i] as number;
    const value = above.value[i] as number;
    while (next < below.length && (below.timestampMs[next] as number) <= atMs) divisor = below.value[next++] as number;
    if (atMs < startMs) continue;
    if (isStale(value)) into.push(atMs, value);
    else if (!Number.isNaN(divisor)) into.push(atMs, (value / divisor) * times);
  }
}
