import { afterAll, describe, expect, it } from 'vitest';
import { differences } from '../timelines/compare.ts';
import { runAlertmanager } from '../timelines/run-alertmanager.ts';
import { runOurs } from '../timelines/run-ours.ts';
import { SCENARIOS } from '../timelines/scenarios/index.ts';
import { cleanUp, programOrNotice } from './vedette-process.ts';

const alertmanager = programOrNotice(
  '/usr/bin/prometheus-alertmanager',
  'the comparison of timelines with Alertmanager',
);

afterAll(cleanUp);

// Real seconds are spent waiting: all run side by side, each with an Alertmanager and receivers of its own.
describe.runIf(alertmanager !== undefined)("Vedette tells what Debian's Alertmanager tells, and when", () => {
  it.concurrent.each(SCENARIOS)('$name', async (scenario) => {
    const [real, ours] = await Promise.all([runAlertmanager(alertmanager ?? '', scenario), runOurs(scenario)]);
    expect(differences(scenario, real, ours)).toEqual([]);
    // A comparison of nothing with nothing would prove nothing.
    expect(real.length).toBeGreaterThan(0);
  });
});
