import {
  ExpositionError,
  type ExpositionVisitor,
  type MetadataLine,
  parseExposition,
  parseSeriesText,
} from '@vedette/wire/exposition';
import type { Labels } from '../../../model/labels.ts';
import { type Page, ScrapeFailure } from './page-source.ts';
import { PageMetadata } from './page-metadata.ts';
import type { SampleColumns } from './sample-columns.ts';
import { type SeriesRules, seriesLabels } from './series-labels.ts';

/** One series text of a target, taken apart once. */
interface KnownSeries {
  readonly text: string;
  /** Undefined when relabelling drops it. */
  readonly labels: Labels | undefined;
  /** Place in the order of the last page. */
  place: number;
  /** Number of the last scrape that had it. */
  seenAt: number;
  /** Number of the last scrape after which it is alive: it gets a stale marker when it is missing. */
  trackedAt: number;
  /** trackedAt before the page being read, in case that page turns out to be bad. */
  trackedBefore: number;
}

export interface PageReaderOptions extends SeriesRules {
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  /** 0 means no limit. */
  readonly sampleLimit: number;
}

export interface PageCounts {
  scraped: number;
  kept: number;
  added: number;
}

/** Series texts kept beyond those of the last page when pages keep failing; then they are forgotten. */
const KNOWN_SPARE_MAX = 1_000;

/**
 * Turns one target's pages into rows. It remembers the last page: a line that was there before costs one comparison, a new
 * one is parsed and relabelled once. It also knows which series ended.
 */
export class PageReader implements ExpositionVisitor {
  readonly #options: PageReaderOptions;
  readonly #columns: SampleColumns;
  readonly #known = new Map<string, KnownSeries>();
  readonly metadata = new PageMetadata();
  #order: KnownSeries[] = [];
  #nextOrder: KnownSeries[] = [];
  #cursor = 0;
  #scrape = 1;
  #atMs = 0;
  /** False when the page named other series, or the same in another order. */
  #asBefore = true;
  #counts: PageCounts = { scraped: 0, kept: 0, added: 0 };
  /** Live series of an earlier reader of this target that this one has not seen yet. */
  #inherited: readonly Labels[] = [];

  constructor(options: PageReaderOptions, columns: SampleColumns) {
    this.#options = options;
    this.#columns = columns;
  }

  /** Appends the page's rows, then stale markers for what ended. Throws ExpositionError or ScrapeFailure, having appended nothing. */
  read(page: Page, atMs: number): PageCounts {
    const firstRow = this.#columns.length;
    this.#scrape++;
    this.#atMs = atMs;
    this.#cursor = 0;
    this.#asBefore = true;
    this.#nextOrder.length = 0;
    this.#counts = { scraped: 0, kept: 0, added: 0 };
    this.metadata.begin();
    try {
      parseExposition(page.body, page.format, this);
      const { sampleLimit } = this.#options;
      if (sampleLimit > 0 && this.#counts.kept > sampleLimit) {
        throw new ScrapeFailure(
          `sample_limit exceeded: ${this.#counts.kept} samples after relabelling, limit ${sampleLimit}`,
        );
      }
    } catch (error) {
      this.#columns.truncate(firstRow);
      this.#failed();
      throw error;
    }
    this.metadata.end();
    if (!this.#asBefore || this.#nextOrder.length !== this.#order.length) this.#endVanished();
    this.#endInherited();
    [this.#order, this.#nextOrder] = [this.#nextOrder, this.#order];
    return this.#counts;
  }

  /** What the last page counted, for a page that failed as well. */
  get counts(): PageCounts {
    return this.#counts;
  }

  /** Appends a stale marker for every series that is alive, after a scrape without a page or before the target goes. */
  endAll(atMs: number): void {
    for (const labels of this.live()) this.#columns.pushStale(labels, atMs);
    this.#inherited = [];
    this.#scrape++;
  }

  /** Series that had a sample in the last scrape and will need a stale marker. */
  live(): Labels[] {
    const last = this.#scrape;
    const live = this.#order.filter((series) => series.trackedAt === last).map((series) => series.labels as Labels);
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
  ): void {
    const options = this.#options;
    const counts = this.#counts;
    counts.scraped++;
    const scrape = this.#scrape;
    const series = asExpected ? (this.#order[this.#cursor] as KnownSeries) : this.#find(page, start, end);
    this.#cursor = asExpected ? this.#cursor + 1 : series.place + 1;
    const repeated = series.seenAt === scrape;
    series.seenAt = scrape;
    if (!repeated) {
      series.place = this.#nextOrder.length;
      this.#nextOrder.push(series);
    }
    const { labels } = series;
    if (!labels) return;
    counts.kept++;
    const explicit = options.honorTimestamps && timestampMs !== undefined;
    // A second value for the same moment is a duplicate: the first one stands.
    if (repeated && !explicit) return;
    if ((!explicit || options.trackTimestampsStaleness) && series.trackedAt !== scrape) {
      series.trackedBefore = series.trackedAt;
      series.trackedAt = scrape;
    }
    // Over the limit the page is refused in the end; it is read on only to say by how much.
    if (options.sampleLimit > 0 && counts.kept > options.sampleLimit) return;
    this.#columns.push(labels, explicit ? timestampMs : this.#atMs, value);
  }

  #find(page: string, start: number, end: number): KnownSeries {
    this.#asBefore = false;
    const text = page.slice(start, end);
    const known = this.#known.get(text);
    if (known) return known;
    // A copy, because a slice would keep the whole page alive for as long as the series is known.
    const own = Buffer.from(text).toString();
    const labels = this.#labelsOf(own, page, start);
    const series: KnownSeries = {
      text: own,
      labels,
      place: this.#cursor - 1,
      seenAt: 0,
      trackedAt: 0,
      trackedBefore: 0,
    };
    this.#known.set(own, series);
    if (labels) this.#counts.added++;
    return series;
  }

  #labelsOf(text: string, page: string, start: number): Labels | undefined {
    try {
      return seriesLabels(text, this.#options);
    } catch (error) {
      // The same fault again, now with its position in the page.
      if (error instanceof ExpositionError) parseSeriesText(page, start);
      throw error;
    }
  }

  #endVanished(): void {
    const scrape = this.#scrape;
    let present: Set<string> | undefined;
    for (const series of this.#order) {
      if (series.seenAt !== scrape) this.#known.delete(series.text);
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
    for (const series of this.#nextOrder) if (series.labels) keys.add(series.labels.key);
    return keys;
  }

  /** The scrape did not happen: what was alive before it still is, until endAll. */
  #failed(): void {
    const scrape = this.#scrape;
    this.metadata.forget();
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
