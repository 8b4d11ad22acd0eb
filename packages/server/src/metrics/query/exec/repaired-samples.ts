import { formatGeneral, formatTwoDigits } from '../format-float.ts';
import type { Repair } from '../functions/buckets.ts';

/** All repairs of one note: the widest bounds and the largest fall, and over which samples. */
export interface RepairedSamples extends Repair {
  readonly samples: number;
  readonly minMs: number;
  readonly maxMs: number;
}

export function merged(known: RepairedSamples, atMs: number, { minBound, maxBound, maxFall }: Repair): RepairedSamples {
  return {
    minBound: Math.min(known.minBound, minBound),
    maxBound: Math.max(known.maxBound, maxBound),
    maxFall: Math.max(known.maxFall, maxFall),
    samples: known.samples + 1,
    minMs: Math.min(known.minMs, atMs),
    maxMs: Math.max(known.maxMs, atMs),
  };
}

/** In Prometheus' words. */
export function repairText({ minBound, maxBound, maxFall, samples, minMs, maxMs }: RepairedSamples): string {
  const bounds = `from buckets ${formatGeneral(minBound)} to ${formatGeneral(maxBound)}`;
  const fall = `with a max diff of ${formatTwoDigits(maxFall)}`;
  return `${bounds}, ${fall}, over ${samples} samples from ${wholeSecond(minMs)} to ${wholeSecond(maxMs)}`;
}

function wholeSecond(atMs: number): string {
  return new Date(Math.trunc(atMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
