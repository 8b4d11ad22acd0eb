import type { FastifyInstance } from 'fastify';
import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import { VedetteError } from '../../base/errors.ts';
import { compileAnchored } from '../../model/matcher.ts';
import { Parameters } from './parameters.ts';

type Metric = MetricObjectWithValues<MetricValue<string> & { readonly metricName?: string }>;

/** status/self_metrics: Vedette's own metrics in the JSON form of the protobuf exposition. */
export function registerSelfMetricsRoutes(scope: FastifyInstance, registry: Registry): void {
  scope.get('/api/v1/status/self_metrics', async (request) => {
    const matches = nameFilter(new Parameters(request).text('metric_name_pattern'));
    const families = (await registry.getMetricsAsJSON()) as unknown as readonly Metric[];
    return { status: 'success', data: families.filter(({ name }) => matches(name)).map(familyJson) };
  });
}

function nameFilter(pattern: string): (name: string) => boolean {
  if (pattern === '') return () => true;
  try {
    return compileAnchored(pattern);
  } catch (error) {
    throw new VedetteError(
      'QUERY_BAD_PARAMETER',
      `invalid metric_name_pattern: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

function familyJson(family: Metric): object {
  const { name, help } = family;
  switch (String(family.type)) {
    case 'counter':
      return { name, help, type: 'COUNTER', metric: simple(family, 'counter') };
    case 'gauge':
      return { name, help, type: 'GAUGE', metric: simple(family, 'gauge') };
    case 'histogram':
      return { name, help, type: 'HISTOGRAM', metric: compound(family, 'le', histogramJson) };
    case 'summary':
      return { name, help, type: 'SUMMARY', metric: compound(family, 'quantile', summaryJson) };
    default:
      return { name, help, type: 'UNTYPED', metric: simple(family, 'untyped') };
  }
}

function simple(family: Metric, kind: string): readonly object[] {
  return family.values.map(({ labels, value }) => ({ ...labelsJson(labels), [kind]: { value: numberJson(value) } }));
}

interface Parts {
  readonly labels: object;
  count: number;
  sum: number;
  readonly points: { readonly at: number; readonly value: number }[];
}

/** Rows of one family that differ only in `divider` and the suffix of their name, put together. */
function compound(family: Metric, divider: string, json: (parts: Parts) => object): readonly object[] {
  const found = new Map<string, Parts>();
  for (const { labels, value, metricName = family.name } of family.values) {
    const rest = Object.entries(labels).filter(([name]) => name !== divider);
    const key = JSON.stringify(rest);
    const parts = found.get(key) ?? { labels: labelsJson(Object.fromEntries(rest)), count: 0, sum: 0, points: [] };
    found.set(key, parts);
    if (metricName.endsWith('_sum')) parts.sum = value;
    else if (metricName.endsWith('_count')) parts.count = value;
    else parts.points.push({ at: bound((labels as Record<string, string | number>)[divider] ?? ''), value });
  }
  return [...found.values()].map((parts) => ({ ...parts.labels, ...json(parts) }));
}

function histogramJson({ count, sum, points }: Parts): object {
  const bucket = points
    .filter(({ at }) => at !== Infinity)
    .map(({ at, value }) => ({ cumulativeCount: String(value), upperBound: numberJson(at) }));
  return { histogram: { sampleCount: String(count), sampleSum: numberJson(sum), bucket } };
}

function summaryJson({ count, sum, points }: Parts): object {
  const quantile = points.map(({ at, value }) => ({ quantile: numberJson(at), value: numberJson(value) }));
  return { summary: { sampleCount: String(count), sampleSum: numberJson(sum), quantile } };
}

function bound(text: string | number): number {
  return text === '+Inf' ? Infinity : Number(text);
}

function labelsJson(labels: Readonly<Partial<Record<string, string | number>>>): object {
  const label = Object.entries(labels).map(([name, value]) => ({ name, value: String(value) }));
  return label.length === 0 ? {} : { label };
}

/** Protobuf's JSON writes what JSON numbers cannot as text. */
function numberJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
