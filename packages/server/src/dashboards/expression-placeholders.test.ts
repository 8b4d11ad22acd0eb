import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VariableModel } from '@vedette/wire/http';
import { fillVariables } from './expression-placeholders.ts';
import { checkWithVariables } from './targets.ts';

describe('variables of an expression', () => {
  it.each([
    ['rate(x{job="$job"}[$__rate_interval])', 'rate(x{job="x"}[5m])'],
    ['x{a=~"${b:regex}"}', 'x{a=~"x"}'],
    ['x{a=~"[[b]]"} offset $shift', 'x{a=~"x"} offset 5m'],
    ['topk($n, $metric{a="b"})', 'topk(1, x{a="b"})'],
    ['sum by ($label) (x) > $limit', 'sum by (x) (x) > 1'],
    ['x * $__interval_ms', 'x * 300'],
    ["x{a='it\\'s $b'}[$c:$d]", "x{a='it\\'s x'}[5m:5m]"],
  ])('in %s get a filler that fits their place', (expression, filled) => {
    expect(fillVariables(expression).text).toBe(filled);
  });

  it('are named in no expression that has none', () => {
    expect(fillVariables('rate(x[5m])')).toMatchObject({ text: 'rate(x[5m])', variableCount: 0 });
  });

  it('map places back to the text the author wrote', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.constantFrom('$abc', '${abc:csv}', '[[abc]]'), fc.constantFrom('+', ' foo ', '"', '(', ')')),
        ),
        (parts) => {
          const expression = parts.join('');
          const filled = fillVariables(expression);
          let previous = 0;
          for (let position = 0; position <= filled.text.length; position++) {
            const original = filled.original(position, 'start');
            expect(original).toBeGreaterThanOrEqual(previous);
            expect(original).toBeLessThanOrEqual(expression.length);
            if (!filled.touchesVariable(position, position) && position < filled.text.length)
              expect(expression[original]).toBe(filled.text[position]);
            previous = original;
          }
          expect(filled.original(filled.text.length, 'end')).toBe(expression.length);
        },
      ),
    );
  });
});

describe('a query with variables', () => {
  const variable = (name: string, value: string): VariableModel => ({
    name, label: name, type: 'custom', query: '', regex: '', options: [], current: [value], multi: false, includeAll: false, allValue: null, hide: 'none', sort: 0, auto: false,
  }); // prettier-ignore
  const finds = (text: string) => ({
    check: (expression: string) => {
      const start = expression.indexOf(text);
      return start === -1 ? undefined : { message: 'bad', start, end: start + text.length, fix: 'never' };
    },
  });

  it('is wrong at the place in its own text, without a fix that would lose the variables', () => {
    expect(checkWithVariables('rate(a{b="${c:regex}"}[5m]) by (x)', [], finds('by'))).toEqual({
      message: 'bad',
      start: 28,
      end: 30,
    });
  });

  it('is not wrong where a variable stands, which may be anything', () => {
    expect(checkWithVariables('a $operator b', [], finds('x b'))).toBeUndefined();
  });

  it('is not wrong when it is right with the stored values', () => {
    expect(
      checkWithVariables('f($a) by (x)', [variable('a', 'by')], {
        check: (text) => (text.includes('f(by)') ? undefined : { message: 'bad', start: 6, end: 8 }),
      }),
    ).toBeUndefined();
  });
});
