import { collectSelectors, formatExpr, formatFloat } from '../../../metrics/query/index.ts';
import type { Comparison } from '../comparison.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { tight } from './impossible-threshold.ts';

/** So far between threshold and everything seen, a factor of a thousand explains it better than luck. */
const FAR = 50;

/** Seconds against milliseconds, bytes against bits: the metric's name has one unit, the rule's texts or number the other. */
export function timeAndSizeUnits(examination: Examination): readonly Diagnosis[] {
  return examination.comparisons.flatMap((comparison) => {
    const names = collectSelectors(comparison.subject).map(({ name }) => name);
    const isOneUnit = (unit: RegExp): boolean => names.length > 0 && names.every((name) => unit.test(name));
    if (/[*/]/.test(formatExpr(comparison.subject).replace(/"[^"]*"/g, ''))) return [];
    if (isOneUnit(/_seconds(?:_bucket|_sum|_count)?$/)) return secondsAgainstMilliseconds(examination, comparison);
    if (isOneUnit(/_(?:ms|milliseconds|millis)(?:_bucket)?$/))
      return millisecondsAgainstSeconds(examination, comparison);
    if (isOneUnit(/_bytes(?:_total)?$/)) return bytesAgainstBits(examination, comparison);
    return [];
  });
}

function secondsAgainstMilliseconds(examination: Examination, comparison: Comparison): readonly Diagnosis[] {
  const { threshold, operator } = comparison;
  const seen = examination.seen(comparison);
  const printed = examination.templates.milliseconds;
  const isFar = seen !== undefined && seen.max > 0 && threshold >= 10 && seen.max * FAR < threshold;
  if (!operator.startsWith('>') || !(isFar && (printed !== undefined || threshold >= 100))) return [];
  return [unit(examination, comparison, 'seconds', 'milliseconds', threshold / 1000, printed, seen)];
}

function millisecondsAgainstSeconds(examination: Examination, comparison: Comparison): readonly Diagnosis[] {
  const { threshold, operator } = comparison;
  const seen = examination.seen(comparison);
  const printed = examination.templates.seconds;
  const isFar = seen !== undefined && seen.min > threshold * FAR;
  if (!operator.startsWith('>') || threshold <= 0 || threshold >= 10 || !(isFar || printed !== undefined)) return [];
  return [unit(examination, comparison, 'milliseconds', 'seconds', threshold * 1000, printed, seen)];
}

function bytesAgainstBits(examination: Examination, comparison: Comparison): readonly Diagnosis[] {
  const printed = examination.templates.bits;
  if (printed === undefined) return [];
  return [
    unit(examination, comparison, 'bytes', 'bits', comparison.threshold / 8, printed, examination.seen(comparison)),
  ];
}

/** From the unit that metrics have to the one that is wanted. */
const INTO: Readonly<Record<string, string>> = { milliseconds: '* 1000', seconds: '/ 1000', bits: '* 8' };

function unit(
  examination: Examination,
  { threshold, number, node, subject }: Comparison,
  has: string,
  wants: string,
  meant: number,
  printed: string | undefined,
  seen: { readonly min: number; readonly max: number } | undefined,
): Diagnosis {
  const value = formatFloat(Number(meant.toPrecision(12)));
  let mend: Mend | undefined;
  if (examination.isOwn(node))
    mend =
      printed === undefined
        ? { edits: [{ span: number.span, text: value }], change: `compare ${has} with ${value}` }
        : {
            edits: [{ span: subject.span, text: `${tight(subject, examination)} ${INTO[wants] ?? '* 1'}` }],
            change: `make the ${has} ${wants}, as \`${printed}\` prints them`,
          };
  return {
    kind: 'unit-confusion',
    severity: 'warning',
    message: `${formatFloat(threshold)} looks like ${wants}, but the metric is in ${has}`,
    evidence: [
      ...(seen ? [`${formatExpr(subject)} was between ${formatFloat(seen.min)} and ${formatFloat(seen.max)}`] : []),
      ...(printed === undefined ? [] : [`\`${printed}\` prints it as ${wants}`]),
    ],
    remedy: mend?.change ?? 'use the same unit on both sides',
    ...(examination.isOwn(node) ? { span: node.span } : {}),
    ...(mend ? { mend } : {}),
  };
}
