import { describe, expect, it } from 'vitest';
import { STALE_NAN, isStale, writeStale } from './stale.ts';

const bits = (values: Float64Array): string =>
  new DataView(values.buffer, values.byteOffset).getBigUint64(0, true).toString(16);

describe('stale marker', () => {
  it('is told from ordinary NaN, infinities and numbers', () => {
    expect(isStale(STALE_NAN)).toBe(true);
    expect([Number.NaN, Infinity, -Infinity, 0, 2, 1e-320].some(isStale)).toBe(false);
  });

  it('has exactly the bits of Prometheus wherever it is written', () => {
    const values = new Float64Array(1);
    writeStale(values, 0);
    expect(bits(values)).toBe('7ff0000000000002');
    expect(isStale(values[0] as number)).toBe(true);
  });

  it('survives copies between typed arrays', () => {
    const values = Float64Array.of(0);
    writeStale(values, 0);
    const copy = new Float64Array(1);
    copy.set(values);
    expect(bits(copy)).toBe('7ff0000000000002');
  });

  it('is recognised after a register made it quiet', () => {
    const values = new Float64Array(new BigUint64Array([0x7ff8000000000002n]).buffer);
    expect(isStale(values[0] as number)).toBe(true);
  });
});
