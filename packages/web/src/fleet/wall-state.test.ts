import { expect, it } from 'vitest';
import { causeCard, wallAnswer } from './wall-test-data.ts';
import { applyWall } from './wall-state.ts';

const ids = (wall: { readonly cameras: readonly { readonly id: string }[] }) => wall.cameras.map(({ id }) => id);

it('a whole answer is the wall, in the order of names with numbers by value', () => {
  const wall = applyWall(
    undefined,
    wallAnswer([{ id: 'a', name: 'Gate 10' }, { id: 'b', name: 'gate 9' }, { id: 'c' }]),
  );
  expect(ids(wall)).toEqual(['c', 'b', 'a']);
  expect(wall.cameras[0]).toMatchObject({ id: 'c', name: 'c', state: 'ok' });
});

it('a delta replaces, adds and removes cameras, and leaves the others the same objects', () => {
  const before = applyWall(undefined, wallAnswer([{ id: 'a' }, { id: 'b' }, { id: 'd' }]));
  const after = applyWall(
    before,
    wallAnswer([{ id: 'b', state: 'frozen', reason: 'same picture' }, { id: 'c' }], {
      version: 2,
      whole: false,
      removed: ['d'],
    }),
  );
  expect(ids(after)).toEqual(['a', 'b', 'c']);
  expect(after.cameras[0]).toBe(before.cameras[0]);
  expect(after.cameras[1]).toMatchObject({ state: 'frozen', reason: 'same picture' });
});

it('a renamed camera moves to its place', () => {
  const before = applyWall(
    undefined,
    wallAnswer([
      { id: '1', name: 'a' },
      { id: '2', name: 'b' },
    ]),
  );
  const after = applyWall(before, wallAnswer([{ id: '1', name: 'c' }], { whole: false }));
  expect(ids(after)).toEqual(['2', '1']);
});

it('a whole answer after others forgets what was there', () => {
  const before = applyWall(undefined, wallAnswer([{ id: 'a' }]));
  expect(ids(applyWall(before, wallAnswer([{ id: 'b' }])))).toEqual(['b']);
});

it('a state of a newer server is unknown, and causes name their cameras', () => {
  const answer = wallAnswer([{ id: 'a' }], { causes: [causeCard(['a'])] });
  const wall = applyWall(undefined, {
    ...answer,
    words: answer.words.map((word) => (word === 'ok' ? 'melted' : word)),
  });
  expect(wall.cameras[0]?.state).toBe('unknown');
  expect(wall.causeOf.get('a')?.name).toBe('SW-3');
});
