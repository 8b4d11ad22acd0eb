import { formatDuration } from '../../../base/units.ts';
import { type Expr, formatExpr, formatFloat } from '../../../metrics/query/index.ts';
import { type Comparison, holds } from '../comparison.ts';
import type { Diagnosis } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { allNodes } from '../records.ts';
import { isImpossible } from './impossible-threshold.ts';

/** A threshold this many times what was ever seen is more likely a wrong unit than foresight. */
const FAR = 1_000;

/** The threshold was not reached in the stored past. That is how good alerts are; only a threshold far away is doubtful. */
export function neverSeen(examination: Examination): readonly Diagnosis[] {
  return examination.comparisons.flatMap((comparison) => {
    const { operator, threshold, subject, node } = comparison;
    const seen = examination.seen(comparison);
    if (!seen || isImpossible(comparison, examination.rangeOf(subject)) || isReached(comparison, seen)) return [];
    const hasUnit = isLevel(subject);
    const isFar = hasUnit && operator.startsWith('>') && seen.max > 0 && threshold / seen.max >= FAR;
    const past = formatDuration(examination.facts.window.endMs - examination.facts.window.startMs);
    return [
      {
        kind: 'never-seen',
        severity: isFar ? ('warning' as const) : ('note' as const),
        message: isFar
          ? `the threshold is ${formatFloat(Math.round(threshold / seen.max))} times the highest value of the past ${past}`
          : `\`${operator} ${formatFloat(threshold)}\` was not true once in the past ${past}`,
        evidence: [`${formatExpr(subject)} was between ${formatFloat(seen.min)} and ${formatFloat(seen.max)}`],
        remedy: isFar
          ? 'look whether number and metric have the same unit'
          : 'nothing, when the trouble it waits for did not happen',
        ...(examination.isOwn(node) ? { span: node.span } : {}),
      },
    ];
  });
}

function isReached(
  { operator, threshold }: Comparison,
  { min, max }: { readonly min: number; readonly max: number },
): boolean {
  switch (operator) {
    case '==':
      return threshold >= min && threshold <= max;
    case '!=':
      return min !== threshold || max !== threshold;
    case '<':
    case '<=':
      return holds(operator, min, threshold);
    case '>':
    case '>=':
      return holds(operator, max, threshold);
  }
}

const FLOWS = new Set(['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'changes', 'resets']);

/** Levels have a usual size; counts and flows are as small as the house is quiet. */
function isLevel(subject: Expr): boolean {
  const inner = allNodes(subject);
  if (inner.some((node) => node.kind === 'call' && node.name === 'histogram_quantile')) return true;
  return !inner.some(
    (node) =>
      (node.kind === 'aggregate' && node.operator === 'count') || (node.kind === 'call' && FLOWS.has(node.name)),
  );
}
