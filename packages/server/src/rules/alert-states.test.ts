import { describe, expect, it } from 'vitest';
import { Labels } from '../model/labels.ts';
import { type SeenAlert, advanceAlerts } from './alert-states.ts';
import { newGroupState } from './group-state.ts';
import type { AlertingRule } from './ports.ts';

const SECOND = 1_000;
const labels = Labels.fromObject({ alertname: 'CameraDown', camera: 'gate' });
const seen: ReadonlyMap<string, SeenAlert> = new Map([[labels.key, { labels, value: 1, annotations: {} }]]);
const nothing: ReadonlyMap<string, SeenAlert> = new Map();

function life(rule: Partial<AlertingRule>) {
  const whole: AlertingRule = {
    type: 'alerting',
    name: 'CameraDown',
    query: 'up == 0',
    labels: {},
    annotations: {},
    forMs: 0,
    keepFiringForMs: 0,
    ...rule,
  };
  const group = newGroupState({
    file: 'f',
    name: 'g',
    intervalMs: undefined,
    limit: 0,
    queryOffsetMs: undefined,
    rules: [whole],
  });
  const [state] = group.rules;
  if (!state) throw new Error('no rule');
  return (now: ReadonlyMap<string, SeenAlert>, atMs: number) =>
    advanceAlerts(whole, state, group, now, atMs).map(({ to, alert }) => [to, alert.firedAtMs]);
}

describe('what advanceAlerts says has changed', () => {
  it('pending, firing, resolved, each once', () => {
    const advance = life({ forMs: 2 * SECOND });
    expect(advance(seen, 0)).toEqual([['pending', undefined]]);
    expect(advance(seen, SECOND)).toEqual([]);
    expect(advance(seen, 2 * SECOND)).toEqual([['firing', 2 * SECOND]]);
    expect(advance(seen, 3 * SECOND)).toEqual([]);
    expect(advance(nothing, 4 * SECOND)).toEqual([['resolved', 2 * SECOND]]);
    expect(advance(nothing, 5 * SECOND)).toEqual([]);
    expect(advance(seen, 6 * SECOND)).toEqual([['pending', undefined]]);
  });

  it('without `for` it fires at once', () => {
    expect(life({})(seen, 0)).toEqual([['firing', 0]]);
  });

  it('a pending alert that goes away was never firing', () => {
    const advance = life({ forMs: 5 * SECOND });
    advance(seen, 0);
    expect(advance(nothing, SECOND)).toEqual([['resolved', undefined]]);
  });

  it('keep_firing_for changes nothing until it is over', () => {
    const advance = life({ keepFiringForMs: 2 * SECOND });
    advance(seen, 0);
    expect(advance(nothing, SECOND)).toEqual([]);
    expect(advance(nothing, 3 * SECOND)).toEqual([['resolved', 0]]);
  });
});
