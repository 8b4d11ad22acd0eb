import { describe, expect, it } from 'vitest';
import { FleetDesk, type Row, probeRows } from './fleet-desk.ts';
import { fleetMap } from './fleet-map.ts';

const START = Date.UTC(2026, 10, 2);
const SECOND = 1_000;
const MINUTE = 60_000;

/** Two sites of a hundred cameras, each with an agent that sends what it probes. */
function twoSites() {
  const desk = new FleetDesk(fleetMap(200), START);
  const agentSaid = new Map([
    ['site-0', START],
    ['site-1', START],
  ]);
  /** One round of a site's agent: its cameras, all failing or none, and its own sign of life. */
  const round = (site: string, failure?: string): void => {
    const cameras = desk.inventory.cameras().filter((camera) => camera.site === site);
    desk.hear(cameras.flatMap(({ id }) => probeRows(id, desk.atMs, failure)));
    agentSaid.set(site, desk.atMs);
  };
  /** The centre says of each agent when it was heard last, whether it is heard or not. */
  const centre = (): void =>
    desk.hear(
      [...agentSaid].map(([site, atMs]): Row => [
        'vedette_agent_last_contact_timestamp_seconds',
        { agent: `box-${site}`, site },
        atMs / SECOND,
      ]),
    );
  const pass = (minutes: number, rounds: () => void): void => {
    for (let minute = 0; minute < minutes; minute++) {
      for (let part = 0; part < 4; part++) {
        desk.pass(15 * SECOND);
        centre();
      }
      rounds();
    }
  };
  return { desk, round, pass };
}

describe('a site that is reached by a link', () => {
  it('whose link is cut is not known, and not lost; when it is back everything is as the agent saw it', () => {
    const { desk, round, pass } = twoSites();
    pass(3, () => {
      round('site-0');
      round('site-1');
    });
    expect(desk.fleet.counts.ok).toBe(200);
    const cutMs = desk.atMs;
    pass(3, () => round('site-0'));
    expect(desk.fleet.causes.all.map(({ card }) => card)).toMatchObject([
      { level: 'link', name: 'site-1', affected: 100, total: 100 },
    ]);
    expect(desk.fleet.counts).toMatchObject({ ok: 100, unknown: 100, offline: 0 });
    expect(desk.fleet.entry('cam-0150')?.kind).toBe('link_down');

    // The link is back: what was buffered comes first, in order, then the present.
    const cameras = desk.inventory.cameras().filter(({ site }) => site === 'site-1');
    for (let atMs = cutMs; atMs < desk.atMs; atMs += MINUTE)
      desk.hear(cameras.flatMap(({ id }) => probeRows(id, atMs)));
    pass(1, () => {
      round('site-0');
      round('site-1');
    });
    pass(1, () => {
      round('site-0');
      round('site-1');
    });
    expect(desk.fleet.causes.all).toEqual([]);
    expect(desk.fleet.counts.ok).toBe(200);
  });

  it('whose agent is heard and whose cameras fail has lost its cameras', () => {
    const { desk, round, pass } = twoSites();
    const both = (failure?: string) => () => {
      round('site-0');
      round('site-1', failure);
    };
    pass(3, both());
    // Radio cameras need four failed probes.
    pass(5, both('unreachable'));
    expect(desk.fleet.causes.all.map(({ card }) => card)).toMatchObject([
      { level: 'site', name: 'site-1', affected: 100 },
    ]);
    expect(desk.fleet.counts).toMatchObject({ ok: 100, offline: 100 });
  });
});

describe('a recorder whose service is gone', () => {
  it('is one card for its cameras, and the others stay well', () => {
    const desk = new FleetDesk(fleetMap(100), START);
    const fails = ({ recorder }: { readonly recorder?: string }): string | undefined =>
      recorder === 'nvr-0-1' ? 'refused' : undefined;
    for (let minute = 0; minute < 7; minute++) {
      desk.pass(MINUTE);
      desk.hear(
        desk.inventory
          .cameras()
          .flatMap((camera) => probeRows(camera.id, desk.atMs, minute > 1 ? fails(camera) : undefined)),
      );
    }
    desk.pass(5 * SECOND);
    expect(desk.fleet.causes.all.map(({ card }) => [card.level, card.name, card.affected, card.total])).toEqual([
      ['recorder', 'nvr-0-1', 50, 50],
    ]);
    expect(desk.fleet.entry('cam-0001')?.kind).toBe('recorder_down');
  });
});

describe('cameras whose addresses are outside the allowed networks', () => {
  it('are no site that is down: each says what to correct', () => {
    const desk = new FleetDesk(fleetMap(100), START);
    for (let minute = 0; minute < 7; minute++) {
      desk.pass(MINUTE);
      desk.hear(desk.inventory.cameras().flatMap(({ id }) => probeRows(id, desk.atMs, 'policy')));
    }
    desk.pass(5 * SECOND);
    expect(desk.fleet.causes.all).toEqual([]);
    expect(desk.fleet.entry('cam-0001')?.status.troubles).toMatchObject([
      {
        kind: 'offline',
        reason: 'The address of the camera is outside the allowed networks',
        advice: 'Correct the address in the inventory, or allow its network in fleet.allowed_networks.',
      },
    ]);
  });
});
