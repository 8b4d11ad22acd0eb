import type { Labels } from '../../../model/labels.ts';

/**
 * A label set's place in [0, 1]: xxHash64 over length-prefixed names and values, as Prometheus' labels.Hash, over the largest 64-bit
 * number, so that limit_ratio picks the same series. Source: xxHash specification, "XXH64".
 */
export function labelsHash(labels: Labels): number {
  return Number(xxHash64(encode(labels))) / 2 ** 64;
}

const encoder = new TextEncoder();

function encode(labels: Labels): Uint8Array {
  const bytes: number[] = [];
  for (const text of labels.pairs) {
    const part = encoder.encode(text);
    if (part.length < 255) bytes.push(part.length);
    else bytes.push(255, part.length & 255, (part.length >> 8) & 255, (part.length >> 16) & 255);
    for (const byte of part) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const wrap = (x: bigint): bigint => BigInt.asUintN(64, x);
const rotate = (x: bigint, bits: bigint): bigint => wrap(x << bits) | (x >> (64n - bits));
const round = (lane: bigint, input: bigint): bigint => wrap(rotate(wrap(lane + input * PRIME_2), 31n) * PRIME_1);

function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [wrap(PRIME_1 + PRIME_2), PRIME_2, 0n, wrap(-PRIME_1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const [i, lane] of lanes.entries()) lanes[i] = round(lane, view.getBigUint64(at + i * 8, true));
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = lanes;
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = wrap((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4);
  } else {
    hash = PRIME_5;
  }
  hash = wrap(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = wrap(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * PRIME_1 + PRIME_4);
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint32(at, true)) * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint8(at)) * PRIME_5), 11n) * PRIME_1);
  hash = wrap((hash ^ (hash >> 33n)) * PRIME_2);
  hash = wrap((hash ^ (hash >> 29n)) * PRIME_3);
  return hash ^ (hash >> 32n);
}
