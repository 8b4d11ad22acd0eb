import type { LabelSet, QueryData } from '../../api/prometheus.ts';

export type Cell = number | string | null;

export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string';
  readonly labels: LabelSet;
  readonly values: readonly Cell[];
}

/** Columns of equal length: what queries answer and transformations change. */
export interface Frame {
  readonly refId: string;
  readonly fields: readonly Field[];
}

export function rowCount(frame: Frame): number {
  return frame.fields[0]?.values.length ?? 0;
}

/** How a sample's value is written in JSON: `NaN`, `+Inf` and `-Inf` are words. */
export function sampleValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

/** `{{label}}` of a legend; `__auto` and '' give the label set itself. */
export function seriesName(legend: string, labels: LabelSet, expr: string): string {
  if (legend !== '' && legend !== '__auto') {
    return legend.replace(/\{\{\s*([\w.:]+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  }
  const { __name__: metric = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}="${value}"`);
  if (pairs.length === 0) return metric || expr;
  return `${metric}{${pairs.join(', ')}}`;
}

export interface FrameSource {
  readonly refId: string;
  readonly expr: string;
  readonly legend: string;
  readonly table: boolean;
  /** Sample times of the range, Unix seconds. */
  readonly grid: readonly number[];
}

/** One frame per series, with a time column every series of the answer shares; a table query gives one frame with all rows. */
export function framesOf(data: QueryData, source: FrameSource): Frame[] {
  switch (data.resultType) {
    case 'matrix':
      return source.table
        ? [tableOfMatrix(data.result, source)]
        : data.result.map((series) => rangeFrame(series, source));
    case 'vector':
      return source.table
        ? [tableOfVector(data.result, source)]
        : data.result.map(({ metric, value }) =>
            pointFrame(source, seriesName(source.legend, metric, source.expr), metric, value[0], sampleValue(value[1])),
          );
    case 'scalar':
      return [
        pointFrame(source, seriesName(source.legend, {}, source.expr), {}, data.result[0], sampleValue(data.result[1])),
      ];
    case 'string':
      return [
        {
          refId: source.refId,
          fields: [{ name: 'Value', type: 'string', labels: {}, values: [data.result[1]] }],
        },
      ];
  }
}

function pointFrame(source: FrameSource, name: string, labels: LabelSet, atSeconds: number, value: number): Frame {
  return {
    refId: source.refId,
    fields: [
      { name: 'Time', type: 'time', labels: {}, values: [atSeconds * 1000] },
      { name, type: 'number', labels, values: [value] },
    ],
  };
}

const timeColumns = new WeakMap<readonly number[], readonly number[]>();

/** The same array for every series of one grid, so that charts need not compare times. */
function timeColumn(grid: readonly number[]): readonly number[] {
  const known = timeColumns.get(grid);
  if (known) return known;
  const column = grid.map((second) => second * 1000);
  timeColumns.set(grid, column);
  return column;
}

type MatrixSeries = Extract<QueryData, { resultType: 'matrix' }>['result'][number];
type VectorSample = Extract<QueryData, { resultType: 'vector' }>['result'][number];

function rangeFrame({ metric, values }: MatrixSeries, source: FrameSource): Frame {
  const { grid } = source;
  const column: (number | null)[] = Array.from({ length: grid.length }, () => null);
  const first = grid[0] ?? 0;
  const step = (grid[1] ?? first + 1) - first;
  for (const [second, text] of values) {
    const index = Math.round((second - first) / step);
    if (index >= 0 && index < column.length) column[index] = sampleValue(text);
  }
  return {
    refId: source.refId,
    fields: [
      { name: 'Time', type: 'time', labels: {}, values: timeColumn(grid) },
      { name: seriesName(source.legend, metric, source.expr), type: 'number', labels: metric, values: column },
    ],
  };
}

function labelColumns(metrics: readonly LabelSet[]): string[] {
  return [...new Set(metrics.flatMap((metric) => Object.keys(metric)))].sort();
}

function tableOfVector(result: readonly VectorSample[], source: FrameSource): Frame {
  const names = labelColumns(result.map((sample) => sample.metric));
  return {
    refId: source.refId,
    fields: [
      { name: 'Time', type: 'time', labels: {}, values: result.map((sample) => sample.value[0] * 1000) },
      ...names.map((name): Field => ({
        name,
        type: 'string',
        labels: {},
        values: result.map((sample) => sample.metric[name] ?? null),
      })),
      { name: 'Value', type: 'number', labels: {}, values: result.map((sample) => sampleValue(sample.value[1])) },
    ],
  };
}

function tableOfMatrix(result: readonly MatrixSeries[], source: FrameSource): Frame {
  const flat: VectorSample[] = result.flatMap(({ metric, values }) => values.map((value) => ({ metric, value })));
  return tableOfVector(
    flat.toSorted((a, b) => a.value[0] - b.value[0]),
    source,
  );
}

/** Several table queries each call their column Value; the reference tells them apart, as Grafana does. */
export function nameValueColumns(frames: readonly Frame[]): Frame[] {
  if (new Set(frames.map((frame) => frame.refId)).size < 2) return [...frames];
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) =>
      field.name === 'Value' && field.type === 'number' ? { ...field, name: `Value #${frame.refId}` } : field,
    ),
  }));
}
