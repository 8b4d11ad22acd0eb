// Child process of data-directory.test.ts: opens the directory of its first argument, stores a row and stays.
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ChdbDatabase, sql } from '../../src/clickhouse/index.ts';

const database = new ChdbDatabase({ clock: new SystemClock(), logger: silentLogger }, { path: process.argv[2] ?? '' });
await database.start();
await database.exec(sql`CREATE TABLE held (n UInt8) ENGINE = MergeTree ORDER BY n`);
await database.insert('held', { rows: 1, columns: [{ name: 'n', type: 'UInt8', data: Uint8Array.of(1) }] });
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);
