import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../../../base/errors.ts';
import { formatExpr } from './format.ts';
import { functionNames } from './function-signatures.ts';
import { parseExpr, parseSelector } from './parser.ts';
import { implementedFunctions } from '../functions/registry.ts';

function errorOf(query: string): VedetteError {
  try {
    parseExpr(query);
  } catch (error) {
    if (error instanceof VedetteError) return error;
    throw error;
  }
  throw new Error(`${query} parsed`);
}

describe('parsing PromQL', () => {
  it.each([
    ['a + b offset 5m * c', 'a + b offset 5m * c'],
    ['a + b @ end()', 'a + b @ end()'],
    ['-a ^ 2', '-a ^ 2'],
    ['sum(rate(x{a="b"}[5m])) by (c)', 'sum by (c) (rate(x{a="b"}[5m]))'],
    ['a/on(b)group_left(c)d', 'a / on (b) group_left (c) d'],
    ['{"my.metric","l.a"=~"x"}', '{"my.metric","l.a"=~"x"}'],
    ['x[1h:5m] @ 100.5 offset -1m', 'x[1h:5m] @ 100.500 offset -1m'],
    ['a > bool 1 or b', 'a > bool 1 or b'],
    ['# leading\nup # trailing', 'up'],
    ['2. + .5e1', '2 + 5'],
    ['topk without (a) (3, b)', 'topk without (a) (3, b)'],
  ])('%s is written as %s', (query, text) => {
    expect(formatExpr(parseExpr(query))).toBe(text);
    expect(formatExpr(parseExpr(text))).toBe(text);
  });

  it('binds offset, @ and signs as Prometheus does', () => {
    const sum = parseExpr('a + b offset 5m * c');
    expect(sum).toMatchObject({
      operator: '+',
      left: { name: 'a' },
      right: { operator: '*', left: { name: 'b', offsetMs: 300_000 } },
    });
    expect(parseExpr('-1 ^ 2')).toMatchObject({
      kind: 'unary',
      operator: '-',
      expr: { kind: 'binary', operator: '^' },
    });
    expect(parseExpr('a ^ b ^ c')).toMatchObject({ left: { name: 'a' }, right: { operator: '^' } });
    expect(parseExpr('a - b - c')).toMatchObject({ left: { operator: '-' }, right: { name: 'c' } });
    expect(parseExpr('a or b and c')).toMatchObject({ operator: 'or', right: { operator: 'and' } });
  });

  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['sum(', '1:5: parse error: unclosed left parenthesis'],
    ['foo)', "1:4: parse error: unexpected right parenthesis ')'"],
    ['foo{', '1:5: parse error: unexpected end of input inside braces'],
    ['1 +', '1:4: parse error: unexpected end of input'],
    ['nosuch(x)', '1:1: parse error: unknown function with name "nosuch"'],
    ['"abc', '1:1: parse error: unterminated quoted string'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1: parse error: metric name must not be set twice: "a" or "b"'],
    ['rate(x)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['rate()', '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'],
    ['sum(x[5m])', '1:5: parse error: expected type instant vector in aggregation expression, got range vector'],
    ['1 < 2', '1:1: parse error: comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:1: parse error: bool modifier can only be used on comparison operators'],
    ['1 and a', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['a on(x) b', '1:3: parse error: unexpected <on>'],
    ['(a)[5m]', '1:1: parse error: ranges only allowed for vector selectors'],
    ['a[0s]', '1:3: parse error: duration must be greater than 0'],
    ['a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    [
      '1 offset 1m',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a[5m][5m:]', '1:1: parse error: subquery is only allowed on instant vector, got matrix instead'],
    ['a and on(b) group_left c', '1:7: parse error: no grouping allowed for "and" operation'],
  ])('%s is refused: %s', (query, message) => {
    const error = errorOf(query);
    expect(error.code).toBe('PROMQL_PARSE');
    expect(error.message).toBe(message);
  });

  it('points at a misplaced grouping clause and writes the query that was meant', () => {
    const { details } = errorOf('1 + rate(x{a="by (b)"}[5m]) by (camera_id) > 0');
    expect(details).toMatchObject({ start: 28, end: 30, fix: '1 + sum by (camera_id) (rate(x{a="by (b)"}[5m])) > 0' });
  });

  it.each([
    'histogram_count(x)',
    'info(x)',
    'x + fill(0) y',
    'rate(x[5m] anchored)',
    'x[step()]',
    'min_of(1, 2)',
    'holt_winters(x[5m],1,1)',
  ])('%s is refused by name', (query) => {
    const error = errorOf(query);
    expect(error.code).toBe('PROMQL_UNSUPPORTED');
    expect(error.details['feature']).toBeTypeOf('string');
  });

  it('refuses a query that is nested or long beyond reason, and takes a long chain', () => {
    expect(errorOf(`${'('.repeat(5_000)}1${')'.repeat(5_000)}`).code).toBe('PROMQL_PARSE');
    expect(errorOf('-'.repeat(5_000) + 'x').code).toBe('PROMQL_PARSE');
    expect(errorOf('x'.repeat(200_000)).code).toBe('PROMQL_PARSE');
    expect(parseExpr(Array.from({ length: 250 }, (_, i) => `m${i}`).join(' or ')).kind).toBe('binary');
  });

  it('never throws anything but its own errors', () => {
    const words = fc.constantFrom(
      ...'sum by ( ) { } [ ] , : @ offset 5m 1 "a" \'b\' ` = =~ != + - * ^ and or bool on group_left rate foo x start() # \n'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
        ),
        (query) => {
          try {
            parseExpr(query);
          } catch (error) {
            expect(error).toBeInstanceOf(VedetteError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has an implementation for every function it takes', () => {
    expect([...implementedFunctions()].sort()).toEqual([...functionNames()].sort());
  });

  it('reads match[] selectors only', () => {
    expect(parseSelector('up{job="a"}').map(({ name, value }) => [name, value])).toEqual([
      ['job', 'a'],
      ['__name__', 'up'],
    ]);
    expect(() => parseSelector('sum(up)')).toThrow('expected a series selector');
    expect(() => parseSelector('up offset 5m')).toThrow('expected a series selector');
  });
});
