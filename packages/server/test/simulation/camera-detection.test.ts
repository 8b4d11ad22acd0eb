import { type ProbePlan, type Probing, createPictureWatch, createProbing } from '@vedette/agent';
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

class Site {
  readonly clock = new VirtualClock(START);
  readonly wrong = new Map<string, Wrong>();
  readonly world;
  readonly probing: Probing;
  readonly desk: FleetDesk;
  /** When each camera's trouble was first shown, and which. */
  readonly shown = new Map<string, { readonly kind: string; readonly atMs: number }>();

  constructor(count: number, seed: number, recorder?: string) {
    const ids = Array.from({ length: count }, (_, i) => `cam-${String(i).padStart(4, '0')}`);
    this.world = standIn(this.clock, seededRandom(seed), (id) => this.wrong.get(id));
    this.probing = createProbing({
      clock: this.clock,
      probes: { rtsp: this.world.probe },
      pictures: createPictureWatch,
    });
    this.probing.setPlans(
      ids.map((cameraId): ProbePlan => ({
        cameraId,
        streams: { main: { url: `rtsp://${cameraId}.example/main` }, sub: { url: `rtsp://${cameraId}.example/sub` } },
        ...(recorder === undefined ? {} : { recorder }),
      })),
    );
    this.desk = new FleetDesk(
      ids.map((id): Camera => ({ id, source: 'file', class: 'traffic' })),
      START,
    );
    this.probing.start();
  }

  async pass(ms: number): Promise<void> {
    for (const untilMs = this.clock.now() + ms; this.clock.now() < untilMs;) {
      await this.clock.advance(SECOND);
      const nowMs = this.clock.now();
      this.desk.clock.atMs = nowMs;
      if (nowMs % SCRAPE_MS === 0) this.desk.hear(rowsOf(await this.probing.collect(new AbortController().signal)));
      for (const { cameraId, kind } of this.desk.fleet.tick(nowMs))
        if (kind !== undefined && !this.shown.has(cameraId)) this.shown.set(cameraId, { kind, atMs: nowMs });
    }
  }
}

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
      await site.pass(afterMs);
      expect([...site.shown.values()]).toEqual([]);
      const fromMs = site.clock.now();
      for (let i = 0; i < COUNT; i++) site.wrong.set(`cam-${String(i).padStart(4, '0')}`, wrong);
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
