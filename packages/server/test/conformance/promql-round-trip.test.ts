import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVedetteError } from '../../src/base/errors.ts';
import { formatExpr } from '../../src/metrics/query/parse/format.ts';
import { parseExpr } from '../../src/metrics/query/parse/parser.ts';
import { meaning, promqlVector } from '../support/random-promql.ts';

describe('PromQL as text', () => {
  it('means the same when it was parsed, written and parsed again', () => {
    fc.assert(
      fc.property(promqlVector, (query) => {
        const tree = parseExpr(query);
        const written = formatExpr(tree);
        expect(meaning(parseExpr(written))).toEqual(meaning(tree));
        expect(formatExpr(parseExpr(written))).toBe(written);
      }),
      { numRuns: 1_500 },
    );
  });

  it('is refused with a place inside the query when it is broken anywhere', () => {
    fc.assert(
      fc.property(
        promqlVector,
        fc.nat(),
        fc.nat({ max: 6 }),
        fc.string({ maxLength: 3 }),
        (query, where, length, instead) => {
          const at = where % (query.length + 1);
          const broken = query.slice(0, at) + instead + query.slice(at + length);
          try {
            parseExpr(broken);
          } catch (error) {
            if (!isVedetteError(error, 'PROMQL_PARSE')) throw error;
            const { start, end } = error.details as { readonly start: number; readonly end: number };
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThanOrEqual(start);
            expect(end).toBeLessThanOrEqual(broken.length);
          }
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
