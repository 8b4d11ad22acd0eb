import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type IncomingAlert, alertingConfigSchema, openAlerting } from '../../src/alerting/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from '../support/memory-state.ts';
import { openChat } from '../support/notifier-house.ts';
import { cleanUp, later } from '../support/scrape-harness.ts';

afterEach(cleanUp);

const MINUTE = 60_000;

/** Alerting with a heartbeat every minute and one receiver, both real servers. */
async function openHouse(more: object = {}) {
  const clock = new VirtualClock();
  const registry = new Registry();
  const state = { beat: 200, pager: 200, stalled: undefined as string | undefined };
  const beats = await openChat(() => ({ status: state.beat, body: 'check hunter2-4711' }));
  const pager = await openChat(() => ({ status: state.pager }));
  const logged: string[] = [];
  const note = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const room = openAlerting({
    clock,
    logger: { ...silentLogger, info: note, warn: note, error: note },
    registry,
    random: seededRandom(1),
    state: new MemoryState(),
    rulesStalled: () => state.stalled,
  });
  const config = (heartbeat: object | undefined) =>
    alertingConfigSchema.parse({
      heartbeat,
      route: { receiver: 'pager', group_wait: '10s', group_interval: '1m' },
      receivers: [{ name: 'pager', discord_configs: [{ webhook_url: pager.url, title: 'T', message: 'M' }] }],
    });
  const apply = (heartbeat: object | undefined) =>
    room.apply({ config: config(heartbeat), externalLabels: {}, externalUrl: 'http://watch' });
  const settings = { url: `${beats.url}/ping/hunter2-4711`, interval: '1m', failing_for: '3m', ...more };
  await apply(settings);
  await room.start();
  later(() => room.stop(AbortSignal.abort(new Error('test over'))));
  /** Moves on in small steps, so that real servers can answer in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5_000) {
      await clock.advance(5_000);
      const until = performance.now() + 15;
      while (performance.now() < until) await nextTurn();
    }
  };
  const fire = (): Promise<void> => {
    const alert: IncomingAlert = {
      labels: Labels.fromObject({ alertname: 'CameraDown' }),
      annotations: {},
      startsAtMs: clock.now(),
      endsAtMs: clock.now() + 60 * MINUTE,
      resolved: false,
      generatorUrl: 'http://watch',
    };
    return room.sink.receive([alert], clock.now());
  };
  const metric = async (name: string): Promise<number | undefined> =>
    (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
  return { state, beats, pager, logged, pass, fire, metric, apply, settings, room };
}

describe('the heartbeat', () => {
  it('is sent once in each interval while all is well, and shows its address nowhere', async () => {
    const { beats, pass, metric, logged } = await openHouse();
    await pass(5 * MINUTE);
    expect(beats.requests).toHaveLength(5);
    expect(beats.requests[0]).toMatchObject({ method: 'GET', path: '/ping/hunter2-4711' });
    expect(await metric('vedette_heartbeats_sent_total')).toBe(5);
    expect(await metric('vedette_heartbeat_held')).toBe(0);
    expect(logged.join('\n')).not.toContain('hunter2');
  });

  it('falls silent while rules are not evaluated, and says so once', async () => {
    const { beats, pass, state, metric, logged } = await openHouse();
    await pass(MINUTE);
    state.stalled = 'rules are not evaluated: group "cameras"';
    await pass(5 * MINUTE);
    expect(beats.requests).toHaveLength(1);
    expect(await metric('vedette_heartbeat_held')).toBe(1);
    state.stalled = undefined;
    await pass(2 * MINUTE);
    expect(beats.requests).toHaveLength(3);
    expect(logged.filter((line) => line.startsWith('the heartbeat'))).toEqual([
      'the heartbeat is held back {"reason":"rules are not evaluated: group \\"cameras\\""}',
      'the heartbeat is sent again {}',
    ]);
  });

  it('falls silent when a receiver has failed for a while, and comes back with it', async () => {
    const { beats, pass, state, fire, logged } = await openHouse();
    await pass(MINUTE);
    state.pager = 500;
    await fire();
    await pass(3 * MINUTE);
    // Three minutes of failing are needed, and it failed a little later than it was fired.
    expect(beats.requests).toHaveLength(4);
    await pass(4 * MINUTE);
    expect(beats.requests.length).toBeLessThanOrEqual(5);
    const silent = beats.requests.length;
    expect(logged.join('\n')).toContain('nothing arrives at receiver \\"pager\\" (discord[0])');
    state.pager = 204;
    await pass(4 * MINUTE);
    expect(beats.requests.length).toBeGreaterThanOrEqual(silent + 2);
  });

  it('is tried again within its interval, and gives up until the next', async () => {
    const { beats, pass, state, metric, logged } = await openHouse();
    state.beat = 503;
    await pass(MINUTE + 30_000);
    expect(beats.requests).toHaveLength(3);
    await pass(MINUTE);
    expect(beats.requests).toHaveLength(6);
    state.beat = 200;
    await pass(MINUTE);
    expect(await metric('vedette_heartbeats_failed_total')).toBe(6);
    expect(await metric('vedette_heartbeats_sent_total')).toBe(1);
    expect(logged.filter((line) => line.startsWith('the heartbeat'))).toEqual([
      'the heartbeat does not arrive; it is tried again {"error":"HTTP status 503: check <secret>"}',
      'the heartbeat arrives again {}',
    ]);
  });

  it('follows a reload, reads its address from a file, and ends with the room', async () => {
    const { beats, pass, apply, room } = await openHouse();
    const file = join(mkdtempSync(join(tmpdir(), 'vedette-beat-')), 'url');
    writeFileSync(file, `${beats.url}/other\n`);
    await apply({ url_file: file, interval: '30s', method: 'POST' });
    await pass(MINUTE);
    expect(beats.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /other', 'POST /other']);
    await apply(undefined);
    await pass(2 * MINUTE);
    expect(beats.requests).toHaveLength(2);
    await apply({ url_file: file, interval: '30s' });
    await room.stop(AbortSignal.abort(new Error('test over')));
    await pass(2 * MINUTE);
    expect(beats.requests).toHaveLength(2);
  });

  it.each([
    [{}, 'one of url or url_file must be configured'],
    [{ url: 'http://a/', url_file: '/f' }, 'at most one of url & url_file must be configured'],
    [{ url: 'hunter2' }, 'must be an http or https URL'],
    [{ url: 'http://a/', interval: '0s' }, 'must be greater than zero'],
  ])('refuses %j', (heartbeat, words) => {
    const text = JSON.stringify(alertingConfigSchema.safeParse({ heartbeat }).error?.issues);
    expect(text).toContain(words);
    expect(text).not.toContain('hunter2');
  });
});
