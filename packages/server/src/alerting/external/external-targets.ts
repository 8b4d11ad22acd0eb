import { type DiscoveredTarget, Relabeler, StaticDiscovery } from '../../metrics/receive/index.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';

export interface ExternalTarget {
  /** Scheme, host and port. */
  readonly address: string;
  /** Where alerts are posted. */
  readonly url: string;
}

type Settings = Pick<ExternalAlertmanagerConfig, 'relabel_configs' | 'scheme' | 'path_prefix'>;

const ADDRESS = /^[^/\s@]+(?::\d+)?$/;

/**
 * The Alertmanagers of one entry after its `relabel_configs`, each once; what is no address then is left out. Source: Prometheus,
 * notifier.AlertmanagerFromGroup.
 */
export function externalTargets(config: Settings, discovered: readonly DiscoveredTarget[]): readonly ExternalTarget[] {
  const found = new Map<string, ExternalTarget>();
  for (const labels of relabelled(config, discovered)) {
    if (!ADDRESS.test(labels?.get('__address__') ?? '')) continue;
    const address = `${labels?.get('__scheme__') ?? config.scheme}://${labels?.get('__address__') ?? ''}`;
    const url = `${address}${labels?.get('__alerts_path__') ?? ''}`;
    if (URL.canParse(url)) found.set(url, { address, url });
  }
  return [...found.values()];
}

/** Written targets that are no addresses after relabelling, with where they stand in `static_configs`. */
export function* addressFaults(
  config: Settings & Pick<ExternalAlertmanagerConfig, 'static_configs'>,
): Iterable<readonly [path: readonly (string | number)[], address: string]> {
  for (const [g, group] of config.static_configs.entries()) {
    const targets = new StaticDiscovery([group]).targets();
    for (const [t, labels] of relabelled(config, targets).entries()) {
      const address = labels?.get('__address__') ?? '';
      if (labels && !ADDRESS.test(address)) yield [[g, 'targets', t], address];
    }
  }
}

/** Undefined for a target that relabelling drops. */
function relabelled(
  config: Settings,
  targets: readonly DiscoveredTarget[],
): readonly (ReadonlyMap<string, string> | undefined)[] {
  const relabeler = new Relabeler(config.relabel_configs);
  const parts = config.path_prefix.split('/').filter((part) => part !== '');
  const path = ['', ...parts, 'api', 'v2', 'alerts'].join('/');
  return targets.map((target) => {
    const labels = new Map([...target, ['__scheme__', config.scheme], ['__alerts_path__', path]]);
    return relabeler.apply(labels) ? labels : undefined;
  });
}
