/**
 * Where targets come from: the configuration itself, files, a discovery server, DNS, Consul, Kubernetes.
 * In: the discovery keys of a scrape config. Out: label maps of targets, again after every change.
 * Called by scrape pools, which relabel what they get here.
 */
import type { HttpClient, HttpClientConfig } from '../../../base/http-client/index.ts';
import type { ScrapePoolConfig } from '../config.ts';
import { consulClient } from './consul/config.ts';
import { ConsulDiscovery, SERVICES_MAX } from './consul/consul-discovery.ts';
import { type Discovery, type DiscoveryDeps, type DiscoveryEnvironment, StaticDiscovery } from './discovery.ts';
import { dnsDiscovery } from './dns/dns-discovery.ts';
import { createDnsResolver, systemDnsSettings } from './dns/resolver.ts';
import { FileDiscovery } from './file-discovery.ts';
import { httpDiscovery } from './http-discovery.ts';
import { KubernetesDiscovery } from './kubernetes/kubernetes-discovery.ts';

export type { DiscoveredTarget, Discovery, DiscoveryEnvironment } from './discovery.ts';

/** Watches hold their connections open: more of them than a client allows otherwise. */
const WATCHES_MAX = 256;

export interface DiscoveriesDeps extends DiscoveryDeps {
  /** Whoever gives the client closes it. */
  readonly clientFor: (config: HttpClientConfig, connectionsMax?: number) => HttpClient;
  readonly environment: DiscoveryEnvironment;
}

export function createDiscoveries(
  { clock, logger, clientFor, environment }: DiscoveriesDeps,
  config: ScrapePoolConfig,
): readonly Discovery[] {
  const deps = { clock, logger };
  return [
    new StaticDiscovery(config.static_configs),
    ...config.file_sd_configs.map((sd) => new FileDiscovery(deps, sd)),
    ...config.http_sd_configs.map((sd) => httpDiscovery({ ...deps, client: clientFor(sd) }, sd)),
    ...config.dns_sd_configs.map((sd) =>
      dnsDiscovery(deps, sd, createDnsResolver(environment.dns ?? systemDnsSettings())),
    ),
    ...config.consul_sd_configs.map(
      (sd) => new ConsulDiscovery({ ...deps, client: clientFor(consulClient(sd), SERVICES_MAX + 1) }, sd),
    ),
    ...config.kubernetes_sd_configs.map(
      (sd) =>
        new KubernetesDiscovery(
          {
            ...deps,
            clientFor: (client) => clientFor(client, WATCHES_MAX),
            environment: environment.kubernetes ?? {},
          },
          sd,
        ),
    ),
  ];
}
