import {
  type Expr,
  type VectorSelector,
  childrenOf,
  collectSelectors,
  parseExpr,
  unwrap,
} from '../../metrics/query/index.ts';
import { Labels, METRIC_NAME } from '../../model/labels.ts';
import type { AlertingRule } from '../ports.ts';
import { comparisonOf, holds } from './comparison.ts';
import { LabelModel } from './label-model.ts';
import type { DoctorDeps } from './ports.ts';
import { type Records, withRecordsWritten } from './records.ts';
import type { StoreFacts } from './store-facts.ts';

/** The alerts that a rule can make on what is stored. */
export interface AlertOutcome {
  readonly alertname: string;
  /** With `alertname` and the rule's own labels; those made by templates are left out. */
  readonly labels: readonly Labels[];
  readonly isComplete: boolean;
  readonly templated: ReadonlySet<string>;
  /** The rule is `up == 0`, or the like. */
  readonly meansTargetDown: boolean;
  /** Labels of the series it reads; undefined when it reads what outlives a target. */
  readonly reads: readonly Labels[] | undefined;
  readonly lingersMs: number;
  readonly forMs: number;
}

/** Series that a scrape writes of a target even when it is down. */
const OUTLIVING = /^(?:up|scrape_|ALERTS)/;

export async function alertOutcome(
  rule: AlertingRule,
  deps: DoctorDeps,
  facts: StoreFacts,
  records: Records,
  signal: AbortSignal,
): Promise<AlertOutcome> {
  const { expr, unresolved } = await withRecordsWritten(
    parseExpr(rule.query),
    records,
    async (selector) => (await facts.series(selector)).labels.length > 0,
  );
  const selectors = collectSelectors(expr);
  const found = await Promise.all(selectors.map((selector) => facts.series(selector)));
  const read = found.flatMap(({ labels }) => labels);
  const isComplete = unresolved.length === 0 && found.every((one) => one.isComplete);
  const model = new LabelModel(deps.clock, read, isComplete, signal);
  const results = (await model.labels(expr)) ?? [];
  const templated = new Set(
    Object.entries(rule.labels).flatMap(([name, value]) => (value.includes('{{') ? [name] : [])),
  );
  return {
    alertname: rule.name,
    labels: results.map((labels) => alertLabels(rule, labels, templated)),
    isComplete: model.isComplete,
    templated,
    meansTargetDown: meansTargetDown(expr),
    reads: selectors.some(outlives) || readsAbsence(expr) ? undefined : read,
    lingersMs: longestRange(expr),
    forMs: rule.forMs,
  };
}

function alertLabels(rule: AlertingRule, labels: Labels, templated: ReadonlySet<string>): Labels {
  const map = labels.toMap();
  map.delete(METRIC_NAME);
  for (const [name, value] of Object.entries(rule.labels)) if (!templated.has(name)) map.set(name, value);
  map.set('alertname', rule.name);
  return Labels.fromMap(map);
}

function meansTargetDown(expr: Expr): boolean {
  const comparison = comparisonOf(expr);
  if (!comparison) return false;
  const subject = unwrap(comparison.subject);
  const { operator, threshold } = comparison;
  return (
    subject.kind === 'selector' &&
    subject.name === 'up' &&
    holds(operator, 0, threshold) &&
    !holds(operator, 1, threshold)
  );
}

/** Without a name anything may be meant; what is recorded goes on as its rule does. */
function outlives({ name, offsetMs }: VectorSelector): boolean {
  return name === '' || OUTLIVING.test(name) || name.includes(':') || offsetMs !== 0;
}

function readsAbsence(expr: Expr): boolean {
  if (expr.kind === 'call' && (expr.name === 'absent' || expr.name === 'absent_over_time')) return true;
  return childrenOf(expr).some(readsAbsence);
}

function longestRange(expr: Expr): number {
  const own = expr.kind === 'matrix' || expr.kind === 'subquery' ? expr.rangeMs : 0;
  return Math.max(own, ...childrenOf(expr).map(longestRange));
}
