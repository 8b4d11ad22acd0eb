// Child process of kill-nine-beside.test.ts: appends durably and prints a line for everything that was acknowledged.
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase } from '../../src/clickhouse/index.ts';
import { openMetricStore } from '../../src/metrics/store/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { besideBatch } from './beside-batch.ts';

const [path = '', first = '0', origin = '0'] = process.argv.slice(2);
const clock = new SystemClock();
const base = { clock, logger: silentLogger, registry: new Registry() };
const database = new ChdbDatabase(base, { path });
await database.start();
const store = openMetricStore(
  { ...base, database },
  {
    hotWindow: { size: 8_000_000, age: 7_200_000 },
    seriesMax: 10_000,
    retentionMs: 3650 * 86_400_000,
    diskHeadroomBytes: 0,
    logPath: join(path, 'wal'),
  },
);
await store.start();
process.stdout.write('open\n');

const signal = new AbortController().signal;
const doomed = Labels.fromObject({ __name__: 'doomed' });

async function sender(turn: number): Promise<void> {
  for (let n = Number(first) + turn; ; n += 3) {
    const atMs = Number(origin) + n * 10;
    await store.append(besideBatch(Labels.fromObject({ __name__: 'acknowledged', sender: String(turn) }), n, atMs));
    process.stdout.write(`wrote ${turn} ${n}\n`);
    if (turn !== 0) continue;
    // One series is deleted and written by turns.
    await store.append(besideBatch(doomed, n, atMs));
    process.stdout.write(`doomed ${n}\n`);
    if (n % 5 === 0) {
      const matcherSets = [[createMatcher('__name__', '=', 'doomed')]];
      await store.deleteSeries({ matcherSets, startMs: 0, endMs: atMs }, signal);
      process.stdout.write(`deleted ${n}\n`);
    }
    if (n % 40 === 0) void store.flush().then(() => store.cleanTombstones());
  }
}
await Promise.all([sender(0), sender(1), sender(2)]);
