import { expect, it } from 'vitest';
import { metricNames } from '../format/metric-names.ts';
import { withQuery } from './query-history.ts';

it.each([
  ['rate(http_requests_total{job="api_x"}[5m])', ['http_requests_total']],
  ['sum by (cpu_id) (node_load1) / on (instance_id) group_left up', ['node_load1', 'up']],
  ['job:latency:p99 > bool 1', ['job:latency:p99']],
  ['histogram_quantile(0.9, x_bucket)', ['x_bucket']],
])('finds the metrics of %s', (query, names) => expect(metricNames(query)).toEqual(names));

it('keeps the newest query first and each once', () => {
  expect(withQuery(['a', 'b'], ' b ')).toEqual(['b', 'a']);
  expect(withQuery(['a'], '  ')).toEqual(['a']);
});
