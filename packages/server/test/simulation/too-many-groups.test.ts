import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RECEIVER_KINDS, type Notifier, parseAlertmanagerFile } from '../../src/alerting/index.ts';
import { fingerprint } from '../../src/alerting/fingerprint.ts';
import { DeliveryHealth } from '../../src/alerting/pipeline/delivery-health.ts';
import { NotificationLog } from '../../src/alerting/pipeline/notification-log.ts';
import { Pipeline } from '../../src/alerting/pipeline/pipeline.ts';
import { Receiver } from '../../src/alerting/pipeline/receiver.ts';
import { Dispatcher } from '../../src/alerting/route/dispatcher.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Labels } from '../../src/model/labels.ts';
import { MemoryState } from '../support/memory-state.ts';

it('alerts for whose groups there is no room wait, and are told once others ended', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logged: string[] = [];
  const notifier: Notifier = {
    integration: 'test',
    sendResolved: true,
    notify: async ({ status, alerts }) => {
      told.push(`${status} ${alerts.map(({ labels }) => labels.get('camera')).join(',')}`);
      return { ok: true };
    },
  };
  const { route } = parseAlertmanagerFile(
    "route: {receiver: a, group_by: ['...'], group_wait: 1s, group_interval: 5s}\nreceivers: [{name: a}]\n",
    'am.yml',
    { kinds: RECEIVER_KINDS },
  ).config;
  const pipeline = new Pipeline(new Receiver('a', [notifier], () => undefined), {
    clock,
    logger: silentLogger,
    random: seededRandom(1),
    log: await NotificationLog.open(new MemoryState(), clock),
    health: new DeliveryHealth(new Registry()),
    muters: [],
    externalUrl: () => '',
  });
  const logger = { ...silentLogger, error: (_: object, message: string) => void logged.push(message) };
  const dispatcher = new Dispatcher(
    { root: route, pipelines: new Map([[route.id, pipeline]]) },
    { clock, logger, onGroups: () => undefined, startedMs: clock.now(), groupsMax: 2 },
  );
  const insert = (camera: string, resolved = false): void => {
    const labels = Labels.fromObject({ alertname: 'A', camera });
    const now = clock.now();
    const endsAtMs = resolved ? now : now + 600_000;
    const rest = { annotations: {}, value: undefined, startsAtMs: now, generatorUrl: '' };
    dispatcher.insert({ ...rest, labels, endsAtMs, resolved, fingerprint: fingerprint(labels) }, now);
  };
  for (const camera of ['a', 'b', 'c', 'd', 'e']) insert(camera);
  await clock.advance(2_000);
  expect(told.sort()).toEqual(['firing a', 'firing b']);
  expect(logged).toHaveLength(1);
  // One that waits ends: nobody heard of it, and nobody will.
  insert('d', true);
  insert('a', true);
  insert('b', true);
  await clock.advance(40_000);
  expect(told.slice(2).sort()).toEqual(['firing c', 'firing e', 'resolved a', 'resolved b']);
  expect(dispatcher.groups.map(({ labels }) => labels.get('camera')).sort()).toEqual(['c', 'e']);
  await dispatcher.stop(AbortSignal.abort(new Error('test over')));
});
