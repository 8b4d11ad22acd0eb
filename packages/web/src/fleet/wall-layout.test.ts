import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layOut, placeOf, positionAt, verticalStep } from './wall-layout.ts';

const request = fc.record({
  counts: fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 40 }),
  width: fc.integer({ min: 320, max: 3_840 }),
  height: fc.integer({ min: 200, max: 2_160 }),
  headings: fc.boolean(),
  cellPxMin: fc.constantFrom(8, 20),
});

it('gives every camera a place of its own inside the width, and finds it again there', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const layout = layOut(asked);
      const total = asked.counts.reduce((sum, count) => sum + count, 0);
      expect(layout.count).toBe(total);
      for (let at = 0; at < total; at += Math.max(1, Math.floor(total / 97))) {
        const place = placeOf(layout, at);
        if (!place) throw new Error(`no place for ${at}`);
        expect(place.x + layout.cell.width).toBeLessThanOrEqual(asked.width);
        expect(place.y + layout.cell.height).toBeLessThanOrEqual(layout.height);
        expect(positionAt(layout, place.x + 1, place.y + 1)).toBe(at);
      }
    }),
    { numRuns: 60 },
  );
});

it('two cameras of two groups on a telephone lie one above the other, not beyond its edge', () => {
  const layout = layOut({ counts: [1, 1], width: 320, height: 200, headings: true, cellPxMin: 20 });
  for (const at of [0, 1]) expect((placeOf(layout, at)?.x ?? 0) + layout.cell.width).toBeLessThanOrEqual(320);
});

it('goes down and up between rows and never leaves the wall', () => {
  fc.assert(
    fc.property(request, fc.nat(), (asked, start) => {
      const layout = layOut(asked);
      const from = start % layout.count;
      for (const direction of [-1, 1] as const) {
        const to = verticalStep(layout, from, direction);
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(layout.count);
        const rise = (placeOf(layout, to)?.y ?? 0) - (placeOf(layout, from)?.y ?? 0);
        if (to !== from) expect(Math.sign(rise)).toBe(direction);
      }
    }),
    { numRuns: 60 },
  );
});

it('shows five thousand cameras of twelve sites, and of 200 switches, on one screen', () => {
  const screen = { width: 1_494, height: 600, headings: true, cellPxMin: 8 };
  const sites = layOut({ ...screen, counts: Array.from({ length: 12 }, () => 417) });
  expect(sites.height).toBeLessThanOrEqual(600);
  expect(sites.cell.width).toBeGreaterThanOrEqual(9);
  const full = layOut({
    width: 1_814,
    height: 760,
    headings: true,
    cellPxMin: 8,
    counts: Array.from({ length: 200 }, () => 25),
  });
  expect(full.height).toBeLessThanOrEqual(1_000);
});

it('gives a few cameras tiles with names, and fingers cells that they can hit', () => {
  expect(layOut({ counts: [1], width: 1_494, height: 600, headings: true, cellPxMin: 8 }).cell.named).toBe(true);
  const phone = layOut({ counts: [5_000], width: 366, height: 500, headings: true, cellPxMin: 20 });
  expect(phone.cell.width).toBe(20);
  expect(phone.height).toBeGreaterThan(500);
});
