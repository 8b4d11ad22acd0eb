// What Vedette costs while it only watches its host and itself. npx tsx bench/idle.bench.ts [--seconds 60]
import { setTimeout as sleep } from 'node:timers/promises';
import { inTemporaryFolder, startServer, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

/** Start-up work (schema, first inserts, first merges) is over after this. */
const SETTLE_MS = 20_000;

const report = startReport();
const seconds = Number(valueOf(process.argv, '--seconds') ?? 60);
await inTemporaryFolder(async (folder) => {
  const server = await startServer(folder, '# built-in settings\n');
  await sleep(SETTLE_MS);
  const before = usage(server.pid);
  await sleep(seconds * 1_000);
  const after = usage(server.pid);
  report.row('idle', 'cpu', ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100, '% of a core');
  report.row('idle', 'resident', after.residentBytes / 2 ** 20, 'MiB');
  report.row('idle', 'peak', after.peakBytes / 2 ** 20, 'MiB');
  await server.stop();
});
report.finish();
