import { type Expr, type VectorSelector, childrenOf, mapChildren, parseExpr } from '../../metrics/query/index.ts';
import { METRIC_NAME } from '../../model/labels.ts';
import type { RecordingRule, RuleGroup } from '../ports.ts';
import { INLINE_LEVELS_MAX, INLINE_NODES_MAX } from './limits.ts';

interface Recorded {
  readonly rule: RecordingRule;
  readonly intervalMs: number;
}

/** What the recording rules around a rule make: a rule that reads a name which is not stored yet is looked at through them. */
export class Records {
  readonly #byName = new Map<string, Recorded[]>();

  constructor(groups: readonly RuleGroup[], intervalMs: number) {
    for (const group of groups)
      for (const rule of group.rules) {
        if (rule.type !== 'recording') continue;
        const known = this.#byName.get(rule.name) ?? [];
        known.push({ rule, intervalMs: group.intervalMs ?? intervalMs });
        this.#byName.set(rule.name, known);
      }
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The expressions that make a selector's series, as far as its matchers can be answered from the rules' own labels. */
  expressionsOf(selector: VectorSelector): readonly Expr[] {
    const recorded = this.#byName.get(selector.name) ?? [];
    const others = selector.matchers.filter(({ name }) => name !== METRIC_NAME);
    return recorded
      .filter(({ rule }) =>
        others.every(({ name, matches }) => name in rule.labels && matches(rule.labels[name] ?? '')),
      )
      .map(({ rule }) => labelled(parseExpr(rule.query), rule));
  }

  /** All expressions that are recorded under a name. */
  definitionsOf(name: string): readonly Expr[] {
    return (this.#byName.get(name) ?? []).map(({ rule }) => parseExpr(rule.query));
  }

  intervalMs(name: string): number | undefined {
    return this.#byName.get(name)?.[0]?.intervalMs;
  }
}

function labelled(expr: Expr, rule: RecordingRule): Expr {
  const { span } = expr;
  const text = (value: string): Expr => ({ kind: 'string', span, value });
  let result: Expr = { kind: 'paren', span, expr };
  for (const [name, value] of Object.entries(rule.labels)) {
    const args: readonly Expr[] = [result, text(name), text(value.replaceAll('$', '$$$$')), text(''), text('')];
    result = { kind: 'call', span, name: 'label_replace', args };
  }
  return result;
}

export interface Written {
  readonly expr: Expr;
  /** Nodes that stand in the rule's own text; others come from recording rules. */
  readonly own: ReadonlySet<Expr>;
  /** Names that are recorded, not stored, and could not be written out. */
  readonly unresolved: readonly string[];
}

/** The expression with the recording rules it needs written out. */
export async function withRecordsWritten(
  expr: Expr,
  records: Records,
  isStored: (selector: VectorSelector) => Promise<boolean>,
): Promise<Written> {
  const replacements = new Map<VectorSelector, readonly Expr[]>();
  const unresolved = new Set<string>();
  let nodes = countNodes(expr);
  const visit = async (node: Expr, level: number): Promise<void> => {
    if (node.kind === 'selector' && records.has(node.name) && !replacements.has(node) && !(await isStored(node))) {
      const found = records.expressionsOf(node);
      nodes += found.reduce((count, one) => count + countNodes(one), 0);
      if (found.length === 0 || level >= INLINE_LEVELS_MAX || nodes > INLINE_NODES_MAX) {
        unresolved.add(node.name);
        return;
      }
      replacements.set(node, found);
      for (const one of found) await visit(one, level + 1);
      return;
    }
    for (const child of childrenOf(node)) await visit(child, level);
  };
  await visit(expr, 0);
  if (replacements.size === 0) return { expr, own: new Set(allNodes(expr)), unresolved: [...unresolved] };

  const own = new Set<Expr>();
  const write = (node: Expr, isOwn: boolean): Expr => {
    let result: Expr;
    if (node.kind === 'selector') {
      const found = replacements.get(node);
      if (!found) result = node;
      else return timed(joined(found.map((one) => write(one, false))), node);
    } else if (node.kind === 'matrix') {
      const found = replacements.get(node.selector);
      if (found) {
        const stepMs = records.intervalMs(node.selector.name) ?? 0;
        const { span, rangeMs, selector } = node;
        const inner = joined(found.map((one) => write(one, false)));
        const { offsetMs, at } = selector;
        return { kind: 'subquery', span, expr: inner, rangeMs, stepMs, offsetMs, ...(at === undefined ? {} : { at }) };
      }
      result = node;
    } else {
      result = mapChildren(node, (child) => write(child, isOwn));
    }
    if (isOwn) for (const one of node.kind === 'matrix' ? [result, node.selector] : [result]) own.add(one);
    return result;
  };
  return { expr: write(expr, true), own, unresolved: [...unresolved] };
}

function joined(parts: readonly Expr[]): Expr {
  const [first, ...rest] = parts as [Expr, ...Expr[]];
  return rest.reduce<Expr>(
    (left, right) => ({
      kind: 'paren',
      span: left.span,
      expr: {
        kind: 'binary',
        span: left.span,
        operatorSpan: left.span,
        operator: 'or',
        left,
        right,
        bool: false,
        matching: { cardinality: 'many-to-many', on: false, labels: [], include: [] },
      },
    }),
    first,
  );
}

/** An instant selector with `offset` or `@` becomes a look at the expression at that time. */
function timed(expr: Expr, { span, offsetMs, at }: VectorSelector): Expr {
  if (offsetMs === 0 && at === undefined) return expr;
  const subquery: Expr = {
    kind: 'subquery',
    span,
    expr,
    rangeMs: SUBQUERY_MS,
    stepMs: SUBQUERY_MS / 2,
    offsetMs,
    ...(at === undefined ? {} : { at }),
  };
  return { kind: 'call', span, name: 'last_over_time', args: [subquery] };
}

const SUBQUERY_MS = 60_000;

export function allNodes(expr: Expr): readonly Expr[] {
  return [expr, ...childrenOf(expr).flatMap(allNodes)];
}

function countNodes(expr: Expr): number {
  return childrenOf(expr).reduce((count, child) => count + countNodes(child), 1);
}
