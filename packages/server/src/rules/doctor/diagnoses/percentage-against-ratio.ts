import { type VectorSelector, collectSelectors, formatExpr, formatFloat } from '../../../metrics/query/index.ts';
import type { Comparison } from '../comparison.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { tight } from './impossible-threshold.ts';

/** Ratios are noisy: a little over 1 is a rounding, not a percentage. */
const RATIO_SEEN_MAX = 1.5;
const PERCENT_SEEN_MAX = 101;

/** A percentage, 0 to 100, is compared with a ratio, or the other way round: told by what was seen, and by the texts. */
export async function percentageAgainstRatio(examination: Examination): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const comparison of examination.comparisons) {
    const { threshold } = comparison;
    const { min, max } = examination.rangeOf(comparison.subject);
    if (threshold === 0 || (min === max && Number.isFinite(min))) continue;
    const seen = examination.seen(comparison);
    const said = await saidUnit(examination, comparison);
    if (threshold > 0 && threshold < 1 && max > 1) {
      const looksPercent =
        seen !== undefined && seen.max > RATIO_SEEN_MAX && seen.max <= PERCENT_SEEN_MAX && seen.min >= 0;
      const isClear = looksPercent && (said.isPercent || examination.templates.ratio !== undefined);
      if (isClear || (seen === undefined && said.isPercent))
        found.push(percent(examination, comparison, seen, said.words));
    } else if (threshold > RATIO_SEEN_MAX && threshold <= 100 && max > 1 && said.isRatio) {
      if (seen !== undefined && seen.max <= 1 && seen.min >= 0)
        found.push(ratio(examination, comparison, seen, said.words));
    }
  }
  return found;
}

interface SaidUnit {
  readonly isPercent: boolean;
  readonly isRatio: boolean;
  readonly words: string | undefined;
}

/** What name and help of the metric say; only of a subject that is one metric, or its average and the like. */
async function saidUnit(examination: Examination, { subject }: Comparison): Promise<SaidUnit> {
  const [selector, ...others] = collectSelectors(subject) as readonly (VectorSelector | undefined)[];
  if (!selector || others.length > 0 || /[/*]/.test(formatExpr(subject).replace(/"[^"]*"/g, '')))
    return { isPercent: false, isRatio: false, words: undefined };
  const help = (await examination.facts.metadata(selector.name))?.help ?? '';
  if (/percent|pct(?:_|$)/i.test(selector.name))
    return { isPercent: true, isRatio: false, words: 'its name says percent' };
  if (selector.name.endsWith('_ratio')) return { isPercent: false, isRatio: true, words: 'its name says ratio' };
  if (/percent|\(%\)|in %/i.test(help))
    return { isPercent: true, isRatio: false, words: `its help says: ${help.slice(0, 80)}` };
  return {
    isPercent: false,
    isRatio: /\bratio\b|0 to 1|0-1/i.test(help),
    words: help === '' ? undefined : `its help says: ${help.slice(0, 80)}`,
  };
}

function percent(
  examination: Examination,
  comparison: Comparison,
  seen: { readonly min: number; readonly max: number } | undefined,
  words: string | undefined,
): Diagnosis {
  const { subject, threshold, number, node, operator } = comparison;
  const printed = examination.templates.ratio;
  let mend: Mend | undefined;
  if (examination.isOwn(node))
    mend =
      printed === undefined
        ? {
            edits: [{ span: number.span, text: formatFloat(clean(threshold * 100)) }],
            change: `compare with the percentage ${formatFloat(clean(threshold * 100))}`,
          }
        : {
            edits: [{ span: subject.span, text: `${tight(subject, examination)} / 100` }],
            change: `make the percentage a ratio, as \`${printed}\` prints it`,
          };
  const below = operator.startsWith('<');
  return {
    kind: 'percentage-against-ratio',
    severity: seen === undefined ? 'warning' : 'error',
    message: below
      ? `a percentage is compared with the ratio ${formatFloat(threshold)}: it would fire only below ${formatFloat(threshold)} %`
      : `a percentage is compared with the ratio ${formatFloat(threshold)}: it fires from ${formatFloat(threshold)} % on`,
    evidence: [
      ...(seen ? [`${formatExpr(subject)} was between ${formatFloat(seen.min)} and ${formatFloat(seen.max)}`] : []),
      ...(words === undefined ? [] : [words]),
      ...(printed === undefined ? [] : [`\`${printed}\` prints it as a ratio (humanizePercentage)`]),
    ],
    remedy: mend?.change ?? 'use the same unit on both sides',
    ...(examination.isOwn(node) ? { span: node.span } : {}),
    ...(mend ? { mend } : {}),
  };
}

function ratio(
  examination: Examination,
  comparison: Comparison,
  seen: { readonly min: number; readonly max: number },
  words: string | undefined,
): Diagnosis {
  const { subject, threshold, number, node } = comparison;
  const mend: Mend | undefined = examination.isOwn(node)
    ? {
        edits: [{ span: number.span, text: formatFloat(clean(threshold / 100)) }],
        change: `compare with the ratio ${formatFloat(clean(threshold / 100))}`,
      }
    : undefined;
  return {
    kind: 'ratio-against-percentage',
    severity: 'error',
    message: `a ratio is compared with the percentage ${formatFloat(threshold)}`,
    evidence: [
      `${formatExpr(subject)} was between ${formatFloat(seen.min)} and ${formatFloat(seen.max)}`,
      ...(words === undefined ? [] : [words]),
    ],
    remedy: mend?.change ?? 'use the same unit on both sides',
    ...(examination.isOwn(node) ? { span: node.span } : {}),
    ...(mend ? { mend } : {}),
  };
}

/** 0.07 × 100 is 7, not 7.000000000000001. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
