import type { NativeHistogram } from '../histogram/index.ts';
import { ClassicHistogram } from './classic-histogram.ts';
import { type MetadataLine, parseMetadataLine } from './metadata-line.ts';
import { formatSeriesText } from './metric-writer.ts';
import { NumberReader } from './number-text.ts';
import type { ExpositionVisitor } from './parse-exposition.ts';
import { METRIC_NAME, parseSeriesText } from './series-text.ts';

/** What a series text of a classic histogram is part of. */
interface Part {
  readonly kind: 'bucket' | 'sum' | 'count';
  /** Name without suffix. */
  readonly family: string;
  /** Upper bound; 0 when not a bucket. */
  readonly bound: number;
  /** Series text of the whole histogram. */
  readonly series: string;
}

interface Line {
  readonly text: string;
  readonly part: Part | undefined;
  place: number;
}

/** Exemplars of one histogram that are handed on. */
const EXEMPLARS_MAX = 1_000;
/** Series texts kept beyond twice those of the last page. */
const LINES_SPARE_MAX = 1_000;

/**
 * Stands before a visitor and hands it native histograms with custom buckets where the page has classic ones. The series of one
 * histogram must follow each other under their `# TYPE … histogram`, as every library writes them; a line of anything else ends
 * it. Histograms that are native already stay as they are. One converter serves all pages of a target and remembers the last.
 */
export class HistogramConverter implements ExpositionVisitor {
  readonly #inner: ExpositionVisitor;
  readonly #keepClassic: boolean;
  readonly #collected = new ClassicHistogram();
  #known = new Map<string, Line>();
  #order: Line[] = [];
  #nextOrder: Line[] = [];
  #cursor = 0;
  /** Family and type of the last `# TYPE`. */
  #family = '';
  #type = '';
  /** Series text of the histogram being collected; '' when none is. */
  #series = '';
  #timestampMs: number | undefined;
  #startTimestampMs = 0;
  /** Series text of the native histogram that came last: its classic series are not converted. */
  #nativeSeries = '';
  /** Whether the last sample went into the collection. */
  #converting = false;
  #exemplars: Parameters<NonNullable<ExpositionVisitor['exemplar']>>[] = [];

  constructor(inner: ExpositionVisitor, keepClassic: boolean) {
    this.#inner = inner;
    this.#keepClassic = keepClassic;
  }

  /** Before a page. */
  begin(): void {
    this.#collected.take();
    this.#exemplars = [];
    this.#series = '';
    this.#nativeSeries = '';
    this.#family = '';
    this.#type = '';
    this.#cursor = 0;
    this.#nextOrder = [];
  }

  /** After a page that could be read: what was collected last goes on. */
  end(): void {
    this.#emit();
    this.#order = this.#nextOrder;
    for (const [place, line] of this.#order.entries()) line.place = place;
    if (this.#known.size > 2 * this.#order.length + LINES_SPARE_MAX)
      this.#known = new Map(this.#order.map((line) => [line.text, line]));
  }

  // ExpositionVisitor ------------------------------------------------------------------------------------------------

  get expectedSeries(): string {
    return this.#order[this.#cursor]?.text ?? '';
  }

  get expectedComment(): string {
    return this.#inner.expectedComment;
  }

  comment(page: string, start: number, end: number, metadata: MetadataLine | undefined): void {
    this.#emit();
    const read = metadata ?? parseMetadataLine(page, start, end);
    if (read?.kind === 'type') {
      this.#family = read.name;
      this.#type = read.type;
    }
    this.#inner.comment(page, start, end, metadata);
  }

  sample(
    page: string,
    start: number,
    end: number,
    value: number,
    timestampMs: number | undefined,
    asExpected: boolean,
    startTimestampMs = 0,
  ): void {
    const line = asExpected ? (this.#order[this.#cursor++] as Line) : this.#find(page, start, end);
    this.#nextOrder.push(line);
    const { part } = line;
    this.#converting =
      part !== undefined &&
      this.#type === 'histogram' &&
      part.family === this.#family &&
      part.series !== this.#nativeSeries;
    if (!this.#converting || part?.series !== this.#series) this.#emit();
    if (this.#converting && part) {
      if (this.#series === '') {
        this.#series = part.series;
        this.#timestampMs = timestampMs;
        this.#startTimestampMs = startTimestampMs;
      }
      if (part.kind === 'bucket') this.#collected.bucket(part.bound, value);
      else if (part.kind === 'count') this.#collected.count(value);
      else this.#collected.sum(value);
      if (!this.#keepClassic) return;
    }
    const inner = this.#inner;
    inner.sample(page, start, end, value, timestampMs, line.text === inner.expectedSeries, startTimestampMs);
  }

  histogram(
    series: string,
    histogram: NativeHistogram,
    timestampMs: number | undefined,
    _asExpected: boolean,
    startTimestampMs: number,
  ): void {
    this.#emit();
    this.#converting = false;
    this.#nativeSeries = series;
    this.#hand(series, histogram, timestampMs, startTimestampMs);
  }

  exemplar(labelPairs: readonly string[], value: number, timestampMs: number | undefined): void {
    if (this.#converting && this.#exemplars.length < EXEMPLARS_MAX)
      this.#exemplars.push([labelPairs, value, timestampMs]);
    if (!this.#converting || this.#keepClassic) this.#inner.exemplar?.(labelPairs, value, timestampMs);
  }

  #emit(): void {
    if (this.#series === '') return;
    const series = this.#series;
    const exemplars = this.#exemplars;
    this.#series = '';
    this.#exemplars = [];
    const histogram = this.#collected.take();
    if (!histogram) return;
    this.#hand(series, histogram, this.#timestampMs, this.#startTimestampMs);
    for (const exemplar of exemplars) this.#inner.exemplar?.(...exemplar);
  }

  #hand(series: string, histogram: NativeHistogram, timestampMs: number | undefined, startTimestampMs: number): void {
    const inner = this.#inner;
    inner.histogram?.(series, histogram, timestampMs, series === inner.expectedSeries, startTimestampMs);
  }

  #find(page: string, start: number, end: number): Line {
    const slice = page.slice(start, end);
    const known = this.#known.get(slice);
    if (known) {
      this.#cursor = known.place + 1;
      return known;
    }
    // A copy, because a slice would keep the whole page alive for as long as the series is known.
    const text = Buffer.from(slice).toString();
    const line: Line = { text, part: partOf(page, start, text), place: this.#cursor - 1 };
    this.#known.set(text, line);
    return line;
  }
}

const SUFFIXES = { _bucket: 'bucket', _sum: 'sum', _count: 'count' } as const;
const numbers = new NumberReader();

/** Reads the series text where it stands in the page, so that a fault says where. */
function partOf(page: string, start: number, text: string): Part | undefined {
  if (!/_(?:bucket|sum|count)\b/.test(text)) return undefined;
  const pairs = parseSeriesText(page, start);
  const labels: [string, string][] = [];
  let name = '';
  let le: string | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const [label, value] = [pairs[i] as string, pairs[i + 1] as string];
    if (label === METRIC_NAME) name = value;
    else if (label === 'le') le = value;
    else if (value !== '') labels.push([label, value]);
  }
  const suffix = (Object.keys(SUFFIXES) as (keyof typeof SUFFIXES)[]).find((end) => name.endsWith(end));
  if (suffix === undefined) return undefined;
  const kind = SUFFIXES[suffix];
  let bound = 0;
  if (kind === 'bucket') {
    // A bucket without a bound, or with one that is no number, is a series like any other.
    if (le === undefined || !numbers.read(le, 0) || numbers.end !== le.length || Number.isNaN(numbers.value))
      return undefined;
    bound = numbers.value;
  }
  const family = name.slice(0, -suffix.length);
  labels.sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind, family, bound, series: formatSeriesText(family, Object.fromEntries(labels)) };
}
