import { parser as grammar } from '@prometheus-io/lezer-promql';
import { isVedetteError } from '../../../base/errors.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import { type MatchOperator, type Matcher, createMatcher, matchesEmpty } from '../../../model/matcher.ts';
import type { AggregateOperator, BinaryOperator, Expr, MatrixSelector, Span, Subquery, VectorSelector } from './ast.ts';
import { isFunction, unsupportedFunction } from './function-signatures.ts';
import { parseNumber, quote, unquote } from './literals.ts';
import { parseError, tokenAt, unsupported } from './parse-error.ts';
import { type BinaryModifiers, type Item, climb, isSetOperator } from './precedence.ts';
import { type SyntaxNode, syntaxError } from './syntax-error.ts';
import { typeCheck } from './type-check.ts';

/** Longest query text accepted: a generous multiple of the longest known dashboard query, and it bounds the tree. */
const QUERY_LENGTH_MAX = 100_000;
/** Deepest nesting accepted; evaluation recurses once per level. */
const QUERY_DEPTH_MAX = 200;
/** Operands and operators of one chain such as a or b or c: evaluation recurses along it. The longest known panel has some 60. */
const CHAIN_ITEMS_MAX = 2_000;

/** The checked tree of a query. Throws PROMQL_PARSE with details {start, end, fix?} or PROMQL_UNSUPPORTED. */
export function parseExpr(query: string): Expr {
  if (query.length > QUERY_LENGTH_MAX) {
    throw parseError(
      query,
      { start: 0, end: 0 },
      `query of ${query.length} characters is longer than ${QUERY_LENGTH_MAX}`,
    );
  }
  if (query.trim() === '') throw parseError(query, { start: 0, end: query.length }, 'no expression found in input');
  const tree = grammar.parse(withoutTrailingPoints(query));
  const failure = syntaxError(query, tree);
  if (failure) throw failure;
  const expr = new TreeReader(query).read(children(tree.topNode)[0] ?? null);
  typeCheck(query, expr);
  return expr;
}

/** Blanks the point of `2.`, which PromQL takes and the grammar package does not; offsets stay as they are. */
function withoutTrailingPoints(query: string): string {
  if (!/\d\.(?!\d)/.test(query)) return query;
  let text = query;
  for (let token = tokenAt(query, 0); token.text !== ''; token = tokenAt(query, token.end)) {
    if (/^\d[\d_]*\.$/.test(token.text)) text = `${text.slice(0, token.end - 1)} ${text.slice(token.end)}`;
  }
  return text;
}

/** Matchers of a series selector such as `up{job="x"}`, as `match[]` parameters carry them. */
export function parseSelector(text: string): readonly Matcher[] {
  const expr = parseExpr(text);
  if (expr.kind !== 'selector' || expr.offsetMs !== 0 || expr.at !== undefined) {
    throw parseError(text, expr.span, 'expected a series selector such as up{job="node"}');
  }
  return expr.matchers;
}

const POSTFIXES = new Set(['OffsetExpr', 'StepInvariantExpr', 'MatrixSelector', 'SubqueryExpr']);
const BINARY_OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  Pow: '^',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Atan2: 'atan2',
  Add: '+',
  Sub: '-',
  Eql: '==',
  Gte: '>=',
  Gtr: '>',
  Lte: '<=',
  Lss: '<',
  Neq: '!=',
  And: 'and',
  Unless: 'unless',
  Or: 'or',
};

/** Reads the grammar's tree into ours; the text it reads has no syntax error. */
class TreeReader {
  readonly #query: string;
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
  }

  read(node: SyntaxNode | null): Expr {
    if (!node) throw parseError(this.#query, { start: 0, end: 0 }, 'no expression found in input');
    if (++this.#depth > QUERY_DEPTH_MAX) {
      throw parseError(this.#query, span(node), `expression is nested deeper than ${QUERY_DEPTH_MAX} levels`);
    }
    const items: Item[] = [];
    this.#flatten(node, items);
    if (items.length > CHAIN_ITEMS_MAX) {
      throw parseError(
        this.#query,
        span(node),
        `a chain of ${items.length} operands and operators is longer than ${CHAIN_ITEMS_MAX}; aggregate with one selector instead`,
      );
    }
    const expr = climb(items);
    this.#depth--;
    return expr;
  }

  #text(node: Span | SyntaxNode): string {
    return 'from' in node ? this.#query.slice(node.from, node.to) : this.#query.slice(node.start, node.end);
  }

  #flatten(node: SyntaxNode, items: Item[]): void {
    // A long chain of operators leans left; walking that side in a loop keeps the stack flat.
    const spine: SyntaxNode[] = [];
    let current: SyntaxNode = node;
    while ((current.name === 'BinaryExpr' || POSTFIXES.has(current.name)) && current.firstChild) {
      spine.push(current);
      current = current.firstChild;
    }
    this.#flattenLeft(current, items);
    for (let parent = spine.pop(); parent; parent = spine.pop()) {
      if (parent.name === 'BinaryExpr') this.#flattenOperator(parent, items);
      else items.push(this.#postfix(parent));
    }
  }

  #flattenLeft(node: SyntaxNode, items: Item[]): void {
    if (node.name === 'UnaryExpr') {
      const [sign, operand] = children(node);
      if (!sign || !operand) throw parseError(this.#query, span(node), 'unary expression without operand');
      items.push({ kind: 'sign', operator: this.#text(sign) === '-' ? '-' : '+', span: span(sign) });
      if (++this.#depth > QUERY_DEPTH_MAX)
        throw parseError(this.#query, span(node), `expression is nested deeper than ${QUERY_DEPTH_MAX} levels`);
      this.#flatten(operand, items);
      this.#depth--;
    } else if (node.name === 'NumberDurationLiteral') {
      const text = this.#text(node);
      const signed = text.startsWith('-') || text.startsWith('+');
      if (signed)
        items.push({
          kind: 'sign',
          operator: text.startsWith('-') ? '-' : '+',
          span: { start: node.from, end: node.from + 1 },
        });
      const digits = signed ? text.slice(1).trimStart() : text;
      const start = node.to - digits.length;
      items.push({
        kind: 'primary',
        expr: { kind: 'number', span: { start, end: node.to }, ...this.#number(digits, { start, end: node.to }) },
      });
    } else {
      items.push({ kind: 'primary', expr: this.#primary(node) });
    }
  }

  #number(text: string, at: Span): { readonly value: number; readonly duration?: boolean } {
    const number = parseNumber(text);
    if (!number) throw parseError(this.#query, at, `bad number or duration syntax: ${quote(text)}`);
    return number.duration ? { value: number.value, duration: true } : { value: number.value };
  }

  #flattenOperator(node: SyntaxNode, items: Item[]): void {
    const parts = children(node);
    const operatorNode = parts[1];
    const right = parts[parts.length - 1];
    const operator = operatorNode && BINARY_OPERATORS[operatorNode.name];
    if (!operator || !right)
      throw unsupported(
        this.#query,
        span(operatorNode ?? node),
        `the operator ${quote(this.#text(operatorNode ?? node))}`,
      );
    items.push({ kind: 'operator', operator, modifiers: this.#modifiers(operator, parts.slice(2, -1)) });
    this.#flatten(right, items);
  }

  #modifiers(operator: BinaryOperator, parts: readonly SyntaxNode[]): BinaryModifiers {
    let modifiers: BinaryModifiers = { bool: false };
    for (const part of parts) {
      if (part.name === 'BoolModifier') {
        modifiers = { ...modifiers, bool: true };
      } else if (part.name === 'MatchingModifierClause') {
        const lists = part.getChildren('GroupingLabels').map((list) => this.#labels(list));
        const group = part.getChild('GroupLeft') ? 'left' : part.getChild('GroupRight') ? 'right' : undefined;
        if (group && isSetOperator(operator))
          throw parseError(this.#query, span(part), `no grouping allowed for ${quote(operator)} operation`);
        modifiers = {
          ...modifiers,
          matchingSpan: span(part),
          matching: {
            on: part.getChild('On') !== null,
            labels: lists[0] ?? [],
            include: lists[1] ?? [],
            ...(group ? { group } : {}),
          },
        };
      } else {
        throw unsupported(this.#query, span(part), `the modifier ${quote(this.#text(part))}`);
      }
    }
    return modifiers;
  }

  #labels(list: SyntaxNode): readonly string[] {
    return children(list).map((label) => (label.name === 'QuotedLabelName' ? this.#string(label) : this.#text(label)));
  }

  #string(node: SyntaxNode): string {
    const value = unquote(this.#text(node));
    if (value === undefined) {
      const text = this.#text(node);
      const closed = text.length > 1 && text.endsWith(text[0] ?? '');
      throw parseError(
        this.#query,
        span(node),
        closed ? `invalid escape sequence in string ${text}` : 'unterminated quoted string',
      );
    }
    return value;
  }

  #postfix(node: SyntaxNode): Item {
    const parts = children(node);
    const duration = parts.filter((part) => part.name === 'DurationExpr').map((part) => this.#duration(part));
    if (node.name === 'MatrixSelector' || node.name === 'SubqueryExpr') {
      const rangeMs = duration[0] ?? 0;
      const rangeSpan = span(parts[1] ?? node);
      if (rangeMs <= 0) throw parseError(this.#query, rangeSpan, 'duration must be greater than 0');
      if (node.name === 'MatrixSelector')
        return { kind: 'postfix', apply: (operand) => this.#matrix(operand, rangeMs, node.to) };
      const stepMs = duration[1] ?? 0;
      if (duration.length > 1 && stepMs <= 0)
        throw parseError(this.#query, span(parts[2] ?? node), 'duration must be greater than 0');
      return {
        kind: 'postfix',
        apply: (expr) => ({
          kind: 'subquery',
          span: { start: expr.span.start, end: node.to },
          expr,
          rangeMs,
          stepMs,
          offsetMs: 0,
        }),
      };
    }
    if (node.name === 'OffsetExpr') {
      const value = parts[parts.length - 1];
      const offsetMs = value ? this.#duration(value) : 0;
      return { kind: 'postfix', apply: (operand) => this.#offset(operand, offsetMs, node.to) };
    }
    const value = parts[parts.length - 1];
    const at = value ? this.#at(value) : 0;
    return { kind: 'postfix', apply: (operand) => this.#atModifier(operand, at, node.to) };
  }

  #at(node: SyntaxNode): number | 'start' | 'end' {
    if (node.name === 'AtModifierPreprocessors') return node.firstChild?.name === 'AtStart' ? 'start' : 'end';
    const text = this.#text(node);
    const negative = text.startsWith('-');
    const { value } = this.#number(text.replace(/^[-+]\s*/, ''), span(node));
    if (!Number.isFinite(value) || Math.abs(value) > 9.2e15) {
      throw parseError(this.#query, span(node), `timestamp out of bounds for @ modifier: ${text}`);
    }
    return Math.round((negative ? -value : value) * 1000);
  }

  /** Milliseconds of a duration; expressions of durations are refused. */
  #duration(node: SyntaxNode): number {
    const text = this.#text(node).trim();
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[-+]\s*/, '');
    const number = parseNumber(digits);
    if (!number) {
      if (/[-+*/%^()]/.test(digits)) throw unsupported(this.#query, span(node), 'a duration expression');
      throw parseError(this.#query, span(node), `not a valid duration string: ${quote(text)}`);
    }
    if (!Number.isFinite(number.value) || number.value > 9.2e9)
      throw parseError(this.#query, span(node), 'duration out of range');
    return sign * Math.round(number.value * 1000);
  }

  #matrix(operand: Expr, rangeMs: number, end: number): MatrixSelector {
    const at = { start: operand.span.start, end };
    if (operand.kind !== 'selector') throw parseError(this.#query, at, 'ranges only allowed for vector selectors');
    if (operand.offsetMs !== 0) throw parseError(this.#query, at, 'no offset modifiers allowed before range');
    if (operand.at !== undefined) throw parseError(this.#query, at, 'no @ modifiers allowed before range');
    return { kind: 'matrix', span: at, selector: operand, rangeMs };
  }

  #timed(operand: Expr, end: number, modifier: string): VectorSelector | MatrixSelector | Subquery {
    if (operand.kind === 'selector' || operand.kind === 'matrix' || operand.kind === 'subquery') return operand;
    throw parseError(
      this.#query,
      { start: operand.span.start, end },
      `${modifier} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    );
  }

  #offset(operand: Expr, offsetMs: number, end: number): Expr {
    const timed = this.#timed(operand, end, 'offset');
    const at = { start: timed.span.start, end };
    const previous = timed.kind === 'matrix' ? timed.selector.offsetMs : timed.offsetMs;
    if (previous !== 0) throw parseError(this.#query, at, 'offset may not be set multiple times');
    if (timed.kind === 'matrix') return { ...timed, span: at, selector: { ...timed.selector, offsetMs } };
    return { ...timed, span: at, offsetMs };
  }

  #atModifier(operand: Expr, time: number | 'start' | 'end', end: number): Expr {
    const timed = this.#timed(operand, end, '@');
    const at = { start: timed.span.start, end };
    const previous = timed.kind === 'matrix' ? timed.selector.at : timed.at;
    if (previous !== undefined) throw parseError(this.#query, at, '@ <timestamp> may not be set multiple times');
    if (timed.kind === 'matrix') return { ...timed, span: at, selector: { ...timed.selector, at: time } };
    return { ...timed, span: at, at: time };
  }

  #primary(node: SyntaxNode): Expr {
    switch (node.name) {
      case 'ParenExpr':
        return { kind: 'paren', span: span(node), expr: this.read(children(node)[0] ?? null) };
      case 'StringLiteral':
        return { kind: 'string', span: span(node), value: this.#string(node) };
      case 'VectorSelector':
        return this.#selector(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'AggregateExpr':
        return this.#aggregate(node);
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        throw unsupported(
          this.#query,
          span(node),
          `the ${node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed'} modifier`,
        );
      default:
        throw unsupported(this.#query, span(node), `the expression ${quote(this.#text(node))}`);
    }
  }

  #call(node: SyntaxNode): Expr {
    const identifier = node.firstChild;
    const name = identifier ? this.#text(identifier) : '';
    const reason = unsupportedFunction(name);
    if (reason) throw unsupported(this.#query, span(identifier ?? node), reason);
    if (!isFunction(name))
      throw parseError(this.#query, span(identifier ?? node), `unknown function with name ${quote(name)}`);
    const body = node.getChild('FunctionCallBody');
    return { kind: 'call', span: span(node), name, args: body ? children(body).map((arg) => this.read(arg)) : [] };
  }

  #aggregate(node: SyntaxNode): Expr {
    const operatorNode = node.getChild('AggregateOp');
    const operator = (operatorNode ? this.#text(operatorNode) : '').toLowerCase() as AggregateOperator;
    const modifier = node.getChild('AggregateModifier');
    const labels = modifier?.getChild('GroupingLabels');
    const body = node.getChild('FunctionCallBody');
    const args = body ? children(body).map((arg) => this.read(arg)) : [];
    const expected = PARAMETRISED.has(operator) ? 2 : 1;
    if (args.length === 0) throw parseError(this.#query, span(node), 'no arguments for aggregate expression provided');
    if (args.length !== expected) {
      throw parseError(
        this.#query,
        span(node),
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      );
    }
    const base = {
      kind: 'aggregate',
      span: span(node),
      operator,
      without: modifier?.getChild('Without') != null,
      grouping: labels ? this.#labels(labels) : [],
    } as const;
    const [first, second] = args;
    if (first && second) return { ...base, expr: second, param: first };
    if (first) return { ...base, expr: first };
    throw parseError(this.#query, span(node), 'no arguments for aggregate expression provided');
  }

  #selector(node: SyntaxNode): VectorSelector {
    const identifier = node.getChild('Identifier');
    let name = identifier ? this.#text(identifier) : '';
    const matchers: Matcher[] = [];
    for (const part of children(node.getChild('LabelMatchers'))) {
      if (part.name === 'QuotedLabelName') {
        const quoted = this.#string(part);
        if (name !== '')
          throw parseError(
            this.#query,
            span(part),
            `metric name must not be set twice: ${quote(name)} or ${quote(quoted)}`,
          );
        name = quoted;
      } else {
        const matcher = this.#matcher(part);
        if (matcher.name === METRIC_NAME && identifier) {
          throw parseError(
            this.#query,
            span(node),
            `metric name must not be set twice: ${quote(name)} or ${quote(matcher.value)}`,
          );
        }
        matchers.push(matcher);
      }
    }
    if (name !== '') matchers.push(createMatcher(METRIC_NAME, '=', name));
    if (matchesEmpty(matchers))
      throw parseError(this.#query, span(node), 'vector selector must contain at least one non-empty matcher');
    return { kind: 'selector', span: span(node), name, matchers, offsetMs: 0 };
  }

  #matcher(node: SyntaxNode): Matcher {
    const [label, operator, value] = children(node);
    if (!label || !operator || !value) throw parseError(this.#query, span(node), 'label matcher is not complete');
    const name = label.name === 'QuotedLabelName' ? this.#string(label) : this.#text(label);
    try {
      return createMatcher(name, this.#text(operator) as MatchOperator, this.#string(value));
    } catch (error) {
      if (!isVedetteError(error, 'PROMQL_PARSE') || 'start' in error.details) throw error;
      throw parseError(this.#query, span(value), error.message);
    }
  }
}

const PARAMETRISED: ReadonlySet<AggregateOperator> = new Set([
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
]);

function span(node: SyntaxNode): Span {
  return { start: node.from, end: node.to };
}

function children(node: SyntaxNode | null): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') list.push(child);
  }
  return list;
}
