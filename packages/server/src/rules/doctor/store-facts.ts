import type { TimeWindow } from '../../model/time-window.ts';
import { isVedetteError } from '../../base/errors.ts';
import { type VectorSelector, formatExpr } from '../../metrics/query/index.ts';
import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { type Matcher, createMatcher } from '../../model/matcher.ts';
import type { MetricMetadata } from '../../model/sample.ts';
import { NAMES_MAX, QUERY_SAMPLES_MAX, SELECTOR_SERIES_MAX } from './limits.ts';
import type { DoctorStore } from './ports.ts';

export interface FoundSeries {
  readonly labels: readonly Labels[];
  /** False: there are more than were looked at. */
  readonly isComplete: boolean;
}

/** Series whose newest samples are looked at for the scrape interval: of one that ended nothing can be told. */
const INTERVAL_TRIES = 3;
/** Enough to see scrapes ten minutes apart. */
const INTERVAL_WINDOW_MS = 30 * 60_000;

/** What the store says about the metrics of rules, asked once per fact. Lives as long as one examination of rules. */
export class StoreFacts {
  readonly #store: DoctorStore;
  readonly #signal: AbortSignal;
  readonly window: TimeWindow;
  readonly #series = new Map<string, Promise<FoundSeries>>();
  readonly #intervals = new Map<string, Promise<number | undefined>>();
  readonly #metadata = new Map<string, Promise<MetricMetadata | undefined>>();
  #names: Promise<ReadonlySet<string>> | undefined;

  constructor(store: DoctorStore, window: TimeWindow, signal: AbortSignal) {
    this.#store = store;
    this.window = window;
    this.#signal = signal;
  }

  /** Series that a selector found anywhere in the past; `offset` and `@` move what is looked at. */
  series(selector: VectorSelector, reachMs = 0): Promise<FoundSeries> {
    return this.#find(selector.matchers, Math.max(0, selector.offsetMs) + reachMs);
  }

  /** Series of a metric, whatever their labels. */
  seriesOf(metric: string): Promise<FoundSeries> {
    return this.#find([createMatcher(METRIC_NAME, '=', metric)], 0);
  }

  #find(matchers: readonly Matcher[], reachMs: number): Promise<FoundSeries> {
    const key = JSON.stringify([matchers.map(({ name, operator, value }) => [name, operator, value]), reachMs]);
    const known = this.#series.get(key);
    if (known) return known;
    const { startMs, endMs } = this.window;
    const request = {
      matcherSets: [matchers],
      startMs: startMs - reachMs,
      endMs: endMs as number,
      limit: SELECTOR_SERIES_MAX + 1,
    };
    const found = this.#store.series.series(request, this.#signal).then((labels) => ({
      labels: labels.slice(0, SELECTOR_SERIES_MAX),
      isComplete: labels.length <= SELECTOR_SERIES_MAX,
    }));
    this.#series.set(key, found);
    return found;
  }

  /** Names of all metrics of the past. */
  names(): Promise<ReadonlySet<string>> {
    const { startMs, endMs } = this.window;
    this.#names ??= this.#store.series
      .labelValues(METRIC_NAME, { matcherSets: [], startMs, endMs, limit: NAMES_MAX }, this.#signal)
      .then((names) => new Set(names));
    return this.#names;
  }

  metadata(metric: string): Promise<MetricMetadata | undefined> {
    const known = this.#metadata.get(metric);
    if (known) return known;
    const found = this.#store.metadata(metric, this.#signal);
    this.#metadata.set(metric, found);
    return found;
  }

  /** Time between samples, milliseconds: the median of a series' newest ones. Undefined where there are too few. */
  sampleInterval(selector: VectorSelector): Promise<number | undefined> {
    const key = formatExpr({ ...selector, offsetMs: 0 });
    const known = this.#intervals.get(key);
    if (known) return known;
    const found = this.#sampleInterval(selector);
    this.#intervals.set(key, found);
    return found;
  }

  async #sampleInterval(selector: VectorSelector): Promise<number | undefined> {
    const { labels } = await this.series(selector);
    for (const one of labels.slice(-INTERVAL_TRIES).reverse()) {
      const only = [...one].map(([name, value]) => createMatcher(name, '=', value));
      const query = `${formatExpr({ kind: 'selector', span: selector.span, name: one.metricName, matchers: only, offsetMs: 0 })}[${INTERVAL_WINDOW_MS / 60_000}m]`;
      const times = await this.#sampleTimes(query);
      const gaps = times.slice(1).map((time, i) => time - (times[i] as number));
      gaps.sort((a, b) => a - b);
      const median = gaps[Math.floor(gaps.length / 2)];
      if (median !== undefined && median > 0) return median;
    }
    return undefined;
  }

  async #sampleTimes(query: string): Promise<readonly number[]> {
    try {
      const options = { signal: this.#signal, samplesMax: QUERY_SAMPLES_MAX };
      const result = await this.#store.engine.instant(query, this.window.endMs, options);
      return result.type === 'matrix' ? result.series.flatMap(({ timestampMs }) => [...timestampMs]) : [];
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!isVedetteError(error)) throw error;
      // The interval is only a help; a rule whose expression fails is told so by its own diagnosis.
      return [];
    }
  }

  /** True when the newest samples of the selector are native histograms. */
  async isNative(selector: VectorSelector): Promise<boolean> {
    try {
      const options = { signal: this.#signal, samplesMax: QUERY_SAMPLES_MAX };
      const query = `histogram_count(${formatExpr(selector)})`;
      const result = await this.#store.engine.instant(query, this.window.endMs, options);
      return result.type === 'vector' && result.samples.length > 0;
    } catch (error) {
      this.#signal.throwIfAborted();
      // A server that does not know the function has no native histograms.
      if (!isVedetteError(error)) throw error;
      return false;
    }
  }
}
