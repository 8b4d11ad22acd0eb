import { Relabeler } from '../../metrics/relabel/index.ts';
import type { ExternalAlertmanagerConfig } from './config.ts';

export interface ExternalTarget {
  /** Scheme, host and port. */
  readonly address: string;
  /** Where alerts are posted. */
  readonly url: string;
}

/** The Alertmanagers of one entry after its `relabel_configs`, each once. Source: Prometheus, notifier.AlertmanagerFromGroup. */
export function externalTargets(config: ExternalAlertmanagerConfig): readonly ExternalTarget[] {
  const relabeler = new Relabeler(config.relabel_configs);
  const path = ['', ...config.path_prefix.split('/'), 'api', 'v2', 'alerts'].filter(
    (part, i) => i === 0 || part !== '',
  );
  const found = new Map<string, ExternalTarget>();
  for (const { targets, labels: own } of config.static_configs) {
    for (const target of targets) {
      const labels = new Map(Object.entries(own ?? {}));
      labels.set('__address__', target).set('__scheme__', config.scheme).set('__alerts_path__', path.join('/'));
      if (!relabeler.apply(labels)) continue;
      const address = `${labels.get('__scheme__') ?? config.scheme}://${labels.get('__address__') ?? ''}`;
      const url = `${address}${labels.get('__alerts_path__') ?? ''}`;
      if (URL.canParse(url)) found.set(url, { address, url });
    }
  }
  return [...found.values()];
}
