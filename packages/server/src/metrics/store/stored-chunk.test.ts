import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SampleBuffer } from '../../model/sample.ts';
import { writeStale } from '../../model/stale.ts';
import { decodePayload } from './chunk-decoder.ts';
import { encodePayload, payloadBytesMax } from './stored-chunk.ts';

interface Row {
  readonly stepMs: number;
  readonly value: number;
}

/** Encodes rows [1, n - 1), so that offsets are tried, and returns what comes back as [timestamp, bits]. */
function roundTrip(
  rows: readonly Row[],
  stale: readonly number[] = [],
): { expected: string[]; got: string[]; bytes: number } {
  const timestampMs = new Float64Array(rows.length);
  const value = Float64Array.from(rows, (row) => row.value);
  let at = 1_767_225_600_000;
  for (const [i, row] of rows.entries()) timestampMs[i] = at += row.stepMs;
  for (const i of stale) writeStale(value, i);
  const bits = new Uint32Array(value.buffer);
  const exact = new BigUint64Array(value.buffer);
  const from = 1;
  const to = rows.length - 1;
  const out = new Uint8Array(7 + payloadBytesMax(to - from));
  const end = encodePayload(timestampMs, value, bits, from, to, out, 7);
  const into = new SampleBuffer(1);
  decodePayload(out.subarray(0, end), 7, timestampMs[from] as number, to - from, -Infinity, Infinity, into);
  const back = new BigUint64Array(into.value.buffer);
  return {
    expected: Array.from({ length: to - from }, (_, i) => `${timestampMs[from + i]} ${exact[from + i]}`),
    got: Array.from({ length: into.length }, (_, i) => `${into.timestampMs[i]} ${back[i]}`),
    bytes: end - 7,
  };
}

const value = fc.oneof(
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -0, Infinity, -Infinity, Number.NaN, 2 ** 50, -(2 ** 50), 2 ** 50 + 1, 1e300, 5e-324, 0.1 + 0.2),
);
const row = fc.record({ stepMs: fc.oneof(fc.constant(5_000), fc.integer({ min: 1, max: 10_000_000 })), value });

describe('a stored chunk', () => {
  it('gives back every timestamp and the bits of every value', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 3, maxLength: 200 }),
        fc.array(fc.nat(199), { maxLength: 5 }),
        (rows, stale) => {
          const { expected, got } = roundTrip(
            rows,
            stale.filter((i) => i < rows.length),
          );
          expect(got).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes the smoother of the two predictions', () => {
    const counter = Array.from({ length: 722 }, (_, i) => ({ stepMs: 5_000, value: 1_000_000 + i * 12_345 + (i % 3) }));
    const gauge = Array.from({ length: 722 }, (_, i) => ({ stepMs: 5_000, value: 25 + ((i * 7) % 5) / 10 }));
    const constant = Array.from({ length: 722 }, () => ({ stepMs: 5_000, value: 1920 }));
    expect(roundTrip(counter).bytes).toBeLessThan(720 * 1.05 + 20);
    expect(roundTrip(gauge).bytes).toBeLessThan(720 * 1.05 + 20);
    expect(roundTrip(constant).bytes).toBeLessThan(70);
  });

  it('keeps to the room it asks for', () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({
      stepMs: 1 + (i % 2) * 2 ** 40,
      value: i % 3 ? Math.PI * i : i,
    }));
    const { expected, got, bytes } = roundTrip(rows);
    expect(got).toEqual(expected);
    expect(bytes).toBeLessThanOrEqual(payloadBytesMax(48));
  });
});
