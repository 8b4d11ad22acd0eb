import { isVedetteError } from '../../../base/errors.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import { type MatchOperator, type Matcher, createMatcher } from '../../../model/matcher.ts';
import type {
  Aggregate,
  AggregateOperator,
  BinaryOperator,
  Duration,
  Expr,
  MatrixSelector,
  Span,
  Subquery,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { DurationReader, millisecondsOf } from './duration-reader.ts';
import { isFunction } from './function-signatures.ts';
import { AGGREGATORS, type Token, tokenize } from './lexer.ts';
import { isValidUtf8, quote, unquote } from './literals.ts';
import { parseError } from './parse-error.ts';
import { PRECEDENCE, isSetOperator } from './precedence.ts';
import { TokenReader } from './token-reader.ts';
import { typeCheck } from './type-check.ts';

/** Longest query text accepted: a generous multiple of the longest known dashboard query, and it bounds the tree. */
export const QUERY_LENGTH_MAX = 100_000;
/** Deepest nesting accepted; evaluation recurses once per level. */
export const QUERY_DEPTH_MAX = 200;
/**
 * Height of the tree: chains such as a or b or c, which evaluation recurses along, on top of nesting. The longest chain of a known panel
 * has some 60 operands.
 */
const TREE_HEIGHT_MAX = 1_000;

/** The checked tree of a query. Throws PROMQL_PARSE with details {start, end, fix?}. */
export function parseExpr(query: string): Expr {
  if (query.length > QUERY_LENGTH_MAX) {
    throw parseError(
      query,
      { start: 0, end: 0 },
      `query of ${query.length} characters is longer than ${QUERY_LENGTH_MAX}`,
    );
  }
  const expr = new Parser(query).whole();
  typeCheck(query, expr);
  return expr;
}

/** Matchers of a series selector such as `up{job="x"}`, as `match[]` parameters carry them. */
export function parseSelector(text: string): readonly Matcher[] {
  const expr = parseExpr(text);
  if (expr.kind !== 'selector' || expr.offsetMs !== 0 || expr.offsetExpr || expr.at !== undefined || expr.extended) {
    throw parseError(text, expr.span, 'expected a series selector such as up{job="node"}');
  }
  return expr.matchers;
}

/** Words with a meaning of their own that may still name a metric. */
const NAME_WORDS: ReadonlySet<string> = new Set([
  ...AGGREGATORS,
  ...'by without and or unless offset start end step range max_of min_of anchored smoothed'.split(' '),
]);
/** Words with a meaning of their own that may still name a label in a grouping clause. */
const LABEL_WORDS: ReadonlySet<string> = new Set([
  ...NAME_WORDS,
  ...'on ignoring bool group_left group_right fill fill_left fill_right atan2'.split(' '),
]);
/** Words that may also be functions. */
const CALL_WORDS: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range', 'max_of', 'min_of']);
const PARAMETRISED: ReadonlySet<string> = new Set('topk bottomk quantile count_values limitk limit_ratio'.split(' '));

/**
 * Recursive descent with the precedences of Prometheus' grammar: `[…]`, `offset`, `@`, `anchored` and `smoothed` bind tightest, then
 * `^` (to the right), signs together with `* / % atan2`, and so on. One pass over the tokens.
 */
class Parser {
  readonly #query: string;
  readonly #tokens: TokenReader;
  readonly #durations: DurationReader;
  readonly #heights = new WeakMap<Expr, number>();
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = new TokenReader(query, tokenize(query));
    this.#durations = new DurationReader(query, this.#tokens);
  }

  whole(): Expr {
    if (this.#tokens.peek().type === 'End')
      throw parseError(this.#query, { start: 0, end: this.#query.length }, 'no expression found in input');
    const expr = this.#binary(0);
    if (this.#tokens.peek().type !== 'End') throw this.#tokens.unexpected();
    return expr;
  }

  /** Runs one level deeper; what is nested too deep is refused before it can exhaust the stack. */
  #nested<Result>(at: Span, work: () => Result): Result {
    if (++this.#depth > QUERY_DEPTH_MAX)
      throw parseError(this.#query, at, `expression is nested deeper than ${QUERY_DEPTH_MAX} levels`);
    const result = work();
    this.#depth--;
    return result;
  }

  /** A node over its children, unless the tree would become too high to be walked. */
  #over<Node extends Expr>(node: Node, children: readonly Expr[]): Node {
    const height = children.reduce((most, child) => Math.max(most, this.#heights.get(child) ?? 1), 0) + 1;
    if (height > TREE_HEIGHT_MAX) {
      throw parseError(
        this.#query,
        node.span,
        `a chain of more than ${TREE_HEIGHT_MAX} operators is too long; aggregate with one selector instead`,
      );
    }
    this.#heights.set(node, height);
    return node;
  }

  #binary(minimum: number): Expr {
    let left = this.#unary();
    for (;;) {
      const operator = this.#tokens.peek();
      const precedence = PRECEDENCE[operator.type as BinaryOperator] as number | undefined;
      if (precedence === undefined || precedence < minimum) return left;
      this.#tokens.next();
      left = this.#operation(operator, left, precedence);
    }
  }

  #operation(token: Token, left: Expr, precedence: number): Expr {
    const operator = token.type as BinaryOperator;
    const bool = this.#tokens.take('bool') !== undefined;
    const matching = this.#matching(operator);
    const right = this.#nested(token, () => this.#binary(operator === '^' ? precedence : precedence + 1));
    const span = { start: left.span.start, end: right.span.end };
    const operatorSpan = { start: token.start, end: token.end };
    return this.#over({ kind: 'binary', span, operator, operatorSpan, left, right, bool, matching }, [left, right]);
  }

  #matching(operator: BinaryOperator): VectorMatching {
    const tokens = this.#tokens;
    let cardinality: VectorMatching['cardinality'] = isSetOperator(operator) ? 'many-to-many' : 'one-to-one';
    let labels: readonly string[] = [];
    let include: readonly string[] = [];
    const on = tokens.take('on') !== undefined;
    if (on || tokens.take('ignoring')) {
      labels = this.#labels();
      const side = tokens.take('group_left') ?? tokens.take('group_right');
      if (side) {
        cardinality = side.type === 'group_left' ? 'many-to-one' : 'one-to-many';
        if (tokens.peek().type === '(') include = this.#labels();
      }
    }
    const fill = this.#fill();
    return { cardinality, on, labels, include, ...(fill ? { fill } : {}) };
  }

  #fill(): VectorMatching['fill'] {
    const tokens = this.#tokens;
    if (tokens.take('fill')) {
      const value = this.#fillValue();
      return { left: value, right: value };
    }
    let fill: VectorMatching['fill'];
    const first = tokens.take('fill_left') ?? tokens.take('fill_right');
    if (!first) return undefined;
    const value = this.#fillValue();
    fill = first.type === 'fill_left' ? { left: value } : { right: value };
    const other = first.type === 'fill_left' ? 'fill_right' : 'fill_left';
    if (tokens.take(other)) fill = { ...fill, [other === 'fill_left' ? 'left' : 'right']: this.#fillValue() };
    return fill;
  }

  #fillValue(): number {
    const tokens = this.#tokens;
    tokens.expect('(', '', '');
    const sign = tokens.take('-') ?? tokens.take('+');
    const literal = tokens.take('Number') ?? tokens.take('Duration');
    if (!literal) throw tokens.unexpected();
    const { value } = this.#durations.number(literal);
    tokens.expect(')', '', '');
    return sign?.type === '-' ? -value : value;
  }

  /** `(a, "b.c",)`. */
  #labels(): readonly string[] {
    const tokens = this.#tokens;
    tokens.expect('(', 'grouping opts', '"("');
    const labels: string[] = [];
    while (!tokens.take(')')) {
      const token = tokens.peek();
      if (token.type === 'String') labels.push(this.#labelName(token, this.#string(token)));
      else if (token.type === 'Identifier' || LABEL_WORDS.has(token.type)) labels.push(token.text);
      else if (token.type === 'MetricIdentifier') labels.push(token.text);
      else throw tokens.unexpected('grouping opts', 'label');
      tokens.next();
      if (tokens.take(',')) continue;
      if (tokens.peek().type !== ')') throw tokens.unexpected('grouping opts', '"," or ")"');
    }
    return labels;
  }

  #labelName(token: Token, name: string): string {
    if (name === '' || !isValidUtf8(name))
      throw parseError(this.#query, token, `invalid label name for grouping: ${quote(name)}`);
    return name;
  }

  #unary(): Expr {
    const sign = this.#tokens.take('-') ?? this.#tokens.take('+');
    if (!sign) return this.#postfixes(this.#primary());
    const operator = sign.type === '-' ? '-' : '+';
    const operand = this.#nested(sign, () => this.#binary(PRECEDENCE['^']));
    const span = { start: sign.start, end: operand.span.end };
    if (operand.kind === 'number')
      return { ...operand, span, value: operator === '-' ? -operand.value : operand.value };
    return this.#over({ kind: 'unary', span, operator, expr: operand }, [operand]);
  }

  #postfixes(primary: Expr): Expr {
    const tokens = this.#tokens;
    let expr = primary;
    for (;;) {
      const token = tokens.peek();
      if (token.type === '[') expr = this.#brackets(expr);
      else if (token.type === 'offset') expr = this.#offset(expr);
      else if (token.type === '@') expr = this.#at(expr);
      else if (token.type === 'anchored' || token.type === 'smoothed') expr = this.#extended(expr, token.type);
      else return expr;
    }
  }

  #brackets(operand: Expr): MatrixSelector | Subquery {
    const tokens = this.#tokens;
    const open = tokens.next();
    const range = this.#durations.read('subquery or range selector', 'number, duration, step(), or range()');
    const rangePart = this.#positive(range);
    if (tokens.take(':')) {
      const step =
        tokens.peek().type === ']'
          ? undefined
          : this.#durations.read('subquery selector', 'number, duration, step(), range(), or "]"');
      const stepPart = step && this.#positive(step);
      const close = tokens.expect(']', 'subquery selector', '"]"');
      const subquery: Subquery = {
        kind: 'subquery',
        span: { start: operand.span.start, end: close.end },
        expr: operand,
        rangeMs: rangePart.ms,
        ...(rangePart.expr ? { rangeExpr: rangePart.expr } : {}),
        stepMs: stepPart?.ms ?? 0,
        ...(stepPart?.expr ? { stepExpr: stepPart.expr } : {}),
        offsetMs: 0,
      };
      return this.#over(subquery, [operand]);
    }
    const close = tokens.expect(']', 'subquery or range', '":" or "]"');
    const brackets = { start: open.start, end: close.end };
    if (operand.kind !== 'selector')
      throw parseError(this.#query, brackets, 'ranges only allowed for vector selectors');
    if (operand.offsetMs !== 0 || operand.offsetExpr)
      throw parseError(this.#query, brackets, 'no offset modifiers allowed before range');
    if (operand.at !== undefined) throw parseError(this.#query, brackets, 'no @ modifiers allowed before range');
    return {
      kind: 'matrix',
      span: { start: operand.span.start, end: close.end },
      selector: operand,
      rangeMs: rangePart.ms,
      ...(rangePart.expr ? { rangeExpr: rangePart.expr } : {}),
    };
  }

  /** A literal as milliseconds, anything else as an expression to be resolved when the query's window is known. */
  #positive(duration: Duration): { readonly ms: number; readonly expr?: Duration } {
    if (duration.kind !== 'number') return { ms: 0, expr: duration };
    if (!(duration.value > 0)) throw parseError(this.#query, duration.span, 'duration must be greater than 0');
    return { ms: millisecondsOf(duration.value) };
  }

  #offset(operand: Expr): Expr {
    this.#tokens.next();
    const duration = this.#durations.readOffset();
    const timed = this.#timed(operand, 'offset');
    const { offsetMs, offsetExpr } = timed.kind === 'matrix' ? timed.selector : timed;
    if (offsetMs !== 0 || offsetExpr)
      throw parseError(this.#query, operand.span, 'offset may not be set multiple times');
    return this.#withModifiers(
      timed,
      duration.kind === 'number' ? { offsetMs: millisecondsOf(duration.value) } : { offsetMs: 0, offsetExpr: duration },
    );
  }

  #at(operand: Expr): Expr {
    const tokens = this.#tokens;
    tokens.next();
    const at = this.#atTime(operand);
    const timed = this.#timed(operand, '@');
    const known = timed.kind === 'matrix' ? timed.selector.at : timed.at;
    if (known !== undefined) throw parseError(this.#query, operand.span, '@ <timestamp> may not be set multiple times');
    return this.#withModifiers(timed, { at });
  }

  #atTime(operand: Expr): number | 'start' | 'end' {
    const tokens = this.#tokens;
    const call = tokens.take('start') ?? tokens.take('end');
    if (call) {
      tokens.expect('(', '@', 'timestamp');
      tokens.expect(')', '@', 'timestamp');
      return call.type === 'start' ? 'start' : 'end';
    }
    const sign = tokens.take('-') ?? tokens.take('+');
    const literal = tokens.take('Number') ?? tokens.take('Duration');
    if (!literal) throw tokens.unexpected('@', 'timestamp');
    const { value } = this.#durations.number(literal);
    const seconds = sign?.type === '-' ? -value : value;
    if (!(Math.abs(seconds) < 2 ** 63)) {
      throw parseError(this.#query, operand.span, `timestamp out of bounds for @ modifier: ${goFixed(seconds)}`);
    }
    // Minus zero is the same moment as zero.
    return Math.round(seconds * 1000) + 0;
  }

  #extended(operand: Expr, modifier: 'anchored' | 'smoothed'): Expr {
    const { end } = this.#tokens.next();
    const selector = operand.kind === 'matrix' ? operand.selector : operand;
    if (selector.kind === 'subquery')
      throw parseError(this.#query, operand.span, `${modifier} modifier is not supported for subqueries`);
    if (selector.kind !== 'selector')
      throw parseError(this.#query, operand.span, `${modifier} modifier not implemented`);
    if (selector.extended !== undefined && selector.extended !== modifier)
      throw parseError(this.#query, operand.span, 'anchored and smoothed modifiers cannot be used together');
    const span = { start: operand.span.start, end };
    if (operand.kind === 'matrix') return { ...operand, span, selector: { ...selector, extended: modifier } };
    return { ...selector, span, extended: modifier };
  }

  #timed(operand: Expr, modifier: string): VectorSelector | MatrixSelector | Subquery {
    if (operand.kind === 'selector' || operand.kind === 'matrix' || operand.kind === 'subquery') return operand;
    throw parseError(
      this.#query,
      operand.span,
      `${modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    );
  }

  #withModifiers(
    node: VectorSelector | MatrixSelector | Subquery,
    modifiers: Partial<Pick<VectorSelector, 'offsetMs' | 'offsetExpr' | 'at'>>,
  ): Expr {
    const span = { start: node.span.start, end: this.#tokens.lastEnd };
    if (node.kind === 'matrix') return { ...node, span, selector: { ...node.selector, ...modifiers } };
    if (node.kind === 'subquery') return this.#over({ ...node, span, ...modifiers }, [node.expr]);
    return { ...node, span, ...modifiers };
  }

  #primary(): Expr {
    const tokens = this.#tokens;
    const token = tokens.peek();
    const { type } = token;
    if (type === 'Number' || type === 'Duration') {
      tokens.next();
      return this.#durations.number(token);
    }
    if (type === 'String') {
      tokens.next();
      return { kind: 'string', span: spanOf(token), value: this.#string(token) };
    }
    if (type === '(') return this.#paren();
    if (type === '{') return this.#selector(undefined);
    if (type === 'Identifier' || CALL_WORDS.has(type)) {
      tokens.next();
      return tokens.peek().type === '(' ? this.#call(token) : this.#selector(token);
    }
    if (AGGREGATORS.has(type)) {
      const { type: following } = tokens.peek(1);
      if (following === '(' || following === 'by' || following === 'without') return this.#aggregate();
    }
    if (type === 'MetricIdentifier' || NAME_WORDS.has(type)) {
      tokens.next();
      return this.#selector(token);
    }
    throw tokens.unexpected();
  }

  #paren(): Expr {
    const open = this.#tokens.next();
    const expr = this.#nested(open, () => this.#binary(0));
    const close = this.#tokens.expect(')', '', '');
    return this.#over({ kind: 'paren', span: { start: open.start, end: close.end }, expr }, [expr]);
  }

  #call(token: Token): Expr {
    if (!isFunction(token.text)) {
      const renamed = token.text === 'holt_winters' ? ' (it is now "double_exponential_smoothing")' : '';
      throw parseError(this.#query, token, `unknown function with name ${quote(token.text)}${renamed}`);
    }
    const args = this.#arguments();
    const span = { start: token.start, end: this.#tokens.lastEnd };
    return this.#over({ kind: 'call', span, name: token.text, args }, args);
  }

  #arguments(): readonly Expr[] {
    const tokens = this.#tokens;
    const open = tokens.expect('(', '', '');
    const args: Expr[] = [];
    if (tokens.take(')')) return args;
    for (;;) {
      args.push(this.#nested(open, () => this.#binary(0)));
      const comma = tokens.take(',');
      if (!comma) break;
      if (tokens.peek().type === ')')
        throw parseError(this.#query, comma, 'trailing commas not allowed in function call args');
    }
    tokens.expect(')', '', '');
    return args;
  }

  #aggregate(): Aggregate {
    const tokens = this.#tokens;
    const token = tokens.next();
    const operator = token.type as AggregateOperator;
    let clause = this.#grouping();
    if (tokens.peek().type !== '(') throw tokens.unexpected('aggregation', '');
    const args = this.#arguments();
    clause ??= this.#grouping();
    const span = { start: token.start, end: tokens.lastEnd };
    const expected = PARAMETRISED.has(operator) ? 2 : 1;
    const [first, second] = args;
    if (!first) throw parseError(this.#query, span, 'no arguments for aggregate expression provided');
    if (args.length !== expected) {
      throw parseError(
        this.#query,
        span,
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      );
    }
    const { without, labels: grouping } = clause ?? { without: false, labels: [] };
    if (!second) return this.#over({ kind: 'aggregate', span, operator, expr: first, without, grouping }, args);
    return this.#over({ kind: 'aggregate', span, operator, expr: second, param: first, without, grouping }, args);
  }

  #grouping(): { readonly without: boolean; readonly labels: readonly string[] } | undefined {
    const word = this.#tokens.take('by') ?? this.#tokens.take('without');
    return word && { without: word.type === 'without', labels: this.#labels() };
  }

  #selector(name: Token | undefined): VectorSelector {
    const tokens = this.#tokens;
    const start = name?.start ?? tokens.peek().start;
    const matchers: Matcher[] = [];
    if (tokens.take('{')) {
      while (!tokens.take('}')) {
        matchers.push(this.#matcher());
        if (tokens.take(',')) continue;
        if (tokens.peek().type !== '}') throw tokens.unexpected('label matching', '"," or "}"');
      }
    }
    if (name) matchers.push(createMatcher(METRIC_NAME, '=', name.text));
    const span = { start, end: tokens.lastEnd };
    return { kind: 'selector', span, name: name?.text ?? '', matchers, offsetMs: 0 };
  }

  #matcher(): Matcher {
    const tokens = this.#tokens;
    const label = tokens.take('Identifier') ?? tokens.take('String');
    if (!label) throw tokens.unexpected('label matching', 'identifier or "}"');
    const name = label.type === 'String' ? this.#string(label) : label.text;
    const operator = tokens.peek();
    if (!MATCH_OPERATORS.has(operator.type)) {
      // A quoted word alone is the metric's name.
      if (label.type === 'String') return createMatcher(METRIC_NAME, '=', name);
      throw tokens.unexpected('label matching', 'label matching operator');
    }
    tokens.next();
    const value = tokens.take('String');
    if (!value) throw tokens.unexpected('label matching', 'string');
    try {
      return createMatcher(name, operator.type as MatchOperator, this.#string(value));
    } catch (error) {
      if (!isVedetteError(error, 'PROMQL_PARSE') || 'start' in error.details) throw error;
      throw parseError(this.#query, { start: label.start, end: value.end }, error.message);
    }
  }

  #string(token: Token): string {
    const value = unquote(token.text);
    if (value === undefined) throw new Error(`the string ${token.text} cannot be read although the lexer took it`);
    return value;
  }
}

const MATCH_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

/** As Go's %f. */
function goFixed(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return `${BigInt(Math.trunc(value))}.000000`;
}
