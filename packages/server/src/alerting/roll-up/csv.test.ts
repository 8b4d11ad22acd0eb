import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../base/errors.ts';
import { parseCsv } from './csv.ts';

const write = (rows: readonly (readonly string[])[], quoteAll: boolean): string =>
  rows
    .map((row) =>
      row
        .map((field) => (quoteAll || /[",\r\n]|^$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
        .join(','),
    )
    .join('\r\n');

describe('CSV', () => {
  it('reads back every field that is written, quoted or not', () => {
    const rows = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 5 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.boolean(), (records, quoteAll) => {
        const text = write(records, quoteAll);
        fc.pre(!text.startsWith('\uFEFF'));
        expect(parseCsv(text, 'a.csv').map(({ fields }) => fields)).toEqual(records);
      }),
    );
  });

  it('throws nothing but words for people, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ') }), (text) => {
        try {
          parseCsv(text, 'a.csv');
        } catch (error) {
          expect(isVedetteError(error, 'CONFIG_INVALID')).toBe(true);
        }
      }),
    );
  });

  it('knows the line of each record, skips empty lines and the mark of an encoding', () => {
    expect(parseCsv('\uFEFFa,b\n\n"x\ny",1\nz,2\n', 'a.csv')).toEqual([
      { line: 1, fields: ['a', 'b'] },
      { line: 3, fields: ['x\ny', '1'] },
      { line: 5, fields: ['z', '2'] },
    ]);
  });

  it('takes time in proportion to its size', () => {
    const started = process.hrtime.bigint();
    expect(parseCsv(`a,b\n${'"x""y",z\n'.repeat(200_000)}`, 'a.csv')).toHaveLength(200_001);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(4_000);
  });
});
