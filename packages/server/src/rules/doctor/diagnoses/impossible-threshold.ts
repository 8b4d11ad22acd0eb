import { type Expr, formatExpr, formatFloat, unwrap } from '../../../metrics/query/index.ts';
import { type Comparison, comparisonsOf, constantOf } from '../comparison.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { type ValueRange } from '../value-range.ts';

/** Comparisons that no value can pass, whatever is stored; burn rates and `absent` have words of their own. */
export function impossibleThreshold(examination: Examination): readonly Diagnosis[] {
  return examination.comparisons.flatMap((comparison) => {
    const range = examination.rangeOf(comparison.subject);
    const burn = burnRate(examination, comparison, range);
    if (burn) return [burn];
    if (!isImpossible(comparison, range)) return [];
    return [countedAbsence(examination, comparison) ?? plainlyImpossible(examination, comparison, range)];
  });
}

export function isImpossible({ operator, threshold }: Comparison, { min, max }: ValueRange): boolean {
  switch (operator) {
    case '>':
      return max <= threshold;
    case '>=':
      return max < threshold;
    case '<':
      return min >= threshold;
    case '<=':
      return min > threshold;
    case '==':
      return threshold < min || threshold > max;
    case '!=':
      return min === max && min === threshold;
  }
}

function severity({ comparisons, expr }: Examination, comparison: Comparison): 'error' | 'warning' {
  // Of `a > 1 or b > 2` the other side may still fire.
  return comparisons.length === 1 || mustHold(expr, comparison) ? 'error' : 'warning';
}

/** Whether the rule gives nothing when this comparison gives nothing. */
function mustHold(expr: Expr, comparison: Comparison): boolean {
  const node = unwrap(expr);
  if (node === comparison.node) return true;
  if (node.kind === 'aggregate') return mustHold(node.expr, comparison);
  if (node.kind !== 'binary') return false;
  if (node.operator === 'or') return mustHold(node.left, comparison) && mustHold(node.right, comparison);
  const sides = node.operator === 'unless' ? [node.left] : [node.left, node.right];
  return sides.some((side) => comparisonsOf(side).includes(comparison) || mustHold(side, comparison));
}

function plainlyImpossible(examination: Examination, comparison: Comparison, range: ValueRange): Diagnosis {
  const { operator, threshold, subject } = comparison;
  const isShare = range.min >= 0 && range.max <= 1;
  const isPercent = isShare && threshold > 1 && threshold <= 100 && operator.startsWith('>');
  const mend = isPercent ? percentMend(examination, comparison) : undefined;
  return {
    kind: isPercent ? 'ratio-against-percentage' : 'impossible-threshold',
    severity: severity(examination, comparison),
    message: isPercent
      ? `a ratio, never above 1, is compared with the percentage ${formatFloat(threshold)}: it cannot fire`
      : `\`${operator} ${formatFloat(threshold)}\` can never be true`,
    evidence: [`${formatExpr(subject)} is always ${rangeWords(range)}`],
    remedy: mend?.change ?? 'correct the number, or what is compared with it',
    ...(examination.isOwn(comparison.node) ? { span: comparison.node.span } : {}),
    ...(mend ? { mend } : {}),
  };
}

function percentMend(examination: Examination, { node, number, subject, threshold }: Comparison): Mend | undefined {
  if (!examination.isOwn(node)) return undefined;
  if (examination.templates.percent !== undefined)
    return {
      edits: [{ span: subject.span, text: `${tight(subject, examination)} * 100` }],
      change: 'make the ratio a percentage, as the text prints it',
    };
  return {
    edits: [{ span: number.span, text: formatFloat(threshold / 100) }],
    change: `compare with the ratio ${formatFloat(threshold / 100)}`,
  };
}

/** The text of a node, in parentheses where an operator behind it would tear it apart. */
export function tight(node: Expr, examination: Examination): string {
  const text = examination.textOf(node);
  return node.kind === 'binary' || node.kind === 'unary' ? `(${text})` : text;
}

export function rangeWords({ min, max }: ValueRange): string {
  if (min === max) return formatFloat(min);
  if (min === -Infinity) return `at most ${formatFloat(max)}`;
  if (max === Infinity) return `${formatFloat(min)} or more`;
  return `between ${formatFloat(min)} and ${formatFloat(max)}`;
}

/** `count(x) == 0` and `absent(x) == 0`: nothing is counted as nothing, not as 0. */
function countedAbsence(examination: Examination, comparison: Comparison): Diagnosis | undefined {
  const { threshold, operator, node } = comparison;
  const subject = unwrap(comparison.subject);
  const isCount = subject.kind === 'aggregate' && subject.operator === 'count';
  const isOverTime = subject.kind === 'call' && subject.name === 'count_over_time';
  const isAbsent = subject.kind === 'call' && (subject.name === 'absent' || subject.name === 'absent_over_time');
  if (threshold > 1 || (!isCount && !isOverTime && !isAbsent)) return undefined;
  const own = examination.isOwn(node);
  let text: string | undefined;
  if (isAbsent) text = operator === '==' || operator === '<' ? examination.textOf(subject) : undefined;
  else if (isOverTime) text = `absent_over_time(${subject.args.map((arg) => examination.textOf(arg)).join(', ')})`;
  else text = `absent(${examination.textOf(subject.kind === 'aggregate' ? subject.expr : subject)})`;
  const mend: Mend | undefined =
    own && text !== undefined
      ? { edits: [{ span: node.span, text }], change: `ask for absence itself: ${text}` }
      : undefined;
  return {
    kind: 'absent-misuse',
    severity: severity(examination, comparison),
    message: isAbsent
      ? `absent(…) is 1 or nothing at all, never ${formatFloat(threshold)}`
      : `a count of nothing is no result at all, never ${formatFloat(threshold)}: it cannot fire`,
    evidence: [`${formatExpr(subject)} is ${isAbsent ? 'always 1' : '1 or more'} where it gives something`],
    remedy: mend?.change ?? 'use absent (…) for series that are missing',
    ...(own ? { span: node.span } : {}),
    ...(mend ? { mend } : {}),
  };
}

/** Names by which a ratio of errors goes; a bound of 1 is taken from the name only for burn rates. */
const RATIO_NAME = /ratio|burn_?rate|error_?rate|availability|sli[:_]/i;

/** `(1 - sli) / (1 - 0.9) > 14.4` and `ratio > 14.4 * 0.1`: the whole budget burns at 1 / (1 - target), never faster. */
function burnRate(examination: Examination, comparison: Comparison, range: ValueRange): Diagnosis | undefined {
  const { operator, threshold, subject, number } = comparison;
  if (operator !== '>' && operator !== '>=') return undefined;
  const inner = unwrap(subject);
  let budget: number | undefined;
  let factor: number | undefined;
  const divisor = inner.kind === 'binary' && inner.operator === '/' ? constantOf(inner.right) : undefined;
  const parts = divisor === undefined ? product(number) : undefined;
  if (inner.kind === 'binary' && divisor !== undefined && isRatio(examination, inner.left)) {
    budget = divisor;
    factor = threshold;
  } else if (parts && isRatio(examination, subject, range)) {
    budget = Math.min(...parts);
    factor = Math.max(...parts);
  }
  if (budget === undefined || factor === undefined || budget <= 0 || budget >= 1 || factor < 1 / budget)
    return undefined;
  const target = 1 - budget;
  return {
    kind: 'burn-rate-out-of-reach',
    severity: severity(examination, comparison),
    message: `a burn rate of ${formatFloat(round(factor))} cannot be reached with a target of ${formatFloat(round(target * 100))} %`,
    evidence: [
      `when every event is bad the budget burns ${formatFloat(round(1 / budget))} times as fast as allowed, and never faster`,
    ],
    remedy: `compare with a burn rate below ${formatFloat(round(1 / budget))}, or alert on the ratio of errors itself`,
    ...(examination.isOwn(comparison.node) ? { span: comparison.node.span } : {}),
  };
}

function isRatio(examination: Examination, expr: Expr, known?: ValueRange): boolean {
  const { min, max } = known ?? examination.rangeOf(expr);
  if (min >= 0 && max <= 1) return true;
  const inner = unwrap(expr);
  if (inner.kind === 'binary' && inner.operator === '-' && constantOf(inner.left) === 1)
    return isRatio(examination, inner.right);
  return inner.kind === 'selector' && RATIO_NAME.test(inner.name);
}

/** The two numbers of `14.4 * 0.001`. */
function product(number: Expr): readonly [number, number] | undefined {
  const inner = unwrap(number);
  if (inner.kind !== 'binary' || inner.operator !== '*') return undefined;
  const left = constantOf(inner.left);
  const right = constantOf(inner.right);
  return left === undefined || right === undefined ? undefined : [left, right];
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
