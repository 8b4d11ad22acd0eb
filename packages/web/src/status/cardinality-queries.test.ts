import { expect, it } from 'vitest';
import { labelOfMetricQuery, labelQuery, metricQuery, pairQuery } from './cardinality-queries.ts';

it('asks where many series come from', () => {
  expect([
    metricQuery('http_requests'),
    metricQuery('my "metric"'),
    labelQuery('path'),
    labelQuery('__name__'),
    labelQuery('my.label'),
    pairQuery('path=/a=b'),
    pairQuery('__name__=up'),
    pairQuery('my.label=C:\\x'),
    labelOfMetricQuery('http_requests', 'path'),
  ]).toEqual([
    'topk(20, count by (job, instance) ({__name__="http_requests"}))',
    String.raw`topk(20, count by (job, instance) ({__name__="my \"metric\""}))`,
    'topk(20, count by (__name__) ({path!=""}))',
    'topk(20, count by (__name__) ({__name__!=""}))',
    'topk(20, count by (__name__) ({"my.label"!=""}))',
    'topk(20, count by (__name__) ({path="/a=b"}))',
    'topk(20, count by (job, instance) ({__name__="up"}))',
    String.raw`topk(20, count by (__name__) ({"my.label"="C:\\x"}))`,
    'topk(20, count by (path) ({__name__="http_requests"}))',
  ]);
});
