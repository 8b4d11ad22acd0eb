import type { Duration, DurationBinary, NumberLiteral, Span } from './ast.ts';
import type { Token } from './lexer.ts';
import { parseNumber, quote } from './literals.ts';
import { parseError } from './parse-error.ts';
import type { TokenReader } from './token-reader.ts';

/** Longest duration, in seconds: 2^63 nanoseconds, some 292 years. */
const DURATION_MAX_SECONDS = 2 ** 63 / 1e9;
/** Deepest nesting of a duration expression; reading and resolving recurse once per level. */
const DURATION_DEPTH_MAX = 100;

/** Operands of one chain; resolving recurses along it. */
const DURATION_OPERANDS_MAX = 100;

const PRECEDENCE: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 };

/** Whole milliseconds of seconds; what is finer than a nanosecond is rounded, what is finer than a millisecond is cut off. */
export function millisecondsOf(seconds: number): number {
  return Math.trunc(Math.round(seconds * 1e9) / 1e6) + 0;
}

/** Reads numbers, durations and (experimental) expressions of them: `[5m * 2]`, `offset -(1m + step())`. */
export class DurationReader {
  readonly #query: string;
  readonly #tokens: TokenReader;
  #depth = 0;

  constructor(query: string, tokens: TokenReader) {
    this.#query = query;
    this.#tokens = tokens;
  }

  /** The value of a number or duration token; durations in seconds. */
  number(token: Token): NumberLiteral {
    const span = { start: token.start, end: token.end };
    const number = parseNumber(token.text);
    if (!number) {
      const kind = token.type === 'Duration' ? 'not a valid duration string' : 'error parsing number';
      throw parseError(this.#query, span, `${kind}: ${quote(token.text)}`);
    }
    const { value, duration } = number;
    if (value === Infinity && /\d/.test(token.text))
      throw parseError(this.#query, span, `error parsing number: ${quote(token.text)} is out of range`);
    return duration ? { kind: 'number', span, value, duration } : { kind: 'number', span, value };
  }

  /** A whole expression, as it stands in brackets. */
  read(context: string, expected: string): Duration {
    return this.#binary(0, context, expected);
  }

  /**
   * What stands behind `offset`: a literal or a call, each with a sign or without, or something in parentheses. An operator behind
   * it belongs to the query: `a offset 5m * 2` is `(a offset 5m) * 2`.
   */
  readOffset(): Duration {
    const context = 'offset';
    const expected = 'number, duration, step(), or range()';
    const sign = this.#tokens.take('-') ?? this.#tokens.take('+');
    const inner = this.#primary(context, expected);
    return sign ? this.#signed(sign, inner) : inner;
  }

  #binary(minimum: number, context: string, expected: string): Duration {
    if (++this.#depth > DURATION_DEPTH_MAX) {
      throw parseError(
        this.#query,
        this.#tokens.peek(),
        `duration expression is nested deeper than ${DURATION_DEPTH_MAX} levels`,
      );
    }
    const sign = this.#tokens.take('-') ?? this.#tokens.take('+');
    let operands = 1;
    let left = sign
      ? this.#signed(sign, this.#binary(PRECEDENCE['^'] as number, context, expected))
      : this.#primary(context, expected);
    for (;;) {
      const operator = this.#tokens.peek();
      const precedence = PRECEDENCE[operator.type];
      if (precedence === undefined || precedence < minimum) break;
      if (++operands > DURATION_OPERANDS_MAX) {
        throw parseError(
          this.#query,
          operator,
          `duration expression has more than ${DURATION_OPERANDS_MAX} operands in a row`,
        );
      }
      this.#tokens.next();
      const right = this.#binary(operator.type === '^' ? precedence : precedence + 1, context, expected);
      if (right.kind === 'number' && right.value === 0) {
        if (operator.type === '/') throw parseError(this.#query, operator, 'division by zero');
        if (operator.type === '%') throw parseError(this.#query, operator, 'modulo by zero');
      }
      left = {
        kind: 'duration-binary',
        span: { start: left.span.start, end: right.span.end },
        operator: operator.type as DurationBinary['operator'],
        left,
        right,
      };
    }
    this.#depth--;
    return left;
  }

  #primary(context: string, expected: string): Duration {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (token.type === 'Number' || token.type === 'Duration') {
      tokens.next();
      return this.#checked(this.number(token), token);
    }
    if (token.type === '(') {
      tokens.next();
      const expr = this.#binary(0, context, expected);
      const close = tokens.expect(')', context, '")"');
      return { kind: 'duration-paren', span: { start: token.start, end: close.end }, expr };
    }
    if (token.type === 'step' || token.type === 'range') {
      tokens.next();
      tokens.expect('(', context, expected);
      const close = tokens.expect(')', context, expected);
      return { kind: 'duration-call', span: { start: token.start, end: close.end }, name: token.type, args: [] };
    }
    if (token.type === 'min_of' || token.type === 'max_of') {
      tokens.next();
      tokens.expect('(', context, expected);
      const first = this.#binary(0, context, expected);
      tokens.expect(',', context, '","');
      const second = this.#binary(0, context, expected);
      const close = tokens.expect(')', context, '")"');
      const span = { start: token.start, end: close.end };
      return { kind: 'duration-call', span, name: token.type, args: [first, second] };
    }
    throw tokens.unexpected(context, expected);
  }

  #signed(sign: Token, inner: Duration): Duration {
    const span = { start: sign.start, end: inner.span.end };
    if (inner.kind === 'number')
      return this.#checked({ ...inner, span, value: sign.type === '-' ? 0 - inner.value : inner.value }, span);
    return sign.type === '-' ? { kind: 'duration-unary', span, operator: '-', expr: inner } : inner;
  }

  #checked(literal: NumberLiteral, at: Span): NumberLiteral {
    if (!(Math.abs(literal.value) <= DURATION_MAX_SECONDS)) throw parseError(this.#query, at, 'duration out of range');
    return literal;
  }
}
