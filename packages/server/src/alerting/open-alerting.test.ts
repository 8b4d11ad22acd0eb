import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { systemRandom } from '../base/random.ts';
import { Labels } from '../model/labels.ts';
import type { StateStore } from '../model/ports.ts';
import { alertingConfigSchema, openAlerting } from './index.ts';

const bodies: { readonly status: string }[] = [];
let waiting: (() => void) | undefined;
let failures = 0;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (failures > 0) {
      failures--;
      response.writeHead(503).end('busy');
      return;
    }
    response.end();
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
    waiting?.();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const nextBody = async (count: number): Promise<void> => {
  while (bodies.length < count) {
    await new Promise<void>((resolve) => {
      waiting = resolve;
    });
  }
};

/** Keeps nothing; what survives a restart is the subject of test/simulation/alerting.test.ts. */
const forgetful: StateStore = {
  open: async <Value>() => {
    const rows = new Map<string, Value>();
    return {
      get: (key: string) => rows.get(key),
      entries: () => rows.entries(),
      put: async (key: string, value: Value) => void rows.set(key, value),
      putAll: async (entries: Iterable<readonly [string, Value]>) => {
        for (const [key, value] of entries) rows.set(key, value);
      },
      delete: async (key: string) => void rows.delete(key),
    };
  },
};

describe('alerting on the system clock', () => {
  it('tells a real receiver, through a moment of trouble, and stops within its deadline', async () => {
    const clock = new SystemClock();
    const room = openAlerting({
      clock,
      logger: silentLogger,
      registry: new Registry(),
      random: systemRandom,
      state: forgetful,
    });
    const { port } = server.address() as AddressInfo;
    const config = alertingConfigSchema.parse({
      route: { receiver: 'hook', group_wait: '50ms', group_interval: '100ms' },
      receivers: [{ name: 'hook', webhook_configs: [{ url: `http://127.0.0.1:${port}/` }] }],
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${port}`] }], path_prefix: '/am' }],
    });
    await room.apply({ config: { ...config, alertmanagers: [] }, externalLabels: {}, externalUrl: 'http://watch' });
    await room.start();
    failures = 1;
    const now = clock.now();
    const alert = {
      labels: Labels.fromObject({ alertname: 'A' }),
      annotations: {},
      startsAtMs: now,
      endsAtMs: now + 60_000,
      resolved: false,
      generatorUrl: 'http://watch',
    };
    await room.sink.receive([alert], now);
    await nextBody(1);
    await room.sink.receive([{ ...alert, resolved: true, endsAtMs: clock.now() }], clock.now());
    await nextBody(2);
    expect(bodies.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    // With an external Alertmanager beside it, its queue is emptied before the stop ends.
    await room.apply({ config, externalLabels: {}, externalUrl: 'http://watch' });
    await room.sink.receive([{ ...alert, startsAtMs: clock.now() + 1 }], clock.now());
    await room.stop(AbortSignal.timeout(2_000));
    expect(bodies.some((body) => Array.isArray(body))).toBe(true);
  });
});
