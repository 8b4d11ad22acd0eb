import { describe, expect, it } from 'vitest';
import { formatNumber } from './number.ts';
import { displayValue, formatValue } from './units.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1234.5678, '1235'],
    [12.345, '12.3'],
    [1.005, '1'],
    [0.01234, '0.0123'],
    [-3.5, '−3.5'],
    [1e-9, '1.00e−9'],
    [Number.POSITIVE_INFINITY, '+∞'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it('keeps the decimals it is asked for', () => {
    expect(formatNumber(2, 2)).toBe('2.00');
    expect(formatNumber(-0.001, 1)).toBe('0.0');
  });
});

describe('formatValue', () => {
  it.each([
    [1536, 'bytes', '1.5 KiB'],
    [12, 'suffix: /s', '12 /s'],
    [1500, 'decbytes', '1.5 kB'],
    [2048, 'mbytes', '2 GiB'],
    [1_250_000, 'bps', '1.25 Mb/s'],
    [1_250_000, 'Bps', '1.25 MB/s'],
    [3_145_728, 'binBps', '3 MiB/s'],
    [12.5, 'MBs', '12.5 MB/s'],
    [950, 'Mbps', '950 Mb/s'],
    [1500, 'Mbps', '1.5 Gb/s'],
    [0.1234, 'percentunit', '12.3%'],
    [99.95, 'percent', '100%'.replace('100', '100')],
    [0.0005, 's', '500 µs'],
    [90, 's', '1.5 mins'],
    [7200, 's', '2 hours'],
    [1500, 'ms', '1.5 s'],
    [2.5, 'ms', '2.5 ms'],
    [0, 'ms', '0 ms'],
    [250, 'ns', '250 ns'],
    [1_234_567, 'short', '1.23 Mil'],
    [2500, 'reqps', '2.5 K req/s'],
    [12, 'iops', '12 io/s'],
    [3, 'opm', '3 ops/min'],
    [100, 'pps', '100 p/s'],
    [61.5, 'celsius', '61.5 °C'],
    [1_500_000, 'hertz', '1.5 MHz'],
    [250, 'watt', '250 W'],
    [100_000, 'dtdurations', '1 day, 3 hours'],
    [3661, 'dthms', '01:01:01'],
    [25, 'fps', '25 fps'],
    [25, 'suffix: fps', '25 fps'],
    [5, 'prefix:~', '~5'],
    [12, '', '12'],
    [Number.NaN, 's', 'NaN'],
  ])('writes %d in %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));

  it('writes no value as a dash', () => expect(formatValue(null, 's')).toBe('–'));

  it('gives the number and the unit apart', () => {
    expect(displayValue(2048, 'bytes', 1)).toEqual({ prefix: '', text: '2.0', suffix: ' KiB' });
  });
});
