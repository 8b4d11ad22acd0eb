import { Relabeler } from '../../metrics/relabel/index.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';

export interface ExternalTarget {
  /** Scheme, host and port. */
  readonly address: string;
  /** Where alerts are posted. */
  readonly url: string;
}

/** What says where the Alertmanagers of one entry are. */
type Named = Pick<ExternalAlertmanagerConfig, 'static_configs' | 'relabel_configs' | 'scheme' | 'path_prefix'>;

const ADDRESS = /^[^/\s@]+(?::\d+)?$/;

/** The Alertmanagers of one entry after its `relabel_configs`, each once. Source: Prometheus, notifier.AlertmanagerFromGroup. */
export function externalTargets(config: Named): readonly ExternalTarget[] {
  const found = new Map<string, ExternalTarget>();
  for (const { labels } of relabelled(config)) {
    if (!ADDRESS.test(labels.get('__address__') ?? '')) continue;
    const address = `${labels.get('__scheme__') ?? config.scheme}://${labels.get('__address__') ?? ''}`;
    const url = `${address}${labels.get('__alerts_path__') ?? ''}`;
    if (URL.canParse(url)) found.set(url, { address, url });
  }
  return [...found.values()];
}

/** Addresses that are none after relabelling, with where the target stands in `static_configs`. */
export function* addressFaults(
  config: Named,
): Iterable<readonly [path: readonly (string | number)[], address: string]> {
  for (const { labels, path } of relabelled(config)) {
    const address = labels.get('__address__') ?? '';
    if (!ADDRESS.test(address)) yield [path, address];
  }
}

function* relabelled(
  config: Named,
): Iterable<{ readonly labels: ReadonlyMap<string, string>; readonly path: readonly (string | number)[] }> {
  const relabeler = new Relabeler(config.relabel_configs);
  const parts = ['', ...config.path_prefix.split('/'), 'api', 'v2', 'alerts'].filter(
    (part, i) => i === 0 || part !== '',
  );
  for (const [g, { targets, labels: own }] of config.static_configs.entries())
    for (const [t, target] of targets.entries()) {
      const labels = new Map(Object.entries(own ?? {}));
      labels.set('__address__', target).set('__scheme__', config.scheme).set('__alerts_path__', parts.join('/'));
      if (relabeler.apply(labels)) yield { labels, path: [g, 'targets', t] };
    }
}
