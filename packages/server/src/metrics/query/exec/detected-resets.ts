import type { NativeHistogram } from '@vedette/wire/histogram';
import type { SampleBuffer } from '../../../model/sample.ts';
import { detectReset } from '../histogram/index.ts';

/**
 * Which reset hints a selector's histograms have. `plain`: as stored. `detected`: where none is stored, from comparing with the one before;
 * Prometheus does so where a query asks for counts and sums alone. `whole`: as stored, and so for everything below.
 */
export type HintReading = 'plain' | 'detected' | 'whole';

const COUNTS_ALONE: ReadonlySet<string> = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
const NEEDS_BUCKETS: ReadonlySet<string> = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction']);

/** How selectors below a call are read, `above` being how those beside it are. */
export function hintReadingBelow(name: string, above: HintReading): HintReading {
  if (above === 'whole' || NEEDS_BUCKETS.has(name)) return 'whole';
  return COUNTS_ALONE.has(name) ? 'detected' : above;
}

/** Gives the histograms of one series their detected hints, in place. */
export function detectResets({ histogram, length }: SampleBuffer): void {
  if (!histogram) return;
  let previous: NativeHistogram | undefined;
  for (let i = 0; i < length; i++) {
    const current = histogram[i];
    if (!current) continue;
    if (current.counterResetHint === 'unknown' && previous)
      histogram[i] = { ...current, counterResetHint: detectReset(current, previous) ? 'reset' : 'not_reset' };
    previous = current;
  }
}
