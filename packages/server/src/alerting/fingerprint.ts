import type { Labels } from '../model/labels.ts';

const OFFSET = 14_695_981_039_346_656_037n;
const PRIME = 1_099_511_628_211n;
const MASK = (1n << 64n) - 1n;
const SEPARATOR = 0xffn;

const known = new WeakMap<Labels, string>();

/** Alertmanager's fingerprint: FNV-1a (64 bits) over names and values, each followed by 0xFF, in order of names. */
export function fingerprint(labels: Labels): string {
  const cached = known.get(labels);
  if (cached !== undefined) return cached;
  let hash = OFFSET;
  for (const part of labels.pairs) {
    for (const byte of Buffer.from(part, 'utf8')) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
    hash = ((hash ^ SEPARATOR) * PRIME) & MASK;
  }
  const text = hash.toString(16).padStart(16, '0');
  known.set(labels, text);
  return text;
}

/** Go's zero time, which Alertmanager writes for "not ended". */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go writes it: no fraction when there is none. */
export function rfc3339(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
