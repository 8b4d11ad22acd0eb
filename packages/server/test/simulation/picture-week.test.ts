import { type PictureFinding, type PictureWatch, createPictureWatch } from '@vedette/agent';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  type Fault,
  HOUR_MS,
  KINDS,
  type Kind,
  MINUTE_MS,
  START_MS,
  SimulatedCamera,
} from './picture-camera.ts';

interface Onset {
  readonly problem: string;
  readonly source: string;
  readonly atMs: number;
}

/** Watches a camera from `fromMs` to `toMs`, as the scheduler does: cheap every minute, full every tenth and on suspicion; pictures on their own step. */
class Watching {
  readonly onsets: Onset[] = [];
  readonly watch: PictureWatch;
  readonly #camera: SimulatedCamera;
  readonly #pictures: boolean;
  #present = new Set<string>();

  constructor(camera: SimulatedCamera, pictures: boolean, watch?: PictureWatch) {
    this.#camera = camera;
    this.#pictures = pictures;
    this.watch = watch ?? createPictureWatch({ cameraId: camera.kind, turns: camera.kind === 'PTZ' });
  }

  run(
    fromMs: number,
    toMs: number,
    fault: Fault = 'none',
    fog: (atMs: number) => number = () => 0,
    stepMs = MINUTE_MS,
  ): this {
    let probes = 0;
    for (let atMs = fromMs; atMs < toMs;) {
      const weather = { fog: fog(atMs) };
      if (this.#pictures) this.#see(this.watch.observePicture(this.#camera.picture(atMs, fault, weather), atMs), atMs);
      else {
        const mode = this.watch.suspicious || probes++ % 10 === 0 ? 'full' : 'cheap';
        this.#see(this.watch.observeReport(this.#camera.report(atMs, mode, fault, weather)), atMs);
      }
      // On suspicion the next look comes soon.
      atMs += this.watch.suspicious && !this.#pictures ? 15_000 : stepMs;
    }
    return this;
  }

  present(): readonly string[] {
    return this.watch.findings().map((finding) => finding.problem);
  }

  #see(findings: readonly PictureFinding[], atMs: number): void {
    const now = new Set(findings.map((finding) => `${finding.problem}/${finding.source}`));
    for (const finding of findings) {
      if (!this.#present.has(`${finding.problem}/${finding.source}`))
        this.onsets.push({ problem: finding.problem, source: finding.source, atMs });
    }
    this.#present = now;
  }
}

/** Four hours of fog on Thursday morning. */
const foggyThursday = (atMs: number): number => {
  const hour = (atMs - START_MS - 3 * DAY_MS) / HOUR_MS;
  return hour > 5 && hour < 9 ? Math.min(1, (hour - 5) * 2, (9 - hour) * 2) : 0;
};

const onsetsOf = (watching: Watching): readonly string[] =>
  watching.onsets.map((onset) => `${onset.problem} ${new Date(onset.atMs).toISOString().slice(8, 16)}`);

/** Sixty thousand probes, eight thousand pictures. */
const WEEK_TIMEOUT_MS = 240_000;

describe('a week in which nothing is wrong but four hours of fog, at six cameras', { timeout: WEEK_TIMEOUT_MS }, () => {
  const week = (pictures: boolean, stepMs: number): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      KINDS.map((kind, i) => {
        const watching = new Watching(new SimulatedCamera(kind, 11 + i), pictures);
        return [kind, onsetsOf(watching.run(START_MS, START_MS + 7 * DAY_MS, 'none', foggyThursday, stepMs))];
      }).filter(([, onsets]) => (onsets?.length ?? 0) > 0),
    );

  it('packets raise one alarm: the first evening on which somebody switches off the lamps of the office', () => {
    expect(week(false, MINUTE_MS)).toEqual({ office: [expect.stringMatching(/^dark 02T18/)] });
  });

  it('pictures raise the same, and tell of the fog wherever it is: that it is everywhere is for health to see', () => {
    const fog = expect.stringMatching(/^blurred 05T0[5-8]/);
    expect(week(true, 8 * MINUTE_MS)).toEqual({
      ...Object.fromEntries(KINDS.map((kind) => [kind, [fog]])),
      office: [expect.stringMatching(/^dark 02T18/), fog],
    });
  });
});

/** A watch that went through a quiet week, written and read again as after a restart. */
const trained = new Map<string, string>();
function afterAWeek(kind: Kind, pictures: boolean): Watching {
  const key = `${kind} ${pictures}`;
  const camera = (): SimulatedCamera => new SimulatedCamera(kind, 31);
  if (!trained.has(key)) {
    const stepMs = pictures ? 20 * MINUTE_MS : 3 * MINUTE_MS;
    const watching = new Watching(camera(), pictures).run(START_MS, START_MS + 7 * DAY_MS, 'none', () => 0, stepMs);
    trained.set(key, JSON.stringify(watching.watch.state()));
  }
  const state = JSON.parse(trained.get(key) ?? '') as unknown;
  return new Watching(camera(), pictures, createPictureWatch({ cameraId: kind, turns: kind === 'PTZ', state }));
}

const MONDAY_10 = START_MS + 7 * DAY_MS + 10 * HOUR_MS;

/** The fault begins right after a probe. Answers with what was found, seconds after it began, and what is left when it is over. */
function withFault(
  kind: Kind,
  fault: Fault,
  pictures: boolean,
): { readonly found: readonly string[]; readonly seconds: number; readonly left: readonly string[] } {
  const watching = afterAWeek(kind, pictures).run(MONDAY_10 - HOUR_MS, MONDAY_10);
  expect(watching.onsets).toEqual([]);
  const lastMs = MONDAY_10 - MINUTE_MS;
  watching.run(MONDAY_10, MONDAY_10 + HOUR_MS, fault);
  const { onsets } = watching;
  const found = onsets.map((onset) => onset.problem);
  const seconds = ((onsets[0]?.atMs ?? NaN) - lastMs) / 1_000;
  watching.run(MONDAY_10 + HOUR_MS, MONDAY_10 + 1.25 * HOUR_MS);
  return { found, seconds, left: watching.present() };
}

describe('faults after a quiet week', () => {
  it.each(
    KINDS.flatMap((kind) =>
      (
        [
          ['frozen', 'frozen'],
          ['black', 'dark'],
          ['low bit rate', 'bitrate_collapse'],
        ] as const
      ).map((pair) => [kind, ...pair] as const),
    ),
  )('by packets: %s, %s is %s alone, soon, and over when it is over', (kind, fault, problem) => {
    const { found, seconds, left } = withFault(kind, fault, false);
    expect(found).toEqual([problem]);
    expect(seconds).toBeLessThanOrEqual(fault === 'low bit rate' ? 13 * 60 : 90);
    expect(left).toEqual([]);
  });

  const BY_PICTURES: readonly (readonly [Fault, string, number])[] = [
    ['frozen', 'frozen', 300],
    ['frozen, clock ticks', 'frozen', 300],
    ['black', 'dark', 120],
    ['bright', 'overexposed', 180],
    ['blurred', 'blurred', 11 * 60],
    ['moved', 'moved', 180],
    ['grey by day', 'colour_cast', 31 * 60],
  ];
  const WITH_PICTURES: readonly Kind[] = ['street with IR', 'office', 'PTZ'];
  it.each(WITH_PICTURES.flatMap((kind) => BY_PICTURES.map((row) => [kind, ...row] as const)))(
    'by pictures: %s, %s is %s alone within %d seconds, and over when it is over',
    (kind, fault, problem, secondsMax) => {
      const { found, seconds, left } = withFault(kind, fault, true);
      if (kind === 'PTZ' && fault === 'moved') {
        expect(found).toEqual([]);
        return;
      }
      expect(found).toEqual([problem]);
      expect(seconds).toBeLessThanOrEqual(secondsMax);
      expect(left).toEqual([]);
    },
  );
});

describe('a camera that is new', () => {
  it.each(KINDS)('%s: black and frozen on its first day are found by packets', (kind) => {
    const at = START_MS + 12 * HOUR_MS;
    const fresh = (): Watching => new Watching(new SimulatedCamera(kind, 5), false).run(at - 2 * HOUR_MS, at);
    expect(
      new Set(
        fresh()
          .run(at, at + HOUR_MS, 'black')
          .present(),
      ),
    ).toEqual(new Set(['dark']));
    expect(
      new Set(
        fresh()
          .run(at, at + HOUR_MS, 'frozen')
          .present(),
      ),
    ).toEqual(new Set(['frozen']));
  });
});
