import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { unixMs } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Labels } from '../../model/labels.ts';
import type { AlertLifeEvent, StateStore, StateTable } from '../../model/ports.ts';
import { heldLife } from './held-life.ts';
import { LEASE_MS, Replicas } from './replicas.ts';

/** A state in memory into which the test writes as another replica. */
function state(): { store: StateStore; values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  const table = {
    get: (key: string) => values.get(key),
    entries: () => values.entries(),
    put: async (key: string, value: unknown) => void values.set(key, value),
    putAll: async () => undefined,
    delete: async (key: string) => void values.delete(key),
  };
  return {
    store: { open: async <Value>() => table as unknown as StateTable<Value>, refresh: async () => undefined },
    values,
  };
}

function event(name: string): AlertLifeEvent {
  return {
    state: 'firing',
    labels: Labels.fromObject({ alertname: name }),
    annotations: {},
    value: 1,
    activeAtMs: 0,
    firedAtMs: 0,
    rule: { file: 'f', group: 'g', name },
  };
}

it('the first tells; the others hold what is recent, and tell it when they become first', async () => {
  const clock = new VirtualClock();
  const { store, values } = state();
  values.set('a', { process: 'p', count: 1, atMs: 0 });
  const replicas = new Replicas({ clock, logger: silentLogger, registry: new Registry(), state: store }, 'b');
  const told: string[] = [];
  const life = heldLife(
    {
      changed: async (events, at) => {
        for (const { rule } of events) told.push(`${at} ${rule.name}`);
      },
    },
    replicas,
    { clock, logger: silentLogger },
  );
  await replicas.start();
  expect(replicas.position).toBe(1);
  for (let i = 0; i < 30; i++) {
    values.set('a', { process: 'p', count: 2 + i, atMs: 0 });
    if (i % 5 === 0) await life.changed([event(`held ${i}`)], unixMs(i));
    await clock.advance(2_000);
  }
  expect(told).toEqual([]);
  // No beat any more: dead after a lease.
  await life.changed([event('in between')], unixMs(100));
  await clock.advance(LEASE_MS + 4_000);
  expect(replicas.position).toBe(0);
  // What is older than two leases was told by the one that died.
  expect(told).toEqual(['25 held 25', '100 in between']);
  await life.changed([event('own')], unixMs(101));
  expect(told.at(-1)).toBe('101 own');
  await replicas.stop();
});
