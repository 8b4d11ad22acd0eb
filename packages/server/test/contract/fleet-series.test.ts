import { afterEach, expect, it } from 'vitest';
import { SeriesPage } from '../../src/fleet/health/series-page.ts';
import { FleetDesk, probeRows } from '../simulation/fleet-desk.ts';
import { cleanUp, run } from '../support/scrape-harness.ts';

afterEach(cleanUp);

const START = Date.UTC(2026, 0, 1);
const NASTY = 'Tor "A"\\\nNord';

it('the states travel as series through the scraper, end when a trouble does, and may hold any text', async () => {
  const desk = new FleetDesk(
    [
      { id: 'a', site: NASTY, switch: 'SW', class: 'traffic', source: 'file' },
      { id: 'b', site: NASTY, switch: 'SW', class: 'traffic', source: 'file' },
    ],
    START,
  );
  const round = (failure?: string): void => {
    desk.pass(30_000);
    desk.hear([...probeRows('a', desk.atMs, failure), ...probeRows('b', desk.atMs)]);
    desk.pass(1_000);
  };
  round();
  const { sink, interval } = await run('scrape_configs: []\n', [
    { collector: new SeriesPage(desk.fleet), job: 'fleet', intervalMs: 10_000 },
  ]);
  await interval();
  const newest = (name: string): Map<string, number | 'stale'> =>
    new Map(
      sink.rows
        .filter(({ series }) => series.startsWith(`${name}{`) || series === name)
        .map(({ series, value }) => [series, value]),
    );
  const label = JSON.stringify(NASTY);
  const stateOf = (id: string, state: string): string =>
    `camera_state{camera_id="${id}", class="traffic", instance="collector:fleet", job="fleet", site=${label}, state="${state}", switch="SW"}`;
  expect(newest('camera_state').get(stateOf('a', 'ok'))).toBe(1);
  expect(newest('camera_state').get(stateOf('a', 'offline'))).toBe(0);
  expect(newest('camera_state').size).toBe(16);
  expect([...newest('camera_up').values()]).toEqual([1, 1]);
  expect([...newest('cameras_active').values()]).toEqual([2]);
  expect(newest('camera_trouble').size).toBe(0);

  round('timeout');
  round('timeout');
  await interval();
  expect(newest('camera_state').get(stateOf('a', 'ok'))).toBe(0);
  expect(newest('camera_state').get(stateOf('a', 'offline'))).toBe(1);
  const trouble = `camera_trouble{camera_id="a", class="traffic", instance="collector:fleet", job="fleet", kind="offline", site=${label}, switch="SW"}`;
  expect(newest('camera_trouble').get(trouble)).toBe(1);
  expect([...newest('camera_up').values()].sort()).toEqual([0, 1]);

  // Once somebody else says whether it is up, the fleet does not.
  desk.hear([['camera_up', { camera_id: 'b', source: 'frigate' }, 1]]);
  round();
  await interval();
  expect(newest('camera_trouble').get(trouble)).toBe('stale');
  expect([...newest('camera_up').values()].sort()).toEqual([1, 'stale']);
  const counts = [...newest('fleet_cameras')].filter(([series]) => series.includes('state="ok"'));
  expect(counts.map(([, value]) => value)).toEqual([2]);
});
