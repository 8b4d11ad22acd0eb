import { describe, expect, it } from 'vitest';
import { formatFloat, formatSampleValue } from './format-float.ts';

describe('floats as Go writes them', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [1.5, '1.5'],
    [1e6, '1000000'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [-1.25e-7, '-1.25e-07'],
    [1e-6, '0.000001'],
    [5e-324, '5e-324'],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('%d is %s in an answer', (value, text) => {
    expect(formatSampleValue(value)).toBe(text);
  });

  it('never uses an exponent in label values', () => {
    expect(formatFloat(1.5e21)).toBe('1500000000000000000000');
    expect(formatFloat(1.25e-7)).toBe('0.000000125');
  });
});
