import { PRECEDENCE, functionNames } from '../metrics/query/index.ts';

type Features = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

const all = (names: readonly string[]): Readonly<Record<string, boolean>> =>
  Object.fromEntries(names.toSorted().map((name) => [name, true]));

/** What /api/v1/features answers: Prometheus's names of features, and whether Vedette has them. */
export function features(adminApi: boolean): Features {
  return {
    api: {
      admin: adminApi,
      exclude_alerts: true,
      label_values_match: true,
      lifecycle: true,
      otlp_write_receiver: false,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: true,
      search: false,
      time_range_labels: true,
      time_range_series: true,
    },
    prometheus: { agent_mode: false, auto_reload_config: false, server_mode: true },
    promql: {
      at_modifier: true,
      delayed_name_removal: false,
      negative_offset: true,
      per_query_lookback_delta: true,
      per_step_stats: true,
      subqueries: true,
    },
    promql_functions: all(functionNames()),
    promql_operators: all(Object.keys(PRECEDENCE)),
    rules: { concurrent_rule_eval: false, keep_firing_for: true, query_offset: true },
    tsdb: { exemplar_storage: true, native_histograms: true },
  };
}
