import type { Expr } from '../parse/ast.ts';
import { dependsOnWindow } from '../plan/durations.ts';

/** Samples that the value at a step may depend on: from backMs before it to aheadMs after it. */
export interface Reach {
  readonly backMs: number;
  readonly aheadMs: number;
}

const NONE: Reach = { backMs: 0, aheadMs: 0 };
/** They look at the query's window, at all series of it at once, or at more than samples. */
const DEPENDING_CALLS = new Set(['start', 'end', 'step', 'range', 'info', 'start_timestamp']);

/**
 * What the value at one step depends on, of an expression whose durations are resolved; undefined where it depends on more than the
 * samples around the step, so that it may differ when the window of the query moves.
 */
export function reachOf(expr: Expr, lookbackDeltaMs: number): Reach | undefined {
  if (dependsOnWindow(expr)) return undefined;
  return new ReachFinder(lookbackDeltaMs).of(expr);
}

class ReachFinder {
  readonly #lookbackDeltaMs: number;

  constructor(lookbackDeltaMs: number) {
    this.#lookbackDeltaMs = lookbackDeltaMs;
  }

  of(expr: Expr): Reach | undefined {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return NONE;
      case 'selector':
        if (expr.at !== undefined || expr.extended) return undefined;
        return shifted({ backMs: this.#lookbackDeltaMs, aheadMs: 0 }, expr.offsetMs);
      case 'matrix': {
        const { at, extended, offsetMs } = expr.selector;
        return at !== undefined || extended ? undefined : shifted({ backMs: expr.rangeMs, aheadMs: 0 }, offsetMs);
      }
      case 'subquery': {
        const inner = expr.at === undefined ? this.of(expr.expr) : undefined;
        return inner && shifted({ ...inner, backMs: inner.backMs + expr.rangeMs }, expr.offsetMs);
      }
      case 'paren':
      case 'unary':
      case 'step-invariant':
        return this.of(expr.expr);
      case 'binary':
        return this.#all([expr.left, expr.right]);
      case 'call':
        return DEPENDING_CALLS.has(expr.name) ? undefined : this.#all(expr.args);
      case 'aggregate':
        // Which k series are taken may depend on series that only other steps have.
        if (expr.operator === 'limitk') return undefined;
        return this.#all(expr.param ? [expr.param, expr.expr] : [expr.expr]);
    }
  }

  #all(exprs: readonly Expr[]): Reach | undefined {
    let { backMs, aheadMs } = NONE;
    for (const expr of exprs) {
      const reach = this.of(expr);
      if (!reach) return undefined;
      backMs = Math.max(backMs, reach.backMs);
      aheadMs = Math.max(aheadMs, reach.aheadMs);
    }
    return { backMs, aheadMs };
  }
}

function shifted({ backMs, aheadMs }: Reach, offsetMs: number): Reach {
  return { backMs: Math.max(0, backMs + offsetMs), aheadMs: Math.max(0, aheadMs - offsetMs) };
}
