import type { Clock } from '../../../base/clock.ts';
import { type Deadlines, HttpClient, type HttpClientDeps } from '../../../base/http-client/index.ts';
import type { Logger } from '../../../base/logger.ts';
import { Labels } from '../../../model/labels.ts';
import type { SampleSink } from '../../../model/ports.ts';
import type { ScrapePoolConfig } from '../config.ts';
import {
  type Discovery,
  type DiscoveryEnvironment,
  type SharedDiscoveries,
  createDiscoveries,
} from '../discovery/index.ts';
import { Relabeler } from '../../relabel/index.ts';
import { schemaOfFactor } from './histogram-limits.ts';
import { HttpPageSource } from './http-page-source.ts';
import type { MetadataLines } from './metadata-lines.ts';
import { PageReader } from './page-reader.ts';
import { LimitExceeded } from './page-source.ts';
import type { SampleColumns } from './sample-columns.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import type { ScrapeMetrics } from './scrape-metrics.ts';
import { type TargetDescription, describeTarget } from './target-labels.ts';
import { type PoolView, type Target, offsetOf, viewTarget } from './target.ts';

export interface ScrapeDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sink: SampleSink;
  readonly deadlines: Deadlines;
  readonly http: HttpClientDeps;
  readonly discoveries: SharedDiscoveries;
  readonly environment: DiscoveryEnvironment;
  readonly columns: SampleColumns;
  readonly lines: MetadataLines;
  readonly metrics: ScrapeMetrics;
  /** Takes over series whose target is gone, to end them unless they come back. */
  readonly ended: (series: readonly Labels[], intervalMs: number) => void;
}

/** Dropped targets kept for the targets page when keep_dropped_targets sets no limit. */
const DROPPED_KEPT_MAX = 10_000;

/** One scrape config at work: discovers targets, relabels them, and runs a loop for each. */
export class ScrapePool {
  readonly name: string;
  readonly #deps: ScrapeDeps;
  readonly #config: ScrapePoolConfig;
  readonly #client: HttpClient;
  readonly #relabeler: Relabeler;
  readonly #metricRelabeler: Relabeler;
  readonly #discoveries: readonly Discovery[];
  readonly #targets = new Map<string, Target>();
  #dropped: Labels[] = [];
  #droppedCount = 0;
  /** Live series of the pool this one replaces, by target. */
  #heirlooms = new Map<string, Heirloom>();

  /** Throws CONFIG_UNREADABLE when a certificate cannot be read. */
  constructor(deps: ScrapeDeps, config: ScrapePoolConfig) {
    this.name = config.job_name;
    this.#deps = deps;
    this.#config = config;
    this.#client = new HttpClient(deps.http, config);
    this.#relabeler = new Relabeler(config.relabel_configs);
    this.#metricRelabeler = new Relabeler(config.metric_relabel_configs);
    const { clock, logger, discoveries: shared, environment } = deps;
    this.#discoveries = createDiscoveries({ clock, logger, shared, environment }, config);
  }

  /** Begins; `heirlooms` are what the pool it replaces left behind. */
  async start(heirlooms: ReadonlyMap<string, Heirloom> = new Map()): Promise<void> {
    this.#heirlooms = new Map(heirlooms);
    for (const discovery of this.#discoveries) await discovery.start(() => this.sync());
    this.sync();
    for (const heirloom of this.#heirlooms.values())
      this.#deps.ended([...heirloom.series, ...heirloom.report], heirloom.intervalMs);
    this.#heirlooms.clear();
  }

  /** Ends everything without stale markers; returns what is alive, for a successor or for `ended`. */
  async stop(): Promise<ReadonlyMap<string, Heirloom>> {
    await Promise.all(this.#discoveries.map((discovery) => discovery.stop()));
    const heirlooms = new Map<string, Heirloom>();
    for (const target of this.#targets.values()) {
      await target.loop.stop();
      heirlooms.set(inheritanceKey(target.labels, target.url), {
        series: target.reader.live(),
        report: target.loop.liveReport(),
        intervalMs: target.intervalMs,
      });
    }
    this.#targets.clear();
    await this.#client.close();
    return heirlooms;
  }

  view(): PoolView {
    return {
      name: this.name,
      active: [...this.#targets.values()].map((target) => viewTarget(this.name, target)),
      dropped: this.#dropped,
      droppedCount: this.#droppedCount,
      discoveryErrors: this.#discoveries.flatMap((discovery) => discovery.errors()),
    };
  }

  /** Every series a running target keeps alive. */
  *liveSeries(): IterableIterator<Labels> {
    for (const target of this.#targets.values()) yield* target.loop.live();
  }

  /** Makes the running targets those that discovery knows now. */
  sync(): void {
    const wanted = new Map<string, TargetDescription>();
    const dropped: Labels[] = [];
    this.#droppedCount = 0;
    const keep = this.#config.keep_dropped_targets === 0 ? DROPPED_KEPT_MAX : this.#config.keep_dropped_targets;
    for (const discovery of this.#discoveries) {
      for (const labels of discovery.targets()) {
        const outcome = describeTarget(labels, this.#config, this.#relabeler);
        if (outcome.kind === 'active') {
          const { target } = outcome;
          wanted.set(
            `${inheritanceKey(target.labels, target.url.href)} ${target.intervalMs} ${target.timeoutMs}`,
            target,
          );
          continue;
        }
        if (outcome.kind === 'invalid')
          this.#deps.logger.warn({ scrapePool: this.name, reason: outcome.reason }, 'target not used');
        this.#droppedCount++;
        if (dropped.length < keep) dropped.push(outcome.discoveredLabels);
      }
    }
    this.#dropped = dropped;
    for (const [key, target] of this.#targets) {
      if (wanted.has(key)) continue;
      this.#targets.delete(key);
      void this.#end(target);
    }
    for (const [key, description] of wanted)
      if (!this.#targets.has(key)) this.#targets.set(key, this.#begin(description));
    const { target_limit: limit } = this.#config;
    const force =
      limit > 0 && this.#targets.size > limit
        ? new LimitExceeded('target_limit', ` (number of targets: ${this.#targets.size}, limit: ${limit})`)
        : undefined;
    for (const target of this.#targets.values()) target.loop.force(force);
  }

  #begin(description: TargetDescription): Target {
    const config = this.#config;
    const { labels, intervalMs, timeoutMs, discoveredLabels } = description;
    const url = description.url.href;
    const { clock, logger, sink, columns, metrics } = this.#deps;
    const reader = new PageReader(
      {
        targetLabels: labels,
        honorLabels: config.honor_labels,
        honorTimestamps: config.honor_timestamps,
        trackTimestampsStaleness: config.track_timestamps_staleness,
        relabeler: this.#metricRelabeler,
        sampleLimit: config.sample_limit,
        labelLimit: config.label_limit,
        labelNameLengthLimit: config.label_name_length_limit,
        labelValueLengthLimit: config.label_value_length_limit,
        legacyNames: config.metric_name_validation_scheme === 'legacy',
        nativeHistograms: config.scrape_native_histograms,
        classicHistograms: config.always_scrape_classic_histograms,
        convertHistograms: config.convert_classic_histograms_to_nhcb,
        histogramLimits: {
          bucketLimit: config.native_histogram_bucket_limit,
          schemaMax: schemaOfFactor(config.native_histogram_min_bucket_factor),
        },
        startTimestamps: config.start_timestamps,
      },
      columns,
      this.#deps.lines,
    );
    const heirloom = this.#heirlooms.get(inheritanceKey(labels, url));
    if (heirloom) {
      reader.inherit(heirloom.series);
      this.#heirlooms.delete(inheritanceKey(labels, url));
    }
    const source = new HttpPageSource(this.#client, description.url, config, timeoutMs);
    const loop = new ScrapeLoop(
      { clock, logger: logger.child({ scrapePool: this.name, target: url }), sink, source, reader, columns, metrics },
      {
        labels,
        intervalMs,
        timeoutMs,
        offsetMs: offsetOf(labels, url, intervalMs),
        sampleLimit: config.sample_limit,
        extraMetrics: config.extra_scrape_metrics,
      },
    );
    loop.start();
    return { discoveredLabels, labels, url, intervalMs, timeoutMs, sampleLimit: config.sample_limit, loop, reader };
  }

  /** Stops a target that discovery no longer knows. */
  async #end(target: Target): Promise<void> {
    await target.loop.stop();
    this.#deps.ended(target.loop.live(), target.intervalMs);
  }
}

/** What a stopped target leaves behind. */
export interface Heirloom {
  /** Series of its last page. */
  readonly series: readonly Labels[];
  /** `up` and the scrape_* series. */
  readonly report: readonly Labels[];
  readonly intervalMs: number;
}

/** Targets of two generations with equal keys continue each other's series. */
function inheritanceKey(labels: Labels, url: string): string {
  return `${labels.key} ${url}`;
}
