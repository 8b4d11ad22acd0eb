import { HIGH_WORD, LOW_WORD } from '../../model/stale.ts';
import { DECIMAL_MAX, decimalScale, putResidual, putVarint, putWord, putXor, zigzagOf } from './chunk-encoder.ts';
import { LITERAL, PAYLOAD_XOR, POWERS, RUN, RUN_FULL, STEP_CHANGE, SWITCH_PREDICTION } from './chunk-format.ts';

/** Flags, step (10), prediction switch. */
const HEADER_BYTES_MAX = 12;
/** Step change (1 + 10) and literal (9). */
const SAMPLE_BYTES_MAX = 20;

/** Room that `encodePayload` needs for so many samples. */
export function payloadBytesMax(samples: number): number {
  return HEADER_BYTES_MAX + samples * SAMPLE_BYTES_MAX;
}

/**
 * Writes samples [from, to) of one series as a payload (see chunk-format.ts) to out[start…] and returns where it ends. Unlike the
 * hot window's appender it sees all samples before it writes the first, so scale and prediction are the right ones from the start.
 * Timestamps ascend strictly; `bits` is the word view of `values`.
 */
export function encodePayload(
  timestampMs: Float64Array,
  values: Float64Array,
  bits: Uint32Array,
  from: number,
  to: number,
  out: Uint8Array,
  start: number,
): number {
  const scale = commonScale(values, from, to);
  const step = to - from > 1 ? (timestampMs[from + 1] as number) - (timestampMs[from] as number) : 0;
  let at = start;
  out[at++] = scale < 0 ? PAYLOAD_XOR : scale;
  at = putVarint(out, at, step);
  return scale < 0
    ? encodeXor(timestampMs, bits, from, to, step, out, at)
    : encodeDecimal(timestampMs, values, bits, from, to, step, POWERS[scale] as number, out, at);
}

/** Decimals of nearly all values; -1 when most are not decimal. */
function commonScale(values: Float64Array, from: number, to: number): number {
  let scale = 0;
  let literals = 0;
  let largest = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    const power = POWERS[scale] as number;
    // NaN and what is not decimal at this scale fail here.
    if (Math.round(value * power) / power === value) {
      const size = Math.abs(value);
      if (size > largest && size < DECIMAL_MAX) largest = size;
      continue;
    }
    const own = decimalScale(value, scale, Math.round(largest * power));
    if (own < 0) literals++;
    else scale = own;
    if (own >= 0 && Math.abs(value) > largest) largest = Math.abs(value);
  }
  return literals * 2 > to - from ? -1 : scale;
}

function encodeDecimal(
  timestampMs: Float64Array,
  values: Float64Array,
  bits: Uint32Array,
  from: number,
  to: number,
  firstStep: number,
  power: number,
  out: Uint8Array,
  start: number,
): number {
  const secondOrder = prefersSecondOrder(values, from, to, power);
  let at = start;
  let step = firstStep;
  let previousMs = (timestampMs[from] as number) - step;
  let last = 0;
  let change = 0;
  let run = -1;
  for (let i = from; i < to; i++) {
    const ms = timestampMs[i] as number;
    if (ms - previousMs !== step) {
      const grown = ms - previousMs - step;
      step += grown;
      out[at++] = STEP_CHANGE;
      at = putVarint(out, at, zigzagOf(grown));
      run = -1;
    }
    previousMs = ms;
    const value = values[i] as number;
    const scaled = Math.round(value * power);
    if (!isDecimal(value, scaled, power)) {
      out[at++] = LITERAL;
      at = putWord(out, at, bits[2 * i + LOW_WORD] as number);
      at = putWord(out, at, bits[2 * i + HIGH_WORD] as number);
      run = -1;
      if (i === from && secondOrder) out[at++] = SWITCH_PREDICTION;
      continue;
    }
    const moved = scaled - last;
    // A payload starts with plain changes: the first value is one from zero.
    const residual = secondOrder && i > from ? moved - change : moved;
    if (residual === 0) {
      if (run >= 0 && (out[run] as number) < RUN_FULL) {
        out[run] = (out[run] as number) + 1;
      } else {
        run = at;
        out[at++] = RUN;
      }
    } else {
      at = putResidual(out, at, zigzagOf(residual));
      run = -1;
    }
    if (i === from) {
      if (secondOrder) {
        out[at++] = SWITCH_PREDICTION;
        run = -1;
      }
    } else {
      change = moved;
    }
    last = scaled;
  }
  return at;
}

function isDecimal(value: number, scaled: number, power: number): boolean {
  return (
    scaled / power === value &&
    scaled <= DECIMAL_MAX &&
    scaled >= -DECIMAL_MAX &&
    (scaled !== 0 || !Object.is(value, -0))
  );
}

/** Whether changes of changes need fewer bits than changes. */
function prefersSecondOrder(values: Float64Array, from: number, to: number, power: number): boolean {
  let last = Math.round((values[from] as number) * power);
  let change = 0;
  let saved = 0;
  for (let i = from + 1; i < to; i++) {
    const scaled = Math.round((values[i] as number) * power);
    const moved = scaled - last;
    const second = moved - change;
    // Bits of what is coded; NaNs count as nothing.
    saved += Math.clz32(bounded(second)) - Math.clz32(bounded(moved));
    last = scaled;
    change = moved;
  }
  return saved > 0;
}

function encodeXor(
  timestampMs: Float64Array,
  bits: Uint32Array,
  from: number,
  to: number,
  firstStep: number,
  out: Uint8Array,
  start: number,
): number {
  let at = start;
  let step = firstStep;
  let previousMs = (timestampMs[from] as number) - step;
  let low = 0;
  let high = 0;
  let run = -1;
  for (let i = from; i < to; i++) {
    const ms = timestampMs[i] as number;
    if (ms - previousMs !== step) {
      const grown = ms - previousMs - step;
      step += grown;
      out[at++] = STEP_CHANGE;
      at = putVarint(out, at, zigzagOf(grown));
      run = -1;
    }
    previousMs = ms;
    const nextLow = bits[2 * i + LOW_WORD] as number;
    const nextHigh = bits[2 * i + HIGH_WORD] as number;
    const xorLow = (low ^ nextLow) >>> 0;
    const xorHigh = (high ^ nextHigh) >>> 0;
    low = nextLow;
    high = nextHigh;
    if (xorLow !== 0 || xorHigh !== 0) {
      at = putXor(out, at, xorLow, xorHigh);
      run = -1;
    } else if (run >= 0 && (out[run] as number) < RUN_FULL) {
      out[run] = (out[run] as number) + 1;
    } else {
      run = at;
      out[at++] = RUN;
    }
  }
  return at;
}

function bounded(value: number): number {
  return Math.min(Math.abs(value), 2 ** 31);
}
