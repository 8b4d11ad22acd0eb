import type { Aggregate, Binary, Call, Expr, ValueType } from './ast.ts';
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
      default:
        return typeOf(expr);
    }
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
    const { operator, matching } = expr;
    const fail = (message: string): never => {
      throw parseError(this.#query, expr.span, message);
    };
    if (expr.bool && !isComparison(operator)) fail('bool modifier can only be used on comparison operators');
    if (isComparison(operator) && !expr.bool && left === 'scalar' && right === 'scalar') {
      fail('comparisons between scalars must use BOOL modifier');
    }
    if (matching?.on) {
      for (const label of matching.labels) {
        if (matching.include.includes(label))
          fail(`label ${quote(label)} must not occur in ON and GROUP clause at once`);
      }
    }
    for (const side of [left, right]) {
      if (side !== 'scalar' && side !== 'vector')
        fail('binary expression must contain only scalar and instant vector types');
    }
    if (left !== 'vector' || right !== 'vector') {
      if (matching && (matching.labels.length > 0 || matching.on || matching.include.length > 0)) {
        if (matching.labels.length > 0) fail('vector matching only allowed between instant vectors');
      }
      if (isSetOperator(operator)) fail(`set operator ${quote(operator)} not allowed in binary scalar expression`);
    }
    return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
  }

  #call(expr: Call): ValueType {
    const signature = signatureOf(expr.name);
    if (!signature) throw parseError(this.#query, expr.span, `unknown function with name ${quote(expr.name)}`);
    const { args } = signature;
    const given = expr.args.length;
    const name = quote(expr.name);
    if (signature.optional === 0) {
      if (given !== args.length)
        throw parseError(
          this.#query,
          expr.span,
          `expected ${args.length} argument(s) in call to ${name}, got ${given}`,
        );
    } else {
      const repeats = signature.optional === Infinity;
      const least = repeats
        ? args.length - (LAST_MAY_BE_ABSENT.has(expr.name) ? 1 : 0)
        : args.length - signature.optional;
      if (given < least)
        throw parseError(
          this.#query,
          expr.span,
          `expected at least ${least} argument(s) in call to ${name}, got ${given}`,
        );
      if (!repeats && given > args.length) {
        throw parseError(
          this.#query,
          expr.span,
          `expected at most ${args.length} argument(s) in call to ${name}, got ${given}`,
        );
      }
    }
    for (const [i, arg] of expr.args.entries()) {
      this.#expect(arg, args[Math.min(i, args.length - 1)] ?? 'vector', `call to function ${name}`);
    }
    return signature.returns;
  }

  #aggregate(expr: Aggregate): ValueType {
    this.#expect(expr.expr, 'vector', 'aggregation expression');
    if (expr.param)
      this.#expect(expr.param, expr.operator === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
    return 'vector';
  }
}

/** Of the functions whose last argument repeats, those that also work without it. */
const LAST_MAY_BE_ABSENT: ReadonlySet<string> = new Set(['label_join', 'sort_by_label', 'sort_by_label_desc']);
