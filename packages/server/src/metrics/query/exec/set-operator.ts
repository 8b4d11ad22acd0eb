import type { VectorMatching } from '../parse/ast.ts';
import type { Evaluator } from './evaluator.ts';
import { matchKeys } from './match-key.ts';
import { mergeEqualRows } from './merge.ts';
import { ABSENT, Row, type VectorStream, materialise } from './stream.ts';

/** and, or, unless: which samples stay is decided per step by the presence of a partner on the other side. */
export async function setOperator(
  operator: 'and' | 'or' | 'unless',
  left: VectorStream,
  right: VectorStream,
  matching: VectorMatching,
  steps: number,
  evaluator: Evaluator,
): Promise<VectorStream> {
  const leftKeys = matchKeys(left, matching);
  const rightKeys = matchKeys(right, matching);
  if (operator !== 'or') {
    const partners = await presence(right, rightKeys, new Set(leftKeys), steps, evaluator);
    return masked(left, leftKeys, partners, operator === 'and' ? 1 : 0, steps);
  }
  const first = await materialise(left, steps, evaluator.budget);
  const partners = await presence(first, leftKeys, new Set(rightKeys), steps, evaluator);
  const second = masked(right, rightKeys, partners, 0, steps);
  const split = first.labels.length;
  const nameMark = new Uint8Array(split + second.labels.length);
  nameMark.set(first.nameMark);
  nameMark.set(second.nameMark, split);
  const both: VectorStream = {
    labels: [...first.labels, ...second.labels],
    nameMark,
    distinct: split === 0 ? second.distinct : second.labels.length === 0 && first.distinct,
    fill: (row, values, present, histograms) => {
      if (row < split) first.fill(row, values, present, histograms);
      else second.fill(row - split, values, present, histograms);
    },
  };
  return mergeEqualRows(both, steps);
}

/** Per key, at which steps any row with it is present. */
async function presence(
  stream: VectorStream,
  keys: readonly string[],
  wanted: ReadonlySet<string>,
  steps: number,
  evaluator: Evaluator,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const partners = new Map<string, Uint8Array>();
  const row = new Row(steps);
  for (const [i, key] of keys.entries()) {
    if (!wanted.has(key)) continue;
    stream.fill(i, row.values, row.present, row.histograms);
    const known = partners.get(key);
    if (known) {
      for (let k = 0; k < steps; k++) if (row.present[k] !== ABSENT) known[k] = 1;
    } else {
      partners.set(
        key,
        row.present.map((here) => (here === ABSENT ? 0 : 1)),
      );
    }
    if (evaluator.budget.due()) await evaluator.budget.turn();
  }
  return partners;
}

/** Keeps samples at the steps where the partner's presence equals `keep`. */
function masked(
  stream: VectorStream,
  keys: readonly string[],
  partners: ReadonlyMap<string, Uint8Array>,
  keep: 0 | 1,
  steps: number,
): VectorStream {
  return {
    labels: stream.labels,
    nameMark: stream.nameMark,
    distinct: stream.distinct,
    fill: (row, values, present, histograms) => {
      const partner = partners.get(keys[row] as string);
      if (!partner) {
        if (keep === 1) present.fill(0);
        else stream.fill(row, values, present, histograms);
        return;
      }
      stream.fill(row, values, present, histograms);
      for (let k = 0; k < steps; k++) if (partner[k] !== keep) present[k] = 0;
    },
  };
}
