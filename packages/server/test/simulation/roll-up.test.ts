import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../src/alerting/history/event.ts';
import { AlertingHouse } from '../support/alerting-house.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const folder = mkdtempSync(join(tmpdir(), 'vedette-inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Forty cameras on each of two switches of one recorder, ten on a third switch; all in one site. */
const CAMERAS = [
  ...Array.from({ length: 40 }, (_, i) => ({ camera: `a${i}`, switch: 'SW-1', recorder: 'NVR-1', site: 'yard' })),
  ...Array.from({ length: 40 }, (_, i) => ({ camera: `b${i}`, switch: 'SW-2', recorder: 'NVR-1', site: 'yard' })),
  ...Array.from({ length: 10 }, (_, i) => ({ camera: `c${i}`, switch: 'SW-3', recorder: 'NVR-2', site: 'yard' })),
];
const inventory = join(folder, 'cameras.csv');
writeFileSync(
  inventory,
  ['camera,switch,recorder,site', ...CAMERAS.map((row) => Object.values(row).join(','))].join('\n'),
);

const ROUTED = (roll_up: object = {}, route: object = {}) => ({
  route: { receiver: 'pager', group_by: ['alertname'], group_wait: '30s', group_interval: '5m', ...route },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
  roll_up: { levels: ['switch', 'recorder', 'site'], inventory, ...roll_up },
});

interface Message {
  readonly status: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  }[];
}

let house: AlertingHouse;
afterEach(async () => house.stop());

async function opened(config: unknown): Promise<AlertingHouse> {
  house = new AlertingHouse(config);
  await house.start();
  return house;
}

const messages = (): readonly Message[] => house.posted.map(({ body }) => body as Message);
const parents = () =>
  messages()
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels['roll_up'] !== undefined);
const cameras = (status: string) =>
  messages().flatMap(({ alerts }) =>
    alerts.filter((alert) => alert.status === status && alert.labels['camera']).map(({ labels }) => labels['camera']),
  );

/** All of them within a time, one after the other. */
async function fireAll(names: readonly string[], withinMs: number): Promise<void> {
  for (const name of names) {
    await house.fire(name, { severity: 'warning' });
    await house.clock.advance(Math.floor(withinMs / names.length));
  }
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('forty cameras on a switch, of which thirty-eight die within a minute', () => {
  it.each([
    ['one group for all', { group_by: ['alertname'] }],
    ['a group for each camera', { group_by: ['...'] }],
    ['a group for each name and camera', { group_by: ['alertname', 'camera'], group_wait: '30s' }],
  ])('are one page within one group interval, with %s; two others page on their own', async (_, route) => {
    await opened(ROUTED({}, route));
    await house.fire('c3', { severity: 'warning' });
    await house.fire('b7', { severity: 'warning' });
    await fireAll(names('a', 38), MINUTE);
    await house.pass(4 * MINUTE);
    expect(parents().map(({ status, labels }) => [status, labels['roll_up'], labels['switch']])).toEqual([
      ['firing', 'switch', 'SW-1'],
    ]);
    expect(parents()[0]?.annotations['summary']).toBe('switch SW-1: 38 of 40 camera affected');
    expect(parents()[0]?.annotations['description']).toContain('Not affected: a38, a39.');
    expect(parents()[0]?.labels).toMatchObject({ severity: 'warning', site: 'yard', recorder: 'NVR-1' });
    expect(new Set(cameras('firing'))).toEqual(new Set(['c3', 'b7']));

    await house.pass(20 * MINUTE);
    for (const name of names('a', 38)) await house.resolve(name);
    await house.pass(20 * MINUTE);
    expect(parents().map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(cameras('resolved')).toEqual([]);
    expect(new Set(cameras('firing'))).toEqual(new Set(['c3', 'b7']));
  });

  it('have the parent in their history', async () => {
    const events: HistoryEvent[] = [];
    const history = { record: (more: readonly HistoryEvent[]) => void events.push(...more) };
    house = new AlertingHouse(ROUTED(), 1, { history });
    await house.start();
    await fireAll(names('a', 38), MINUTE);
    await house.pass(10 * MINUTE);
    const told = events.filter(({ state, mute }) => state === 'muted' && mute?.text.startsWith('told through'));
    expect(new Set(told.map(({ labels }) => labels.get('camera')))).toEqual(new Set(names('a', 38)));
    expect(told[0]?.mute).toMatchObject({ by: 'roll-up', text: 'told through switch SW-1: 38 of 40 camera affected' });
    // Once each, however often their groups are looked at.
    expect(told).toHaveLength(38);
  });

  it('stay one page over kill -9', async () => {
    await opened(ROUTED());
    await fireAll(names('a', 38), MINUTE);
    await house.pass(10 * MINUTE);
    await house.crash(MINUTE);
    await house.pass(10 * MINUTE);
    expect(parents().map(({ status }) => status)).toEqual(['firing']);
    for (const name of names('a', 38)) await house.resolve(name);
    await house.pass(20 * MINUTE);
    expect(parents().map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(cameras('firing')).toEqual([]);
  });
});

describe('who is blamed', () => {
  it('is the recorder when both of its switches are dead, and not the site', async () => {
    await opened(ROUTED());
    await fireAll([...names('a', 38), ...names('b', 39)], MINUTE);
    await house.pass(10 * MINUTE);
    expect(parents().map(({ labels }) => [labels['roll_up'], labels['recorder'], labels['switch']])).toEqual([
      ['recorder', 'NVR-1', undefined],
    ]);
    expect(parents()[0]?.annotations['summary']).toBe('recorder NVR-1: 77 of 80 camera affected');
  });

  it('is the site when everything is dead', async () => {
    await opened(ROUTED());
    await fireAll(
      CAMERAS.map(({ camera }) => camera),
      MINUTE,
    );
    await house.pass(10 * MINUTE);
    expect(parents().map(({ labels }) => labels['roll_up'])).toEqual(['site']);
  });

  it('moves up when the second switch follows later, and the first is not told again', async () => {
    await opened(ROUTED());
    await fireAll(names('a', 40), MINUTE);
    await house.pass(30 * MINUTE);
    await fireAll(names('b', 40), MINUTE);
    await house.pass(30 * MINUTE);
    const pages = messages().filter(({ alerts }) => alerts.some(({ labels }) => labels['roll_up']));
    expect(pages.map(({ alerts }) => alerts.map(({ labels }) => labels['roll_up']))).toEqual([
      ['switch'],
      ['recorder', 'switch'],
    ]);
    for (const name of [...names('a', 40), ...names('b', 40)]) await house.resolve(name);
    await house.pass(30 * MINUTE);
    const ends = parents().filter(({ status }) => status === 'resolved');
    expect(new Set(ends.map(({ labels }) => labels['roll_up']))).toEqual(new Set(['switch', 'recorder']));
    expect(ends).toHaveLength(2);
    expect(cameras('firing')).toEqual([]);
  });

  it('is nobody when too few of too many are affected', async () => {
    await opened(ROUTED());
    await fireAll(names('a', 10), MINUTE);
    await house.pass(15 * MINUTE);
    expect(parents()).toEqual([]);
    expect(new Set(cameras('firing'))).toEqual(new Set(names('a', 10)));
  });

  it('is found from labels alone, by count', async () => {
    await opened(ROUTED({ inventory: undefined, levels: ['rack'], minimum: 5 }));
    for (const name of names('x', 6)) await house.fire(name, { rack: 'R1' });
    for (const name of names('y', 2)) await house.fire(name, { rack: 'R2' });
    await house.pass(15 * MINUTE);
    expect(parents().map(({ labels }) => labels['rack'])).toEqual(['R1']);
    expect(parents()[0]?.annotations['summary']).toBe('rack R1: 6 camera affected');
    expect(new Set(cameras('firing'))).toEqual(new Set(['y0', 'y1']));
  });
});

describe('a parent that recovers', () => {
  it('does not flap while its children come and go', async () => {
    await opened(ROUTED());
    await fireAll(names('a', 38), MINUTE);
    await house.pass(10 * MINUTE);
    for (let round = 0; round < 20; round++) {
      for (const name of names('a', 38).slice(0, 20)) await house.resolve(name);
      await house.pass(2 * MINUTE);
      await fireAll(names('a', 20), 10 * SECOND);
      await house.pass(2 * MINUTE);
    }
    expect(parents().map(({ status }) => status)).toEqual(['firing']);
    expect(cameras('firing')).toEqual([]);
  });

  it('lets go of the children that are still affected: they page on their own', async () => {
    await opened(ROUTED());
    await fireAll(names('a', 38), MINUTE);
    await house.pass(10 * MINUTE);
    for (const name of names('a', 38).slice(2)) await house.resolve(name);
    await house.pass(20 * MINUTE);
    expect(parents().map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(new Set(cameras('firing'))).toEqual(new Set(['a0', 'a1']));
    for (const name of ['a0', 'a1']) await house.resolve(name);
    await house.pass(20 * MINUTE);
    expect(cameras('resolved').filter((name) => name === 'a0')).toHaveLength(1);
  });
});

describe('an alert of its own', () => {
  it('waits for nothing when nothing else happens at its switch', async () => {
    await opened(ROUTED());
    await house.fire('a0', { severity: 'warning' });
    await house.pass(MINUTE);
    expect(house.told.map(({ firing }) => firing)).toEqual([['a0']]);
  });

  it('that was told before its switch died is told as ended', async () => {
    await opened(ROUTED({}, { group_by: ['...'] }));
    await house.fire('a0', { severity: 'warning' });
    await house.pass(30 * MINUTE);
    await fireAll(names('a', 38).slice(1), MINUTE);
    await house.pass(10 * MINUTE);
    for (const name of names('a', 38)) await house.resolve(name);
    await house.pass(20 * MINUTE);
    expect(cameras('firing')).toEqual(['a0']);
    expect(cameras('resolved')).toEqual(['a0']);
    expect(parents().map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });
});

describe('the inventory', () => {
  it.each([
    ['camera,switch\na,SW-1,more', /cameras.*:2:1: 3 values for 2 columns; put values with commas in quotes/],
    ['name,switch\na,SW-1', /no row names a camera/],
    ['camera,switch\n"a,SW-1', /:2:1: a quote that is never closed/],
  ])('is refused with its place: %j', async (text, words) => {
    const file = join(folder, 'cameras-wrong.csv');
    writeFileSync(file, text);
    house = new AlertingHouse(ROUTED({ inventory: file }));
    await expect(house.start()).rejects.toThrow(words);
  });

  it('may be a YAML list', async () => {
    const file = join(folder, 'cameras.yaml');
    writeFileSync(file, CAMERAS.map((row) => `- ${JSON.stringify(row)}`).join('\n'));
    await opened(ROUTED({ inventory: file }));
    await fireAll(names('a', 40), MINUTE);
    await house.pass(5 * MINUTE);
    expect(parents()).toHaveLength(1);
  });
});
