import { expect, it } from 'vitest';
import { fleetMap } from './fleet-map.ts';
import { FleetWatch } from './fleet-watch.ts';

const START = Date.UTC(2026, 10, 2);
const DAY = 86_400_000;
/** Another week with another number. */
const SEED = Number(process.env['VEDETTE_FLEET_WEEK_SEED'] ?? 23);
/** With a thousand it takes some minutes: VEDETTE_FLEET_WEEK=1000. */
const CAMERAS = Number(process.env['VEDETTE_FLEET_WEEK'] ?? 50);

it(
  'a week without faults brings at most one page, whatever probes are lost and rates jitter',
  { timeout: 1_800_000 },
  () => {
    const watch = new FleetWatch(fleetMap(CAMERAS), [], START, SEED);
    watch.run(START, START + 7 * DAY);
    process.stdout.write(
      `${CAMERAS} cameras, a week: ${watch.world.samples} samples, ${watch.world.lostProbes} lost probes, ` +
        `${watch.falseTroubles} troubles shown for a moment, pages: ${watch.falsePages.length}\n${watch.falsePages.join('\n')}\n`,
    );
    expect(watch.world.lostProbes).toBeGreaterThan(CAMERAS * 7);
    expect(watch.falsePages.length).toBeLessThanOrEqual(1);
  },
);
