import { type NativeHistogram, filledBuckets } from '@vedette/wire/histogram';
import { formatSampleValue } from '../query/index.ts';

/** Which bounds belong to a bucket, as Prometheus numbers it: 0 the upper, 1 the lower, 2 none, 3 both. */
function boundaryRule(lowerInclusive: boolean, upperInclusive: boolean): number {
  if (lowerInclusive) return upperInclusive ? 3 : 1;
  return upperInclusive ? 0 : 2;
}

/** `{"count":"…","sum":"…","buckets":[[rule,"lower","upper","count"],…]}`; empty buckets are left out, and `buckets` when all are. */
export function histogramJson(histogram: NativeHistogram): string {
  let text = `{"count":"${formatSampleValue(histogram.count)}","sum":"${formatSampleValue(histogram.sum)}"`;
  const buckets = filledBuckets(histogram);
  if (buckets.length === 0) return `${text}}`;
  text += ',"buckets":[';
  for (const [i, bucket] of buckets.entries()) {
    const rule = boundaryRule(bucket.lowerInclusive, bucket.upperInclusive);
    text += `${i === 0 ? '' : ','}[${rule},"${formatSampleValue(bucket.lower)}","${formatSampleValue(bucket.upper)}","${formatSampleValue(bucket.count)}"]`;
  }
  return `${text}]}`;
}
