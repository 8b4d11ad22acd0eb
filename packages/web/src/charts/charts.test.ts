import { describe, expect, it } from 'vitest';
import { axisTexts } from './axis-text.ts';
import { heatRows } from './heat-grid.ts';
import { stackSeries } from './stack.ts';

describe('heatRows', () => {
  const bucket = (le: string, values: (number | null)[], camera = 'a') => ({
    name: le,
    labels: { le, camera },
    values,
  });

  it('takes the lower bucket out of each, lowest first', () => {
    const rows = heatRows([bucket('+Inf', [10, 4]), bucket('0.1', [3, 1]), bucket('0.5', [8, 4])]);
    expect(rows.map((row) => [row.label, row.values])).toEqual([
      ['0.1', [3, 1]],
      ['0.5', [5, 3]],
      ['+Inf', [2, 0]],
    ]);
  });

  it('adds up the series of one bound before', () => {
    const rows = heatRows([
      bucket('1', [1, null]),
      bucket('1', [2, 5], 'b'),
      bucket('2', [4, 6]),
      bucket('2', [4, null], 'b'),
    ]);
    expect(rows.map((row) => row.values)).toEqual([
      [3, 5],
      [5, 1],
    ]);
  });

  it('never counts below zero, and keeps gaps', () => {
    expect(heatRows([bucket('1', [2, null]), bucket('2', [1.999, null])])[1]?.values).toEqual([0, null]);
  });

  it('gives series without buckets a row each', () => {
    expect(heatRows([{ name: 'gpu0', labels: {}, values: [1] }])).toEqual([
      { label: 'gpu0', bound: null, values: [1] },
    ]);
  });
});

describe('stackSeries', () => {
  const line = (values: (number | null)[], group: string | null = 'A', percent = false) => ({ values, group, percent });

  it('adds up each group in order and leaves the others alone', () => {
    const stacked = stackSeries([line([1, 2]), line([10, 20], null), line([3, 4])]);
    expect(stacked).toEqual([
      { values: [1, 2], below: -1 },
      { values: [10, 20], below: null },
      { values: [4, 6], below: 0 },
    ]);
  });

  it('stacks what is below zero downwards on its own', () => {
    const stacked = stackSeries([line([1]), line([-2]), line([-3])]);
    expect(stacked.map((entry) => entry.values)).toEqual([[1], [-2], [-5]]);
    expect(stacked[2]?.below).toBe(1);
  });

  it('draws nothing where no line of the stack has a value, and keeps it closed where one has', () => {
    const stacked = stackSeries([line([null, null, 1]), line([null, 2, 2])]);
    expect(stacked.map((entry) => entry.values)).toEqual([
      [null, 0, 1],
      [null, 2, 3],
    ]);
  });

  it('shares out a hundred percent', () => {
    const stacked = stackSeries([line([1, 0], 'A', true), line([3, 0], 'A', true)]);
    expect(stacked.map((entry) => entry.values)).toEqual([
      [0.25, 0],
      [1, 0],
    ]);
  });
});

it('adds decimals where axis labels would read the same', () => {
  expect(axisTexts([1_234_000, 1_234_500, 1_235_000], 'short', null)).toEqual([
    '1.2340 Mil',
    '1.2345 Mil',
    '1.2350 Mil',
  ]);
  expect(axisTexts([0, 50, 100], 'percent', null)).toEqual(['0%', '50%', '100%']);
});
