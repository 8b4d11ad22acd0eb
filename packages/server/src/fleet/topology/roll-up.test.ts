import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Causes } from './causes.ts';
import { STREAM_FAMILY } from './cause-words.ts';
import { clustersOf } from './cluster.ts';
import { parentsOf } from './parents.ts';
import { type Hit, explain, explanationKey } from './roll-up.ts';

const MINUTE = 60_000;
const RULES = { ratio: 0.3, camerasMin: 3, windowMs: 2 * MINUTE };
const AT = 10_000_000;

interface Place {
  readonly site?: string;
  readonly recorder?: string;
  readonly switch?: string;
}

/** A hundred and twenty cameras: three switches of forty, two recorders across them, one site. */
const CAMERAS = Array.from({ length: 120 }, (_, i) => ({
  id: `c${i}`,
  source: 'file' as const,
  site: 'north',
  switch: `SW-${Math.floor(i / 40)}`,
  recorder: `nvr-${i % 2}`,
}));

function totalsOf(cameras: readonly (Place & { readonly id: string })[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const camera of cameras)
    for (const { key } of parentsOf({ source: 'file', ...camera })) totals.set(key, (totals.get(key) ?? 0) + 1);
  return totals;
}

function hit(id: string, place: Place, toMs = AT, fromMs = toMs - MINUTE, family = STREAM_FAMILY): Hit {
  return { id, family, parents: parentsOf({ id, source: 'file', ...place }), fromMs, toMs };
}

const hits = (indices: readonly number[], toMs = AT): Hit[] =>
  indices.map((i) => hit(`c${i}`, CAMERAS[i] as Place, toMs));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const found = (from: readonly Hit[], open: ReadonlySet<string> = new Set()): string[] =>
  explain(from, totalsOf(CAMERAS), RULES, open).map(
    ({ parent, hits: own, total }) => `${parent.level} ${parent.name}: ${own.length} of ${total}`,
  );

describe('the smallest common parent', () => {
  it('is the switch when 38 of its 40 cameras go, and the two unrelated ones stay alone', () => {
    expect(found(hits([...range(0, 38), 50, 90]))).toEqual(['switch SW-0: 38 of 40']);
  });

  it('is the recorder when its cameras go on all switches', () => {
    expect(found(hits(range(0, 120).filter((i) => i % 2 === 1)))).toEqual(['recorder nvr-1: 60 of 60']);
  });

  it('is the site when everything goes', () => {
    expect(found(hits(range(0, 117)))).toEqual(['site north: 117 of 120']);
  });

  it('two switches that fall an hour apart are two causes', () => {
    expect(found([...hits(range(0, 40)), ...hits(range(80, 118), AT + 60 * MINUTE)])).toEqual([
      'switch SW-0: 40 of 40',
      'switch SW-2: 38 of 40',
    ]);
  });

  it('of two waves below one switch is told once', () => {
    expect(found([...hits(range(0, 15)), ...hits(range(15, 30), AT + 60 * MINUTE)])).toEqual(['switch SW-0: 30 of 40']);
  });

  it('is nobody for cameras that go one by one over hours, or that are too few', () => {
    expect(found(range(0, 20).map((i) => hit(`c${i}`, CAMERAS[i] as Place, AT + i * 10 * MINUTE)))).toEqual([]);
    expect(found(hits([0, 1]))).toEqual([]);
    expect(found(hits(range(0, 9)))).toEqual([]);
  });

  it('waits for slow probes: what may have happened together has', () => {
    // Probed every ten minutes: noticed at any time of them.
    const slow = range(0, 40).map((i) =>
      hit(`c${i}`, CAMERAS[i] as Place, AT + i * 10_000, AT + i * 10_000 - 10 * MINUTE),
    );
    expect(found(slow)).toEqual(['switch SW-0: 40 of 40']);
  });

  it('of switches with one name the site tells', () => {
    const cameras = range(0, 20).map((i) => ({ id: `x${i}`, site: i < 10 ? 'a' : 'b', switch: 'SW' }));
    const explained = explain(
      cameras.slice(0, 10).map((camera) => hit(camera.id, camera)),
      totalsOf(cameras),
      RULES,
      new Set(),
    );
    expect(explained).toMatchObject([{ parent: { level: 'switch', name: 'SW', site: 'a' }, total: 10 }]);
  });

  it('holds on to an open cause until half of what opened it is left', () => {
    const open = new Set([`${STREAM_FAMILY} ${JSON.stringify(['switch', 'SW-0', 'north'])}`]);
    expect(found(hits(range(0, 7)), open)).toEqual(['switch SW-0: 7 of 40']);
    expect(found(hits(range(0, 5)), open)).toEqual([]);
  });

  it('never explains a camera twice, nor one that is not below the parent', () => {
    const place = fc.record(
      { site: fc.constantFrom('a', 'b'), switch: fc.constantFrom('s', 't', 'u'), recorder: fc.constantFrom('r', 'q') },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Place>;
    const one = fc.tuple(place, fc.nat({ max: 20 }), fc.constantFrom(STREAM_FAMILY, 'packet_loss'), fc.boolean());
    fc.assert(
      fc.property(fc.array(one, { maxLength: 80 }), (rows) => {
        const cameras = rows.map(([where], i) => ({ id: `p${i}`, ...where }));
        const down = rows.flatMap(([where, minute, family, isHit], i) =>
          isHit ? [hit(`p${i}`, where, AT + minute * MINUTE, AT + (minute - 1) * MINUTE, family)] : [],
        );
        const totals = totalsOf(cameras);
        const explained = explain(down, totals, RULES, new Set());
        const ids = explained.flatMap(({ family, hits: own }) => own.map(({ id }) => `${family} ${id}`));
        expect(new Set(ids).size).toBe(ids.length);
        const keys = explained.map(({ family, parent }) => explanationKey(family, parent));
        expect(new Set(keys).size).toBe(keys.length);
        for (const { parent, hits: own, total, family } of explained) {
          expect(own.length).toBeGreaterThanOrEqual(Math.max(RULES.camerasMin, RULES.ratio * total));
          for (const { parents, family: of } of own) {
            expect(of).toBe(family);
            expect(
              parents.some(
                ({ level, name, site }) => level === parent.level && name === parent.name && site === parent.site,
              ),
            ).toBe(true);
          }
        }
      }),
    );
  });
});

it('clusters are within the window, disjoint, and the largest comes first', () => {
  const onset = fc
    .tuple(fc.nat({ max: 500 }), fc.nat({ max: 60 }))
    .map(([from, length]) => ({ fromMs: from, toMs: from + length }));
  fc.assert(
    fc.property(fc.array(onset, { maxLength: 60 }), (items) => {
      const clusters = clustersOf(items, 50, 2);
      expect(clusters.flat().length).toBe(new Set(clusters.flat()).size);
      for (const cluster of clusters) {
        // One window touches all of them: the latest beginning is at most a window after the earliest end.
        const latest = Math.max(...cluster.map(({ fromMs }) => fromMs));
        const earliest = Math.min(...cluster.map(({ toMs }) => toMs));
        expect(latest - earliest).toBeLessThanOrEqual(50);
      }
      const sizes = clusters.map(({ length }) => length);
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    }),
  );
});

describe('causes over time', () => {
  it('keep their id and beginning, and are the same object while nothing changes', () => {
    const causes = new Causes(RULES);
    const totals = totalsOf(CAMERAS);
    expect(causes.update(hits(range(0, 20)), totals, [])).toBe(true);
    const [first] = causes.all;
    expect(causes.update(hits(range(0, 20)), totals, [])).toBe(false);
    expect(causes.all[0]).toBe(first);
    expect(causes.update([...hits(range(0, 20)), ...hits(range(20, 40), AT + MINUTE)], totals, [])).toBe(true);
    expect(causes.all[0]?.card).toMatchObject({ id: first?.card.id, sinceMs: AT, affected: 40 });
    expect(causes.of('c7', STREAM_FAMILY)?.card.name).toBe('SW-0');
    expect(causes.of('c7', 'frozen')).toBeUndefined();
    expect(causes.update([], totals, [])).toBe(true);
    expect(causes.all).toEqual([]);
  });

  it('a link that is down explains its cameras before any switch does', () => {
    const causes = new Causes(RULES);
    const ids = range(0, 40).map((i) => `c${i}`);
    causes.update(hits(range(0, 40)), totalsOf(CAMERAS), [
      { site: 'north', agent: 'box', lastMs: AT, cameras: ids, total: 120 },
    ]);
    expect(causes.all.map(({ card }) => [card.level, card.affected])).toEqual([['link', 40]]);
    expect(causes.all[0]?.card.reason).toContain('they may be well');
  });
});
