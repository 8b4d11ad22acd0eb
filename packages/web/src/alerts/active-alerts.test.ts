import { expect, it } from 'vitest';
import type { ActiveAlert } from '../api/prometheus.ts';
import { alertsByName } from './active-alerts.tsx';

const alert = (alertname: string, instance: string): ActiveAlert => ({
  labels: { alertname, instance },
  annotations: {},
  state: 'firing',
  activeAt: '2026-01-01T00:00:00Z',
  value: '1',
});

it('keeps the alerts of one name together, in the order of the first of them', () => {
  const groups = alertsByName([alert('Down', 'a'), alert('Slow', 'a'), alert('Down', 'b')]);
  expect(groups.map(([name, alike]) => [name, alike.map(({ labels }) => labels['instance'])])).toEqual([
    ['Down', ['a', 'b']],
    ['Slow', ['a']],
  ]);
});
