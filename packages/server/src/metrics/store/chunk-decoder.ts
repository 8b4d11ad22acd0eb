import type { SampleBuffer } from '../../model/sample.ts';
import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import {
  LITERAL,
  PAYLOAD_XOR,
  POWERS,
  RUN,
  SCALE_XOR,
  STEP_CHANGE,
  SWITCH_PREDICTION,
  TWO_32,
} from './chunk-format.ts';
import { SLOT_HEADER_BYTES, type SlotViews } from './slot-views.ts';

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/**
 * Appends to `into` the first `count` samples of a chunk that lie in [fromMs, toMs]; false once a later sample was met.
 */
export function decodeChunk(
  slab: SlotViews,
  slot: number,
  count: number,
  fromMs: number,
  toMs: number,
  into: SampleBuffer,
): boolean {
  const at = slab.offset(slot) + SLOT_HEADER_BYTES;
  return decodePayload(slab.bytes(slot), at, slab.startMs(slot), count, fromMs, toMs, into);
}

/** The same of a payload that starts at bytes[start] and whose first sample is at `startMs`. */
export function decodePayload(
  bytes: Uint8Array,
  start: number,
  startMs: number,
  count: number,
  fromMs: number,
  toMs: number,
  into: SampleBuffer,
): boolean {
  into.reserve(count);
  let at = start;
  const first = bytes[at++] as number;
  let step = readVarint(bytes, at);
  at = readEnd;
  let timestampMs = startMs - step;
  let left = count;
  if ((first & PAYLOAD_XOR) !== 0) return decodeXor(bytes, at, left, timestampMs, step, fromMs, toMs, into);

  const outMs = into.timestampMs;
  const outValue = into.value;
  let length = into.length;
  let power = POWERS[first] as number;
  let secondOrder = false;
  let last = 0;
  let change = 0;
  while (left > 0) {
    const token = bytes[at++] as number;
    let residual: number;
    if (token < 0x80) {
      residual = (token >>> 1) ^ -(token & 1);
    } else if (token >= RUN) {
      // A run that still grows may hold more samples by now than were counted.
      let run = Math.min(token - RUN + 1, left);
      left -= run;
      const moved = secondOrder ? change : 0;
      if (timestampMs + run * step < fromMs) {
        timestampMs += run * step;
        last += run * moved;
        continue;
      }
      for (; run > 0; run--) {
        timestampMs += step;
        last += moved;
        if (timestampMs < fromMs) continue;
        if (timestampMs > toMs) {
          into.length = length;
          return false;
        }
        outMs[length] = timestampMs;
        outValue[length++] = last / power;
      }
      continue;
    } else if (token < 0xc0) {
      const zigzag = ((token & 0x3f) << 8) | (bytes[at] as number);
      at += 1;
      residual = (zigzag >>> 1) ^ -(zigzag & 1);
    } else if (token < 0xe0) {
      const zigzag = ((token & 0x1f) << 16) | ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      at += 2;
      residual = (zigzag >>> 1) ^ -(zigzag & 1);
    } else if (token < 0xe8) {
      const zigzag =
        ((token & 0x07) << 24) |
        ((bytes[at] as number) << 16) |
        ((bytes[at + 1] as number) << 8) |
        (bytes[at + 2] as number);
      at += 3;
      residual = (zigzag >>> 1) ^ -(zigzag & 1);
    } else if (token === 0xe8) {
      residual = unzigzag(readWord(bytes, at) + (bytes[at + 4] as number) * TWO_32);
      at += 5;
    } else if (token === 0xe9) {
      const high = (bytes[at + 4] as number) | ((bytes[at + 5] as number) << 8) | ((bytes[at + 6] as number) << 16);
      residual = unzigzag(readWord(bytes, at) + high * TWO_32);
      at += 7;
    } else if (token === STEP_CHANGE) {
      checkInside(at, bytes);
      step += unzigzag(readVarint(bytes, at));
      at = readEnd;
      continue;
    } else if (token === LITERAL) {
      const low = readWord(bytes, at);
      const high = readWord(bytes, at + 4);
      at += 8;
      left--;
      timestampMs += step;
      if (timestampMs < fromMs) continue;
      if (timestampMs > toMs) {
        into.length = length;
        return false;
      }
      outMs[length] = timestampMs;
      putBits(outValue, length++, low, high);
      continue;
    } else if (token === SWITCH_PREDICTION) {
      checkInside(at, bytes);
      secondOrder = !secondOrder;
      change = 0;
      continue;
    } else {
      checkInside(at, bytes);
      const scale = bytes[at++] as number;
      if (scale === SCALE_XOR) {
        into.length = length;
        return decodeXor(bytes, at, left, timestampMs, step, fromMs, toMs, into);
      }
      const grown = POWERS[scale] as number;
      last *= grown / power;
      power = grown;
      change = 0;
      continue;
    }
    if (secondOrder) {
      change += residual;
      last += change;
    } else {
      last += residual;
    }
    left--;
    timestampMs += step;
    if (timestampMs < fromMs) continue;
    if (timestampMs > toMs) {
      into.length = length;
      return false;
    }
    outMs[length] = timestampMs;
    outValue[length++] = last / power;
  }
  into.length = length;
  return true;
}

/** The rest of a chunk from where it is coded by XOR; room in `into` is reserved. */
function decodeXor(
  bytes: Uint8Array,
  from: number,
  count: number,
  previousMs: number,
  firstStep: number,
  fromMs: number,
  toMs: number,
  into: SampleBuffer,
): boolean {
  const outMs = into.timestampMs;
  const outValue = into.value;
  let length = into.length;
  let at = from;
  let left = count;
  let timestampMs = previousMs;
  let step = firstStep;
  let low = 0;
  let high = 0;
  while (left > 0) {
    const token = bytes[at++] as number;
    let run = 1;
    if (token < 0x40) {
      const leading = token >>> 3;
      const trailing = token & 7;
      for (let byte = trailing; byte < 8 - leading; byte++) {
        const bits = bytes[at++] as number;
        if (byte < 4) low ^= bits << (byte << 3);
        else high ^= bits << ((byte - 4) << 3);
      }
    } else if (token >= RUN) {
      run = Math.min(token - RUN + 1, left);
    } else {
      checkInside(at, bytes);
      step += unzigzag(readVarint(bytes, at));
      at = readEnd;
      continue;
    }
    left -= run;
    for (; run > 0; run--) {
      timestampMs += step;
      if (timestampMs < fromMs) continue;
      if (timestampMs > toMs) {
        into.length = length;
        return false;
      }
      outMs[length] = timestampMs;
      putBits(outValue, length++, low, high);
    }
  }
  into.length = length;
  return true;
}

/** Tokens that are no samples could go on for ever where bytes are not what was written. */
function checkInside(at: number, bytes: Uint8Array): void {
  if (at >= bytes.length) throw new Error('a chunk of samples ends before its last sample');
}

function unzigzag(zigzag: number): number {
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}

function readWord(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

/** Where the last `readVarint` stopped; a module variable because a pair would be an object per call. */
let readEnd = 0;

function readVarint(bytes: Uint8Array, start: number): number {
  let at = start;
  let value = 0;
  let unit = 1;
  for (;;) {
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * unit;
    // Also behind the last byte.
    if (!(byte >= 0x80)) break;
    unit *= 0x80;
  }
  readEnd = at;
  return value;
}

/** NaNs go through the word view, so that no engine can touch their payload. */
function putBits(values: Float64Array, index: number, low: number, high: number): void {
  if ((high & 0x7ff00000) === 0x7ff00000) {
    const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2);
    words[LOW_WORD] = low;
    words[HIGH_WORD] = high;
    return;
  }
  scratchWords[LOW_WORD] = low;
  scratchWords[HIGH_WORD] = high;
  values[index] = scratch[0] as number;
}
