import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../base/config-schema.ts';

/** A YAML scalar; of those that are no strings the file's own spelling is taken afterwards. */
const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a single value' })
  .nullable()
  .transform((value) => String(value ?? ''));
const labelSet = z.record(z.string(), scalar).nullish();

const ruleShape = {
  record: scalar.optional(),
  alert: scalar.optional(),
  expr: scalar.optional(),
  for: durationMs.nullish(),
  keep_firing_for: durationMs.nullish(),
  labels: labelSet,
  annotations: labelSet,
};
const groupShape = {
  name: scalar.prefault(''),
  interval: positiveDurationMs.nullish(),
  query_offset: durationMs.nullish(),
  limit: z.int().min(0).nullish(),
  labels: labelSet,
};

const rule = z.strictObject(ruleShape);
const group = z.strictObject({ ...groupShape, rules: z.array(rule).nullish() });
const looseGroup = z.looseObject({ ...groupShape, rules: z.array(z.looseObject(ruleShape)).nullish() });
/** The key is Thanos's, and part of the Kubernetes object whoever evaluates it; this ruler has no partial responses. */
const kubernetesGroup = z.strictObject({
  ...groupShape,
  rules: z.array(rule).nullish(),
  partial_response_strategy: z.string().nullish(),
});

export type ParsedGroup = z.infer<typeof group>;
export type ParsedRule = z.infer<typeof rule>;
export type ParsedLabels = z.infer<typeof labelSet>;

/** A Prometheus rule file. */
export const ruleFileSchema = z.strictObject({ groups: z.array(group).nullish() });
/** The same with keys nobody knows, as with promtool's --ignore-unknown-fields. */
export const looseRuleFileSchema = z.looseObject({ groups: z.array(looseGroup).nullish() });

const metadata = z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).nullish();

export const prometheusRuleSchema = z.looseObject({
  metadata,
  spec: z.strictObject({ groups: z.array(kubernetesGroup).nullish() }),
});
export const loosePrometheusRuleSchema = z.looseObject({ metadata, spec: looseRuleFileSchema });
export const configMapSchema = z.looseObject({
  metadata,
  data: z.record(z.string(), z.string()).nullish(),
});
