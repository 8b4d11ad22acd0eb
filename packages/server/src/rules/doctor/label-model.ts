import type { Clock } from '../../base/clock.ts';
import { unixMs } from '../../base/clock.ts';
import { isVedetteError } from '../../base/errors.ts';
import {
  type Call,
  type Expr,
  MemorySelector,
  type PromqlEngine,
  type VectorSelector,
  formatExpr,
  isComparison,
  mapChildren,
  openQueryEngine,
  unwrap,
} from '../../metrics/query/index.ts';
import { Labels, METRIC_NAME } from '../../model/labels.ts';
import { MODEL_SERIES_MAX } from './limits.ts';

/** Any moment does: the model has no other time than its own. */
const MODEL_AT = unixMs(1_000_000_000_000);
const SAMPLE_STEP_MS = 120_000;
const SAMPLES = 8;
const RANGE_MS = 600_000;
const SUBQUERY_STEP_MS = 60_000;
const QUERY_TIMEOUT_MS = 3_000;

/**
 * A toy store in which every series that was ever seen has samples at once, and comparisons let everything pass: what an expression
 * gives here are the label sets it can ever give. Made of the real engine, so that joins, label_replace and the like are exactly its own.
 */
export class LabelModel {
  readonly #engine: PromqlEngine;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Promise<readonly Labels[] | undefined>>();
  /** False: series are missing from it, so that nothing may be claimed of what it does not give. */
  readonly isComplete: boolean;

  constructor(clock: Clock, series: Iterable<Labels>, isComplete: boolean, signal: AbortSignal) {
    const store = new MemorySelector();
    const added = new Set<string>();
    let fits = true;
    for (const labels of series) {
      if (added.has(labels.key)) continue;
      if (added.size >= MODEL_SERIES_MAX) {
        fits = false;
        break;
      }
      added.add(labels.key);
      const rise = 1 + (added.size % 7);
      for (let i = 0; i < SAMPLES; i++) store.add(labels, MODEL_AT - (SAMPLES - 1 - i) * SAMPLE_STEP_MS, 1 + i * rise);
    }
    this.#engine = openQueryEngine({ selector: store, clock }, { timeoutMs: QUERY_TIMEOUT_MS });
    this.#signal = signal;
    this.isComplete = isComplete && fits;
  }

  /** Label sets that an expression can give; undefined when it cannot be told. */
  labels(expr: Expr): Promise<readonly Labels[] | undefined> {
    return this.ask(formatExpr(alwaysPassing(expr)));
  }

  /** The same for a text without comparisons. */
  ask(query: string): Promise<readonly Labels[] | undefined> {
    const known = this.#known.get(query);
    if (known) return known;
    const found = this.#evaluate(query);
    this.#known.set(query, found);
    return found;
  }

  async #evaluate(query: string): Promise<readonly Labels[] | undefined> {
    try {
      const result = await this.#engine.instant(query, MODEL_AT, { signal: this.#signal });
      if (result.type === 'scalar') return [Labels.EMPTY];
      return result.type === 'vector' ? result.samples.map(({ labels }) => labels) : undefined;
    } catch (error) {
      this.#signal.throwIfAborted();
      // Series that never lived at the same time may be too many for a join here: nothing is claimed then.
      if (!isVedetteError(error)) throw error;
      return undefined;
    }
  }
}

/** `a > 5` → `a`, `a > b` → `a + b`, `a unless b` → `a`, all times → now: who reads this wants labels, not values. */
export function alwaysPassing(expr: Expr): Expr {
  switch (expr.kind) {
    case 'selector':
      return now(expr);
    case 'matrix':
      return matrixNow(expr);
    case 'subquery': {
      const { kind, span } = expr;
      return { kind, span, expr: alwaysPassing(expr.expr), rangeMs: RANGE_MS, stepMs: SUBQUERY_STEP_MS, offsetMs: 0 };
    }
    case 'call':
      if (expr.name === 'absent' || expr.name === 'absent_over_time') return absence(expr);
      return mapChildren(expr, alwaysPassing);
    case 'binary': {
      if (expr.operator === 'unless') return alwaysPassing(expr.left);
      if (expr.operator === '</' || expr.operator === '>/') return alwaysPassing(expr.left);
      if (!isComparison(expr.operator)) return mapChildren(expr, alwaysPassing);
      if (expr.matching)
        return {
          ...expr,
          operator: '+',
          bool: false,
          left: parenthesised(alwaysPassing(expr.left)),
          right: parenthesised(alwaysPassing(expr.right)),
        };
      if (expr.bool) return { ...expr, left: alwaysPassing(expr.left), right: alwaysPassing(expr.right) };
      const side = isNumber(expr.left) ? expr.right : expr.left;
      return parenthesised(alwaysPassing(side));
    }
    default:
      return mapChildren(expr, alwaysPassing);
  }
}

function matrixNow(expr: Extract<Expr, { kind: 'matrix' }>): Expr {
  return { kind: 'matrix', span: expr.span, selector: now(expr.selector), rangeMs: RANGE_MS };
}

function now({ kind, span, name, matchers }: VectorSelector): VectorSelector {
  return { kind, span, name, matchers, offsetMs: 0 };
}

function isNumber(expr: Expr): boolean {
  const inner = unwrap(expr);
  if (inner.kind === 'number') return true;
  if (inner.kind === 'unary') return isNumber(inner.expr);
  if (inner.kind === 'binary') return isNumber(inner.left) && isNumber(inner.right);
  return inner.kind === 'call' && (inner.name === 'scalar' || inner.name === 'time' || inner.name === 'pi');
}

/** What absent gives when it gives something: the labels that the selector's equalities name. */
function absence(expr: Call): Expr {
  const { span } = expr;
  const argument = expr.args[0] && unwrap(expr.args[0]);
  const selector =
    argument?.kind === 'matrix' ? argument.selector : argument?.kind === 'selector' ? argument : undefined;
  let result: Expr = { kind: 'call', span, name: 'vector', args: [{ kind: 'number', span, value: 1 }] };
  const text = (value: string): Expr => ({ kind: 'string', span, value });
  for (const { name, operator, value } of selector?.matchers ?? []) {
    if (operator !== '=' || name === METRIC_NAME || value === '') continue;
    const args: readonly Expr[] = [result, text(name), text(value.replaceAll('$', '$$$$')), text(''), text('')];
    result = { kind: 'call', span, name: 'label_replace', args };
  }
  return result;
}

export function parenthesised(expr: Expr): Expr {
  return expr.kind === 'binary' || expr.kind === 'unary' ? { kind: 'paren', span: expr.span, expr } : expr;
}
