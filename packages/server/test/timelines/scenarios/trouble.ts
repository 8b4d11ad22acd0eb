import type { Scenario } from '../scenario.ts';
import { oneRoute } from './config.ts';

const gate = { alertname: 'CameraDown', camera: 'gate' };
const roof = { alertname: 'CameraDown', camera: 'roof' };
const yard = { alertname: 'CameraDown', camera: 'yard' };

const SERVER_ERROR: Scenario = {
  name: 'a receiver that fails for a while is told when it is back',
  config: oneRoute(),
  steps: [
    { atS: 0, receiver: 'ops', answers: 500 },
    { atS: 0.1, fire: [gate] },
    { atS: 3, fire: [roof] },
    { atS: 4.5, receiver: 'ops', answers: 200 },
    { atS: 14, resolve: [gate] },
  ],
  endS: 20,
  // Pauses between attempts are random, and up to 3 s long by then; flushes follow them.
  toleranceMs: 4_000,
};

const REFUSAL: Scenario = {
  name: 'a receiver that refuses is asked again at the next flush, not before',
  config: oneRoute(),
  steps: [
    { atS: 0, receiver: 'ops', answers: 404 },
    { atS: 0.1, fire: [gate] },
    { atS: 5.5, receiver: 'ops', answers: 200 },
    { atS: 8.5, receiver: 'ops', answers: 400 },
    { atS: 8.6, resolve: [gate] },
    { atS: 11.5, receiver: 'ops', answers: 200 },
  ],
  endS: 15,
};

const HANGING: Scenario = {
  name: 'a receiver that hangs holds its group for ten seconds',
  config: oneRoute(),
  steps: [
    { atS: 0, receiver: 'ops', answers: 'hang' },
    { atS: 0.1, fire: [gate] },
    { atS: 2.5, receiver: 'ops', answers: 200 },
    { atS: 5.5, fire: [roof] },
  ],
  endS: 15,
  toleranceMs: 1_500,
};

const RESTARTS: Scenario = {
  name: 'restarts in between: nothing is told twice, and nothing is lost',
  config: oneRoute(),
  steps: [
    { atS: 0, fire: [gate, roof] },
    { atS: 2.5, restart: true },
    { atS: 4, fire: [gate], sinceS: 4 },
    { atS: 4, fire: [roof], sinceS: 4 },
    { atS: 7.6, fire: [yard] },
    { atS: 11, restart: true },
    { atS: 12.5, fire: [gate], sinceS: 12.5 },
    { atS: 12.5, fire: [yard], sinceS: 4 },
    { atS: 12.5, resolve: [roof] },
  ],
  endS: 20,
  // After a restart Vedette waits up to a group_interval for a group to be whole; Alertmanager tells what it has.
  toleranceMs: 3_500,
};

export const TROUBLE: readonly Scenario[] = [SERVER_ERROR, REFUSAL, HANGING, RESTARTS];
