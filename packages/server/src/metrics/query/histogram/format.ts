import { type NativeHistogram, usesCustomBuckets } from '@vedette/wire/histogram';
import { formatGeneral } from '../format-float.ts';
import { type Bucket, bucketsOf } from './buckets.ts';

/** As Prometheus writes a histogram into a label: `{count:9, sum:18.4, [-2,-1):1, [-0.001,0.001]:2, (1,2]:6}`. */
export function formatHistogram(histogram: NativeHistogram): string {
  const { count, sum, zeroCount, zeroThreshold } = histogram;
  const custom = usesCustomBuckets(histogram);
  const parts = [`count:${formatGeneral(count)}`, `sum:${formatGeneral(sum)}`];
  const add = (bucket: Bucket, open: string, close: string): void => {
    if (bucket.count !== 0)
      parts.push(
        `${open}${formatGeneral(bucket.lower)},${formatGeneral(bucket.upper)}${close}:${formatGeneral(bucket.count)}`,
      );
  };
  for (const bucket of bucketsOf(histogram, 'negative')) add(bucket, '[', ')');
  add({ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount }, '[', ']');
  for (const bucket of bucketsOf(histogram, 'positive'))
    add(bucket, custom && bucket.lower === -Infinity ? '[' : '(', ']');
  return `{${parts.join(', ')}}`;
}
