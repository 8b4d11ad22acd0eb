/**
 * Where targets come from: the configuration itself, files, a discovery server, DNS, Consul, Kubernetes.
 * In: the discovery keys of a scrape config, or of `alerting.alertmanagers`. Out: label maps of targets, again after every change.
 * Called by scrape pools, and by app for Alertmanagers; they relabel what they get here.
 */
import type { HttpClient, HttpClientConfig, HttpClientDeps } from '../../../base/http-client/index.ts';
import type { DiscoveryConfig } from './config.ts';
import { consulClient } from './consul/config.ts';
import { ConsulDiscovery, SERVICES_MAX } from './consul/consul-discovery.ts';
import { type Discovery, type DiscoveryDeps, type DiscoveryEnvironment, StaticDiscovery } from './discovery.ts';
import { dnsDiscovery } from './dns/dns-discovery.ts';
import { createDnsResolver, systemDnsSettings } from './dns/resolver.ts';
import { FileDiscovery } from './file-discovery.ts';
import { httpDiscovery } from './http-discovery.ts';
import { KubernetesDiscovery } from './kubernetes/kubernetes-discovery.ts';
import { SharedDiscoveries } from './shared-discoveries.ts';

export { type DiscoveredTarget, type Discovery, type DiscoveryEnvironment, StaticDiscovery } from './discovery.ts';
export { SharedDiscoveries, fingerprintOf } from './shared-discoveries.ts';

/** Watches hold their connections open: more of them than a client allows otherwise. */
const WATCHES_MAX = 256;

export interface DiscoveriesDeps extends DiscoveryDeps {
  readonly shared: SharedDiscoveries;
  readonly environment: DiscoveryEnvironment;
}

/** Discovery for others than scrape pools: opens all sources that a section names. What they throw, it throws. */
export function discoveryOpener(
  deps: DiscoveryDeps,
  http: HttpClientDeps,
  environment: DiscoveryEnvironment,
): (config: DiscoveryConfig) => readonly Discovery[] {
  const shared = new SharedDiscoveries(http);
  return (config) => createDiscoveries({ ...deps, shared, environment }, config);
}

/** All sources of one section. Throws CONFIG_UNREADABLE, CONFIG_INVALID when a certificate cannot be read or used. */
export function createDiscoveries(
  { clock, logger, shared, environment }: DiscoveriesDeps,
  config: DiscoveryConfig,
): readonly Discovery[] {
  const deps = { clock, logger };
  const held: Discovery[] = [
    new StaticDiscovery(config.static_configs),
    ...config.file_sd_configs.map((sd) => new FileDiscovery(deps, sd)),
  ];
  const hold: SharedDiscoveries['hold'] = (kind, sd, create) => {
    const discovery = shared.hold(kind, sd, create);
    held.push(discovery);
    return discovery;
  };
  try {
    for (const sd of config.http_sd_configs)
      hold('http', sd, (clientFor) => httpDiscovery({ ...deps, client: clientFor(sd) }, sd));
    for (const sd of config.dns_sd_configs)
      hold('dns', sd, () => dnsDiscovery(deps, sd, createDnsResolver(environment.dns ?? systemDnsSettings())));
    for (const sd of config.consul_sd_configs) {
      const connections = SERVICES_MAX + 1;
      hold(
        'consul',
        sd,
        (clientFor) => new ConsulDiscovery({ ...deps, client: clientFor(consulClient(sd), connections) }, sd),
      );
    }
    for (const sd of config.kubernetes_sd_configs) {
      hold('kubernetes', sd, (clientFor) => {
        const client = (access: HttpClientConfig): HttpClient => clientFor(access, WATCHES_MAX);
        return new KubernetesDiscovery({ ...deps, clientFor: client, environment: environment.kubernetes ?? {} }, sd);
      });
    }
    return held;
  } catch (error) {
    for (const discovery of held) void discovery.stop();
    throw error;
  }
}
