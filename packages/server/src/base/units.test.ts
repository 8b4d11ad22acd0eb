import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['1y', 31_536_000_000],
    ['5ms', 5],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 's', '5', '1.5h', '5s1m', '1m1m', '-5s', '5 s'])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('what is written can be read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['512B', 512],
    ['1KB', 1_024],
    ['1KiB', 1_024],
    ['10MB', 10_485_760],
    ['1.5GB', 1_610_612_736],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it('what is written can be read again', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (bytes) => {
        expect(parseSize(formatSize(bytes))).toBe(bytes);
      }),
    );
    expect(formatSize(10_485_760)).toBe('10MB');
  });

  it.each(['', '10', 'MB', '-1MB', '1XB'])('%j is no size', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
