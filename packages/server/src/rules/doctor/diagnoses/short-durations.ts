import { formatDuration } from '../../../base/units.ts';
import { collectSelectors, formatExpr } from '../../../metrics/query/index.ts';
import type { Diagnosis } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';

/** `for` shorter than the time between evaluations or samples: one sample decides, whatever `for` says. */
export async function shortFor(examination: Examination): Promise<readonly Diagnosis[]> {
  const { rule, intervalMs } = examination;
  if (rule.type === 'recording' || rule.forMs === 0) return [];
  const sampleMs = await longestInterval(examination);
  const isByEvaluation = rule.forMs < intervalMs;
  if (!isByEvaluation && (sampleMs === undefined || rule.forMs >= sampleMs)) return [];
  const neededMs = 2 * Math.max(intervalMs, sampleMs ?? 0);
  return [
    {
      kind: 'short-for',
      severity: 'warning',
      message: isByEvaluation
        ? `\`for: ${formatDuration(rule.forMs)}\` is shorter than the ${formatDuration(intervalMs)} between evaluations: it acts as ${formatDuration(intervalMs)}`
        : `\`for: ${formatDuration(rule.forMs)}\` is shorter than the ${formatDuration(sampleMs ?? 0)} between samples: a single sample makes it fire`,
      evidence: [
        `evaluated every ${formatDuration(intervalMs)}`,
        ...(sampleMs === undefined ? [] : [`samples come every ${formatDuration(sampleMs)}`]),
      ],
      remedy: `use at least \`for: ${formatDuration(neededMs)}\`, so that two samples must agree, or none at all`,
      mend: { forMs: neededMs, change: `wait for two samples: \`for: ${formatDuration(neededMs)}\`` },
    },
  ];
}

async function longestInterval(examination: Examination): Promise<number | undefined> {
  let longest: number | undefined;
  for (const selector of collectSelectors(examination.expr)) {
    const interval = await examination.facts.sampleInterval(selector);
    if (interval !== undefined && (longest === undefined || interval > longest)) longest = interval;
  }
  return longest;
}

/** Functions that need two samples in their range. */
const PAIRS = new Set(['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'predict_linear']);

/** A range that holds less than two samples: nothing to make a rate of. */
export async function shortRange(examination: Examination): Promise<readonly Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const node of examination.nodes) {
    if (node.kind !== 'call' || !PAIRS.has(node.name)) continue;
    const matrix = node.args[0];
    if (matrix?.kind !== 'matrix' || matrix.rangeMs === 0 || matrix.selector.extended !== undefined) continue;
    const sampleMs = await examination.facts.sampleInterval(matrix.selector);
    if (sampleMs === undefined || matrix.rangeMs >= 2 * sampleMs) continue;
    const never = matrix.rangeMs <= sampleMs;
    const neededMs = 4 * sampleMs;
    const isOwn = examination.isOwn(matrix);
    const { rangeExpr: _written, ...plain } = matrix;
    found.push({
      kind: 'short-range',
      severity: never ? 'error' : 'warning',
      message: never
        ? `${node.name} over ${formatDuration(matrix.rangeMs)} of samples that come every ${formatDuration(sampleMs)} never has two of them: it gives nothing`
        : `${node.name} over ${formatDuration(matrix.rangeMs)} has two samples only now and then: they come every ${formatDuration(sampleMs)}`,
      evidence: [`samples of ${formatExpr(matrix.selector)} come every ${formatDuration(sampleMs)}`],
      remedy: `use a range of at least ${formatDuration(neededMs)}, four samples`,
      ...(isOwn ? { span: matrix.span } : {}),
      ...(isOwn
        ? {
            mend: {
              edits: [{ span: matrix.span, text: formatExpr({ ...plain, rangeMs: neededMs }) }],
              change: `take the ${node.name} over ${formatDuration(neededMs)}`,
            },
          }
        : {}),
    });
  }
  return found;
}
