import { METRIC_NAME } from '../../../model/labels.ts';
import { matchesEmpty } from '../../../model/matcher.ts';
import type { Aggregate, Binary, Call, Expr, Span, ValueType, VectorSelector } from './ast.ts';
import { signatureOf } from './function-signatures.ts';
import { quote } from './literals.ts';
import { parseError } from './parse-error.ts';
import { isSetOperator } from './precedence.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

export function isComparison(operator: string): boolean {
  return COMPARISONS.has(operator);
}

const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

/** The type as Prometheus' messages name it. */
export function documentedType(type: ValueType): string {
  return DOCUMENTED[type];
}

/** Throws PROMQL_PARSE when an operand or argument has the wrong type. */
export function typeCheck(query: string, expr: Expr): ValueType {
  return new TypeChecker(query).check(expr);
}

/** The type of an expression that was checked. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
    case 'step-invariant':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return signatureOf(expr.name)?.returns ?? 'vector';
  }
}

class TypeChecker {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'paren':
      case 'step-invariant':
        return this.check(expr.expr);
      case 'unary': {
        const type = this.check(expr.expr);
        if (type !== 'scalar' && type !== 'vector') {
          throw parseError(
            this.#query,
            expr.span,
            `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(documentedType(type))}`,
          );
        }
        return type;
      }
      case 'subquery': {
        const type = this.check(expr.expr);
        if (type !== 'vector') {
          throw parseError(this.#query, expr.span, `subquery is only allowed on instant vector, got ${type} instead`);
        }
        return 'matrix';
      }
      case 'binary':
        return this.#binary(expr);
      case 'call':
        return this.#call(expr);
      case 'aggregate':
        return this.#aggregate(expr);
      case 'selector':
        return this.#selector(expr);
      case 'matrix':
        this.#selector(expr.selector);
        return 'matrix';
      case 'number':
      case 'string':
        return typeOf(expr);
    }
  }

  #fail(at: Span, message: string): never {
    throw parseError(this.#query, at, message);
  }

  #selector(expr: VectorSelector): ValueType {
    // The matcher made of the name before the braces is the last one.
    const second = expr.name === '' ? undefined : expr.matchers.slice(0, -1).find(({ name }) => name === METRIC_NAME);
    if (second)
      this.#fail(expr.span, `metric name must not be set twice: ${quote(expr.name)} or ${quote(second.value)}`);
    if (matchesEmpty(expr.matchers))
      this.#fail(expr.span, 'vector selector must contain at least one non-empty matcher');
    return 'vector';
  }

  #expect(expr: Expr, wanted: ValueType, context: string): void {
    const type = this.check(expr);
    if (type !== wanted) {
      throw parseError(
        this.#query,
        expr.span,
        `expected type ${documentedType(wanted)} in ${context}, got ${documentedType(type)}`,
      );
    }
  }

  #binary(expr: Binary): ValueType {
    const left = this.check(expr.left);
    const right = this.check(expr.right);
    const { operator, operatorSpan, matching } = expr;
    const bothScalar = left === 'scalar' && right === 'scalar';
    if (expr.bool && !isComparison(operator))
      this.#fail(operatorSpan, 'bool modifier can only be used on comparison operators');
    if (isComparison(operator) && !expr.bool && bothScalar)
      this.#fail(operatorSpan, 'comparisons between scalars must use BOOL modifier');
    const twice = matching?.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined)
      this.#fail(operatorSpan, `label ${quote(twice)} must not occur in ON and GROUP clause at once`);
    for (const [type, side] of [[left, expr.left] as const, [right, expr.right] as const]) {
      if (type !== 'scalar' && type !== 'vector')
        this.#fail(side.span, 'binary expression must contain only scalar and instant vector types');
    }
    if (left !== 'vector' || right !== 'vector') {
      if (matching && matching.labels.length > 0)
        this.#fail(expr.span, 'vector matching only allowed between instant vectors');
      if (matching?.fill) this.#fail(expr.span, 'filling in missing series only allowed between instant vectors');
      if (isSetOperator(operator))
        this.#fail(expr.span, `set operator ${quote(operator)} not allowed in binary scalar expression`);
      if (bothScalar && (operator === '</' || operator === '>/'))
        this.#fail(operatorSpan, `operator ${quote(operator)} not allowed for Scalar operations`);
    } else if (isSetOperator(operator)) {
      if (matching && matching.cardinality !== 'many-to-many')
        this.#fail(expr.span, `no grouping allowed for ${quote(operator)} operation`);
      if (matching?.fill) this.#fail(expr.span, 'filling in missing series not allowed for set operators');
    }
    return bothScalar ? 'scalar' : 'vector';
  }

  #call(expr: Call): ValueType {
    const signature = signatureOf(expr.name);
    const name = quote(expr.name);
    if (!signature) this.#fail(expr.span, `unknown function with name ${name}`);
    const { args, optional } = signature;
    const given = expr.args.length;
    if (optional === 0) {
      if (given !== args.length)
        this.#fail(expr.span, `expected ${args.length} argument(s) in call to ${name}, got ${given}`);
    } else {
      const least = args.length - 1;
      if (given < least)
        this.#fail(expr.span, `expected at least ${least} argument(s) in call to ${name}, got ${given}`);
      if (given > least + optional)
        this.#fail(expr.span, `expected at most ${least + optional} argument(s) in call to ${name}, got ${given}`);
    }
    for (const [i, arg] of expr.args.entries()) {
      if (expr.name === 'info' && i === 1) this.#labelSelector(arg);
      else this.#expect(arg, args[Math.min(i, args.length - 1)] ?? 'vector', `call to function ${name}`);
    }
    return signature.returns;
  }

  /** The second argument of info(): matchers of labels, which may be empty. */
  #labelSelector(expr: Expr): void {
    if (typeOf(expr) !== 'vector') this.#expect(expr, 'vector', 'call to function "info"');
    if (expr.kind !== 'selector') this.#fail(expr.span, 'expected label selectors only');
    if (expr.name !== '') this.#fail(expr.span, 'expected label selectors only, got vector selector instead');
  }

  #aggregate(expr: Aggregate): ValueType {
    this.#expect(expr.expr, 'vector', 'aggregation expression');
    if (expr.param)
      this.#expect(expr.param, expr.operator === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
    return 'vector';
  }
}
