// Ready after start: with an empty store, and with an hour of the fleet (36 M samples) stored. `--small` stores a minute.
// npx tsx bench/startup.bench.ts [--small] [--json FILE] [--compare FILE]
import { inTemporaryFolder, runFleet, startServer, usage } from './process.ts';
import { startReport } from './report.ts';

const report = startReport();
const small = process.argv.includes('--small');

await inTemporaryFolder(async (folder) => {
  for (const attempt of [1, 2, 3]) {
    const server = await startServer(`${folder}`, `# empty ${attempt}\n`);
    report.row(attempt === 1 ? 'startup-empty' : `startup-again-${attempt}`, 'ready', server.readyMs / 1_000, 's');
    await server.stop();
  }
});

await inTemporaryFolder(async (folder) => {
  const config = 'storage: { retention: 3650d }\n';
  const server = await startServer(folder, config);
  const before = usage(server.pid);
  const started = performance.now();
  await runFleet(['remote-write', `${server.url}/api/v1/write`, ...(small ? ['--duration', '60'] : [])]);
  const wallSeconds = (performance.now() - started) / 1_000;
  const after = usage(server.pid);
  const name = small ? 'remote-write-minute' : 'remote-write-hour';
  report.row(name, 'wall', wallSeconds, 's');
  report.row(name, 'cpu', after.cpuSeconds - before.cpuSeconds, 's');
  report.row(name, 'resident', after.residentBytes / 2 ** 20, 'MiB');
  report.row(name, 'peak', after.peakBytes / 2 ** 20, 'MiB');
  await server.stop();
  for (const attempt of [1, 2, 3]) {
    const again = await startServer(folder, config);
    report.row(small ? 'startup-minute' : 'startup-hour', `ready-${attempt}`, again.readyMs / 1_000, 's');
    await again.stop();
  }
});
report.finish();
