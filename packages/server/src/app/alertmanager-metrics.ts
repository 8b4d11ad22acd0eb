import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { AlertingRoom } from '../alerting/index.ts';

export interface AlertmanagerMetricsDeps {
  readonly registry: Registry;
  readonly alerting: AlertingRoom;
  readonly version: string;
  readonly lastReload: () => { readonly ok: boolean; readonly atMs: number; readonly goodMs: number };
}

/** Vedette's counters under the names that dashboards and rules for Alertmanager know. */
const COUNTERS: readonly (readonly [name: string, of: string, labels: readonly string[], help: string])[] = [
  ['alertmanager_alerts_received_total', 'vedette_alerts_received_total', ['status'], 'Alerts that arrived.'],
  ['alertmanager_alerts_invalid_total', 'vedette_alerts_invalid_total', [], 'Alerts that arrived and were not valid.'],
  ['alertmanager_notifications_total', 'vedette_notifications_total', ['integration'], 'Attempts to notify.'],
  [
    'alertmanager_notifications_failed_total',
    'vedette_notifications_failed_total',
    ['integration'],
    'Attempts to notify that failed.',
  ],
];

/** `alertmanager_*` beside `vedette_*`, worked out when somebody scrapes. */
export function registerAlertmanagerMetrics(deps: AlertmanagerMetricsDeps): void {
  const { registry, alerting, version } = deps;
  for (const [name, of, labelNames, help] of COUNTERS) counterLike(registry, name, of, labelNames, help);
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[], collect: (gauge: Gauge) => void): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        collect(this);
      },
    });
  };
  gauge('alertmanager_build_info', 'Always 1.', ['version'], (own) => own.set({ version }, 1));
  gauge('alertmanager_cluster_enabled', 'Always 0: there is no gossip.', [], (own) => own.set(0));
  gauge('alertmanager_config_last_reload_successful', 'Whether the newest file was taken.', [], (own) =>
    own.set(deps.lastReload().ok ? 1 : 0),
  );
  gauge('alertmanager_config_last_reload_success_timestamp_seconds', 'When a file was taken last.', [], (own) =>
    own.set(deps.lastReload().goodMs / 1000),
  );
  const view = alerting.alertmanager;
  gauge('alertmanager_receivers', 'Receivers of the file.', [], (own) => own.set(view.config()?.receivers.length ?? 0));
  gauge('alertmanager_integrations', 'Integrations of all receivers.', [], (own) =>
    own.set(view.config()?.receivers.reduce((sum, { integrations }) => sum + integrations.length, 0) ?? 0),
  );
  gauge('alertmanager_alerts', 'Alerts that have not ended, by state.', ['state'], (own) => {
    const at = view.now();
    let [active, suppressed] = [0, 0];
    for (const alert of view.alerts()) {
      if (alert.resolved || alert.endsAtMs < at) continue;
      const isQuiet = view.mutedBy(alert.labels, at).some(({ by }) => by === 'silence' || by === 'inhibition');
      if (isQuiet) suppressed++;
      else active++;
    }
    own.set({ state: 'active' }, active);
    own.set({ state: 'suppressed' }, suppressed);
    own.set({ state: 'unprocessed' }, 0);
  });
  gaugeLike(registry, 'alertmanager_silences', 'vedette_silences', ['state'], 'Silences by state.');
  gaugeLike(registry, 'alertmanager_dispatcher_aggregation_groups', 'vedette_alert_groups', [], 'Groups of alerts.');
}

function counterLike(registry: Registry, name: string, of: string, labelNames: readonly string[], help: string): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      for (const { labels, value } of await valuesOf(registry, of)) this.inc(only(labels, labelNames), value);
    },
  });
}

function gaugeLike(registry: Registry, name: string, of: string, labelNames: readonly string[], help: string): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      for (const { labels, value } of await valuesOf(registry, of)) this.set(only(labels, labelNames), value);
    },
  });
}

type Values = readonly MetricValue<string>[];

async function valuesOf(registry: Registry, name: string): Promise<Values> {
  const metric = registry.getSingleMetric(name);
  return metric ? ((await metric.get()) as MetricObjectWithValues<MetricValue<string>>).values : [];
}

function only(labels: MetricValue<string>['labels'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(labels[name] ?? '')]));
}
