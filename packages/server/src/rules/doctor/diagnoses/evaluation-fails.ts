import type { Diagnosis } from '../diagnosis.ts';
import type { Examination } from '../examination.ts';
import { mendJoin } from './labels-never-match.ts';

/** The engine refused the expression on what is stored: mostly a join that finds more than one partner. */
export async function evaluationFails(examination: Examination): Promise<readonly Diagnosis[]> {
  const { failure } = examination;
  if (!failure?.isEvaluation) return [];
  const isJoin = /many-to-|match group|multiple matches|one-to-one/.test(failure.message);
  const mend = isJoin ? await mendFirstJoin(examination) : undefined;
  return [
    {
      kind: isJoin ? 'many-to-many' : 'evaluation-fails',
      severity: 'error',
      message: isJoin
        ? 'a series has more than one partner at the other side of a join, so the evaluation fails and nothing fires'
        : 'the evaluation fails, so nothing fires',
      evidence: [failure.message],
      remedy:
        mend?.change ??
        (isJoin
          ? 'add group_left (…) or group_right (…) for the side with many series, or aggregate it first'
          : 'correct the expression as the message says'),
      ...(mend ? { mend } : {}),
    },
  ];
}

async function mendFirstJoin(examination: Examination): ReturnType<typeof mendJoin> {
  for (const node of examination.nodes) {
    if (node.kind !== 'binary' || !node.matching || !examination.isOwn(node)) continue;
    if ((await examination.model.labels(node)) !== undefined) continue;
    const left = await examination.model.labels(node.left);
    const right = await examination.model.labels(node.right);
    if (left && right) return mendJoin(examination, node, left, right);
  }
  return undefined;
}
