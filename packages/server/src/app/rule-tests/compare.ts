import type { NativeHistogram } from '@vedette/wire/histogram';
import { formatSampleValue } from '../../metrics/query/index.ts';
import { parseHistogram, parseSeriesLine, writeHistogram } from '../../metrics/query/promqltest/index.ts';
import { Labels, compareCodeUnits } from '../../model/labels.ts';
import type { InstantSample } from '../../model/ports.ts';
import type { ExpressionTest } from './test-file.ts';

/** What a test expected and what came instead, one text per alert or sample, in the same order. */
export interface Mismatch {
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

export interface TestedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Undefined when the alerts are the same, in whatever order. */
export function alertMismatch(expected: readonly TestedAlert[], got: readonly TestedAlert[]): Mismatch | undefined {
  const texts = { expected: expected.map(alertText).sort(), got: got.map(alertText).sort() };
  return sameTexts(texts.expected, texts.got) ? undefined : texts;
}

function alertText({ labels, annotations }: TestedAlert): string {
  return `Labels: ${mapText(labels)}\nAnnotations: ${mapText(annotations)}`;
}

function mapText(map: Readonly<Record<string, string>>): string {
  const names = Object.keys(map).sort(compareCodeUnits);
  return `{${names.map((name) => `${name}=${JSON.stringify(map[name])}`).join(', ')}}`;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

interface TestedSample {
  readonly labels: Labels;
  readonly value: number;
  /** In the notation of tests; empty for a float. */
  readonly histogram: string;
}

/** Undefined when the samples are the same, in whatever order. Throws a plain Error for an expectation that cannot be read. */
export function sampleMismatch(
  expected: ExpressionTest['exp_samples'],
  got: readonly InstantSample[],
  fuzzy: boolean,
): Mismatch | undefined {
  const wanted = expected.map(({ labels, value, histogram }): TestedSample => {
    try {
      return { labels: parseLabels(labels), value, histogram: histogramText(histogram.trim()) };
    } catch (error) {
      throw new Error(`labels ${JSON.stringify(labels)}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  });
  const found = got.map(({ labels, value, histogram }): TestedSample => ({
    labels,
    value,
    histogram: written(histogram),
  }));
  wanted.sort(byLabels);
  found.sort(byLabels);
  const isSame = wanted.length === found.length && wanted.every((sample, i) => sameSample(sample, found[i], fuzzy));
  return isSame ? undefined : { expected: wanted.map(sampleText), got: found.map(sampleText) };
}

function parseLabels(text: string): Labels {
  const { labels, points } = parseSeriesLine(text);
  if (points.length > 0) throw new Error('values stand behind the labels');
  return labels;
}

function histogramText(text: string): string {
  return text === '' ? '' : writeHistogram(parseHistogram(text).histogram);
}

function written(histogram: NativeHistogram | undefined): string {
  return histogram ? writeHistogram(histogram) : '';
}

function byLabels(a: TestedSample, b: TestedSample): number {
  return compareCodeUnits(a.labels.key, b.labels.key);
}

function sameSample(a: TestedSample, b: TestedSample | undefined, fuzzy: boolean): boolean {
  return (
    b !== undefined &&
    a.labels.key === b.labels.key &&
    a.histogram === b.histogram &&
    sameValue(a.value, b.value, fuzzy)
  );
}

/** `fuzzy`: neighbouring floats count as the same. */
export function sameValue(a: number, b: number, fuzzy: boolean): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (!fuzzy || !Number.isFinite(a) || !Number.isFinite(b)) return false;
  const distance = ordinal(a) - ordinal(b);
  return distance === 1n || distance === -1n;
}

/** Floats in ascending order have ascending ordinals, neighbours ones that differ by one; both zeros have the same. */
function ordinal(value: number): bigint {
  const bits = new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n;
  return bits >= 0n ? bits : -(bits & 0x7fff_ffff_ffff_ffffn);
}

function sampleText({ labels, value, histogram }: TestedSample): string {
  return `${labels.toString()} ${histogram === '' ? formatSampleValue(value) : histogram}`;
}
