import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Names after Prometheus's own, with our prefix; `rule_group` is `file;name` there as here. */
export function createRuleMetrics(registry: Registry) {
  const labelNames = ['rule_group'] as const;
  const registers = [registry];
  return {
    evaluations: new Counter({
      name: 'vedette_rule_evaluations_total',
      help: 'Rules evaluated.',
      labelNames,
      registers,
    }),
    failures: new Counter({
      name: 'vedette_rule_evaluation_failures_total',
      help: 'Rules whose evaluation failed.',
      labelNames,
      registers,
    }),
    missed: new Counter({
      name: 'vedette_rule_group_iterations_missed_total',
      help: 'Evaluations of a group left out because the one before was still running.',
      labelNames,
      registers,
    }),
    iterations: new Counter({
      name: 'vedette_rule_group_iterations_total',
      help: 'Evaluations of a group that were due, missed ones included.',
      labelNames,
      registers,
    }),
    lastDuration: new Gauge({
      name: 'vedette_rule_group_last_duration_seconds',
      help: 'Duration of the last evaluation of a group.',
      labelNames,
      registers,
    }),
    lastEvaluation: new Gauge({
      name: 'vedette_rule_group_last_evaluation_timestamp_seconds',
      help: 'When a group was last evaluated.',
      labelNames,
      registers,
    }),
    rules: new Gauge({ name: 'vedette_rule_group_rules', help: 'Rules in a group.', labelNames, registers }),
    interval: new Gauge({
      name: 'vedette_rule_group_interval_seconds',
      help: 'Evaluation interval of a group.',
      labelNames,
      registers,
    }),
    lateness: new Histogram({
      name: 'vedette_rule_group_lateness_seconds',
      help: 'Time from when an evaluation was due until it began.',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    duration: new Histogram({
      name: 'vedette_rule_group_duration_seconds',
      help: 'Durations of group evaluations.',
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    }),
    alertsSent: new Counter({
      name: 'vedette_rule_alerts_sent_total',
      help: 'Alerts handed to alerting, repeats included.',
      registers,
    }),
  };
}

export type RuleMetrics = ReturnType<typeof createRuleMetrics>;
