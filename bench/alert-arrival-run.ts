// One run of alert-arrival.bench.ts: prints what it took as JSON, milliseconds. It takes the built server and the launcher's flags, so that
// what is compiled when, and what is collected when, is as in a server.
import { createRequire } from 'node:module';
import { Registry } from 'prom-client';
import {
  RECEIVER_KINDS,
  alertingConfigSchema,
  openAlerting,
  parseAlertmanagerFile,
} from '../packages/server/dist/alerting/index.js';
import type { IncomingAlert } from '../packages/server/dist/alerting/index.js';
import { SystemClock } from '../packages/server/dist/base/clock.js';
import { silentLogger } from '../packages/server/dist/base/logger.js';
import { systemRandom } from '../packages/server/dist/base/random.js';
import { Labels } from '../packages/server/dist/model/labels.js';
import { MemoryState } from '../packages/server/test/support/memory-state.ts';
import { stormAlert, stormConfiguration } from './alert-storm.ts';

const { holdYoungAtItsBest, saveMemory } = createRequire(import.meta.url)('../bin/heap-limits.cjs') as Record<
  string,
  () => void
>;
saveMemory?.();
holdYoungAtItsBest?.();

const count = Number(process.argv[2]);
const clock = new SystemClock();
const room = openAlerting({
  clock,
  logger: silentLogger,
  registry: new Registry(),
  random: systemRandom,
  state: new MemoryState(),
});
// Nobody listens there, and nobody is told before the run is over.
const { config: alertmanager } = parseAlertmanagerFile(stormConfiguration(9, '1h'), 'storm.yml', {
  kinds: RECEIVER_KINDS,
});
await room.apply({
  config: alertingConfigSchema.parse({}),
  alertmanager,
  externalLabels: {},
  externalUrl: 'http://127.0.0.1:9090',
});
await room.start();

const told: Record<string, number> = {};
async function time(name: string, alerts: readonly IncomingAlert[]): Promise<void> {
  const started = performance.now();
  await room.sink.receive(alerts, clock.now());
  told[name] = performance.now() - started;
}

function arriving(from: number): readonly IncomingAlert[] {
  const now = clock.now();
  return Array.from({ length: count }, (_, i) => {
    const { labels, annotations, generatorURL } = stormAlert(from + i);
    return {
      labels: Labels.fromObject(labels),
      annotations,
      startsAtMs: now,
      endsAtMs: now + 3_600_000,
      resolved: false,
      generatorUrl: generatorURL,
    };
  });
}

const first = arriving(0);
await time('first-of-the-process', first);
// Rules keep the labels of their alerts from one evaluation to the next.
await time('said-again', first);
await time('new', arriving(count));
process.stdout.write(JSON.stringify(told));
// Groups wait for an hour.
process.exit();
