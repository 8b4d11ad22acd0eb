// 20,000 active alerts in `vedette alertmanager` and in Debian's Alertmanager, the same file and the same requests: how long it takes to
// accept them (routing and grouping), to list them and to list their groups; memory before and after.
// npx tsx bench/alerts.bench.ts [--alerts 20000] [--alone] [--json FILE] [--compare FILE]
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stormAlert, stormConfiguration } from './alert-storm.ts';
import { endProcess, inTemporaryFolder, root, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

const BATCH = 1_000;
const RUNS = 5;
const READY_MAX_MS = 30_000;

const report = startReport();
const count = Number(valueOf(process.argv, '--alerts') ?? 20_000);

await inTemporaryFolder(async (folder) => {
  let notified = 0;
  const receiver = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      notified++;
      response.end();
    });
  });
  await new Promise<void>((done) => {
    receiver.listen(0, '127.0.0.1', done);
  });
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, stormConfiguration((receiver.address() as AddressInfo).port));
  const ours = (port: number): string[] => [
    join(root, 'bin/vedette'),
    'alertmanager',
    '--config',
    file,
    '--listen',
    `127.0.0.1:${port}`,
    '--data',
    join(folder, 'vedette'),
  ];
  await measure('vedette', 19_885, process.execPath, ours(19_885));
  const debian = '/usr/bin/prometheus-alertmanager';
  if (existsSync(debian) && !process.argv.includes('--alone')) {
    mkdirSync(join(folder, 'debian'));
    await measure('alertmanager', 19_886, debian, [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'debian')}`,
      '--web.listen-address=127.0.0.1:19886',
      '--cluster.listen-address=',
      '--log.level=error',
    ]);
  }
  process.stdout.write(`# ${notified} messages at the receiver\n`);
  receiver.close();
});
report.finish();

async function measure(name: string, port: number, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const url = `http://127.0.0.1:${port}`;
    await ready(child, `${url}/-/ready`);
    await sleep(2_000);
    const before = usage(child.pid ?? 0);
    const started = performance.now();
    for (let from = 0; from < count; from += BATCH) {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => stormAlert(from + i))),
      });
      if (!response.ok) throw new Error(`${name} answered ${response.status}: ${await response.text()}`);
    }
    report.row(name, 'accepted', performance.now() - started, 'ms');
    report.row(name, 'cpu-to-accept', usage(child.pid ?? 0).cpuSeconds - before.cpuSeconds, 's');
    // Groups are told meanwhile.
    await sleep(15_000);
    for (const [what, path] of [
      ['list', '/api/v2/alerts'],
      ['groups', '/api/v2/alerts/groups'],
      ['list-one-site', '/api/v2/alerts?filter=site%3D%22site-3%22'],
    ] as const) {
      const times: number[] = [];
      let alerts = 0;
      for (let run = 0; run <= RUNS; run++) {
        const asked = performance.now();
        const body = await (await fetch(url + path)).arrayBuffer();
        if (run > 0) times.push(performance.now() - asked);
        // Reading them is the client's time.
        alerts = (JSON.parse(new TextDecoder().decode(body)) as readonly unknown[]).length;
      }
      times.sort((a, b) => a - b);
      report.row(name, what, times[Math.floor(times.length / 2)] ?? Number.NaN, 'ms');
      report.row(name, `${what}-entries`, alerts, 'entries');
    }
    const after = usage(child.pid ?? 0);
    report.row(name, 'resident-more', (after.residentBytes - before.residentBytes) / 2 ** 20, 'MiB');
    report.row(name, 'peak-more', (after.peakBytes - before.residentBytes) / 2 ** 20, 'MiB');
  } finally {
    await endProcess(child);
  }
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const until = performance.now() + READY_MAX_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answered = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await sleep(20);
  }
  throw new Error(`${url} did not answer within ${READY_MAX_MS / 1_000} s`);
}
