import type { Labels } from '../model/labels.ts';

const encoder = new TextEncoder();
/** Grows to the largest label set seen; those are bounded where they arrive. */
let scratch = new Uint8Array(4_096);

/** Alertmanager's fingerprint: FNV-1a (64 bits) over names and values, each followed by 0xFF, in order of names. */
export function fingerprint(labels: Labels): string {
  return fnv64(scratch, encode(labels.pairs));
}

const SEPARATOR = 0xff;

/** Writes the parts with their separators into `scratch`; how many bytes there are. */
function encode(parts: readonly string[]): number {
  let length = 0;
  for (const part of parts) {
    // A code unit is at most three bytes.
    const needed = length + part.length * 3 + 1;
    if (needed > scratch.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(scratch.subarray(0, length));
      scratch = larger;
    }
    let at = 0;
    for (; at < part.length; at++) {
      const code = part.charCodeAt(at);
      if (code >= 0x80) break;
      scratch[length++] = code;
    }
    if (at < part.length) length += encoder.encodeInto(part.slice(at), scratch.subarray(length)).written;
    scratch[length++] = SEPARATOR;
  }
  return length;
}

/**
 * FNV-1a with 64 bits in two halves: the prime is 2^40 + 435, and 435 times a half stays an exact number, where a BigInt for each byte
 * costs twenty times as much.
 */
function fnv64(bytes: Uint8Array, length: number): string {
  let high = 0xcbf29ce4 | 0;
  let low = 0x84222325 | 0;
  for (let at = 0; at < length; at++) {
    low ^= bytes[at] as number;
    const product = (low >>> 0) * 435;
    high = (Math.imul(high, 435) + Math.floor(product / 2 ** 32) + (low << 8)) | 0;
    low = product | 0;
  }
  return hex(high, low);
}

const HEX_DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const FINGERPRINT_DIGITS = 16;
const digits = Array.from({ length: FINGERPRINT_DIGITS }, () => 0);

/** In one piece of memory: it is kept for as long as the alert. */
function hex(high: number, low: number): string {
  for (let i = 0; i < FINGERPRINT_DIGITS; i++) {
    const half = i < 8 ? high : low;
    digits[i] = HEX_DIGITS[(half >>> (28 - 4 * (i & 7))) & 0xf] as number;
  }
  return String.fromCharCode.apply(undefined, digits);
}

/** Go's zero time, which Alertmanager writes for "not ended". */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go writes it: no fraction when there is none. */
export function rfc3339(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
