import { isVedetteError } from '../../base/errors.ts';
import {
  type AliasBook,
  type Expr,
  type VectorSelector,
  collectSelectors,
  parseExpr,
} from '../../metrics/query/index.ts';
import type { Labels } from '../../model/labels.ts';
import { METRIC_NAME } from '../../model/labels.ts';
import type { Rule, RuleGroup } from '../ports.ts';
import { type Comparison, comparisonsOf } from './comparison.ts';
import type { Diagnosis } from './diagnosis.ts';
import { LabelModel } from './label-model.ts';
import { type Past, extremes, pastWindow, readPast } from './past.ts';
import { QUERY_SAMPLES_MAX } from './limits.ts';
import type { DoctorDeps } from './ports.ts';
import { Records, allNodes, withRecordsWritten } from './records.ts';
import type { FoundSeries, StoreFacts } from './store-facts.ts';
import { type TemplateUses, templateUses } from './template-uses.ts';
import { type ValueRange, valueRange } from './value-range.ts';

/** Everything about one rule that the diagnoses look at. */
export interface Examination {
  readonly rule: Rule;
  readonly group: RuleGroup;
  readonly intervalMs: number;
  readonly facts: StoreFacts;
  readonly aliases: AliasBook | undefined;
  readonly records: Records;
  readonly templates: TemplateUses;
  readonly signal: AbortSignal;
  /** With recording rules written out that are not stored yet. */
  readonly expr: Expr;
  /** Every node, outer ones first. */
  readonly nodes: readonly Expr[];
  isOwn(node: Expr): boolean;
  /** Text of a node of the rule's own. */
  textOf(node: Expr): string;
  /** Recorded names that are not stored and could not be written out: nothing is claimed of what reads them. */
  readonly unresolved: readonly string[];
  readonly series: ReadonlyMap<VectorSelector, FoundSeries>;
  readonly model: LabelModel;
  /** Label sets that the rule can give; undefined when it cannot be told. */
  readonly result: readonly Labels[] | undefined;
  /** Whether it can be said that the rule never gives anything. */
  readonly isSilent: boolean;
  readonly comparisons: readonly Comparison[];
  /** What the comparison's subject was, where it could be read. */
  seen(comparison: Comparison): { readonly min: number; readonly max: number } | undefined;
  /** Of the first comparison's subject, or of the whole rule when that is not simply this comparison. */
  readonly past: Past | undefined;
  /** `past` holds all values of `comparisons[0]`, not only those that pass it. */
  readonly pastIsSubject: boolean;
  /** Why the store could not say what the rule gave. */
  readonly failure: { readonly message: string; readonly isEvaluation: boolean } | undefined;
  rangeOf(expr: Expr): ValueRange;
  /** How many series an expression gives now; 0 as well when it fails. */
  gives(query: string): Promise<number>;
}

export type Diagnose = (examination: Examination) => readonly Diagnosis[] | Promise<readonly Diagnosis[]>;

/** Finds out all that diagnoses need. Throws when the store cannot be asked at all. */
export async function examine(
  rule: Rule,
  group: RuleGroup,
  intervalMs: number,
  deps: DoctorDeps,
  facts: StoreFacts,
  records: Records,
  signal: AbortSignal,
): Promise<Examination> {
  const written = await withRecordsWritten(parseExpr(rule.query), records, async (selector) => {
    return (await facts.series(selector)).labels.length > 0;
  });
  const { expr, own, unresolved } = written;
  const selectors = collectSelectors(expr);
  const series = new Map<VectorSelector, FoundSeries>();
  for (const selector of selectors) series.set(selector, await facts.series(selector, reachOf(expr)));
  const natives = await anyNative(expr, series, facts);
  const found = [...series.values()];
  const isComplete = found.every((one) => one.isComplete) && !natives && unresolved.length === 0;
  const model = new LabelModel(
    deps.clock,
    found.flatMap(({ labels }) => labels),
    isComplete,
    signal,
  );
  const result = model.isComplete ? await model.labels(expr) : undefined;
  const comparisons = comparisonsOf(expr);
  const main = comparisons[0];
  const pastIsSubject = main !== undefined && isWhole(expr, main);
  const { past, failure } = await readRulePast(
    pastIsSubject ? main.subject : expr,
    result?.length ?? (await model.labels(expr))?.length ?? 1,
    intervalMs,
    deps,
    facts,
    signal,
  );
  const seen = new Map<Comparison, { readonly min: number; readonly max: number }>();
  for (const comparison of comparisons) {
    if (comparison === main && pastIsSubject) {
      const known = past && extremes(past.series);
      if (known) seen.set(comparison, known);
      continue;
    }
    const known = failure ? undefined : await readExtremes(comparison, deps, facts, signal);
    if (known) seen.set(comparison, known);
  }
  const types = new Map<string, string | undefined>();
  for (const { name } of selectors) if (name !== '') types.set(name, (await facts.metadata(name))?.type);
  const rangeOf = (node: Expr): ValueRange =>
    valueRange(node, ({ name }) => {
      if (types.get(name) === 'counter') return { min: 0, max: Infinity };
      const recorded = recordedRange(name);
      return recorded ?? (types.get(name) === undefined && isCounterName(name) ? { min: 0, max: Infinity } : undefined);
    });
  const visiting = new Set<string>();
  const recordedRange = (name: string): ValueRange | undefined => {
    if (!records.has(name) || visiting.has(name)) return undefined;
    visiting.add(name);
    try {
      const ranges = records.definitionsOf(name).map(rangeOf);
      return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
    } finally {
      visiting.delete(name);
    }
  };
  return {
    rule,
    group,
    intervalMs,
    facts,
    aliases: deps.aliases,
    records,
    templates: templateUses(rule),
    signal,
    expr,
    nodes: allNodes(expr),
    isOwn: (node) => own.has(node),
    textOf: ({ span }) => rule.query.slice(span.start, span.end),
    unresolved,
    series,
    model,
    result,
    isSilent: result?.length === 0,
    comparisons,
    seen: (comparison) => seen.get(comparison),
    past,
    pastIsSubject,
    failure,
    rangeOf,
    gives: (query) => countNow(query, deps, facts, signal),
  };
}

async function countNow(query: string, { store }: DoctorDeps, facts: StoreFacts, signal: AbortSignal): Promise<number> {
  try {
    const options = { signal, samplesMax: QUERY_SAMPLES_MAX };
    const result = await store.engine.instant(query, facts.window.endMs, options);
    return result.type === 'vector' ? result.samples.length : 0;
  } catch (error) {
    signal.throwIfAborted();
    if (!isVedetteError(error)) throw error;
    return 0;
  }
}

export function isCounterName(name: string): boolean {
  return /_(?:total|count|bucket)$/.test(name);
}

/** Whether a rule is nothing but this comparison. */
function isWhole(expr: Expr, comparison: Comparison): boolean {
  let node = expr;
  while (node.kind === 'paren') node = node.expr;
  return node === comparison.node;
}

/** How far before the window the expression looks. */
function reachOf(expr: Expr): number {
  const own = expr.kind === 'matrix' || expr.kind === 'subquery' ? expr.rangeMs : 0;
  const offset = expr.kind === 'subquery' ? Math.max(0, expr.offsetMs) : 0;
  const inner = 'expr' in expr ? [expr.expr] : [];
  const children: readonly Expr[] =
    expr.kind === 'binary' ? [expr.left, expr.right] : expr.kind === 'call' ? expr.args : inner;
  return own + offset + Math.max(0, ...children.map(reachOf));
}

const NATIVE_READERS = /^histogram_/;

async function anyNative(
  expr: Expr,
  series: ReadonlyMap<VectorSelector, FoundSeries>,
  facts: StoreFacts,
): Promise<boolean> {
  for (const node of allNodes(expr)) {
    if (node.kind !== 'call' || !NATIVE_READERS.test(node.name)) continue;
    for (const selector of collectSelectors(node)) {
      const { labels } = series.get(selector) ?? { labels: [] };
      if (labels.length === 0 || labels.some((one) => one.has('le')) || selector.name.endsWith('_bucket')) continue;
      if (await facts.isNative(selector)) return true;
    }
  }
  return false;
}

async function readRulePast(
  expr: Expr,
  seriesCount: number,
  intervalMs: number,
  { store }: DoctorDeps,
  facts: StoreFacts,
  signal: AbortSignal,
): Promise<Pick<Examination, 'past' | 'failure'>> {
  try {
    const window = pastWindow(facts.window, intervalMs, seriesCount);
    return { past: await readPast(store.engine, expr, window, intervalMs, signal), failure: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (!isVedetteError(error)) throw error;
    return { past: undefined, failure: { message: error.message, isEvaluation: error.code === 'PROMQL_EXECUTION' } };
  }
}

/** Steps for the least and most of a comparison that is only part of a rule. */
const EXTREMES_STEPS = 500;

async function readExtremes(
  comparison: Comparison,
  { store }: DoctorDeps,
  facts: StoreFacts,
  signal: AbortSignal,
): Promise<{ readonly min: number; readonly max: number } | undefined> {
  const { startMs, endMs } = facts.window;
  const stepMs = Math.max(1_000, Math.ceil((endMs - startMs) / EXTREMES_STEPS / 1_000) * 1_000);
  try {
    const past = await readPast(store.engine, comparison.subject, { startMs, endMs, stepMs }, stepMs, signal);
    return extremes(past.series);
  } catch (error) {
    signal.throwIfAborted();
    if (!isVedetteError(error)) throw error;
    return undefined;
  }
}

/** Labels that occur on any of the sets, without the name. */
export function labelNamesOf(sets: readonly Labels[]): ReadonlySet<string> {
  return new Set(sets.flatMap((labels) => [...labels].map(([name]) => name)).filter((name) => name !== METRIC_NAME));
}
