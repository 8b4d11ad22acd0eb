import {
  type CameraMemory,
  type ProbePlan,
  type Probing,
  type RememberedCamera,
  createPictureWatch,
  createProbing,
} from '@vedette/agent';
import type { Camera } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { FleetDesk, type Row } from './fleet-desk.ts';
import { type Wrong, standIn } from './camera-stand-in.ts';

/** The real schedule, the real watches over pictures, the page as it is scraped, and health: from what goes wrong to the wall. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** How often the page is scraped by default. */
const SCRAPE_MS = 5 * SECOND;
const START = Date.UTC(2026, 10, 2, 9);

const KIND: Readonly<Record<Wrong, string>> = {
  offline: 'offline',
  credentials: 'credentials',
  frozen: 'frozen',
  black: 'dark',
  low_frame_rate: 'low_frame_rate',
  packet_loss: 'packet_loss',
  clock_drift: 'clock_offset',
};

/** What was learned, kept as JSON as the data folder does. */
class KeptMemory implements CameraMemory {
  readonly #states = new Map<string, string>();

  keep(cameras: Iterable<RememberedCamera>): void {
    for (const { cameraId, state } of cameras) this.#states.set(cameraId, JSON.stringify(state));
  }

  take(cameraId: string): unknown {
    const json = this.#states.get(cameraId);
    this.#states.delete(cameraId);
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  }
}

class Site {
  readonly clock: VirtualClock;
  /** Only the next probe finds what is wrong. */
  once = false;
  readonly wrong = new Map<string, Wrong>();
  readonly world;
  readonly probing: Probing;
  readonly desk: FleetDesk;
  #told: ReadonlyMap<string, Row> = new Map();
  /** When each camera's trouble was first shown, and which. */
  readonly shown = new Map<string, { readonly kind: string; readonly atMs: number }>();

  constructor(count: number, seed: number, { fromMs = START, memory }: SiteOptions = {}) {
    this.clock = new VirtualClock(fromMs);
    const ids = idsOf(count);
    this.world = standIn(this.clock, seededRandom(seed), (id) => {
      const wrong = this.wrong.get(id);
      if (this.once) this.wrong.delete(id);
      return wrong;
    });
    this.probing = createProbing({
      clock: this.clock,
      probes: { rtsp: this.world.probe },
      pictures: createPictureWatch,
      ...(memory === undefined ? {} : { memory }),
    });
    this.probing.setPlans(
      ids.map((cameraId): ProbePlan => ({
        cameraId,
        streams: { main: { url: `rtsp://${cameraId}.example/main` }, sub: { url: `rtsp://${cameraId}.example/sub` } },
      })),
    );
    this.desk = new FleetDesk(
      ids.map((id): Camera => ({ id, source: 'file', class: 'traffic' })),
      fromMs,
    );
    this.probing.start();
  }

  /** A series that is on the page no more has ended. */
  #scrape(page: string): void {
    const rows = new Map(rowsOf(page).map((row) => [`${row[0]} ${JSON.stringify(row[1])}`, row]));
    const ended = [...this.#told].flatMap(([key, [name, labels]]): readonly Row[] =>
      rows.has(key) ? [] : [[name, labels, Number.NaN]],
    );
    this.#told = rows;
    this.desk.hear([...ended, ...rows.values()]);
  }

  async page(): Promise<string> {
    return this.probing.collect(new AbortController().signal);
  }

  async pass(ms: number): Promise<void> {
    for (const untilMs = this.clock.now() + ms; this.clock.now() < untilMs;) {
      await this.clock.advance(SECOND);
      const nowMs = this.clock.now();
      this.desk.clock.atMs = nowMs;
      if (nowMs % SCRAPE_MS === 0) this.#scrape(await this.page());
      for (const { cameraId, kind } of this.desk.fleet.tick(nowMs))
        if (kind !== undefined && !this.shown.has(cameraId)) this.shown.set(cameraId, { kind, atMs: nowMs });
    }
  }
}

interface SiteOptions {
  readonly fromMs?: number;
  readonly memory?: CameraMemory;
}

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `cam-${String(i).padStart(4, '0')}`);

const LINE = /^(camera_[a-z_]+)\{([^}]*)\} (.+)$/;
const LABEL = /([a-z_]+)="([^"]*)"/g;

function rowsOf(page: string): readonly Row[] {
  return page.split('\n').flatMap((line): readonly Row[] => {
    const found = LINE.exec(line);
    if (found === null) return [];
    const [, name = '', labels = '', value = ''] = found;
    const pairs = [...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text] as const);
    return [[name, { ...Object.fromEntries(pairs), job: 'cameras' }, Number(value)]];
  });
}

const COUNT = 60;

describe('what goes wrong with a camera is on the wall, whatever the probe that comes next', () => {
  it.each([
    ['offline', 20 * MINUTE, 90],
    ['credentials', 20 * MINUTE, 90],
    ['frozen', 20 * MINUTE, 90],
    ['black', 20 * MINUTE, 90],
    ['low_frame_rate', 40 * MINUTE, 90],
    ['clock_drift', 20 * MINUTE, 90],
    // Some cheap probes lose only one packet or none.
    ['packet_loss', 20 * MINUTE, 90],
    // A process that knows next to nothing: its cameras were probed once or twice.
    ['offline', 90 * SECOND, 90],
    ['credentials', 90 * SECOND, 90],
    ['frozen', 90 * SECOND, 90],
    ['black', 90 * SECOND, 90],
    // Wrong from the start: found with the first probes.
    ['frozen', 0, 90],
    ['black', 0, 90],
  ] as const)(
    '%s, %i ms after the start: within %i s, and as nothing else',
    { timeout: 120_000 },
    async (wrong, afterMs, withinS) => {
      const site = new Site(COUNT, 3);
      const quietMs = Math.min(afterMs, 5 * MINUTE);
      await site.clock.advance(afterMs - quietMs);
      await site.pass(quietMs);
      expect([...site.shown.values()]).toEqual([]);
      const fromMs = site.clock.now();
      for (const id of idsOf(COUNT)) site.wrong.set(id, wrong);
      await site.pass(4 * MINUTE);
      const seconds = [...site.shown.values()].map(({ atMs }) => (atMs - fromMs) / SECOND).toSorted((a, b) => a - b);
      process.stdout.write(
        `${wrong} ${afterMs / SECOND} s after the start: ${seconds.length} of ${COUNT}, median ${seconds[seconds.length >> 1]} s, last ${seconds.at(-1)} s\n`,
      );
      expect(new Set([...site.shown.values()].map(({ kind }) => kind))).toEqual(new Set([KIND[wrong]]));
      expect(seconds).toHaveLength(COUNT);
      expect(seconds.at(-1)).toBeLessThanOrEqual(withinS);
      await site.probing.stop();
    },
  );
});

describe('what is over', () => {
  it.each(['black', 'frozen', 'credentials', 'offline'] as const)('%s is gone within three minutes', async (wrong) => {
    const site = new Site(30, 17);
    await site.clock.advance(40 * MINUTE);
    for (const id of idsOf(30)) site.wrong.set(id, wrong);
    await site.pass(5 * MINUTE);
    expect(site.shown.size).toBe(30);
    site.wrong.clear();
    await site.pass(3 * MINUTE);
    expect(idsOf(30).filter((id) => site.desk.fleet.entry(id)?.status.state !== 'ok')).toEqual([]);
    await site.probing.stop();
  });

  it('is gone soon after a restart, too, whichever stream it was seen in', async () => {
    const before = new Site(30, 19);
    await before.clock.advance(40 * MINUTE);
    for (const id of idsOf(30)) before.wrong.set(id, 'black');
    await before.clock.advance(15 * MINUTE);
    const memory = new KeptMemory();
    memory.keep(before.probing.learned());
    await before.probing.stop();
    const after = new Site(30, 20, { fromMs: before.clock.now(), memory });
    await after.pass(30 * SECOND);
    expect(after.shown.size).toBe(30);
    await after.pass(4 * MINUTE);
    expect(idsOf(30).filter((id) => after.desk.fleet.entry(id)?.status.state !== 'ok')).toEqual([]);
    await after.probing.stop();
  });
});

describe('one odd probe', () => {
  it.each(Object.keys(KIND) as Wrong[])('that finds %s and is alone changes no state', async (wrong) => {
    const count = 20;
    const site = new Site(count, 5);
    await site.clock.advance(40 * MINUTE);
    site.once = true;
    const started = site.world.started.length;
    for (const id of idsOf(count)) site.wrong.set(id, wrong);
    await site.pass(5 * MINUTE);
    expect(site.wrong.size).toBe(0);
    expect([...site.shown]).toEqual([]);
    // Each was looked at again, once or twice, and then as always.
    expect(site.world.started.length - started).toBeLessThan(count * (5 + 3));
    await site.probing.stop();
  });
});

describe('many cameras at once', () => {
  /** Probes begun in the busiest second, and in the last minute. */
  const rush = async (wrong: Wrong): Promise<{ readonly most: number; readonly last: number }> => {
    const site = new Site(300, 7);
    await site.clock.advance(40 * MINUTE);
    site.world.started.length = 0;
    const fromMs = site.clock.now();
    for (const id of idsOf(300)) site.wrong.set(id, wrong);
    await site.clock.advance(4 * MINUTE);
    await site.probing.stop();
    const seconds = Array.from({ length: 240 }, () => 0);
    for (const { atMs } of site.world.started) {
      const second = Math.min(239, Math.floor((atMs - fromMs) / SECOND));
      seconds[second] = (seconds[second] as number) + 1;
    }
    return { most: Math.max(...seconds), last: seconds.slice(-60).reduce((sum, each) => sum + each, 0) };
  };

  it.each(['credentials', 'black', 'frozen', 'low_frame_rate'] as const)(
    '%s: what confirms comes as the schedule does, in no storm, and is over after a minute or two',
    { timeout: 60_000 },
    async (wrong) => {
      const { most, last } = await rush(wrong);
      // Five a second by schedule; each one that finds something brings three more within half a minute.
      expect(most).toBeLessThan(35);
      expect(last).toBeLessThan(330);
    },
  );
});

describe('what was learned of cameras', () => {
  it('is there after a restart: a black picture and a low rate are found by the first probes', async () => {
    const before = new Site(COUNT, 11);
    await before.clock.advance(60 * MINUTE);
    const memory = new KeptMemory();
    memory.keep(before.probing.learned());
    await before.probing.stop();
    const after = new Site(COUNT, 12, { fromMs: before.clock.now(), memory });
    for (const id of idsOf(COUNT)) after.wrong.set(id, 'low_frame_rate');
    await after.pass(30 * SECOND);
    expect(await after.page()).toContain('camera_expected_fps{camera_id="cam-0000"} 25');
    await after.pass(30 * SECOND);
    expect([...after.shown.values()].map(({ kind }) => kind)).toEqual(idsOf(COUNT).map(() => 'low_frame_rate'));
    await after.probing.stop();
  });

  it('is kept while nobody has looked at a camera yet, and whatever a file holds stops no probe', async () => {
    const memory = new KeptMemory();
    const odd = [
      null,
      7,
      'text',
      [],
      { version: 2 },
      { version: 1, usual: 'x', stamped: [1], pictures: { main: 3, sub: [] } },
    ];
    memory.keep(odd.map((state, i) => ({ cameraId: idsOf(odd.length)[i] as string, state })));
    const site = new Site(odd.length, 13, { memory });
    expect([...site.probing.learned()]).toEqual([]);
    await site.pass(3 * MINUTE);
    expect([...site.shown]).toEqual([]);
    expect(new Set(site.world.started.map(({ target }) => target.cameraId)).size).toBe(odd.length);
    expect([...site.probing.learned()]).toHaveLength(odd.length);
    await site.probing.stop();
  });
});
