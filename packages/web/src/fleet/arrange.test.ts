import { expect, it } from 'vitest';
import { arrange } from './arrange.ts';
import { readFilter } from './wall-filter.ts';
import { applyWall } from './wall-state.ts';
import { type Row, causeCard, wallAnswer } from './wall-test-data.ts';

const ROWS: readonly Row[] = [
  { id: 'n1', site: 'north', switch: 'SW-1' },
  { id: 'n2', site: 'north', switch: 'SW-1', state: 'degraded', reason: 'Delivers 11.8 of 25 frames' },
  { id: 's1', site: 'south', switch: 'SW-3', state: 'offline', sinceMs: 10 },
  { id: 's2', site: 'south', switch: 'SW-3', state: 'offline', sinceMs: 20 },
  { id: 's3', site: 'south', switch: 'SW-3', state: 'offline', sinceMs: 5 },
  { id: 's4', site: 'south', state: 'maintenance' },
  { id: 'e1', site: 'east' },
  { id: 'x1' },
];

function arranged(search: string, explained: readonly string[] = []) {
  const wall = applyWall(undefined, wallAnswer(ROWS, { causes: explained.length > 0 ? [causeCard(explained)] : [] }));
  return arrange(wall, readFilter(new URLSearchParams(search)));
}

const shape = (search: string, explained?: readonly string[]) =>
  arranged(search, explained).groups.map(({ name, cameras }) => `${name}: ${cameras.map(({ id }) => id).join(' ')}`);

it('groups by site, the worst first; those without trouble by name, those without a site last', () => {
  expect(shape('')).toEqual(['south: s2 s1 s3 s4', 'north: n2 n1', 'east: e1', ': x1']);
});

it('within a state the newest come first, and after them what a cause card explains', () => {
  expect(shape('site=south', ['s2'])).toEqual(['south: s1 s3 s2 s4']);
});

it('groups by what is chosen, or not at all', () => {
  expect(shape('group=switch')[0]).toBe('SW-3: s2 s1 s3');
  expect(shape('group=none')).toEqual([': s2 s1 s3 n2 s4 e1 n1 x1']);
});

it('filters by state, words, facets and cause, each as the address has it', () => {
  expect(shape('state=degraded&state=maintenance')).toEqual(['north: n2', 'south: s4']);
  expect(shape('q=11.8+NORTH')).toEqual(['north: n2']);
  expect(shape('switch=SW-1')).toEqual(['north: n2 n1']);
  expect(shape('cause=switch:SW-3', ['s1', 's3'])).toEqual(['south: s1 s3']);
  expect(shape('q=nothing+like+it')).toEqual([]);
});

it('counts every state that the rest of the filter lets through, so that each can be chosen', () => {
  const { counts, shown } = arranged('site=south&state=offline');
  expect(shown).toBe(3);
  expect(counts).toMatchObject({ offline: 3, maintenance: 1, ok: 0 });
});

it('tells how many of a group are in trouble; maintenance is none', () => {
  expect(arranged('').groups.map(({ name, troubled, worst }) => [name, troubled, worst])).toEqual([
    ['south', 3, 'offline'],
    ['north', 1, 'degraded'],
    ['east', 0, 'ok'],
    ['', 0, 'ok'],
  ]);
});
