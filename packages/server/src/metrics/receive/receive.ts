import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { ProxyEnvironment } from '../../base/http-client/index.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { Matcher } from '../../model/matcher.ts';
import type { SampleSink } from '../../model/ports.ts';
import type { ReceiveConfig } from './config.ts';
import type { DiscoveryEnvironment } from './discovery/index.ts';
import { type RemoteWriteConfig, remoteWritePlugin } from './remote-write/index.ts';
import { type CollectorTarget, ScrapeManager, targetSeriesApi, targetsApi } from './scrape/index.ts';

export interface MetricsReceiveDeps {
  readonly sink: SampleSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface MetricsReceiveOptions {
  readonly config: ReceiveConfig;
  /** Sent in User-Agent. */
  readonly version: string;
  readonly collectors?: readonly CollectorTarget[];
  readonly remoteWrite: RemoteWriteConfig;
  /** For `proxy_from_environment`. */
  readonly proxyEnvironment?: ProxyEnvironment;
  readonly discovery?: DiscoveryEnvironment;
  /** Parses a PromQL selector, for `match_target`. Throws PROMQL_PARSE. */
  readonly parseSelector?: (selector: string) => readonly Matcher[];
  /** Replaces localhost in the targets page's `globalUrl`. */
  readonly externalHost?: string;
}

export interface MetricsReceive extends Component {
  /** `/api/v1/write`, `/api/v1/targets`, `/api/v1/targets/metadata`, `/api/v1/scrape_pools`, `/api/vedette/target-series`. */
  readonly plugins: readonly HttpPlugin[];
  /** Changes to a new configuration: equal pools keep running, removed targets get stale markers. */
  apply(config: ReceiveConfig): Promise<void>;
  /** Active targets by the outcome of their last scrape. */
  targetCounts(): { readonly up: number; readonly down: number; readonly unknown: number };
}

/** Nothing runs before start(). */
export function openMetricsReceive(deps: MetricsReceiveDeps, options: MetricsReceiveOptions): MetricsReceive {
  const { sink, logger, registry } = deps;
  const manager = new ScrapeManager(deps, {
    config: options.config,
    collectors: options.collectors ?? [],
    version: options.version,
    proxyEnvironment: options.proxyEnvironment ?? {},
    discovery: options.discovery ?? {},
  });
  return {
    name: 'metrics/receive',
    plugins: [
      remoteWritePlugin({ sink, logger, registry }, options.remoteWrite),
      targetsApi(
        { pools: () => manager.pools(), ...(options.parseSelector && { parseSelector: options.parseSelector }) },
        options.externalHost === undefined ? {} : { externalHost: options.externalHost },
      ),
      targetSeriesApi(() => manager.pools()),
    ],
    start: () => manager.start(),
    stop: () => manager.stop(),
    apply: (config) => manager.apply(config),
    targetCounts: () => {
      const states = manager.pools().flatMap((pool) => pool.active.map((target) => target.state.health));
      const count = (health: string): number => states.filter((state) => state === health).length;
      return { up: count('up'), down: count('down'), unknown: count('unknown') };
    },
  };
}
