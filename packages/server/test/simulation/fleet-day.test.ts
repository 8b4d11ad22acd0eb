import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { FAULT_KINDS, type FaultKind, faultScript } from './fleet-faults.ts';
import { fleetMap } from './fleet-map.ts';
import { FleetWatch } from './fleet-watch.ts';

const START = Date.UTC(2026, 10, 2);
/** Another day with another number. */
const SEED = Number(process.env['VEDETTE_FLEET_DAY_SEED'] ?? 11);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** From the beginning of a fault until it is shown at the latest: 90 s, or what the schedule of probes allows. */
const WITHIN_MS: Readonly<Partial<Record<FaultKind, number>>> = {
  // Only a window tells what is delivered: full probes come every ten minutes.
  declared_rate: 10 * 60_000,
  // Where the camera begins with a key frame, too; then two windows are waited for.
  keyframe_interval: 11 * 60_000,
  // A cheap probe has too few packets to tell always.
  loss: 3 * 60_000,
  // Models are judged every five minutes, twice.
  model_drift: 9 * 60_000,
  // Its decoder must be full for a minute first.
  gpu_starved: 30_000,
};
/** Radio cameras need four failed probes, and cameras indoors three odd ones of four. */
const WITHIN_WIFI_MS = 220_000;

describe('a day of a thousand cameras with two hundred faults', () => {
  it('finds at least 98 % with the right kind and in time, and pages for nothing else', { timeout: 600_000 }, () => {
    const cameras = fleetMap(1_000);
    const faults = faultScript(cameras, 200, { fromMs: START + HOUR / 2, toMs: START + DAY }, seededRandom(SEED));
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(FAULT_KINDS.length);
    const watch = new FleetWatch(cameras, faults, START, SEED - 6);
    watch.run(START, START + DAY);
    const results = watch.results();
    const isRight = ({ fault, afterMs }: (typeof results)[number]): boolean => {
      const slow =
        fault.cameras.length === 1 && ['wifi', 'indoor'].includes(cameras[fault.cameras[0] as number]?.class ?? '');
      return afterMs !== undefined && afterMs <= (WITHIN_MS[fault.kind] ?? 0) + (slow ? WITHIN_WIFI_MS : 90_000);
    };
    const wrong = results.filter((result) => !isRight(result));
    const times = FAULT_KINDS.map((kind) => {
      const after = results.flatMap(({ fault, afterMs }) =>
        fault.kind === kind && afterMs !== undefined ? [afterMs / 1_000] : [],
      );
      return `${kind} ${after.length}: median ${after.sort((a, b) => a - b)[after.length >> 1]?.toFixed(0)} s, last ${Math.max(...after).toFixed(0)} s`;
    });
    process.stdout.write(
      `${times.join('\n')}\n${watch.world.samples} samples, ${(watch.busyMs / 1_000).toFixed(1)} s of processor for 86,400 s, ` +
        `${watch.falseTroubles} troubles without a fault\n${watch.falsePages.join('\n')}\n` +
        `${wrong.map(({ fault, afterMs, instead }) => `${fault.kind} ${fault.of} ${afterMs} instead ${instead}`).join('\n')}\n`,
    );
    expect(wrong.length).toBeLessThanOrEqual(0.02 * faults.length);
    expect(watch.falsePages).toEqual([]);
    // One card for a switch, not forty pages.
    const outages = faults.filter(({ kind }) => kind === 'switch_outage').map(({ of }) => `switch ${of}`);
    expect(outages.filter((outage) => !watch.causes.has(outage))).toEqual([]);
  });
});
