import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragment, identifier, name, number, numberList, quoteString, sql, stringList } from './sql.ts';

// That the engine reads every literal back unchanged is checked by the contract suite of the database drivers.
describe('sql', () => {
  it('quotes strings and numbers of a template, and leaves fragments as they are', () => {
    expect(sql`SELECT ${"it's"}, ${5}, ${7n} FROM ${name('a`b')} WHERE x IN (${fragment(numberList([1, 2]))})`).toBe(
      "SELECT 'it\\'s', 5, 7 FROM `a\\`b` WHERE x IN (1,2)",
    );
  });

  it('never lets a string end its own literal', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'a', '`') }), (text) => {
        const quoted = quoteString(text);
        expect(quoted).toMatch(/^'(?:[^'\\]|\\['\\])*'$/);
        expect(quoted.slice(1, -1).replace(/\\(.)/g, '$1')).toBe(text);
        expect(identifier(text)).toMatch(/^`(?:[^`\\]|\\[`\\])*`$/);
      }),
    );
  });

  it('writes lists for IN, where an empty one matches nothing', () => {
    expect(numberList([])).toBe('NULL');
    expect(stringList([])).toBe('NULL');
    expect(stringList(['a', "b'"])).toBe("'a','b\\''");
    expect(numberList(new Float64Array([2 ** 53 - 1]))).toBe('9007199254740991');
  });

  it('refuses numbers that have no literal', () => {
    for (const value of [NaN, Infinity, -Infinity]) expect(() => number(value)).toThrow(RangeError);
  });
});
