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

it('cameras of a recorder and of a switch are counted by state, apart where two sites use one name', async () => {
  const desk = new FleetDesk(
    [
      { id: 'a', site: 'north', recorder: 'nvr', switch: 'SW', source: 'file' },
      { id: 'b', site: 'north', recorder: 'nvr', source: 'file' },
      { id: 'c', site: 'south', recorder: 'nvr', switch: NASTY, source: 'file' },
      { id: 'd', source: 'file' },
    ],
    START,
  );
  for (let i = 0; i < 3; i++) {
    desk.pass(30_000);
    desk.hear(['a', 'b', 'c', 'd'].flatMap((id) => probeRows(id, desk.atMs, id === 'b' ? 'timeout' : undefined)));
  }
  desk.pass(1_000);
  const { sink, interval } = await run('scrape_configs: []\n', [
    { collector: new SeriesPage(desk.fleet), job: 'fleet', intervalMs: 10_000 },
  ]);
  await interval();
  const counts = (name: string): Record<string, number | 'stale'> =>
    Object.fromEntries(
      sink.rows
        .filter(({ series }) => series.startsWith(`${name}{`))
        .map(({ series, value }): [string, number | 'stale'] => [
          series.slice(name.length).replace('instance="collector:fleet", job="fleet", ', ''),
          value,
        ])
        .filter(([series, value]) => value !== 0 || series.includes('"ok"')),
    );
  expect(counts('fleet_recorder_cameras')).toEqual({
    '{recorder="nvr", site="north", state="ok"}': 1,
    '{recorder="nvr", site="north", state="offline"}': 1,
    '{recorder="nvr", site="south", state="ok"}': 1,
  });
  expect(counts('fleet_switch_cameras')).toEqual({
    '{site="north", state="ok", switch="SW"}': 1,
    [`{site="south", state="ok", switch=${JSON.stringify(NASTY)}}`]: 1,
  });
});

it('a thousand recorders too many cost no more series than the bound', () => {
  const cameras = Array.from({ length: 3_000 }, (_, i) => ({
    id: `c${i}`,
    recorder: `nvr-${i}`,
    source: 'file' as const,
  }));
  const page = new SeriesPage(new FleetDesk(cameras, START).fleet).page();
  expect(page.match(/^fleet_recorder_cameras\{/gm)).toHaveLength(8 * 2_000);
});

it('certificates of a site that expired are one cause with their own name, and no "site_down"', () => {
  const ids = Array.from({ length: 20 }, (_, i) => `c${i}`);
  const desk = new FleetDesk(
    ids.map((id) => ({ id, site: 'north', source: 'file' })),
    START,
  );
  const page = new SeriesPage(desk.fleet);
  const round = (failure?: string): string => {
    desk.pass(30_000);
    desk.hear(ids.flatMap((id) => probeRows(id, desk.atMs, failure)));
    desk.pass(6_000);
    return page.page();
  };
  round();
  round('tls');
  const told = round('tls');
  expect(told).toContain('fleet_cause_cameras{level="site",name="north",site="",kind="tls"} 20');
  expect(told).not.toContain('site_down');
  // The cause speaks for them: a rule for single cameras stays quiet.
  expect(told).not.toContain('camera_trouble');
  const { status, cause } = desk.fleet.entry('c7') ?? {};
  expect(status?.troubles.map(({ kind }) => kind)).toEqual(['tls']);
  expect(cause?.card.reason).toContain('20 of 20 cameras fail over TLS');
  expect(round()).not.toContain('fleet_cause_cameras');
});
