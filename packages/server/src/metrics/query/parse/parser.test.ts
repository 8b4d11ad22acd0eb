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
    ['{"my.metric","l.a"=~"x"}', '{"l.a"=~"x",__name__="my.metric"}'],
    ['sum by ("l.a", b) (x)', 'sum by ("l.a", b) (x)'],
    ['x[5m*2]', 'x[5m * 2]'],
    [
      'x[(5m+STEP())/2:max_of(1m, step())] offset -(1m+30s)',
      'x[(5m + step()) / 2:max_of(1m, step())] offset -(1m + 30s)',
    ],
    ['x offset 5m * 2', 'x offset 5m * 2'],
    ['x offset step()^0', 'x offset step() ^ 0'],
    ['rate(x[5m] anchored)', 'rate(x[5m] anchored)'],
    ['x smoothed @ 100 offset 5m', 'x @ 100.000 smoothed offset 5m'],
    ['rate(x[5m] @ 100 smoothed)', 'rate(x[5m] smoothed @ 100.000)'],
    ['a + fill(-1m) b', 'a + fill (-60) b'],
    ['a / on(x) group_left fill_right(0) fill_left (1) b', 'a / on (x) group_left () fill_left (1) fill_right (0) b'],
    ['fill + fill_left', 'fill + fill_left'],
    ['a </ 5 >/ 2', 'a </ 5 >/ 2'],
    ['info(x, {k8s=~".+"})', 'info(x, {k8s=~".+"})'],
    ['start() + step() * min_of(1, 2)', 'start() + step() * min_of(1, 2)'],
    ['sum{a="b"} + by{a="b"}', 'sum{a="b"} + by{a="b"}'],
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
    ['1 < 2', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3: parse error: bool modifier can only be used on comparison operators'],
    ['1 and a', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['a on(x) b', '1:3: parse error: unexpected <on>'],
    ['(a)[5m]', '1:4: parse error: ranges only allowed for vector selectors'],
    ['a[0s]', '1:3: parse error: duration must be greater than 0'],
    ['a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    [
      '1 offset 1m',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a[-5m]', '1:3: parse error: duration must be greater than 0'],
    ['a[5m/0]', '1:5: parse error: division by zero'],
    ['a[5m', '1:5: parse error: unexpected end of input in duration expression'],
    ['a[5m x]', "1:6: parse error: unexpected character: 'x', expected ':'"],
    [
      'a offset x',
      '1:10: parse error: unexpected identifier "x" in offset, expected number, duration, step(), or range()',
    ],
    ['a @ x', '1:5: parse error: unexpected identifier "x" in @, expected timestamp'],
    ['a{b="\\d"}', "1:5: parse error: unknown escape sequence U+0064 'd'"],
    ['a{b', '1:4: parse error: unexpected end of input inside braces'],
    ['a{b}', '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
    ['sum by a (x)', '1:8: parse error: unexpected identifier "a" in grouping opts, expected "("'],
    ['sum(x,)', '1:6: parse error: trailing commas not allowed in function call args'],
    ['a + fill(1) 2', '1:1: parse error: filling in missing series only allowed between instant vectors'],
    ['a and fill(1) b', '1:1: parse error: filling in missing series not allowed for set operators'],
    ['a[5m:] smoothed', '1:1: parse error: smoothed modifier is not supported for subqueries'],
    ['a anchored smoothed', '1:1: parse error: anchored and smoothed modifiers cannot be used together'],
    ['info(x, y{a="b"})', '1:9: parse error: expected label selectors only, got vector selector instead'],
    [
      'holt_winters(x[5m],1,1)',
      '1:1: parse error: unknown function with name "holt_winters" (it is now "double_exponential_smoothing")',
    ],
    ['a[5m][5m:]', '1:1: parse error: subquery is only allowed on instant vector, got matrix instead'],
    ['a and on(b) group_left c', '1:1: parse error: no grouping allowed for "and" operation'],
  ])('%s is refused: %s', (query, message) => {
    const error = errorOf(query);
    expect(error.code).toBe('PROMQL_PARSE');
    expect(error.message).toBe(message);
  });

  it('points at a misplaced grouping clause and writes the query that was meant', () => {
    const { details } = errorOf('1 + rate(x{a="by (b)"}[5m]) by (camera_id) > 0');
    expect(details).toMatchObject({ start: 28, end: 30, fix: '1 + sum by (camera_id) (rate(x{a="by (b)"}[5m])) > 0' });
  });

  it('refuses a query that is nested or long beyond reason, and takes a long chain', () => {
    expect(errorOf(`${'('.repeat(5_000)}1${')'.repeat(5_000)}`).code).toBe('PROMQL_PARSE');
    expect(errorOf('-'.repeat(5_000) + 'x').code).toBe('PROMQL_PARSE');
    expect(errorOf('x'.repeat(200_000)).code).toBe('PROMQL_PARSE');
    expect(parseExpr(Array.from({ length: 250 }, (_, i) => `m${i}`).join(' or ')).kind).toBe('binary');
  });

  it.each([
    ['brackets', (n: number) => `${'('.repeat(n)}1${')'.repeat(n)}`],
    ['signs', (n: number) => `${'-'.repeat(n)}x`],
    ['durations', (n: number) => `x[${'('.repeat(n)}1${')'.repeat(n)}]`],
    ['subqueries', (n: number) => `x${'[1m:]'.repeat(n)}`],
    ['aggregations', (n: number) => `${'sum('.repeat(n)}x${')'.repeat(n)}`],
    ['powers', (n: number) => `x${'^x'.repeat(n)}`],
    ['powers of durations', (n: number) => `x[1m${'^1'.repeat(n)}]`],
    ['offsets', (n: number) => `x offset ${'('.repeat(n)}1`],
    ['clauses behind calls', (n: number) => `${'f(x)by('.repeat(n)}`],
    ['quotes', (n: number) => `x{a="${'\\\\'.repeat(n)}`],
    ['comments', (n: number) => `#${'\n#'.repeat(n)}`],
  ])('refuses 100 kB of %s without touching a character more than a few times', (_name, make) => {
    const query = make(99_000 / make(1).length).slice(0, 100_000);
    const error = errorOf(query);
    expect(error.code).toBe('PROMQL_PARSE');
    expect(error.details['start']).toBeLessThanOrEqual(query.length);
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
