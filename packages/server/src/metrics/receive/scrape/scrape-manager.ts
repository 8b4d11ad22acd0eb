import type { Registry } from 'prom-client';
import type { Clock } from '../../../base/clock.ts';
import type { Component } from '../../../base/component.ts';
import { errorMessage } from '../../../base/errors.ts';
import { Deadlines, type HttpClientDeps, type ProxyEnvironment } from '../../../base/http-client/index.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Labels } from '../../../model/labels.ts';
import type { SampleSink } from '../../../model/ports.ts';
import type { ReceiveConfig } from '../config.ts';
import { type DiscoveryEnvironment, SharedDiscoveries, fingerprintOf } from '../discovery/index.ts';
import { type CollectorTarget, CollectorPool } from './collector-pool.ts';
import { MetadataLines } from './metadata-lines.ts';
import { SampleColumns } from './sample-columns.ts';
import { ScrapeMetrics } from './scrape-metrics.ts';
import { type Heirloom, type ScrapeDeps, ScrapePool } from './scrape-pool.ts';
import type { PoolView } from './target.ts';

export interface ScrapeManagerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sink: SampleSink;
  readonly registry: Registry;
}

export interface ScrapeManagerOptions {
  readonly config: ReceiveConfig;
  readonly collectors: readonly CollectorTarget[];
  readonly version: string;
  readonly proxyEnvironment: ProxyEnvironment;
  readonly discovery: DiscoveryEnvironment;
}

interface RunningPool {
  readonly fingerprint: string;
  readonly pool: ScrapePool;
}

/** Series end this many intervals after their target went, as in Prometheus: until then it may come back. */
const END_AFTER_INTERVALS = 2.1;

/** All scrape pools and collectors; changes them as the configuration changes. */
export class ScrapeManager implements Component {
  readonly name = 'scrape';
  readonly #deps: ScrapeDeps;
  readonly #collectors: CollectorPool;
  readonly #stopped = new AbortController();
  #config: ReceiveConfig;
  #pools = new Map<string, RunningPool>();
  /** One change after the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(deps: ScrapeManagerDeps, options: ScrapeManagerOptions) {
    const { clock, logger, sink, registry } = deps;
    const deadlines = new Deadlines(clock);
    const http: HttpClientDeps = {
      clock,
      deadlines,
      userAgent: `Vedette/${options.version}`,
      proxyEnvironment: options.proxyEnvironment,
    };
    this.#deps = {
      clock,
      logger,
      sink,
      deadlines,
      http,
      discoveries: new SharedDiscoveries(http),
      environment: options.discovery,
      columns: new SampleColumns(),
      lines: new MetadataLines(),
      metrics: new ScrapeMetrics(),
      ended: (series, intervalMs) => void this.#endLater(series, intervalMs),
    };
    this.#config = options.config;
    this.#collectors = new CollectorPool(this.#deps, options.collectors);
    this.#deps.metrics.register(registry, () => {
      const states = this.pools().flatMap((pool) => pool.active.map((target) => target.state.health));
      return { active: states.length, down: states.filter((health) => health === 'down').length };
    });
  }

  async start(): Promise<void> {
    this.#collectors.start();
    await this.apply(this.#config);
  }

  /** Stops without stale markers: the process will probably be back within the look-back time. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    await this.#changing;
    await Promise.all([this.#collectors.stop(), ...[...this.#pools.values()].map(({ pool }) => pool.stop())]);
    this.#pools.clear();
  }

  pools(): PoolView[] {
    return [...this.#collectors.views(), ...[...this.#pools.values()].map(({ pool }) => pool.view())];
  }

  /** Rejects with CONFIG_UNREADABLE, having changed nothing, when a certificate of a new pool cannot be read. */
  async apply(config: ReceiveConfig): Promise<void> {
    const change = this.#changing.then(() => this.#change(config));
    this.#changing = change.catch(() => undefined);
    await change;
  }

  async #change(config: ReceiveConfig): Promise<void> {
    const next = new Map<string, RunningPool>();
    const fresh: ScrapePool[] = [];
    for (const pool of config.pools) {
      const fingerprint = fingerprintOf(pool);
      const running = this.#pools.get(pool.job_name);
      if (running?.fingerprint === fingerprint) {
        next.set(pool.job_name, running);
        continue;
      }
      let created: ScrapePool;
      try {
        created = new ScrapePool(this.#deps, pool);
      } catch (error) {
        await Promise.all(fresh.map((other) => other.stop()));
        throw error;
      }
      fresh.push(created);
      next.set(pool.job_name, { fingerprint, pool: created });
    }
    const heirlooms = new Map<string, Heirloom>();
    for (const [name, { pool }] of this.#pools) {
      if (next.get(name)?.pool === pool) continue;
      const left = await pool.stop();
      if (next.has(name)) for (const [key, heirloom] of left) heirlooms.set(`${name} ${key}`, heirloom);
      else
        for (const { series, report, intervalMs } of left.values())
          this.#deps.ended([...series, ...report], intervalMs);
    }
    this.#pools = next;
    this.#config = config;
    for (const pool of fresh) {
      const prefix = `${pool.name} `;
      const own = [...heirlooms]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
      await pool.start(new Map(own));
    }
  }

  /** Writes stale markers for series whose target went, unless another target has taken them over by then. */
  async #endLater(series: readonly Labels[], intervalMs: number): Promise<void> {
    if (series.length === 0) return;
    const { clock, sink, columns, logger } = this.#deps;
    const atMs = clock.now() + intervalMs;
    try {
      await clock.sleep(intervalMs * END_AFTER_INTERVALS, this.#stopped.signal);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      throw error;
    }
    const alive = new Set<string>();
    for (const { pool } of this.#pools.values()) for (const labels of pool.liveSeries()) alive.add(labels.key);
    for (const labels of series) if (!alive.has(labels.key)) columns.pushStale(labels, atMs);
    try {
      await sink.append(columns.take(), { acknowledge: 'queued' });
    } catch (error) {
      logger.warn(
        { error: errorMessage(error), series: series.length },
        'stale markers of removed targets could not be stored',
      );
    }
  }
}
