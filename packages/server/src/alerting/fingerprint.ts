import type { Labels } from '../model/labels.ts';

/** FNV-1a with 64 bits, in two halves: a BigInt for each byte costs ten times as much. */
const OFFSET_HIGH = 0xcbf2_9ce4;
const OFFSET_LOW = 0x8422_2325;
/** The prime is 2^40 + 435. */
const PRIME_LOW = 435;
const PRIME_SHIFT = 8;
const HALF = 2 ** 32;
const SEPARATOR = 0xff;

const known = new WeakMap<Labels, string>();

/** Alertmanager's fingerprint: FNV-1a (64 bits) over names and values, each followed by 0xFF, in order of names. */
export function fingerprint(labels: Labels): string {
  const cached = known.get(labels);
  if (cached !== undefined) return cached;
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  const add = (byte: number): void => {
    const mixed = (low ^ byte) >>> 0;
    // Below 2^42, which a double holds exactly.
    const product = mixed * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / HALF) + ((mixed << PRIME_SHIFT) >>> 0)) >>> 0;
    low = product >>> 0;
  };
  for (const part of labels.pairs) {
    for (let at = 0; at < part.length; at++) {
      const code = part.charCodeAt(at);
      if (code < 0x80) {
        add(code);
        continue;
      }
      for (const byte of Buffer.from(part.slice(at), 'utf8')) add(byte);
      break;
    }
    add(SEPARATOR);
  }
  const text = hex(high) + hex(low);
  known.set(labels, text);
  return text;
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}

/** Go's zero time, which Alertmanager writes for "not ended". */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go writes it: no fraction when there is none. */
export function rfc3339(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
