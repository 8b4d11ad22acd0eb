import type { Camera } from '@vedette/wire/http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clusterPlaces, projectCoordinates, scaleBarMetres } from './plan-places.ts';

const camera = (id: string, latitude: number, longitude: number): Camera => ({
  id,
  source: 'file',
  coordinates: { latitude, longitude },
});

it('puts north up and east to the right, and keeps distances alike in both directions', () => {
  // At 60 degrees a degree of longitude is half a degree of latitude.
  const projected = projectCoordinates([camera('sw', 60, 10), camera('ne', 60.1, 10.2)]);
  const [sw, ne] = [projected?.places.get('sw'), projected?.places.get('ne')];
  expect(sw && ne && sw.x < ne.x && sw.y > ne.y).toBe(true);
  expect(projected?.extent.aspect).toBeCloseTo(1, 1);
  expect(projected?.extent.widthMetres).toBeGreaterThan(11_000);
});

it('keeps every camera inside, and one camera in the middle', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.double({ min: -80, max: 80, noNaN: true }), fc.double({ min: -179, max: 179, noNaN: true })),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      (points) => {
        const projected = projectCoordinates(points.map(([lat, lon], i) => camera(String(i), lat, lon)));
        for (const { x, y } of projected?.places.values() ?? []) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThanOrEqual(1);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
  expect(projectCoordinates([camera('a', 53, 9)])?.places.get('a')).toEqual({ x: 0.5, y: 0.5 });
  expect(projectCoordinates([{ id: 'a', source: 'file' }])).toBeNull();
});

it('makes one mark of near cameras, the worst first, and loses none', () => {
  const at = (id: string, x: number, state: 'ok' | 'offline' = 'ok') => ({ id, name: id, state, x, y: 0.5 });
  const clusters = clusterPlaces(
    [at('a', 0.1), at('b', 0.11, 'offline'), at('c', 0.9)],
    { width: 1000, height: 1000 },
    {
      width: 60,
      height: 30,
    },
  );
  expect(clusters.map(({ cameras }) => cameras.map(({ id }) => id))).toEqual([['b', 'a'], ['c']]);
});

it('chooses round lengths for the scale', () => {
  expect([7, 49, 120, 999, 1_000, 2_600].map((metres) => scaleBarMetres(metres))).toEqual([
    5, 20, 100, 500, 1_000, 2_000,
  ]);
});
