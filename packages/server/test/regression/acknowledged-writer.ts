// Child process of kill-nine.test.ts: appends batches durably and prints the number of each once it is acknowledged.
import { join } from 'node:path';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, ClickHouseStateStore } from '../../src/clickhouse/index.ts';
import { TableStore } from '../../src/metrics/store/table-store.ts';
import { Labels } from '../../src/model/labels.ts';

const [path = '', first = '0'] = process.argv.slice(2);
const clock = new SystemClock();
const base = { clock, logger: silentLogger };
const database = new ChdbDatabase(base, { path });
await database.start();
const idOf = (ref: number): number => ref;
const labelsOf = (id: number): Labels => Labels.fromObject({ __name__: 'acknowledged', id: String(id) });
const tables = new TableStore(
  { ...base, database, series: { id: idOf, labels: (ref) => labelsOf(idOf(ref)) }, labelsOf },
  { retentionMs: 3650 * 86_400_000, diskHeadroomBytes: 0, logPath: join(path, 'wal') },
);
await tables.start();
const state = new ClickHouseStateStore({ ...base, database });
await state.start();
const table = await state.open('acknowledged', (json) => json);
process.stdout.write('open\n');

const ROWS = 500;
const startMs = Math.floor(clock.now() / 1_000) * 1_000;

/** Batch n: its own new series (n) and a row for each of ROWS common ones, all with value n. */
async function send(n: number): Promise<void> {
  const ref = Uint32Array.from({ length: ROWS + 1 }, (_, i) => (i < ROWS ? i + 1 : 1_000_000 + n));
  const timestampMs = new Float64Array(ROWS + 1).fill(startMs + n);
  await tables.append({ length: ROWS + 1, ref, timestampMs, value: new Float64Array(ROWS + 1).fill(n) });
  // Some of it goes on into the tables, so that the kill also comes between the log and them.
  if (n % 40 === 39) void tables.flush();
  await table.put('last', n);
  await table.put(`batch ${n}`, n);
  process.stdout.write(`${n}\n`);
}

// Several senders at a time, so that batches share inserts and some are always on their way.
let next = Number(first);
async function sender(): Promise<void> {
  for (;;) await send(next++);
}
await Promise.all([sender(), sender(), sender()]);
