// What probing a fleet costs: a site's agent with simulated cameras in another process, and more cameras in its inventory that are not
// probed. npx tsx bench/fleet-probes.bench.ts [--cameras 1000] [--inventory 5000] [--seconds 120] [--settle 90]
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, inTemporaryFolder, root, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

const CORES_MAX = 0.4;
const MEMORY_MAX_BYTES = 300 * 1024 * 1024;

const report = startReport();
const cameras = Number(valueOf(process.argv, '--cameras') ?? 1_000);
const inventory = Number(valueOf(process.argv, '--inventory') ?? 5_000);
const seconds = Number(valueOf(process.argv, '--seconds') ?? 120);
const settle = Number(valueOf(process.argv, '--settle') ?? 90);

/** Takes what the agent sends, as a centre would, and counts it. */
async function startCentre(): Promise<{ readonly url: string; bytes: number; close(): void }> {
  const centre = { url: '', bytes: 0, close: () => void server.close() };
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (centre.bytes += chunk.length));
    request.on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  centre.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return centre;
}

/** The program through its launcher; resolves with what `ready` found in its output. */
async function startProgram(args: readonly string[], folder: string, ready: RegExp): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [join(root, 'bin/vedette'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000)));
  for (;;) {
    const found = ready.exec(output)?.[1];
    if (found !== undefined) return [child, found];
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}:\n${output}`);
    await sleep(20);
  }
}

/** Samples of the agent's own page; those of the same name are added up. */
async function figures(url: string): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const line of (await (await fetch(`${url}/api/vedette/agent/cameras`)).text()).split('\n')) {
    const match = /^([a-z_]+)(?:\{.*\})? (\S+)$/.exec(line);
    if (match?.[1]) sums.set(match[1], (sums.get(match[1]) ?? 0) + Number(match[2]));
  }
  return sums;
}

await inTemporaryFolder(async (folder) => {
  const centre = await startCentre();
  const [simulation] = await startProgram(
    ['simulate', '--cameras', String(cameras), '--port', '0', '--out', 'simulation'],
    folder,
    /(watch it)/,
  );
  const others = Array.from({ length: Math.max(0, inventory - cameras) }, (_, i) => {
    const main = `rtsp://10.20.${i >> 8}.${i & 255}/main`;
    return `  - { id: known-${i}, site: site-${i % 40}, switch: sw-${i % 200}, class: traffic, probe: false, streams: { main: { url: "${main}" } } }`;
  });
  writeFileSync(join(folder, 'others.yaml'), `cameras:\n${others.join('\n')}\n`);
  writeFileSync(
    join(folder, 'site.yaml'),
    `agent: { name: bench, site: bench }
host_collector: { enabled: false }
fleet:
  inventory: { files: [simulation/inventory.yaml, others.yaml] }
remote_write: [{ url: "${centre.url}/api/v1/write" }]
`,
  );
  const [agent, url] = await startProgram(
    ['agent', '--config', 'site.yaml', '--listen', '127.0.0.1:0'],
    folder,
    /status\s+(http\S+)/,
  );
  await sleep(settle * 1_000);
  const pid = agent.pid ?? 0;
  const [before, first, sent] = [usage(pid), await figures(url), centre.bytes];
  await sleep(seconds * 1_000);
  const [after, last] = [usage(pid), await figures(url)];
  const cores = (after.cpuSeconds - before.cpuSeconds) / seconds;
  const rate = (name: string): number => ((last.get(name) ?? 0) - (first.get(name) ?? 0)) / seconds;
  report.row('fleet-probes', 'cpu', cores, 'cores');
  report.row('fleet-probes', 'resident', after.residentBytes / 2 ** 20, 'MiB');
  report.row('fleet-probes', 'peak', after.peakBytes / 2 ** 20, 'MiB');
  report.row('fleet-probes', 'probes', rate('vedette_probes_total'), '/s');
  report.row('fleet-probes', 'read', rate('vedette_probe_received_bytes_total') / 1e6, 'MB/s');
  report.row('fleet-probes', 'late', last.get('vedette_probe_late_seconds') ?? Number.NaN, 's');
  report.row('fleet-probes', 'cameras up', last.get('camera_up') ?? 0, '');
  report.row('fleet-probes', 'sent to the centre', (centre.bytes - sent) / seconds / 1_000, 'kB/s');
  await endProcess(agent);
  await endProcess(simulation);
  centre.close();
  if (cores > CORES_MAX) process.stdout.write(`# over ${CORES_MAX} core\n`);
  if (after.peakBytes > MEMORY_MAX_BYTES) process.stdout.write('# over 300 MB\n');
});
report.finish();
