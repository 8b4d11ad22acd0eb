import type { Collector } from '@vedette/agent';
import { EXPONENTIAL_SCHEMA_MAX } from '@vedette/wire/histogram';
import { Labels } from '../../../model/labels.ts';
import { Relabeler } from '../../relabel/index.ts';
import { CollectorPageSource } from './collector-page-source.ts';
import { PageReader } from './page-reader.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import type { ScrapeDeps } from './scrape-pool.ts';
import { type PoolView, type Target, offsetOf, viewTarget } from './target.ts';

/** A collector of this process, scraped like any target but without HTTP; its address is `collector:<name>`. */
export interface CollectorTarget {
  readonly collector: Collector;
  readonly job: string;
  readonly intervalMs: number;
  /** The interval when absent, at most 10 s. */
  readonly timeoutMs?: number;
  /** Target labels beside job; `instance` is `collector:<name>` unless given. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Before it resolves there is no such target: what it would tell of does not exist yet. Absent: from the start. */
  readonly whenReady?: Promise<void>;
}

const TIMEOUT_DEFAULT_MS = 10_000;

/** The collectors of this process as targets; they live as long as the process, from the start or from when they are ready. */
export class CollectorPool {
  readonly #deps: ScrapeDeps;
  /** Those that are not there yet. */
  readonly #later: readonly CollectorTarget[];
  readonly #targets: { readonly job: string; readonly target: Target }[] = [];
  #stopped = false;

  constructor(deps: ScrapeDeps, collectors: readonly CollectorTarget[]) {
    this.#deps = deps;
    this.#later = collectors.filter(({ whenReady }) => whenReady !== undefined);
    for (const collector of collectors) if (collector.whenReady === undefined) this.#add(collector);
  }

  start(): void {
    for (const { target } of this.#targets) target.loop.start();
    for (const collector of this.#later) {
      void collector.whenReady?.then(() => {
        if (!this.#stopped) this.#add(collector).loop.start();
      });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#targets.map(({ target }) => target.loop.stop()));
  }

  #add(collector: CollectorTarget): Target {
    const target = createTarget(this.#deps, collector);
    this.#targets.push({ job: collector.job, target });
    return target;
  }

  views(): PoolView[] {
    const jobs = [...new Set(this.#targets.map(({ job }) => job))];
    return jobs.map((name) => ({
      name,
      active: this.#targets.filter(({ job }) => job === name).map(({ target }) => viewTarget(name, target)),
      dropped: [],
      droppedCount: 0,
      discoveryErrors: [],
    }));
  }
}

function createTarget(deps: ScrapeDeps, options: CollectorTarget): Target {
  const { clock, logger, sink, columns, metrics, deadlines } = deps;
  const { collector, job, intervalMs } = options;
  const url = `collector:${collector.name}`;
  const timeoutMs = options.timeoutMs ?? Math.min(intervalMs, TIMEOUT_DEFAULT_MS);
  const labels = Labels.fromObject({ instance: url, ...options.labels, job });
  const reader = new PageReader(
    {
      targetLabels: labels,
      honorLabels: false,
      honorTimestamps: true,
      trackTimestampsStaleness: false,
      relabeler: Relabeler.NONE,
      sampleLimit: 0,
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
      legacyNames: false,
      nativeHistograms: false,
      classicHistograms: false,
      convertHistograms: false,
      histogramLimits: { bucketLimit: 0, schemaMax: EXPONENTIAL_SCHEMA_MAX },
      startTimestamps: 'ignore',
    },
    columns,
    deps.lines,
  );
  const loop = new ScrapeLoop(
    {
      clock,
      logger: logger.child({ scrapePool: job, target: url }),
      sink,
      source: new CollectorPageSource(collector, deadlines),
      reader,
      columns,
      metrics,
    },
    { labels, intervalMs, timeoutMs, offsetMs: offsetOf(labels, url, intervalMs), sampleLimit: 0, extraMetrics: false },
  );
  return { discoveredLabels: labels, labels, url, intervalMs, timeoutMs, sampleLimit: 0, loop, reader };
}
