import { type Expr, type VectorSelector, formatExpr, formatFloat, unwrap } from '../../../metrics/query/index.ts';
import type { Diagnosis, Mend } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';

const DEFAULT_RANGE_MS = 5 * 60_000;

/** A counter's own value only grows: an alert on it stays once it fires, or can never fire again. */
export async function counterValue(examination: Examination): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  // Further comparisons (`… and requests_total > 0`) only guard the first.
  for (const comparison of examination.comparisons.slice(0, 1)) {
    const selector = bareSelector(comparison.subject);
    if (!selector || !(await isCounter(examination, selector.name))) continue;
    const { operator, threshold, node } = comparison;
    const isOwn = examination.isOwn(selector) && examination.isOwn(node);
    const grows = operator === '>' || operator === '>=' || operator === '!=';
    const mend: Mend | undefined =
      isOwn && grows && threshold === 0
        ? {
            edits: [{ span: selector.span, text: increase(selector) }],
            change: `look at what was added in the last five minutes: ${increase(selector)}`,
          }
        : undefined;
    found.push({
      kind: 'counter-value',
      severity: 'warning',
      message: grows
        ? `${selector.name} is a counter: once it is over ${formatFloat(threshold)} it stays there until its process restarts`
        : `${selector.name} is a counter: once it has grown past ${formatFloat(threshold)} this is true again only after a restart`,
      evidence: [
        (await examination.facts.metadata(selector.name))?.type === 'counter'
          ? 'its metadata says counter'
          : 'its name ends as those of counters do',
      ],
      remedy: mend?.change ?? 'compare its rate or increase over a while',
      ...(isOwn ? { span: node.span } : {}),
      ...(mend ? { mend } : {}),
    });
  }
  return found;
}

function bareSelector(subject: Expr): VectorSelector | undefined {
  const node = unwrap(subject);
  if (node.kind === 'selector') return node;
  return node.kind === 'aggregate' && (node.operator === 'sum' || node.operator === 'max')
    ? bareSelector(node.expr)
    : undefined;
}

async function isCounter(examination: Examination, name: string): Promise<boolean> {
  const type = (await examination.facts.metadata(name))?.type;
  return type === undefined || type === 'unknown' ? name.endsWith('_total') : type === 'counter';
}

function increase(selector: VectorSelector): string {
  const { span } = selector;
  return `increase(${formatExpr({ kind: 'matrix', span, selector, rangeMs: DEFAULT_RANGE_MS })})`;
}
