import type { BinaryOperator, Expr, Span, VectorMatching } from './ast.ts';

/** What stands between parentheses or commas, in the order of the text; see `climb`. */
export type Item =
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly span: Span }
  | { readonly kind: 'primary'; readonly expr: Expr }
  | { readonly kind: 'postfix'; readonly apply: (operand: Expr) => Expr }
  | { readonly kind: 'operator'; readonly operator: BinaryOperator; readonly modifiers: BinaryModifiers };

export interface BinaryModifiers {
  readonly bool: boolean;
  readonly matching?: Omit<VectorMatching, 'cardinality'> & { readonly group?: 'left' | 'right' };
  readonly matchingSpan?: Span;
}

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

const SET_OPERATORS: ReadonlySet<BinaryOperator> = new Set(['and', 'or', 'unless']);

export function isSetOperator(operator: BinaryOperator): boolean {
  return SET_OPERATORS.has(operator);
}

/**
 * The grammar package leaves the reach of `offset`, `@`, `[…]` and signs ambiguous (`a + b offset 5m * c`), so its tree is flattened
 * and built again here with Prometheus' precedences: postfixes bind tightest, then `^` (right), signs with `* / %`, and so on.
 */
export function climb(items: readonly Item[]): Expr {
  let position = 0;
  const binary = (minimum: number): Expr => {
    let left = unary();
    for (;;) {
      const item = items[position];
      if (item?.kind !== 'operator') return left;
      const precedence = PRECEDENCE[item.operator];
      if (precedence < minimum) return left;
      position++;
      const right = binary(item.operator === '^' ? precedence : precedence + 1);
      left = makeBinary(item.operator, item.modifiers, left, right);
    }
  };
  const unary = (): Expr => {
    const item = items[position++];
    if (item?.kind === 'sign') {
      const operand = binary(PRECEDENCE['^']);
      const span = { start: item.span.start, end: operand.span.end };
      if (operand.kind === 'number')
        return { ...operand, span, value: item.operator === '-' ? -operand.value : operand.value };
      return { kind: 'unary', span, operator: item.operator, expr: operand };
    }
    if (item?.kind !== 'primary') throw new Error('a PromQL operand is missing although the text parsed');
    let expr = item.expr;
    for (let next = items[position]; next?.kind === 'postfix'; next = items[position]) {
      position++;
      expr = next.apply(expr);
    }
    return expr;
  };
  const expr = binary(0);
  if (position !== items.length) throw new Error('a PromQL operator is missing although the text parsed');
  return expr;
}

function makeBinary(operator: BinaryOperator, modifiers: BinaryModifiers, left: Expr, right: Expr): Expr {
  const { group, ...matching } = modifiers.matching ?? { on: false, labels: [], include: [], group: undefined };
  const cardinality = isSetOperator(operator)
    ? 'many-to-many'
    : group === 'left'
      ? 'many-to-one'
      : group === 'right'
        ? 'one-to-many'
        : 'one-to-one';
  return {
    kind: 'binary',
    span: { start: left.span.start, end: right.span.end },
    operator,
    left,
    right,
    bool: modifiers.bool,
    matching: { cardinality, ...matching },
  };
}
