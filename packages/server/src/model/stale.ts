/**
 * The stale marker is one particular NaN: 0x7ff0000000000002 (Prometheus `value.StaleNaN`). It says that a series ended.
 * JavaScript engines may set the quiet bit when a NaN passes through a register, so both spellings are recognised, and
 * `writeStale` puts the exact bits wherever a value leaves the process.
 */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;
const QUIET_BIT = 0x00080000;

const scratch = new Float64Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
export const LOW_WORD = LITTLE_ENDIAN ? 0 : 1;
export const HIGH_WORD = LITTLE_ENDIAN ? 1 : 0;

scratchBits[LOW_WORD] = STALE_LOW;
scratchBits[HIGH_WORD] = STALE_HIGH;
export const STALE_NAN: number = scratch[0] as number;

/** True only for the stale marker; ordinary NaN is a value like any other. */
export function isStale(value: number): boolean {
  if (!Number.isNaN(value)) return false;
  scratch[0] = value;
  return isStaleBits(scratchBits[HIGH_WORD] as number, scratchBits[LOW_WORD] as number);
}

/** The same test on the two 32-bit halves, for code that reads values through a Uint32Array. */
export function isStaleBits(high: number, low: number): boolean {
  return low === STALE_LOW && (high & ~QUIET_BIT) >>> 0 === STALE_HIGH;
}

/** Writes the exact marker at values[index]. */
export function writeStale(values: Float64Array, index: number): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2);
  bits[LOW_WORD] = STALE_LOW;
  bits[HIGH_WORD] = STALE_HIGH;
}
