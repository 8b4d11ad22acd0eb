import {
  ExpositionError,
  type ExpositionVisitor,
  HistogramConverter,
  type MetadataLine,
  type PageWalk,
  parseSeriesText,
  walkExposition,
  walkProtobuf,
} from '@vedette/wire/exposition';
import type { NativeHistogram } from '@vedette/wire/histogram';
import { Labels } from '../../../model/labels.ts';
import { blameCardinality } from './cardinality-blame.ts';
import { type HistogramLimits, limitHistogram } from './histogram-limits.ts';
import type { KnownSeries } from './known-series.ts';
import type { MetadataLines } from './metadata-lines.ts';
import { PageMetadata } from './page-metadata.ts';
import { LimitExceeded, type Page } from './page-source.ts';
import type { ColumnsMark, SampleColumns } from './sample-columns.ts';
import { type SeriesRules, mayBeRespelled, respelledLabel, seriesLabels } from './series-labels.ts';
import { startGroup } from './start-group.ts';

export interface PageReaderOptions extends SeriesRules {
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  /** 0 means no limit. */
  readonly sampleLimit: number;
  /** Takes native histograms from protobuf pages; otherwise the classic ones beside them. */
  readonly nativeHistograms: boolean;
  /** Takes the classic series of native and converted histograms too. */
  readonly classicHistograms: boolean;
  /** Makes native histograms with custom buckets of classic ones. */
  readonly convertHistograms: boolean;
  readonly histogramLimits: HistogramLimits;
  /** `store`: start times go along with their samples. `zero`: also as a sample of value 0 at that time. */
  readonly startTimestamps: 'ignore' | 'store' | 'zero';
}

export interface PageCounts {
  scraped: number;
  kept: number;
  added: number;
}

/** Series texts kept beyond those of the last page when pages keep failing; then they are forgotten. */
const KNOWN_SPARE_MAX = 1_000;
/** As OpenMetrics says; Prometheus leaves longer ones out too. */
const EXEMPLAR_CHARACTERS_MAX = 128;
/** Exemplars remembered for one series before old ones are looked for. */
const EXEMPLARS_SPARE = 32;

/**
 * Turns one target's pages into rows. It remembers the last page: a line that was there before costs one comparison, a new
 * one is parsed and relabelled once. It also knows which series ended.
 */
export class PageReader implements ExpositionVisitor {
  readonly #options: PageReaderOptions;
  readonly #converter: HistogramConverter | undefined;
  readonly #known = new Map<string, KnownSeries>();
  readonly metadata: PageMetadata;
  #columns: SampleColumns;
  #firstMark: ColumnsMark = { rows: 0, histograms: 0, exemplars: 0 };
  #order: KnownSeries[] = [];
  #nextOrder: KnownSeries[] = [];
  #cursor = 0;
  #scrape = 1;
  #atMs = 0;
  /** True between open() and the end of the page. */
  #reading = false;
  /** False when the page named other series, or the same in another order. */
  #asBefore = true;
  #counts: PageCounts = { scraped: 0, kept: 0, added: 0 };
  /** Live series of an earlier reader of this target that this one has not seen yet. */
  #inherited: readonly Labels[] = [];
  /** What an exemplar that comes next belongs to; undefined when that was not kept. */
  #last: KnownSeries | undefined;
  #lastIsHistogram = false;
  #lastAtMs = 0;
  /** OpenMetrics tells start times in lines of their own, which end or begin a group of lines. */
  #startLines = false;
  #group = '';
  #groupMark = this.#firstMark;
  #groupStartMs = 0;
  #groupSeries: KnownSeries[] = [];

  constructor(options: PageReaderOptions, columns: SampleColumns, lines: MetadataLines) {
    this.#options = options;
    this.metadata = new PageMetadata(lines);
    this.#columns = columns;
    if (options.convertHistograms) this.#converter = new HistogramConverter(this, options.classicHistograms);
  }

  /** Appends the page's rows, then stale markers for what ended. Throws ExpositionError or ScrapeFailure, having appended nothing. */
  read(page: Page, atMs: number, columns: SampleColumns): PageCounts {
    this.open(page, atMs, columns).advance(Infinity);
    return this.#counts;
  }

  /**
   * As read(), in portions: the rows are in `columns`, which belong to this page alone meanwhile, once advance() says that the
   * page has ended. Until then the reader is to be asked for nothing but live().
   */
  open(page: Page, atMs: number, columns: SampleColumns): PageWalk {
    const { startTimestamps, nativeHistograms, classicHistograms } = this.#options;
    this.#columns = columns;
    this.#firstMark = columns.mark;
    this.#scrape++;
    this.#atMs = atMs;
    this.#reading = true;
    this.#cursor = 0;
    this.#asBefore = true;
    this.#nextOrder.length = 0;
    this.#counts = { scraped: 0, kept: 0, added: 0 };
    this.#last = undefined;
    this.#startLines = startTimestamps !== 'ignore' && page.format === 'openmetrics';
    this.#group = '';
    this.#groupSeries = [];
    this.metadata.begin();
    this.#converter?.begin();
    const visitor = this.#converter ?? this;
    let walk: PageWalk | undefined;
    return {
      advance: (amount) => {
        try {
          walk ??=
            page.format === 'protobuf'
              ? walkProtobuf(bytesOf(page.body), visitor, { nativeHistograms, classicHistograms })
              : walkExposition(page.body, page.format, visitor);
          if (!walk.advance(amount)) return false;
          this.#converter?.end();
          this.#checkSampleLimit();
        } catch (error) {
          this.abandon();
          throw error;
        }
        this.#end();
        return true;
      },
    };
  }

  /** Gives up the page being read: nothing of it counts. */
  abandon(): void {
    this.#columns.truncate(this.#firstMark);
    this.#failed();
    this.#reading = false;
  }

  /** What the last page counted, for a page that failed as well. */
  get counts(): PageCounts {
    return this.#counts;
  }

  /** Appends a stale marker for every series that is alive, after a scrape without a page or before the target goes. */
  endAll(atMs: number, columns: SampleColumns): void {
    for (const labels of this.live()) columns.pushStale(labels, atMs);
    this.#inherited = [];
    this.#scrape++;
  }

  /** Series that had a sample in the last scrape and will need a stale marker. */
  live(): Labels[] {
    // While a page is being read, what was alive before it still is.
    const since = this.#reading ? this.#scrape - 1 : this.#scrape;
    const live = this.#order.filter((series) => series.trackedAt >= since).map((series) => series.labels as Labels);
    return this.#inherited.length === 0 ? live : [...live, ...this.#inherited];
  }

  /** Takes over the live series of the reader that this one replaces. */
  inherit(live: readonly Labels[]): void {
    this.#inherited = live;
  }

  // ExpositionVisitor ------------------------------------------------------------------------------------------------

  get expectedSeries(): string {
    return this.#order[this.#cursor]?.text ?? '';
  }

  get expectedComment(): string {
    return this.metadata.expected;
  }

  comment(page: string, start: number, end: number, metadata: MetadataLine | undefined): void {
    this.metadata.line(page, start, end, metadata);
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
    this.#counts.scraped++;
    const series = this.#series(page, start, end, asExpected);
    const repeated = this.#meet(series, asExpected);
    let startMs = startTimestampMs;
    if (this.#startLines) {
      if (series.group !== this.#group) this.#beginGroup(series.group);
      if (series.isStart) {
        this.#counts.scraped--;
        this.#startOfGroup(value);
        return;
      }
      startMs = this.#groupStartMs;
    }
    if (!this.#admit(series, timestampMs, repeated)) return;
    const columns = this.#columns;
    columns.push(series.labels as Labels, this.#lastAtMs, value);
    if (this.#options.startTimestamps === 'ignore') return;
    if (this.#startLines && series.group !== '') this.#groupSeries.push(series);
    if (startMs !== 0) this.#start(series, columns.length - 1, startMs);
  }

  histogram(
    text: string,
    histogram: NativeHistogram,
    timestampMs: number | undefined,
    asExpected: boolean,
    startTimestampMs: number,
  ): void {
    this.#counts.scraped++;
    const series = this.#series(text, 0, text.length, asExpected);
    const repeated = this.#meet(series, asExpected);
    if (this.#startLines && series.group !== this.#group) this.#beginGroup(series.group);
    if (!this.#admit(series, timestampMs, repeated)) return;
    this.#lastIsHistogram = true;
    const value = limitHistogram(histogram, this.#options.histogramLimits, text);
    const ignored = this.#options.startTimestamps === 'ignore';
    const startMs = ignored ? 0 : this.#startLines ? this.#groupStartMs : startTimestampMs;
    const labels = series.labels as Labels;
    if (startMs !== 0 && this.#takesZero(series, startMs))
      this.#columns.pushHistogram(labels, startMs, emptied(value), startMs);
    this.#columns.pushHistogram(labels, this.#lastAtMs, value, startMs);
  }

  exemplar(labelPairs: readonly string[], value: number, timestampMs: number | undefined): void {
    const series = this.#last;
    // Without a time of its own nobody can tell whether an exemplar of a histogram is new.
    if (!series || (this.#lastIsHistogram && timestampMs === undefined)) return;
    let characters = 0;
    for (const part of labelPairs) characters += part.length;
    if (characters > EXEMPLAR_CHARACTERS_MAX) return;
    const key = JSON.stringify([labelPairs, String(value), timestampMs]);
    const seen = (series.exemplars ??= new Map());
    const known = seen.has(key);
    seen.set(key, this.#scrape);
    if (known) return;
    if (seen.size > EXEMPLARS_SPARE) for (const [old, scrape] of seen) if (scrape < this.#scrape - 1) seen.delete(old);
    const labels = new Map<string, string>();
    for (let i = 0; i < labelPairs.length; i += 2) labels.set(labelPairs[i] as string, labelPairs[i + 1] as string);
    this.#columns.pushExemplar(this.#lastIsHistogram, Labels.fromMap(labels), timestampMs ?? this.#lastAtMs, value);
  }

  /** Notes that the page has the series; true when it had it already. */
  #meet(series: KnownSeries, asExpected: boolean): boolean {
    this.#cursor = asExpected ? this.#cursor + 1 : series.place + 1;
    if (series.seenAt === this.#scrape) return true;
    series.seenAt = this.#scrape;
    series.place = this.#nextOrder.length;
    this.#nextOrder.push(series);
    return false;
  }

  /** Counts a sample that relabelling kept; true when it is to be stored, at #lastAtMs. */
  #admit(series: KnownSeries, timestampMs: number | undefined, repeated: boolean): boolean {
    const options = this.#options;
    const counts = this.#counts;
    this.#last = undefined;
    if (!series.labels) return false;
    counts.kept++;
    const explicit = options.honorTimestamps && timestampMs !== undefined;
    // A second value for the same moment is a duplicate: the first one stands.
    if (repeated && !explicit) return false;
    if ((!explicit || options.trackTimestampsStaleness) && series.trackedAt !== this.#scrape) {
      series.trackedBefore = series.trackedAt;
      series.trackedAt = this.#scrape;
    }
    // Over the limit the page is refused in the end; it is read on only to say by how much.
    if (options.sampleLimit > 0 && counts.kept > options.sampleLimit) return false;
    this.#last = series;
    this.#lastIsHistogram = false;
    this.#lastAtMs = explicit ? timestampMs : this.#atMs;
    return true;
  }

  #series(page: string, start: number, end: number, asExpected: boolean): KnownSeries {
    const expected = asExpected ? this.#order[this.#cursor] : undefined;
    return expected !== undefined && this.#isSpelled(expected) ? expected : this.#find(page, start, end);
  }

  /** False when another TYPE line stands above the series than before, so that it may have other labels. */
  #isSpelled({ respelled }: KnownSeries): boolean {
    return respelled === undefined || respelled === respelledLabel(this.metadata.type);
  }

  #find(page: string, start: number, end: number): KnownSeries {
    this.#asBefore = false;
    const text = page.slice(start, end);
    const known = this.#known.get(text);
    if (known && this.#isSpelled(known)) return known;
    // A copy, because a slice would keep the whole page alive for as long as the series is known.
    const own = Buffer.from(text).toString();
    const { family, type } = this.metadata;
    const labels = this.#labelsOf(own, page, start);
    const { group, isStart } = this.#startLines ? startGroup(own, family, type) : { group: '', isStart: false };
    const series: KnownSeries = {
      text: own,
      labels,
      respelled: mayBeRespelled(own) ? respelledLabel(type) : undefined,
      group,
      isStart,
      place: this.#cursor - 1,
      seenAt: 0,
      trackedAt: 0,
      trackedBefore: 0,
      zeroAtMs: 0,
      exemplars: undefined,
    };
    this.#known.set(own, series);
    const { sampleLimit } = this.#options;
    if (labels && !isStart && (sampleLimit === 0 || this.#counts.kept < sampleLimit)) this.#counts.added++;
    return series;
  }

  #labelsOf(text: string, page: string, start: number): Labels | undefined {
    try {
      return seriesLabels(text, this.metadata.type, this.#options);
    } catch (error) {
      // The same fault again, now with its position in the page.
      if (error instanceof ExpositionError) parseSeriesText(page, start);
      throw error;
    }
  }

  #checkSampleLimit(): void {
    const { sampleLimit } = this.#options;
    const { kept } = this.#counts;
    if (sampleLimit === 0 || kept <= sampleLimit) return;
    const blame = blameCardinality(keptLabels(this.#nextOrder));
    throw new LimitExceeded(
      'sample_limit',
      `: ${kept} samples after relabelling, limit ${sampleLimit}${blame === undefined ? '' : `; ${blame.text}`}`,
      blame?.label,
    );
  }

  // Start times ------------------------------------------------------------------------------------------------------

  #beginGroup(group: string): void {
    this.#group = group;
    this.#groupMark = this.#columns.mark;
    this.#groupStartMs = 0;
    this.#groupSeries = [];
  }

  /** A `_created` line: seconds. */
  #startOfGroup(seconds: number): void {
    const startMs = Math.trunc(seconds * 1000);
    if (!Number.isSafeInteger(startMs) || startMs === 0) return;
    this.#groupStartMs = startMs;
    const columns = this.#columns;
    columns.startSince(this.#groupMark, startMs);
    for (const series of this.#groupSeries)
      if (this.#takesZero(series, startMs)) columns.push(series.labels as Labels, startMs, 0);
    this.#groupSeries = [];
  }

  #start(series: KnownSeries, row: number, startMs: number): void {
    this.#columns.startRow(row, startMs);
    if (this.#takesZero(series, startMs)) this.#columns.push(series.labels as Labels, startMs, 0);
  }

  /** Whether a zero at the start is wanted: once for each start, and only before the sample. */
  #takesZero(series: KnownSeries, startMs: number): boolean {
    if (this.#options.startTimestamps !== 'zero' || series.zeroAtMs === startMs || startMs >= this.#lastAtMs)
      return false;
    series.zeroAtMs = startMs;
    return true;
  }

  // The end of a page ------------------------------------------------------------------------------------------------

  #end(): void {
    this.metadata.end();
    if (!this.#asBefore || this.#nextOrder.length !== this.#order.length) this.#endVanished();
    this.#endInherited();
    [this.#order, this.#nextOrder] = [this.#nextOrder, this.#order];
    this.#reading = false;
  }

  #endVanished(): void {
    const scrape = this.#scrape;
    let present: Set<string> | undefined;
    for (const series of this.#order) {
      // Under another TYPE line the same text may have become another series.
      if (series.seenAt !== scrape && this.#known.get(series.text) === series) this.#known.delete(series.text);
      if (series.trackedAt !== scrape - 1) continue;
      // Relabelling may map two texts to one series: it goes on while either is there.
      present ??= this.#presentKeys();
      if (!present.has((series.labels as Labels).key)) this.#columns.pushStale(series.labels as Labels, this.#atMs);
    }
    if (this.#known.size > this.#nextOrder.length) this.#forgetUnseen();
  }

  #endInherited(): void {
    if (this.#inherited.length === 0) return;
    const present = this.#presentKeys();
    for (const labels of this.#inherited) if (!present.has(labels.key)) this.#columns.pushStale(labels, this.#atMs);
    this.#inherited = [];
  }

  #presentKeys(): Set<string> {
    const keys = new Set<string>();
    for (const labels of keptLabels(this.#nextOrder)) keys.add(labels.key);
    return keys;
  }

  /** The scrape did not happen: what was alive before it still is, until endAll. */
  #failed(): void {
    const scrape = this.#scrape;
    this.metadata.forget();
    for (const series of this.#nextOrder) {
      series.exemplars = undefined;
      series.zeroAtMs = 0;
    }
    for (const [place, series] of this.#order.entries()) {
      series.place = place;
      const tracked = series.trackedAt === scrape ? series.trackedBefore : series.trackedAt;
      series.trackedAt = tracked === scrape - 1 ? scrape : 0;
    }
    if (this.#known.size > this.#order.length + KNOWN_SPARE_MAX) {
      this.#known.clear();
      for (const series of this.#order) this.#known.set(series.text, series);
    }
  }

  #forgetUnseen(): void {
    for (const [text, series] of this.#known) if (series.seenAt !== this.#scrape) this.#known.delete(text);
  }
}

function* keptLabels(order: readonly KnownSeries[]): IterableIterator<Labels> {
  for (const { labels, isStart } of order) if (labels && !isStart) yield labels;
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
}

/** The same histogram before anything was observed. */
function emptied(histogram: NativeHistogram): NativeHistogram {
  const none = new Float64Array(0);
  return {
    ...histogram,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    positiveBuckets: none,
    negativeSpans: [],
    negativeBuckets: none,
  };
}
