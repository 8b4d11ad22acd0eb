import type { Scenario } from '../scenario.ts';
import { TIMING, oneRoute, receivers } from './config.ts';

const camera = (name: string) => ({ alertname: 'CameraDown', camera: name });

const SILENCES: Scenario = {
  name: 'silences that start and end, by time and by hand',
  config: `route: {receiver: ops, group_by: [camera], ${TIMING}}\n${receivers('ops')}`,
  steps: [
    { atS: 0, silence: 'early', matching: { camera: 'early' }, untilS: 5.5 },
    { atS: 0, silence: 'by hand', matching: { camera: 'hand' }, untilS: 600 },
    { atS: 0.1, fire: [camera('early')] },
    { atS: 0.1, fire: [camera('hand')] },
    { atS: 0.1, fire: [camera('told')] },
    { atS: 0.1, fire: [camera('ended')] },
    // Told already: its silence ends before it does.
    { atS: 2.5, silence: 'late', matching: { camera: 'told' }, untilS: 8.5 },
    { atS: 2.5, silence: 'until the end', matching: { camera: 'ended' }, untilS: 600 },
    { atS: 5.5, resolve: [camera('ended')] },
    { atS: 8.5, expire: 'by hand' },
    { atS: 11.5, resolve: [camera('told')] },
    { atS: 11.5, expire: 'until the end' },
    // Ended in silence: its receiver still believes that it fires.
    { atS: 12, fire: [camera('ended')] },
    { atS: 14.5, resolve: [camera('ended')] },
  ],
  endS: 18,
};

const SILENCED_MEMBERS: Scenario = {
  name: 'silenced members of a group',
  config: oneRoute(),
  steps: [
    { atS: 0, silence: 's', matching: { camera: 'a' }, untilS: 5.5 },
    { atS: 0.1, fire: [camera('a'), camera('b')] },
    { atS: 8.5, silence: 't', matching: { camera: 'b' }, untilS: 600 },
    { atS: 9, resolve: [camera('b')] },
    { atS: 11.5, fire: [camera('c')] },
  ],
  endS: 15,
};

const INHIBITION: Scenario = {
  name: 'inhibition that comes and goes',
  config: `
route: {receiver: ops, group_by: [alertname], ${TIMING}}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [site]}
  - {source_matchers: ['level=~"high|low"'], target_matchers: ['level=~"low|mid"'], equal: []}
${receivers('ops')}`,
  steps: [
    { atS: 0, fire: [{ alertname: 'Blurred', severity: 'warning', site: 'n' }] },
    { atS: 0, fire: [{ alertname: 'Dark', severity: 'warning' }] },
    // Matches both sides: not inhibited by itself, but the one that is only a target is.
    { atS: 0, fire: [{ alertname: 'Low', level: 'low' }] },
    { atS: 0, fire: [{ alertname: 'Mid', level: 'mid' }] },
    { atS: 2.5, fire: [{ alertname: 'Down', severity: 'critical', site: 'n' }] },
    // Joins while its source fires.
    { atS: 5.5, fire: [{ alertname: 'Noisy', severity: 'warning', site: 'n' }] },
    // A missing label equals a missing label.
    { atS: 5.5, fire: [{ alertname: 'Lost', severity: 'critical' }] },
    { atS: 5.8, fire: [{ alertname: 'Dim', severity: 'warning' }] },
    { atS: 8.2, resolve: [{ alertname: 'Down', severity: 'critical', site: 'n' }] },
    { atS: 8.2, resolve: [{ alertname: 'Low', level: 'low' }] },
    // Ends while it is inhibited.
    { atS: 8.4, resolve: [{ alertname: 'Dark', severity: 'warning' }] },
  ],
  endS: 15,
};

export const MUTING: readonly Scenario[] = [SILENCES, SILENCED_MEMBERS, INHIBITION];
