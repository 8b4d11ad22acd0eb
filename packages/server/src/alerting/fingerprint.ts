import type { Labels } from '../model/labels.ts';

const known = new WeakMap<Labels, string>();

const encoder = new TextEncoder();
/** Grows to the largest label set seen; those are bounded where they arrive. */
let scratch = new Uint8Array(4_096);

/** Alertmanager's fingerprint: FNV-1a (64 bits) over names and values, each followed by 0xFF, in order of names. */
export function fingerprint(labels: Labels): string {
  const cached = known.get(labels);
  if (cached !== undefined) return cached;
  const text = fnv64(scratch, encode(labels.pairs));
  known.set(labels, text);
  return text;
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
 * FNV-1a with 64 bits in four limbs of 16: every product stays a small integer, where a BigInt for each byte costs twenty times as
 * much. The prime is 2^40 + 435.
 */
function fnv64(bytes: Uint8Array, length: number): string {
  let a = 0x2325;
  let b = 0x8422;
  let c = 0x9ce4;
  let d = 0xcbf2;
  for (let at = 0; at < length; at++) {
    a ^= bytes[at] as number;
    const low = a * 435;
    const second = b * 435 + (low >>> 16);
    const third = c * 435 + (a << 8) + (second >>> 16);
    d = (d * 435 + (b << 8) + (third >>> 16)) & 0xffff;
    c = third & 0xffff;
    b = second & 0xffff;
    a = low & 0xffff;
  }
  return hex(d) + hex(c) + hex(b) + hex(a);
}

function hex(limb: number): string {
  return limb.toString(16).padStart(4, '0');
}

/** Go's zero time, which Alertmanager writes for "not ended". */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** RFC 3339 as Go writes it: no fraction when there is none. */
export function rfc3339(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));
}
