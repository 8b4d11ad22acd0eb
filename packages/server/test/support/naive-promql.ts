/** PromQL the slow way, one step and one window at a time, straight from its definition: what the real engine is compared with. */
import type { Labels } from '../../src/model/labels.ts';
import { matchesAll } from '../../src/model/matcher.ts';
import { isStale } from '../../src/model/stale.ts';
import type { Aggregate, Expr, VectorSelector } from '../../src/metrics/query/parse/ast.ts';

export interface NaiveSeries {
  readonly labels: Labels;
  readonly samples: readonly (readonly [timestampMs: number, value: number])[];
}

type Vector = readonly { readonly labels: Labels; readonly value: number }[];

const LOOKBACK_MS = 300_000;

export function naiveScalar(expr: Expr): number | undefined {
  if (expr.kind === 'number') return expr.value;
  if (expr.kind === 'paren') return naiveScalar(expr.expr);
  return undefined;
}

export function naiveVector(expr: Expr, atMs: number, data: readonly NaiveSeries[]): Vector {
  switch (expr.kind) {
    case 'paren':
      return naiveVector(expr.expr, atMs, data);
    case 'selector':
      return matching(expr, data).flatMap(({ labels, samples }) => {
        const last = samples
          .filter(([time]) => time <= atMs - expr.offsetMs && time > atMs - expr.offsetMs - LOOKBACK_MS)
          .at(-1);
        return last && !isStale(last[1]) ? [{ labels, value: last[1] }] : [];
      });
    case 'unary':
      return naiveVector(expr.expr, atMs, data).map(({ labels, value }) => ({
        labels: nameless(labels),
        value: -value,
      }));
    case 'call': {
      // quantile_over_time, always asked for 0.9, has its range second.
      const range = expr.args.at(-1);
      if (range?.kind !== 'matrix') throw new Error(`no range vector in ${expr.name}`);
      const endMs = atMs - range.selector.offsetMs;
      return matching(range.selector, data).flatMap(({ labels, samples }) => {
        const window = samples.filter(
          ([time, value]) => time > endMs - range.rangeMs && time <= endMs && !isStale(value),
        );
        const value = overWindow(expr.name, window, endMs, range.rangeMs);
        return value === undefined
          ? []
          : [{ labels: expr.name === 'last_over_time' ? labels : nameless(labels), value }];
      });
    }
    case 'aggregate':
      return aggregate(expr, naiveVector(expr.expr, atMs, data));
    case 'binary': {
      const left = naiveScalar(expr.left);
      const right = naiveScalar(expr.right);
      if (left !== undefined || right !== undefined) {
        return naiveVector(left === undefined ? expr.left : expr.right, atMs, data).flatMap(({ labels, value }) => {
          const result = operate(expr.operator, left ?? value, right ?? value);
          if (expr.operator === '>' && !expr.bool) return result === 1 ? [{ labels, value }] : [];
          return [{ labels: nameless(labels), value: result }];
        });
      }
      return joined(expr.operator, naiveVector(expr.left, atMs, data), naiveVector(expr.right, atMs, data));
    }
    default:
      throw new Error(`the naive evaluator has no ${expr.kind}`);
  }
}

function matching(selector: VectorSelector, data: readonly NaiveSeries[]): readonly NaiveSeries[] {
  return data.filter(({ labels }) => matchesAll(selector.matchers, labels));
}

function nameless(labels: Labels): Labels {
  return labels.without('__name__');
}

function operate(operator: string, a: number, b: number): number {
  if (operator === '+') return a + b;
  if (operator === '-') return a - b;
  if (operator === '*') return a * b;
  return a > b ? 1 : 0;
}

function joined(operator: string, left: Vector, right: Vector): Vector {
  const keyOf = (labels: Labels): string => nameless(labels).key;
  const partner = (side: Vector, labels: Labels): Vector[number] | undefined =>
    side.find((other) => keyOf(other.labels) === keyOf(labels));
  if (operator === 'and') return left.filter(({ labels }) => partner(right, labels));
  if (operator === 'unless') return left.filter(({ labels }) => !partner(right, labels));
  if (operator === 'or') return [...left, ...right.filter(({ labels }) => !partner(left, labels))];
  return left.flatMap(({ labels, value }) => {
    const other = partner(right, labels);
    if (!other) return [];
    if (operator === '>') return value > other.value ? [{ labels, value }] : [];
    return [{ labels: nameless(labels), value: operate(operator, value, other.value) }];
  });
}

function aggregate(expr: Aggregate, vector: Vector): Vector {
  const groups = new Map<string, { readonly labels: Labels; readonly values: number[] }>();
  for (const { labels, value } of vector) {
    const group = expr.without ? labels.without('__name__', ...expr.grouping) : labels.only(...expr.grouping);
    const known = groups.get(group.key);
    if (known) known.values.push(value);
    else groups.set(group.key, { labels: group, values: [value] });
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: reduce(expr.operator, values) }));
}

function reduce(operator: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (operator) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'count':
      return values.length;
    case 'min':
      return values.reduce((best, value) => (value < best || Number.isNaN(best) ? value : best), NaN);
    case 'max':
      return values.reduce((best, value) => (value > best || Number.isNaN(best) ? value : best), NaN);
    default: {
      const mean = sum / values.length;
      return values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
    }
  }
}

function overWindow(name: string, window: NaiveSeries['samples'], endMs: number, rangeMs: number): number | undefined {
  const values = window.map(([, value]) => value);
  const first = window[0];
  const last = window.at(-1);
  if (!first || !last) return undefined;
  switch (name) {
    case 'count_over_time':
      return values.length;
    case 'last_over_time':
      return last[1];
    case 'changes':
      return values.filter(
        (value, i) => i > 0 && value !== values[i - 1] && !(Number.isNaN(value) && Number.isNaN(values[i - 1])),
      ).length;
    case 'resets':
      return values.filter((value, i) => i > 0 && value < (values[i - 1] ?? NaN)).length;
    case 'sum_over_time':
      return reduce('sum', values);
    case 'stdvar_over_time':
      return reduce('stdvar', values);
    case 'quantile_over_time': {
      const sorted = values.toSorted((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b));
      const rank = 0.9 * (sorted.length - 1);
      const low = sorted[Math.floor(rank)] ?? NaN;
      const high = sorted[Math.min(sorted.length - 1, Math.floor(rank) + 1)] ?? NaN;
      const weight = rank - Math.floor(rank);
      return low * (1 - weight) + high * weight;
    }
    case 'avg_over_time':
      return reduce('avg', values);
    case 'min_over_time':
      return reduce('min', values);
    case 'max_over_time':
      return reduce('max', values);
    default:
      return values.length < 2 ? undefined : extrapolated(name, window, first, last, endMs, rangeMs);
  }
}

function extrapolated(
  name: string,
  window: NaiveSeries['samples'],
  first: readonly [number, number],
  last: readonly [number, number],
  endMs: number,
  rangeMs: number,
): number {
  let change = last[1] - first[1];
  if (name !== 'delta') {
    for (const [i, [, value]] of window.entries()) {
      const before = window[i - 1]?.[1];
      if (before !== undefined && value < before) change += before;
    }
  }
  const sampled = (last[0] - first[0]) / 1000;
  const average = sampled / (window.length - 1);
  const limit = (gap: number): number => (gap >= average * 1.1 ? average / 2 : gap);
  let start = limit((first[0] - (endMs - rangeMs)) / 1000);
  if (name !== 'delta' && change > 0 && first[1] >= 0) start = Math.min(start, (sampled * first[1]) / change);
  const whole = change * ((sampled + start + limit((endMs - last[0]) / 1000)) / sampled);
  return name === 'rate' ? whole / (rangeMs / 1000) : whole;
}
