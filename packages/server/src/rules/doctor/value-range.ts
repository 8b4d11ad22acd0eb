import { type Call, type Expr, type VectorSelector, formatExpr, unwrap } from '../../metrics/query/index.ts';
import { METRIC_NAME } from '../../model/labels.ts';
import { constantOf } from './comparison.ts';

/** Values that an expression can have, whatever is stored. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

const ANY: ValueRange = { min: -Infinity, max: Infinity };
const NOT_NEGATIVE: ValueRange = { min: 0, max: Infinity };
const SHARE: ValueRange = { min: 0, max: 1 };
const ONE: ValueRange = { min: 1, max: 1 };

/** What a selector's metric is known to be between; undefined: anything. */
export type SelectorRange = (selector: VectorSelector) => ValueRange | undefined;

/** Only what holds for every data is said: a bound here means "cannot", never "has not been". */
export function valueRange(expr: Expr, selectorRange: SelectorRange): ValueRange {
  const of = (child: Expr): ValueRange => valueRange(child, selectorRange);
  const node = unwrap(expr);
  switch (node.kind) {
    case 'number':
      return { min: node.value, max: node.value };
    case 'selector':
      return node.name === 'up' ? SHARE : (selectorRange(node) ?? ANY);
    case 'unary': {
      const { min, max } = of(node.expr);
      return node.operator === '-' ? { min: -max, max: -min } : { min, max };
    }
    case 'call':
      return callRange(node, of);
    case 'aggregate': {
      const inner = of(node.expr);
      switch (node.operator) {
        case 'count':
        case 'count_values':
          return { min: 1, max: Infinity };
        case 'group':
          return ONE;
        case 'sum':
          return { min: inner.min >= 0 ? inner.min : -Infinity, max: inner.max <= 0 ? inner.max : Infinity };
        case 'stddev':
        case 'stdvar':
          return NOT_NEGATIVE;
        default:
          return inner;
      }
    }
    case 'binary':
      return binaryRange(node, of);
    case 'paren':
    case 'string':
    case 'matrix':
    case 'subquery':
    case 'step-invariant':
      return ANY;
  }
}

const COUNTED = new Set(['count_over_time']);
const FROM_ARGUMENT = new Set([
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'last_over_time',
  'first_over_time',
  'quantile_over_time',
  'sort',
  'sort_desc',
  'sort_by_label',
  'sort_by_label_desc',
  'label_replace',
  'label_join',
  'scalar',
]);
const NEVER_NEGATIVE = new Set(['rate', 'increase', 'irate', 'resets', 'changes', 'abs', 'sqrt', 'exp', 'timestamp']);
const ALWAYS_ONE = new Set(['absent', 'absent_over_time', 'present_over_time']);
const CALENDAR: ReadonlyMap<string, ValueRange> = new Map([
  ['hour', { min: 0, max: 23 }],
  ['minute', { min: 0, max: 59 }],
  ['day_of_week', { min: 0, max: 6 }],
  ['day_of_month', { min: 1, max: 31 }],
  ['day_of_year', { min: 1, max: 366 }],
  ['days_in_month', { min: 28, max: 31 }],
  ['month', { min: 1, max: 12 }],
]);

function callRange(call: Call, of: (expr: Expr) => ValueRange): ValueRange {
  const { name, args } = call;
  if (ALWAYS_ONE.has(name)) return ONE;
  if (NEVER_NEGATIVE.has(name)) return NOT_NEGATIVE;
  if (COUNTED.has(name)) return { min: 1, max: Infinity };
  const calendar = CALENDAR.get(name);
  if (calendar) return calendar;
  if (name === 'sgn') return { min: -1, max: 1 };
  if (name === 'histogram_fraction') return SHARE;
  if (name === 'clamp' || name === 'clamp_min' || name === 'clamp_max') {
    const low = name === 'clamp_max' ? undefined : args[1] && constantOf(args[1]);
    const high = name === 'clamp_min' ? undefined : args[name === 'clamp' ? 2 : 1];
    const inner = args[0] ? of(args[0]) : ANY;
    const top = high && constantOf(high);
    return { min: Math.max(inner.min, low ?? -Infinity), max: Math.min(inner.max, top ?? Infinity) };
  }
  if (name === 'vector') return args[0] ? of(args[0]) : ANY;
  if (!FROM_ARGUMENT.has(name)) return ANY;
  const argument = args.map(unwrap).find(({ kind }) => kind !== 'number' && kind !== 'string');
  if (!argument) return ANY;
  return of(argument.kind === 'matrix' ? argument.selector : argument.kind === 'subquery' ? argument.expr : argument);
}

function binaryRange(node: Extract<Expr, { kind: 'binary' }>, of: (expr: Expr) => ValueRange): ValueRange {
  if (node.bool) return SHARE;
  const left = of(node.left);
  const right = of(node.right);
  switch (node.operator) {
    case '+':
      return { min: left.min + right.min, max: left.max + right.max };
    case '-':
      return { min: left.min - right.max, max: left.max - right.min };
    case '*':
      return corners(left, right, (a, b) => (a === 0 || b === 0 ? 0 : a * b));
    case '/':
      if (isShare(node.left, node.right, of)) return SHARE;
      if (right.min > 0 || right.max < 0) return corners(left, right, (a, b) => (Number.isFinite(b) ? a / b : 0));
      return left.min >= 0 && right.min >= 0 ? NOT_NEGATIVE : ANY;
    case 'or':
      return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) };
    case 'and':
    case 'unless':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      // A filter gives the values of its vector side.
      return constantOf(node.left) === undefined ? left : right;
    default:
      return ANY;
  }
}

function corners(left: ValueRange, right: ValueRange, operate: (a: number, b: number) => number): ValueRange {
  const values = [
    operate(left.min, right.min),
    operate(left.min, right.max),
    operate(left.max, right.min),
    operate(left.max, right.max),
  ];
  return values.some(Number.isNaN) ? ANY : { min: Math.min(...values), max: Math.max(...values) };
}

/** Whether a quotient is a part of a whole: the same thing below, of the same series and more; or `a / (a + b)` of what is never negative. */
export function isShare(part: Expr, whole: Expr, of: (expr: Expr) => ValueRange): boolean {
  const a = unwrap(part);
  const b = unwrap(whole);
  if (b.kind === 'binary' && b.operator === '+' && of(a).min >= 0 && of(b).min >= 0) {
    const text = formatExpr(a);
    return [b.left, b.right].some((one) => formatExpr(unwrap(one)) === text);
  }
  return of(a).min >= 0 && isPart(a, b);
}

function isPart(a: Expr, b: Expr): boolean {
  const part = unwrap(a);
  const whole = unwrap(b);
  if (part.kind === 'selector' && whole.kind === 'selector') {
    if (part.name === '' || part.name !== whole.name || part.offsetMs !== whole.offsetMs || part.at !== whole.at)
      return false;
    const written = new Set(part.matchers.map(({ name, operator, value }) => `${name}${operator}${value}`));
    return whole.matchers.every(
      ({ name, operator, value }) => name === METRIC_NAME || written.has(`${name}${operator}${value}`),
    );
  }
  if (part.kind === 'matrix' && whole.kind === 'matrix')
    return part.rangeMs === whole.rangeMs && isPart(part.selector, whole.selector);
  if (part.kind === 'call' && whole.kind === 'call')
    return (
      part.name === whole.name &&
      ADDITIVE_CALLS.has(part.name) &&
      part.args.length === 1 &&
      whole.args.length === 1 &&
      isPart(part.args[0] as Expr, whole.args[0] as Expr)
    );
  if (part.kind === 'aggregate' && whole.kind === 'aggregate')
    return (
      (part.operator === 'sum' || part.operator === 'count') &&
      part.operator === whole.operator &&
      part.without === whole.without &&
      [...part.grouping].sort().join() === [...whole.grouping].sort().join() &&
      isPart(part.expr, whole.expr)
    );
  return false;
}

/** Functions of which a part of the series gives no more than all of them. */
const ADDITIVE_CALLS = new Set(['rate', 'increase', 'sum_over_time', 'count_over_time']);
