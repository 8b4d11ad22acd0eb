import { ExpositionError } from '@vedette/wire/exposition';
import type { Clock, UnixMs } from '../../../base/clock.ts';
import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import { BodyTooLarge, HttpFailure } from '../../../base/http-client/index.ts';
import type { Logger } from '../../../base/logger.ts';
import { turns } from '../../../base/turns.ts';
import type { Labels } from '../../../model/labels.ts';
import type { SampleSink } from '../../../model/ports.ts';
import type { PageCounts, PageReader } from './page-reader.ts';
import { LimitExceeded, type Page, type PageSource, ScrapeFailure } from './page-source.ts';
import { SampleColumns } from './sample-columns.ts';
import type { ScrapeMetrics } from './scrape-metrics.ts';
import { reportLabels } from './series-labels.ts';

export interface ScrapeLoopDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sink: SampleSink;
  readonly source: PageSource;
  readonly reader: PageReader;
  /** Shared by all loops: filled and taken within one turn of the event loop. */
  readonly columns: SampleColumns;
  readonly metrics: ScrapeMetrics;
}

export interface ScrapeLoopOptions {
  readonly labels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Shifts this target's slots inside the interval. */
  readonly offsetMs: number;
  readonly sampleLimit: number;
  readonly extraMetrics: boolean;
}

export interface ScrapeState {
  readonly health: 'unknown' | 'up' | 'down';
  readonly lastError: string;
  readonly lastScrapeMs: number | undefined;
  readonly lastDurationSeconds: number;
  /** Samples of the last page after relabelling, and series it had that the page before had not. */
  readonly samples: number;
  readonly seriesAdded: number;
  /** Which limit the last scrape was over; `lastError` says by how much. */
  readonly exceeded: ExceededLimit | undefined;
}

export interface ExceededLimit {
  /** Its key in the configuration. */
  readonly limit: string;
  /** The label to blame, where one can be named. */
  readonly label: string | undefined;
}

/** What the limit of the whole store is called in the configuration. */
const SERIES_LIMIT = 'storage.active_series';
/** A slot missed by less than this keeps the slot's time: regular timestamps compress much better. As in Prometheus. */
const ALIGN_TOLERANCE_MS = 2;
/** Longer pages are read in portions. */
const LONG_PAGE_BYTES = 512 * 1024;
/** Some milliseconds of work when every series is new. */
const PORTION_BYTES = 64 * 1024;
/** What scrape_body_size_bytes says of a body over its limit, as in Prometheus. */
const BODY_BYTES_TOO_MANY = -1;
const NOTHING: PageCounts = { scraped: 0, kept: 0, added: 0 };
const NOT_YET: ScrapeState = {
  health: 'unknown',
  lastError: '',
  lastScrapeMs: undefined,
  lastDurationSeconds: 0,
  samples: 0,
  seriesAdded: 0,
  exceeded: undefined,
};

/** What was wrong with a scrape. */
interface Trouble {
  readonly message: string;
  readonly exceeded: ExceededLimit | undefined;
}

/** Scrapes one target on its schedule and reports on it: page → rows → sink. */
export class ScrapeLoop {
  readonly #deps: ScrapeLoopDeps;
  readonly #options: ScrapeLoopOptions;
  readonly #report: readonly Labels[];
  readonly #stop = new AbortController();
  #schedule: Disposable | undefined;
  #running: Promise<void> = Promise.resolve();
  #forced: ScrapeFailure | undefined;
  #state = NOT_YET;

  constructor(deps: ScrapeLoopDeps, options: ScrapeLoopOptions) {
    this.#deps = deps;
    this.#options = options;
    const names = [
      'up',
      'scrape_duration_seconds',
      'scrape_samples_scraped',
      'scrape_samples_post_metric_relabeling',
      'scrape_series_added',
    ];
    if (options.extraMetrics) names.push('scrape_timeout_seconds', 'scrape_sample_limit', 'scrape_body_size_bytes');
    this.#report = names.map((name) => reportLabels(name, options.labels));
  }

  get state(): ScrapeState {
    return this.#state;
  }

  start(): void {
    const { intervalMs, offsetMs } = this.#options;
    this.#schedule = this.#deps.clock.every(
      { intervalMs, offsetMs },
      (at, missed) => {
        this.#deps.metrics.missed += missed;
        this.#running = this.scrape(at);
        return this.#running;
      },
      (error) => this.#deps.logger.error({ error: errorMessage(error) }, 'scrape loop failed'),
    );
  }

  /** Ends the schedule and an ongoing scrape; leaves no marker. Resolves once nothing is running. */
  async stop(): Promise<void> {
    this.#schedule?.[Symbol.dispose]();
    this.#stop.abort(new ScrapeFailure('stopped'));
    await this.#running;
  }

  /** Series that live on in the store as long as nobody ends them; the report series are among them once there was a scrape. */
  live(): readonly Labels[] {
    return [...this.#deps.reader.live(), ...this.liveReport()];
  }

  liveReport(): readonly Labels[] {
    return this.#state.lastScrapeMs === undefined ? [] : this.#report;
  }

  /** While a reason is set every scrape fails with it, without asking the target. */
  force(reason: ScrapeFailure | undefined): void {
    this.#forced = reason;
  }

  /** One scrape, stamped with its slot when it starts in time. */
  async scrape(slot: UnixMs): Promise<void> {
    const { clock, source, metrics } = this.#deps;
    const now = clock.now();
    const tolerance = Math.min(ALIGN_TOLERANCE_MS, this.#options.intervalMs / 100);
    const atMs = Math.abs(now - slot) <= tolerance ? slot : now;
    const startedMs = clock.monotonicMs();
    let failure: Trouble | undefined;
    let page: Page | undefined;
    let bodyBytes = 0;
    try {
      if (this.#forced) throw this.#forced;
      page = await source.fetch(this.#options.timeoutMs, this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      failure = this.#explain(error);
      if (error instanceof BodyTooLarge) bodyBytes = BODY_BYTES_TOO_MANY;
    }
    if (page) bodyBytes = page.body.length;
    const { reader } = this.#deps;
    const isLong = page !== undefined && page.body.length > LONG_PAGE_BYTES;
    // What takes more than one turn cannot share.
    const columns = isLong ? new SampleColumns() : this.#deps.columns;
    let counts = NOTHING;
    if (page) {
      try {
        if (isLong) await this.#readInTurns(page, atMs, columns);
        else reader.read(page, atMs, columns);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        failure = this.#explain(error);
      }
      counts = reader.counts;
    }
    if (failure !== undefined) reader.endAll(atMs, columns);
    const durationSeconds = (clock.monotonicMs() - startedMs) / 1000;
    this.#pushReport(columns, atMs, failure === undefined ? 1 : 0, durationSeconds, counts, bodyBytes);
    const batch = columns.take(reader.metadata.takeNews());
    metrics.scrapes++;
    metrics.samples += batch.series.length;
    if (failure !== undefined) metrics.failures++;
    const notStored = await this.#append(batch);
    const trouble = failure ?? notStored;
    this.#state = {
      health: failure === undefined ? 'up' : 'down',
      lastError: trouble?.message ?? '',
      lastScrapeMs: atMs,
      lastDurationSeconds: durationSeconds,
      samples: counts.kept,
      seriesAdded: counts.added,
      exceeded: trouble?.exceeded,
    };
  }

  /** Reads a page without holding the event loop for longer than a portion takes; its rows are stored together all the same. */
  async #readInTurns(page: Page, atMs: number, columns: SampleColumns): Promise<void> {
    const { clock, reader } = this.#deps;
    const walk = reader.open(page, atMs, columns);
    let usedMs = 0;
    for (;;) {
      const startedMs = clock.monotonicMs();
      if (walk.advance(PORTION_BYTES)) return;
      usedMs += clock.monotonicMs() - startedMs;
      await turns.next(usedMs);
      if (!this.#stop.signal.aborted) continue;
      reader.abandon();
      throw this.#stop.signal.reason;
    }
  }

  async #append(batch: Parameters<SampleSink['append']>[0]): Promise<Trouble | undefined> {
    try {
      const { rejectedCount, seriesLimit } = await this.#deps.sink.append(batch, { acknowledge: 'queued' });
      this.#deps.metrics.rejected += rejectedCount;
      if (seriesLimit === undefined) return undefined;
      const { samples, text, label } = seriesLimit;
      return {
        message: `scraped, but ${samples} samples of new series were refused: ${text}`,
        exceeded: { limit: SERIES_LIMIT, label },
      };
    } catch (error) {
      this.#deps.metrics.lost += batch.series.length;
      // Overload is counted; a line per target and scrape would make it worse.
      if (!isVedetteError(error, 'INGEST_OVERLOADED'))
        this.#deps.logger.error({ error: errorMessage(error) }, 'scraped samples could not be stored');
      return { message: `scraped, but the samples could not be stored: ${errorMessage(error)}`, exceeded: undefined };
    }
  }

  #pushReport(
    columns: SampleColumns,
    atMs: number,
    up: number,
    durationSeconds: number,
    counts: PageCounts,
    bodyBytes: number,
  ): void {
    const options = this.#options;
    const values = [
      up,
      durationSeconds,
      counts.scraped,
      counts.kept,
      counts.added,
      options.timeoutMs / 1000,
      options.sampleLimit,
      bodyBytes,
    ];
    for (const [i, labels] of this.#report.entries()) columns.push(labels, atMs, values[i] as number);
  }

  #explain(error: unknown): Trouble {
    if (error instanceof LimitExceeded) {
      const { message, limit, label } = error;
      return { message, exceeded: { limit, label } };
    }
    if (error instanceof BodyTooLarge)
      return { message: error.message, exceeded: { limit: 'body_size_limit', label: undefined } };
    if (error instanceof ScrapeFailure || error instanceof HttpFailure || error instanceof ExpositionError)
      return { message: error.message, exceeded: undefined };
    this.#deps.logger.error({ error: errorMessage(error) }, 'scrape failed unexpectedly');
    return { message: `internal error: ${errorMessage(error)}`, exceeded: undefined };
  }
}
