import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { MemorySelector, openQueryEngine } from '../../src/metrics/query/index.ts';
import { Labels } from '../../src/model/labels.ts';
import type { QueryResult } from '../../src/model/ports.ts';

interface Series {
  readonly metric: Record<string, string>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

interface Case {
  readonly query: string;
  readonly type: 'instant' | 'range';
  readonly time: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly errorType?: string;
  readonly data?:
    | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
    | { readonly resultType: 'string'; readonly result: readonly [number, string] }
    | { readonly resultType: 'vector'; readonly result: readonly Series[] }
    | { readonly resultType: 'matrix'; readonly result: readonly Series[] };
}

const folder = join(import.meta.dirname, 'golden');
const SAMPLE = /^([\w:]+)(?:\{(.*)\})? (\S+) (\S+)$/;
const PAIR = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ERROR_TYPES: Readonly<Record<string, string>> = { PROMQL_PARSE: 'bad_data', PROMQL_EXECUTION: 'execution' };

describe('golden answers of Prometheus', () => {
  const selector = new MemorySelector();
  for (const line of unzip('data.om.gz')) {
    if (line.startsWith('#')) continue;
    const match = SAMPLE.exec(line);
    if (!match) throw new Error(`not a sample: ${line}`);
    const labels = new Map([['__name__', match[1] ?? '']]);
    for (const [, name, value] of (match[2] ?? '').matchAll(PAIR)) labels.set(name ?? '', value ?? '');
    selector.add(Labels.fromMap(labels), Math.round(Number(match[4]) * 1000), parseValue(match[3] ?? ''));
  }
  const engine = openQueryEngine({ selector, clock: new SystemClock() }, { subqueryStepMs: 15_000 });

  it('are equal for all 716 queries', async () => {
    const cases = unzip('cases.jsonl.gz').map((line) => JSON.parse(line) as Case);
    expect(cases).toHaveLength(716);
    const different: string[] = [];
    for (const golden of cases) {
      const reason = await differenceOf(golden);
      if (reason !== undefined) different.push(`${golden.type} ${golden.query}: ${reason}`);
    }
    expect(different).toEqual([]);
  });

  async function differenceOf(golden: Case): Promise<string | undefined> {
    const { query } = golden;
    const options = { signal: new AbortController().signal };
    try {
      const result =
        golden.type === 'instant'
          ? await engine.instant(query, unixMs(golden.time * 1000), options)
          : await engine.range(
              query,
              { startMs: unixMs(golden.start * 1000), endMs: unixMs(golden.end * 1000), stepMs: golden.step * 1000 },
              options,
            );
      return compare(golden, result);
    } catch (error) {
      if (!isVedetteError(error)) throw error;
      const type = ERROR_TYPES[error.code];
      return golden.data === undefined && type === golden.errorType ? undefined : `${error.code} ${error.message}`;
    }
  }
});

function compare(golden: Case, result: QueryResult): string | undefined {
  const { data } = golden;
  if (!data) return `no error, want ${golden.errorType}`;
  if (result.type !== data.resultType) return `a ${result.type}, want a ${data.resultType}`;
  const tolerance = /deriv|predict_linear|std(?:dev|var)/.test(golden.query) ? 1e-6 : 1e-9;
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    const [, text] = data.result;
    if (result.type === 'string') return result.value === text ? undefined : `${result.value}, want ${text}`;
    if (result.type !== 'scalar') return 'neither scalar nor string';
    return close(result.value, parseValue(text), tolerance) ? undefined : `${result.value}, want ${text}`;
  }
  const got =
    result.type === 'matrix'
      ? result.series.map(({ labels, timestampMs, value }) => ({ labels, times: [...timestampMs], values: [...value] }))
      : result.type === 'vector'
        ? result.samples.map(({ labels, timestampMs, value }) => ({ labels, times: [timestampMs], values: [value] }))
        : [];
  if (got.length !== data.result.length) return `${got.length} series, want ${data.result.length}`;
  const ordered = golden.type === 'instant' && golden.query.startsWith('sort');
  for (const [i, want] of data.result.entries()) {
    const labels = Labels.fromObject(want.metric);
    const series = ordered ? got[i] : got.find((candidate) => candidate.labels.equals(labels));
    if (!series?.labels.equals(labels)) return `no series ${labels}`;
    const points = want.values ?? (want.value ? [want.value] : []);
    if (points.length !== series.times.length) return `${series.times.length} points, want ${points.length}`;
    for (const [k, [seconds, text]] of points.entries()) {
      const value = series.values[k] ?? NaN;
      if (Math.abs((series.times[k] ?? 0) - seconds * 1000) > 0.5) return `time ${series.times[k]}, want ${seconds}`;
      if (!close(value, parseValue(text), tolerance)) return `${value} at ${seconds}, want ${text}`;
    }
  }
  return undefined;
}

function close(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-9);
}

function parseValue(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function unzip(file: string): string[] {
  return gunzipSync(readFileSync(join(folder, file)))
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}
