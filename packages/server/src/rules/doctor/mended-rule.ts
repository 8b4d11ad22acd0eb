import { isVedetteError } from '../../base/errors.ts';
import { parseExpr } from '../../metrics/query/index.ts';
import type { Rule } from '../ports.ts';
import { type Mend, applyEdits } from './diagnosis.ts';

/** The rule with all mends that fit together; undefined when they change nothing, or would make it no rule. */
export function mendedRule(
  rule: Rule,
  mends: readonly Mend[],
): { readonly rule: Rule; readonly changes: readonly string[] } | undefined {
  const query = applyEdits(
    rule.query,
    mends.flatMap(({ edits }) => edits ?? []),
  );
  const forMs = mends.reduce<number | undefined>((longest, mend) => {
    return mend.forMs === undefined ? longest : Math.max(longest ?? 0, mend.forMs);
  }, undefined);
  const isSame = query === rule.query && (forMs === undefined || rule.type === 'recording' || forMs === rule.forMs);
  if (isSame) return undefined;
  const changes = mends.map(({ change }) => change);
  try {
    parseExpr(query);
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    return undefined;
  }
  return {
    rule: { ...rule, query, ...(rule.type === 'alerting' && forMs !== undefined ? { forMs } : {}) } as Rule,
    changes,
  };
}
