import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { type MatchOperator, createMatcher, matchesAll } from '../../model/matcher.ts';
import { LabelIndex, matchAny } from './label-index.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { SlowMatches } from './slow-matches.ts';

const signal = new AbortController().signal;

const value = fc.constantFrom('', 'a', 'b', 'ab', 'abc', 'cam-1', 'cam-2', 'line\nbreak', 'x.y', '😀1');
const labels = fc
  .record({
    __name__: fc.constantFrom('m', 'n'),
    x: value,
    y: value,
    unique: fc.integer({ min: 0, max: 1e9 }).map(String),
  })
  .map((object) => Labels.fromObject(object));
const pattern = fc.constantFrom(
  'a',
  'a|b',
  '',
  'a|',
  '.*',
  '.+',
  'a.*',
  '.*b.*',
  '.*2',
  'a.+',
  'cam-.*',
  'cam-[12]',
  '(?i)A',
  'ab?',
  'ab*c?',
  'x\\.y',
  '😀.',
  'zzz',
  'a|ab.*',
);
const matcher = fc.oneof(
  fc.tuple(fc.constantFrom('x', 'y', '__name__', 'absent'), fc.constantFrom<MatchOperator>('=', '!='), value),
  fc.tuple(fc.constantFrom('x', 'y', '__name__', 'absent'), fc.constantFrom<MatchOperator>('=~', '!~'), pattern),
);

describe('label index', () => {
  it('finds what testing every series finds, through additions, removals and reused refs', async () => {
    const slow = new SlowMatches({ monotonicMs: () => 0 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(labels, { minLength: 1, maxLength: 150 }),
        fc.array(fc.nat(149), { maxLength: 60 }),
        fc.array(labels, { maxLength: 40 }),
        fc.array(fc.array(matcher, { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
        async (first, removed, second, sets) => {
          const catalog = new SeriesCatalog();
          const live = new Map<number, Labels>();
          const add = (set: Labels): void => {
            if (catalog.find(set) === undefined) live.set(catalog.create(set), set);
          };
          first.forEach(add);
          const gone = new Set(removed.map((at) => at + 1).filter((ref) => live.has(ref)));
          catalog.remove(gone);
          for (const ref of gone) live.delete(ref);
          second.forEach(add);
          const built = sets.map((set) => set.map(([name, operator, text]) => createMatcher(name, operator, text)));
          for (const set of built) {
            const expected = [...live].filter(([, one]) => matchesAll(set, one)).map(([ref]) => ref);
            expect([...catalog.index.match(set)]).toEqual(expected.sort((a, b) => a - b));
            const prepared = await catalog.index.prepare(set, slow, signal);
            expect([...catalog.index.match(set, prepared)]).toEqual(expected);
          }
          const any = [...live].filter(([, one]) => built.some((set) => matchesAll(set, one)));
          const refs = matchAny(catalog.index, built);
          expect([...(refs ?? [])]).toEqual(any.map(([ref]) => ref).sort((a, b) => a - b));
          const every = (): boolean => true;
          expect(catalog.index.values('x', refs, every).sort()).toEqual(
            [...new Set(any.map(([, one]) => one.get('x')))].filter(Boolean).sort(),
          );
          const names = new Set([...live.values()].flatMap((one) => [...one].map(([name]) => name)));
          expect(catalog.index.names(undefined, every).sort()).toEqual([...names].sort());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives ids and refs back to the right series after others left', () => {
    const catalog = new SeriesCatalog();
    const [a, b] = [Labels.fromObject({ __name__: 'a' }), Labels.fromObject({ __name__: 'b' })];
    const refA = catalog.create(a);
    const idA = catalog.id[refA];
    catalog.remove(new Set([refA]));
    expect(catalog.find(a)).toBeUndefined();
    const refB = catalog.create(b);
    expect(refB).toBe(refA);
    expect(catalog.labels(refB)).toEqual(b);
    const again = catalog.create(a);
    expect(catalog.id[again]).toBe(idA);
    expect(catalog.findId(idA as number)).toBe(again);
  });

  it('is empty after everything was removed', () => {
    const index = new LabelIndex(() => Labels.fromObject({ x: '1' }));
    index.add(1, Labels.fromObject({ x: '1' }));
    index.removeAll(new Set([1]));
    expect(index.size).toBe(0);
    expect(index.names(undefined, () => true)).toEqual([]);
    expect(index.match([createMatcher('x', '=', '1')])).toHaveLength(0);
  });
});
