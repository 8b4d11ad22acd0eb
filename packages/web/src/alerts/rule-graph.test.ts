import { describe, expect, it } from 'vitest';
import { shadesOf } from './rule-graph.tsx';

const points = (...seconds: readonly number[]): (readonly [number, string])[] =>
  seconds.map((at) => [at, '1'] as const);

describe('shades of a rule', () => {
  it('join neighbouring points of a state, and part where points are missing', () => {
    const shades = shadesOf(
      {
        resultType: 'matrix',
        result: [
          { metric: { alertstate: 'pending' }, values: points(0, 15) },
          { metric: { alertstate: 'firing' }, values: points(30, 45, 60, 120) },
        ],
      },
      15,
    );
    expect(shades.map(({ from, to }) => [from, to])).toEqual([
      [0, 30],
      [30, 75],
      [120, 135],
    ]);
    expect(new Set(shades.map(({ color }) => color)).size).toBe(2);
  });
});
