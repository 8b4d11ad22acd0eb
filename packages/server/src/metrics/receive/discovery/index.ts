/**
 * Where targets come from: the configuration itself, files, a discovery server.
 * In: the discovery keys of a scrape config. Out: label maps of targets, again after every change.
 * Called by scrape pools, which relabel what they get here.
 */
import type { ScrapePoolConfig } from '../config.ts';
import { type Discovery, type HttpDiscoveryDeps, StaticDiscovery } from './discovery.ts';
import { FileDiscovery } from './file-discovery.ts';
import { HttpDiscovery } from './http-discovery.ts';

export type { DiscoveredTarget, Discovery } from './discovery.ts';

export function createDiscoveries(
  deps: Omit<HttpDiscoveryDeps, 'client'> & {
    readonly clientFor: (config: ScrapePoolConfig['http_sd_configs'][number]) => HttpDiscoveryDeps['client'];
  },
  config: ScrapePoolConfig,
): readonly Discovery[] {
  const { clock, logger, clientFor } = deps;
  return [
    new StaticDiscovery(config.static_configs),
    ...config.file_sd_configs.map((sd) => new FileDiscovery({ clock, logger }, sd)),
    ...config.http_sd_configs.map((sd) => new HttpDiscovery({ clock, logger, client: clientFor(sd) }, sd)),
  ];
}
