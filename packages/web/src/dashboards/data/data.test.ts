import { describe, expect, it } from 'vitest';
import { type Frame, framesOf, sampleValue, seriesName } from './frame.ts';
import { reduceValues } from './reduce.ts';
import { SUPPORTED_TRANSFORMATIONS, transform } from './transform.ts';

const source = { refId: 'A', expr: 'up', legend: '', table: false, grid: [0, 10, 20] };

describe('framesOf', () => {
  it('puts samples on the grid and leaves gaps empty', () => {
    const [frame] = framesOf(
      {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'up', job: 'a' },
            values: [
              [0, '1'],
              [20, 'NaN'],
            ],
          },
        ],
      },
      source,
    );
    expect(frame?.fields[1]?.values).toEqual([1, null, Number.NaN]);
    expect(frame?.fields[1]?.name).toBe('up{job="a"}');
  });

  it('shares the time column between series of one grid', () => {
    const series = { metric: {}, values: [[0, '1']] as const };
    const frames = framesOf({ resultType: 'matrix', result: [series, series] }, source);
    expect(frames[0]?.fields[0]?.values).toBe(frames[1]?.fields[0]?.values);
  });

  it('makes one table of an instant answer, with a column for each label', () => {
    const [table] = framesOf(
      {
        resultType: 'vector',
        result: [
          { metric: { a: '1' }, value: [5, '2'] },
          { metric: { b: '3' }, value: [5, '+Inf'] },
        ],
      },
      { ...source, table: true },
    );
    expect(table?.fields.map((field) => field.name)).toEqual(['Time', 'a', 'b', 'Value']);
    expect(table?.fields[1]?.values).toEqual(['1', null]);
    expect(table?.fields[3]?.values).toEqual([2, Number.POSITIVE_INFINITY]);
  });
});

it('reads the words for special numbers', () => {
  expect([sampleValue('+Inf'), sampleValue('-Inf'), sampleValue('NaN'), sampleValue('1e3')]).toEqual([
    Infinity,
    -Infinity,
    Number.NaN,
    1000,
  ]);
});

describe('seriesName', () => {
  it.each([
    ['{{job}} on {{ instance }}', { job: 'node', instance: 'a:1' }, 'node on a:1'],
    ['{{missing}}!', {}, '!'],
    ['', { __name__: 'up', job: 'x' }, 'up{job="x"}'],
    ['__auto', {}, 'sum(up)'],
    ['<b>{{job}}</b>', { job: '<i>' }, '<b><i></b>'],
  ])('fills %j', (legend, labels, name) =>
    expect(seriesName(legend, labels as Record<string, string>, 'sum(up)')).toBe(name),
  );
});

describe('reduceValues', () => {
  const values = [3, null, Number.NaN, 1, 2];
  it.each([
    ['lastNotNull', 2],
    ['first', 3],
    ['min', 1],
    ['max', 3],
    ['mean', 2],
    ['sum', 6],
    ['count', 3],
    ['range', 2],
    ['diff', -1],
    ['median', 2],
    ['p50', 2],
    ['delta', 1],
    ['avg', 2],
    ['current', 2],
  ])('%s', (name, expected) => expect(reduceValues(values, name)).toBe(expected));

  it('gives nothing for nothing', () => expect(reduceValues([null, Number.NaN], 'mean')).toBeNull());
});

const table = (refId: string, columns: Record<string, (string | number)[]>): Frame => ({
  refId,
  fields: Object.entries(columns).map(([name, values]) => ({
    name,
    values,
    labels: {},
    type: typeof values[0] === 'number' ? 'number' : 'string',
  })),
});
const shape = (frames: readonly Frame[]): unknown =>
  frames.map((frame) => Object.fromEntries(frame.fields.map((field) => [field.name, field.values])));

describe('transform', () => {
  const cameras = table('A', { camera: ['a', 'b'], Value: [25, 12] });

  it('organize hides, orders and renames', () => {
    const options = {
      excludeByName: { site: true },
      indexByName: { Value: 0, camera: 1 },
      renameByName: { Value: 'FPS' },
    };
    const { frames } = transform(
      [table('A', { camera: ['a'], site: ['x'], Value: [25] })],
      [{ id: 'organize', options }],
    );
    expect(Object.keys((shape(frames) as object[])[0] ?? {})).toEqual(['FPS', 'camera']);
  });

  it('merge joins rows whose shared columns agree and tells values apart by query', () => {
    const other = table('B', { camera: ['b', 'c'], Value: [1, 2] });
    const { frames } = transform([cameras, other], [{ id: 'merge', options: {} }]);
    expect(shape(frames)).toEqual([{ camera: ['a', 'b', 'c'], 'Value #A': [25, 12, null], 'Value #B': [null, 1, 2] }]);
  });

  it('joinByField keeps only shared rows when told so', () => {
    const other = table('B', { camera: ['b', 'c'], loss: [1, 2] });
    const { frames } = transform(
      [cameras, other],
      [{ id: 'joinByField', options: { byField: 'camera', mode: 'inner' } }],
    );
    expect(shape(frames)).toEqual([{ camera: ['b'], 'Value #A': [12], loss: [1] }]);
  });

  it('filterFieldsByName takes names and patterns', () => {
    const frame = table('A', { camera: ['a'], p50: [1], p99: [2] });
    const options = { include: { names: ['camera'], pattern: '/^p9/' } };
    expect(shape(transform([frame], [{ id: 'filterFieldsByName', options }]).frames)).toEqual([
      { camera: ['a'], p99: [2] },
    ]);
  });

  it('reduce makes one row of each series', () => {
    const { frames } = transform([cameras], [{ id: 'reduce', options: { reducers: ['max', 'mean'] } }]);
    expect(shape(frames)).toEqual([{ Field: ['Value'], Max: [25], Mean: [18.5] }]);
  });

  it('sortBy orders rows by a column', () => {
    const { frames } = transform([cameras], [{ id: 'sortBy', options: { sort: [{ field: 'Value' }] } }]);
    expect(shape(frames)).toEqual([{ camera: ['b', 'a'], Value: [12, 25] }]);
  });

  it('groupBy aggregates the other columns', () => {
    const frame = table('A', { site: ['x', 'y', 'x'], fps: [10, 20, 30] });
    const options = {
      fields: { site: { operation: 'groupby' }, fps: { operation: 'aggregate', aggregations: ['mean'] } },
    };
    expect(shape(transform([frame], [{ id: 'groupBy', options }]).frames)).toEqual([
      { site: ['x', 'y'], 'fps (mean)': [20, 20] },
    ]);
  });

  it('renameByRegex rewrites column names', () => {
    const { frames } = transform(
      [cameras],
      [{ id: 'renameByRegex', options: { regex: '(cam)era', renamePattern: '$1' } }],
    );
    expect(shape(frames)).toEqual([{ cam: ['a', 'b'], Value: [25, 12] }]);
  });

  it('names what it does not do and leaves the data', () => {
    const result = transform([cameras], [{ id: 'histogram', options: {} }]);
    expect(result).toEqual({ frames: [cameras], unsupported: ['histogram'] });
    expect(SUPPORTED_TRANSFORMATIONS).not.toContain('histogram');
  });
});
