import type { Camera, WallAnswer } from '@vedette/wire/http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Wall } from '../../src/fleet/api/wall.ts';
import { FleetDesk, probeRows } from './fleet-desk.ts';
import { fleetMap } from './fleet-map.ts';

const START = Date.UTC(2026, 10, 2);
const CAMERAS = fleetMap(30);

interface Shown {
  readonly state: string;
  readonly kind: string;
  readonly reason: string;
  readonly name: string;
  readonly sinceMs: number;
  readonly cause: string | undefined;
}

/** What a page knows: it takes whole answers and deltas as they come. */
class Client {
  readonly cameras = new Map<string, Shown>();
  version: number | undefined;

  take(text: string): void {
    const wall = JSON.parse(text) as WallAnswer;
    if (wall.whole) this.cameras.clear();
    for (const id of wall.removed) this.cameras.delete(id);
    for (const [row, id] of wall.id.entries()) {
      const word = (column: readonly number[]): string => wall.words[column[row] as number] as string;
      this.cameras.set(id, {
        state: word(wall.state),
        kind: word(wall.kind),
        reason: word(wall.reason),
        name: word(wall.name),
        sinceMs: wall.sinceMs[row] as number,
        cause: wall.causes[wall.cause[row] as number]?.id,
      });
    }
    this.version = wall.version;
    expect(Object.values(wall.counts).reduce((sum, count) => sum + count, 0)).toBe(this.cameras.size);
  }
}

const step = fc.oneof(
  // Some cameras fail, the others are well.
  fc.record({
    fail: fc.uniqueArray(fc.nat({ max: 29 }), { maxLength: 12 }),
    reason: fc.constantFrom('timeout', 'credentials', 'path'),
  }),
  fc.record({ remove: fc.nat({ max: 29 }) }),
  fc.record({ rename: fc.nat({ max: 29 }), name: fc.constantFrom('north', 'south') }),
  fc.record({ rest: fc.uniqueArray(fc.nat({ max: 29 }), { maxLength: 5 }) }),
  fc.record({ reset: fc.constant(true) }),
);

it('a page that takes deltas, however seldom, shows what the whole wall shows', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 25 }), (steps) => {
      const desk = new FleetDesk(CAMERAS, START);
      const wall = new Wall(desk.fleet, () => false);
      const client = new Client();
      client.take(wall.text(undefined));
      for (const [what, isPolled] of steps) {
        act(desk, what);
        desk.pass(12_000);
        if (!isPolled) continue;
        client.take(wall.text(client.version));
        const fresh = new Client();
        fresh.take(wall.text(undefined));
        expect(new Map([...client.cameras].toSorted())).toEqual(new Map([...fresh.cameras].toSorted()));
        // Nothing happened since: nothing is told.
        expect((JSON.parse(wall.text(client.version)) as WallAnswer).id).toEqual([]);
      }
    }),
    { numRuns: 60 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function act(desk: FleetDesk, what: Step): void {
  const idOf = (index: number): string => (CAMERAS[index] as Camera).id;
  if ('fail' in what) {
    const failing = new Set(what.fail.map(idOf));
    desk.hear(
      desk.inventory.cameras().flatMap(({ id }) => probeRows(id, desk.atMs, failing.has(id) ? what.reason : undefined)),
    );
  } else if ('remove' in what)
    desk.inventory.set(desk.inventory.cameras().filter(({ id }) => id !== idOf(what.remove)));
  else if ('rename' in what)
    desk.inventory.set(
      desk.inventory
        .cameras()
        .map((camera) => (camera.id === idOf(what.rename) ? { ...camera, name: what.name } : camera)),
    );
  else if ('rest' in what) {
    const resting = new Set(what.rest.map(idOf));
    desk.inventory.set(desk.inventory.cameras().map((camera) => ({ ...camera, schedule: [] })));
    desk.inventory.rest = ({ id }) => ({ scheduled: !resting.has(id) });
  } else desk.inventory.set(CAMERAS);
}

it('a camera that is taken away and comes back is not what it was before the last restart', () => {
  const startMs = Date.UTC(2026, 10, 2, 12);
  const camera = { id: 'cam-1', source: 'file' as const };
  const desk = new FleetDesk([], startMs);
  desk.fleet.restore(new Map([['cam-1', { state: 'offline', sinceMs: startMs - 3_600_000 }]]));
  const state = (): string | undefined => desk.fleet.entry('cam-1')?.status.state;
  desk.inventory.set([camera]);
  desk.pass(2_000);
  expect(state()).toBe('offline');
  desk.inventory.set([]);
  desk.pass(2_000);
  expect(state()).toBeUndefined();
  desk.inventory.set([camera]);
  desk.pass(2_000);
  expect(state()).toBe('unknown');
});
