import type { Cell } from './frame.ts';

/** Grafana's names of calculations over one column, and the words shown for them. */
export const CALCULATIONS: Readonly<Record<string, string>> = {
  lastNotNull: 'Last',
  last: 'Last (any)',
  firstNotNull: 'First',
  first: 'First (any)',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  median: 'Median',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
  delta: 'Delta',
  diff: 'Difference',
  diffperc: 'Difference %',
  stdDev: 'Std dev',
  variance: 'Variance',
  logmin: 'Min above 0',
  allIsZero: 'All zero',
  allIsNull: 'All empty',
  changeCount: 'Changes',
  distinctCount: 'Distinct',
  step: 'Step',
};

/** Names that older dashboards use. */
const ALIASES: Readonly<Record<string, string>> = {
  avg: 'mean',
  current: 'lastNotNull',
  total: 'sum',
  name: 'lastNotNull',
};

export function reduceValues(values: readonly Cell[], calculation: string): number | null {
  const name = ALIASES[calculation] ?? calculation;
  const numbers = values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));
  const first = numbers[0];
  const last = numbers.at(-1);
  if (name === 'count') return numbers.length;
  if (name === 'distinctCount') return new Set(numbers).size;
  if (name === 'last' || name === 'first') {
    const value = name === 'last' ? values.at(-1) : values[0];
    return typeof value === 'number' ? value : null;
  }
  if (first === undefined || last === undefined) return null;
  const percentile = /^p(\d{1,2})$/.exec(name)?.[1];
  if (percentile !== undefined) return quantile(numbers, Number(percentile) / 100);
  switch (name) {
    case 'min':
      return numbers.reduce((a, b) => Math.min(a, b));
    case 'max':
      return numbers.reduce((a, b) => Math.max(a, b));
    case 'mean':
      return sum(numbers) / numbers.length;
    case 'median':
      return quantile(numbers, 0.5);
    case 'sum':
      return sum(numbers);
    case 'firstNotNull':
      return first;
    case 'range':
      return numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b));
    case 'diff':
      return last - first;
    case 'diffperc':
      return first === 0 ? null : (last - first) / first;
    case 'delta':
      return numbers
        .slice(1)
        .reduce((total, value, index) => total + Math.max(0, value - (numbers[index] ?? value)), 0);
    case 'stdDev':
      return Math.sqrt(variance(numbers));
    case 'variance':
      return variance(numbers);
    case 'logmin': {
      const above = numbers.filter((value) => value > 0);
      return above.length > 0 ? above.reduce((a, b) => Math.min(a, b)) : null;
    }
    case 'changeCount':
      return numbers.slice(1).filter((value, index) => value !== numbers[index]).length;
    default:
      return last;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function variance(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length;
  return numbers.reduce((total, value) => total + (value - mean) ** 2, 0) / numbers.length;
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
