import type { Scenario } from '../scenario.ts';
import { TIMING, oneRoute, receivers } from './config.ts';

const gate = { alertname: 'CameraDown', camera: 'gate' };
const roof = { alertname: 'CameraDown', camera: 'roof' };
const yard = { alertname: 'CameraDown', camera: 'yard', site: 'north' };
const disk = { alertname: 'DiskFull', host: 'nvr-1' };

const FLAPPING: Scenario = {
  name: 'flapping alerts are told as they stand at each flush',
  config: oneRoute(),
  steps: [
    { atS: 0, fire: [gate] },
    // Comes and goes within group_wait.
    { atS: 0.2, fire: [disk] },
    { atS: 0.6, resolve: [disk] },
    { atS: 2.5, resolve: [gate] },
    { atS: 5.5, fire: [gate] },
    // Comes back between two flushes: nobody hears of it.
    { atS: 8, resolve: [gate] },
    { atS: 8.8, fire: [gate] },
    { atS: 11.5, resolve: [gate] },
  ],
  endS: 15,
};

const JOINING: Scenario = {
  name: 'alerts that join and leave a group, and one that ends by itself',
  config: oneRoute(),
  steps: [
    { atS: 0, fire: [gate, roof] },
    { atS: 2.5, fire: [yard], forS: 6 },
    { atS: 5.5, resolve: [roof] },
    { atS: 11.5, fire: [roof] },
    { atS: 14.5, resolve: [gate, roof] },
  ],
  endS: 18,
};

const REPEATING: Scenario = {
  name: 'what still fires is repeated at the first flush after repeat_interval, and what is old is told at once',
  config: oneRoute('group_wait: 1s, group_interval: 3s, repeat_interval: 8s'),
  steps: [
    { atS: 0, fire: [gate] },
    { atS: 0.5, fire: [disk], sinceS: 3_600 },
    // Within the repetitions: the clock of repeat_interval starts anew.
    { atS: 11.5, fire: [roof] },
  ],
  endS: 24,
};

const REGROUPING: Scenario = {
  name: 'a reload that groups differently tells the new groups',
  config: oneRoute(),
  steps: [
    { atS: 0, fire: [gate, roof] },
    {
      atS: 5.5,
      reload: `route: {receiver: ops, group_by: [camera], ${TIMING}}\n${receivers('ops')}`,
    },
    { atS: 7, fire: [yard] },
    { atS: 10, resolve: [gate] },
    { atS: 10, resolve: [roof] },
  ],
  endS: 14,
};

const MAINTENANCE: Scenario = {
  name: 'an empty group keeps its rhythm until it is taken away after 30 s',
  config: oneRoute('group_wait: 1s, group_interval: 4s, repeat_interval: 5m'),
  steps: [
    { atS: 0, fire: [gate] },
    { atS: 2.5, resolve: [gate] },
    // Empty since 5 s, next flush at 13 s.
    { atS: 10.5, fire: [gate] },
    { atS: 15, resolve: [gate] },
    // Gone since 30 s: group_wait counts.
    { atS: 37.6, fire: [gate] },
  ],
  endS: 40,
};

export const GROUPING: readonly Scenario[] = [FLAPPING, JOINING, REPEATING, REGROUPING, MAINTENANCE];
