import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { metricIdRange, seriesIdCandidate } from './series-id.ts';

const labelsOf = fc
  .dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), { maxKeys: 6 })
  .map((object) => Labels.fromObject(object));

describe('series id', () => {
  it('is a safe integer above zero inside its metric’s range, the same for the same labels', () => {
    fc.assert(
      fc.property(labelsOf, fc.string(), fc.nat(10), (labels, metric, attempt) => {
        const set = labels.with('__name__', metric);
        const id = seriesIdCandidate(set, attempt);
        const { from, below } = metricIdRange(set.metricName);
        expect(Number.isSafeInteger(id)).toBe(true);
        expect(id).toBeGreaterThan(0);
        expect(id >= from && id < below).toBe(true);
        expect(seriesIdCandidate(Labels.fromMap(set.toMap()), attempt)).toBe(id);
      }),
    );
  });

  it('changes with every attempt', () => {
    const set = Labels.fromObject({ __name__: 'up', job: 'a' });
    expect(new Set(Array.from({ length: 100 }, (_, attempt) => seriesIdCandidate(set, attempt))).size).toBe(100);
  });

  it('spreads a fleet with next to no collisions', () => {
    const ids = new Set<number>();
    for (let i = 0; i < 50_000; i++)
      ids.add(seriesIdCandidate(Labels.fromObject({ __name__: 'm', instance: `10.0.${i >> 8}.${i & 255}:9100` }), 0));
    expect(ids.size).toBeGreaterThan(49_990);
  });

  it('keeps its values from version to version, because they are stored', () => {
    expect(
      seriesIdCandidate(Labels.fromObject({ __name__: 'up', instance: 'localhost:9090', job: 'prometheus' }), 0),
    ).toMatchInlineSnapshot(`2917201284150961`);
    expect(seriesIdCandidate(Labels.EMPTY, 0)).toMatchInlineSnapshot(`4207507454983179`);
  });
});
