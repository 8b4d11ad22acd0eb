import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { SystemClock, unixMs } from '../../src/base/clock.ts';
import { isVedetteError } from '../../src/base/errors.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import {
  collectSelectors,
  formatExpr,
  functionNames,
  openQueryEngine,
  parseExpr,
} from '../../src/metrics/query/index.ts';
import { loadSeries } from './query-data.ts';
import { openMemoryStore } from '../../src/metrics/store/memory/index.ts';
import { meaning, promqlMatrix, promqlScalar, promqlVector } from '../support/random-promql.ts';
import { sharedFiles } from './corpus.ts';
import { fuzzText } from './fuzz.ts';

const OWN = [
  'camera_fps',
  'sum by (camera) (rate(requests_total{code=~"5.."}[5m]))',
  'histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m])))',
  'topk(3, camera_fps) / on (camera) group_left () camera_fps > bool 2',
  'max_over_time(rate(requests_total[1m])[10m:30s] offset 1m)',
  'label_replace(camera_fps, "a", "$1-x", "camera", "(.).*")',
  'label_join(camera_fps, "j", "-", "camera", "job")',
  'absent(nothing) or vector(1) unless on () camera_fps @ end()',
  'quantile_over_time(0.5, camera_fps[5m] anchored)',
  'camera_fps + fill(0) requests_total',
  'count_values("v", camera_fps)',
  'histogram_sum(rate(native[2m]))',
  'info(camera_fps, {k8s=~".+"})',
  'sort_by_label(camera_fps, "camera")',
  'predict_linear(camera_fps[10m], 3600) - time() % 60',
  '{"http.requests", "a.b"!="c"}',
  'limit_ratio(0.5, camera_fps)',
  'day_of_week(vector(1e10)) ^ -2',
  'x[(5m + step()) / 2:max_of(1m, step())] offset -(1m + 30s)',
];

const scripts = sharedFiles('conformance/promqltest', /\.test$/).flatMap((file) =>
  [...file.toString().matchAll(/^\s*eval\w* (?:instant at \S+|range from \S+ to \S+ step \S+) +(.+)$/gm)]
    .map((match) => match[1] ?? '')
    .filter((query) => parses(query)),
);

function parses(query: string): boolean {
  try {
    parseExpr(query);
    return true;
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return false;
  }
}

const WORDS = [
  ...' by (camera)| without ()| on ()| ignoring (job) group_left (a)| bool | offset 5m| offset -1y| @ 0| @ start()| @ -1e15|[5m]|[1y:1ms]|[5m:]'.split(
    '|',
  ),
  ...' anchored| smoothed| fill(0) | and | or | unless | atan2 | ^ | % |-|1e308|NaN|Inf|{__name__=~".+"}|{job!~"a|b"}|step()|range()'.split(
    '|',
  ),
  ...functionNames().map((name) => `${name}(`),
  'topk(',
  'quantile(',
  'count_values("x", ',
  'limitk(',
  'camera_fps',
  'native[5m]',
  'requests_total[1m]',
];

const repeated = (piece: string, length = 60_000): string => piece.repeat(Math.floor(length / piece.length));
const around = (open: string, inner: string, close: string, times: number): string =>
  open.repeat(times) + inner + close.repeat(times);
const HOSTILE = [
  ...[
    '(',
    '[',
    '{',
    '{}',
    '()',
    '-',
    '1+',
    'a or ',
    'sum(',
    'x[1m:]',
    'f(x)by(',
    '"',
    '\\',
    'a{b="',
    '#\n',
    '1^',
    '[5m:',
  ].map((piece) => repeated(piece)),
  around('(', '1', ')', 30_000),
  around('sum(', 'camera_fps', ')', 190),
  around('-(', 'camera_fps', ')', 190),
  around('', 'camera_fps', '[1m:1s]', 190),
  around('max_over_time(', 'camera_fps', '[1m:1s])', 60),
  around('label_replace(', 'camera_fps', ', "a", "$1$1", "a", "(.*)")', 190),
  `camera_fps${repeated(' + camera_fps', 12_000)}`,
  `camera_fps{${repeated('a="b",')}}`,
  `camera_fps{camera=~"${repeated('(a*)*', 7_000)}"}`,
  `camera_fps{camera=~"${repeated('\\\\pL', 7_000)}"}`,
  `sum by (${repeated('a,')}) (camera_fps)`,
  ...['9'.repeat(400), `${'9'.repeat(400)}y`, '1e999999999', `0x${'f'.repeat(400)}`].flatMap((number) => [
    number,
    `camera_fps[${number}]`,
    `camera_fps offset ${number}`,
    `camera_fps @ ${number}`,
    `sum_over_time(camera_fps[${number}:1ms])`,
    `topk(${number}, camera_fps)`,
    `quantile(${number}, camera_fps)`,
    `predict_linear(camera_fps[5m], ${number})`,
    `round(camera_fps, ${number})`,
    `day_of_month(vector(${number}))`,
  ]),
  'sum_over_time(vector(1)[290y:1ms])',
  'camera_fps[290y:1ms]',
  'x[(1m^1y)^9:1ms^9]',
  'count_values("v", rand_over_time(camera_fps[5m]))',
  'camera_fps * on () camera_fps',
  `{__name__=~".+"} ${repeated('or on () {__name__=~".+"} ', 6_000)}`,
];

/** Numbers of the tests above are wide: what a query reads or holds is bounded far below the default. */
const SAMPLES_MAX = 200_000;
const TIMEOUT_MS = 500;
const END_MS = unixMs(Date.UTC(2026, 0, 1));
const WINDOW_BYTES = 8 * 1024 * 1024;

const refuses = (error: unknown): boolean => isVedetteError(error) && /^(PROMQL|QUERY)_/.test(error.code);

describe('PromQL', async () => {
  const clock = new VirtualClock(END_MS);
  const store = openMemoryStore(clock, { sizeBytes: WINDOW_BYTES, seriesMax: 10_000, retentionMs: Infinity });
  await store.start();
  await loadSeries(store, END_MS);
  const engine = openQueryEngine(
    { selector: store, clock: new SystemClock() },
    { samplesMax: SAMPLES_MAX, timeoutMs: TIMEOUT_MS },
  );
  const generated = fc.oneof(promqlVector, promqlScalar, promqlMatrix);

  fuzzText({
    name: 'PromQL as text',
    valid: [...OWN, ...scripts],
    hostile: HOSTILE,
    generated,
    words: WORDS,
    read: (query) => {
      const tree = parseExpr(query);
      const written = formatExpr(tree);
      expect(meaning(parseExpr(written))).toEqual(meaning(tree));
      expect(formatExpr(parseExpr(written))).toBe(written);
      collectSelectors(tree);
    },
    refuses: (error) => {
      if (!isVedetteError(error, 'PROMQL_PARSE')) return false;
      const { start, end } = error.details;
      return typeof start !== 'number' || (start >= 0 && typeof end === 'number' && end >= start);
    },
  });

  fuzzText({
    name: 'PromQL evaluated',
    valid: [],
    hostile: [...OWN, ...HOSTILE],
    generated: generated.map((query) =>
      query.replaceAll(/\b(?:up|sum|fill|offset|by|step)\b(?=[{[ )]|$)/g, 'camera_fps'),
    ),
    words: WORDS,
    read: async (query) => {
      const { signal } = new AbortController();
      let refusal: unknown;
      try {
        await engine.instant(query, END_MS, { signal });
      } catch (error) {
        if (!refuses(error)) throw error;
        refusal = error;
      }
      await engine.range(query, { startMs: unixMs(END_MS - 600_000), endMs: END_MS, stepMs: 15_000 }, { signal });
      if (refusal !== undefined) throw refusal;
    },
    refuses,
    // Twice evaluated; each ends soon after its time is up, however large its steps are.
    inputMsMax: 2 * TIMEOUT_MS + 1_000,
  });
});
