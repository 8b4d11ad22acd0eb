import { errorMessage } from '../../../../base/errors.ts';
import type { DiscoveredTarget, DiscoveryDeps } from '../discovery.ts';
import { hostPort } from '../host-port.ts';
import { PolledDiscovery } from '../polled-discovery.ts';
import type { DnsSdConfig } from './config.ts';
import type { DnsRecord, DnsResolver } from './resolver.ts';

/** Targets from DNS records. A name that cannot be resolved keeps its targets; one that is known not to exist has none. */
export function dnsDiscovery(deps: DiscoveryDeps, config: DnsSdConfig, resolver: DnsResolver): PolledDiscovery {
  const known = new Map<string, readonly DiscoveredTarget[]>();
  let before = '';
  return new PolledDiscovery(deps, {
    kind: 'DNS',
    intervalMs: config.refresh_interval,
    ask: async (signal) => {
      signal.addEventListener('abort', () => resolver.close(), { once: true });
      const faults: string[] = [];
      await Promise.all(
        config.names.map(async (name) => {
          try {
            const records = await resolver.resolve(name, config.type);
            const targets = records.map((record) => targetOf(name, record, config));
            // Servers rotate their answers: the order is no news.
            known.set(
              name,
              targets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
            );
          } catch (error) {
            faults.push(errorMessage(error));
          }
        }),
      );
      signal.throwIfAborted();
      const targets = config.names.flatMap((name) => known.get(name) ?? []);
      const text = targets.map(keyOf).join('\n');
      const same = text === before;
      before = text;
      return { targets: same ? undefined : targets, faults };
    },
  });
}

function keyOf(target: DiscoveredTarget): string {
  return `${target.get('__meta_dns_name')} ${target.get('__address__')}`;
}

function targetOf(name: string, { host, port }: DnsRecord, config: DnsSdConfig): DiscoveredTarget {
  const target = new Map([
    ['__address__', hostPort(host.replace(/\.$/, ''), port ?? config.port)],
    ['__meta_dns_name', name],
  ]);
  // With the dot at the end, as in Prometheus.
  const absolute = `${host.replace(/\.$/, '')}.`;
  if (config.type === 'SRV') {
    target.set('__meta_dns_srv_record_target', absolute).set('__meta_dns_srv_record_port', String(port));
  } else if (config.type === 'MX') target.set('__meta_dns_mx_record_target', absolute);
  else if (config.type === 'NS') target.set('__meta_dns_ns_record_target', absolute);
  return target;
}
