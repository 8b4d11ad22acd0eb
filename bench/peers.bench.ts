// Vedette beside Debian's prometheus and victoria-metrics, in one run and in turn: remote-write of an hour of the fleet (36 M samples),
// queries, restart, scraping. Peers that are not installed are left out.
// npx tsx bench/peers.bench.ts [--duration 3600] [--runs 7] [--scrape-seconds 60] [--skip scrape|queries] [--json FILE]
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Peer, type PeerKind, PROMETHEUS, VEDETTE, VICTORIA, diskBytes } from './peer-servers.ts';
import { endProcess, inTemporaryFolder, root, runFleet, startFleet, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

const START = 1_767_225_600;
const duration = Number(valueOf(process.argv, '--duration') ?? 3_600);
const runs = valueOf(process.argv, '--runs') ?? '7';
const scrapeSeconds = Number(valueOf(process.argv, '--scrape-seconds') ?? 60);
const skip = valueOf(process.argv, '--skip') ?? '';
const SAMPLES = 50_000 * (duration / 5);
const FLEET_PORT = 19_878;
const SETTLE_MS = 15_000;

const report = startReport();
const kinds: readonly PeerKind[] = [VEDETTE, PROMETHEUS, VICTORIA].filter((kind) => {
  if (!kind.available) process.stdout.write(`# ${kind.name} is not installed\n`);
  return kind.available;
});

type Measured = Map<string, Map<Peer['name'], number>>;
const measured: Measured = new Map();
function note(what: string, name: Peer['name'], value: number, unit: string): void {
  let row = measured.get(what);
  if (!row) measured.set(what, (row = new Map()));
  row.set(name, value);
  report.row(name, what, value, unit);
}

await inTemporaryFolder(async (folder) => {
  const peers: Peer[] = [];
  try {
    for (const kind of kinds) {
      const peer = await kind.start(folder);
      peers.push(peer);
      const before = usage(peer.pid);
      const started = performance.now();
      await runFleet(['remote-write', peer.writeUrl, '--duration', String(duration)]);
      note('remote-write-wall', kind.name, (performance.now() - started) / 1_000, 's');
      // What was put off (merges, compaction) belongs to the cost.
      await sleep(SETTLE_MS);
      const after = usage(peer.pid);
      note('remote-write-cpu', kind.name, after.cpuSeconds - before.cpuSeconds, 's');
      note('resident-after-ingest', kind.name, after.residentBytes / 2 ** 20, 'MiB');
      note('peak-in-ingest', kind.name, after.peakBytes / 2 ** 20, 'MiB');
      note('disk-after-ingest', kind.name, diskBytes(peer.dataFolder) / SAMPLES, 'B/sample');
    }
    if (!skip.includes('queries')) await queries(folder, peers);
    for (const peer of peers) {
      const { residentBytes, peakBytes } = usage(peer.pid);
      note('resident-after-queries', peer.name, residentBytes / 2 ** 20, 'MiB');
      note('peak-in-queries', peer.name, peakBytes / 2 ** 20, 'MiB');
    }
  } finally {
    for (const peer of peers) await peer.stop();
  }
  for (const kind of kinds) {
    const again = await kind.start(folder);
    note('restart', kind.name, again.readyMs / 1_000, 's');
    await again.kill();
    const third = await kind.start(folder);
    note('restart-after-kill', kind.name, third.readyMs / 1_000, 's');
    await third.stop();
    note('disk-after-restart', kind.name, diskBytes(third.dataFolder) / SAMPLES, 'B/sample');
  }
});
if (!skip.includes('scrape')) await inTemporaryFolder(scraping);
verdict();
report.finish();

async function queries(folder: string, peers: readonly Peer[]): Promise<void> {
  const named = peers.map((peer) => `${peer.name}=${peer.url}`);
  const ask = async (...options: string[]): Promise<unknown> => {
    const file = join(folder, 'queries.json');
    await run([...named, ...options, '--start', String(START + duration - 3_600), '--runs', runs, '--json', file]);
    return JSON.parse(readFileSync(file, 'utf8'));
  };
  const single = (await ask('--nocache')) as {
    readonly results: readonly { query: string; server: Peer['name']; median_ms: number | null; rel_diff: number }[];
  };
  for (const { query, server, median_ms: ms } of single.results) if (ms !== null) note(query, server, ms, 'ms');
  for (const peer of peers) {
    const times = single.results.filter((row) => row.server === peer.name).map((row) => row.median_ms ?? Number.NaN);
    note('queries-geomean', peer.name, Math.exp(times.reduce((sum, ms) => sum + Math.log(ms), 0) / times.length), 'ms');
  }
  const dashboard = (await ask('--nocache', '--dashboard')) as {
    readonly dashboard: readonly { server: Peer['name']; median_ms: number }[];
  };
  for (const { server, median_ms: ms } of dashboard.dashboard) note('dashboard-12-panels', server, ms, 'ms');
  const cached = (await ask('--dashboard')) as typeof dashboard;
  for (const { server, median_ms: ms } of cached.dashboard) note('dashboard-12-panels-cached', server, ms, 'ms');
  await windows(peers);
}

/** 241 steps each, and the same 61 minutes of samples: windows of a minute over an hour, of an hour over a minute. */
async function windows(peers: readonly Peer[]): Promise<void> {
  const end = START + duration - 5;
  const ask = async (peer: Peer, window: string, spanSeconds: number): Promise<number> => {
    const query = `sum(rate(camera_frames_received_total[${window}]))`;
    const step = String(spanSeconds / 240);
    const parameters = new URLSearchParams({
      query,
      start: String(end - spanSeconds),
      end: String(end),
      step,
      nocache: '1',
    });
    const before = performance.now();
    const response = await fetch(`${peer.url}/api/v1/query_range?${parameters}`);
    await response.text();
    if (!response.ok) throw new Error(`${peer.name}: ${response.status}`);
    return performance.now() - before;
  };
  for (const peer of peers) {
    const short: number[] = [];
    const long: number[] = [];
    for (let i = 0; i < Number(runs) + 1; i++) {
      short.push(await ask(peer, '1m', 3_540));
      long.push(await ask(peer, '1h', 60));
    }
    note('rate-1h-against-1m', peer.name, median(long.slice(1)) / median(short.slice(1)), '×');
  }
}

async function scraping(folder: string): Promise<void> {
  const fleet = startFleet(['serve', String(FLEET_PORT)]);
  try {
    await sleep(2_000);
    const groups = Array.from({ length: 1_000 }, (_, i) => ({
      targets: [`127.0.0.1:${FLEET_PORT}`],
      labels: { __metrics_path__: `/camera/${i}/metrics`, instance: `cam-${String(i).padStart(4, '0')}` },
    }));
    const file = join(folder, 'fleet.json');
    writeFileSync(file, JSON.stringify(groups));
    const config = `  - job_name: camera\n    honor_labels: true\n    file_sd_configs: [{ files: [${file}] }]\n`;
    for (const kind of kinds) {
      const peer = await kind.start(folder, config);
      await sleep(SETTLE_MS + 10_000);
      const before = usage(peer.pid);
      await sleep(scrapeSeconds * 1_000);
      const after = usage(peer.pid);
      note('scrape-cpu', kind.name, (after.cpuSeconds - before.cpuSeconds) / scrapeSeconds, 'cores');
      note('scrape-resident', kind.name, after.residentBytes / 2 ** 20, 'MiB');
      await peer.stop();
    }
  } finally {
    await endProcess(fleet);
  }
}

function verdict(): void {
  const of = (what: string, name: Peer['name']): number => measured.get(what)?.get(name) ?? Number.NaN;
  const ours = (what: string): number => of(what, 'vedette');
  const ratio = (what: string, name: Peer['name']): number => ours(what) / of(what, name);
  const names = [...measured.keys()].filter((what) => /^[ri]\d\d_/.test(what));
  const worst = names.map((what) => ({ what, ratio: ratio(what, 'prometheus') })).sort((a, b) => b.ratio - a.ratio)[0];
  const oneCamera = Math.max(
    ...['r05_single_camera_gauge', 'r06_single_camera_ratio', 'i07_single_camera_all'].map(ours),
  );
  const rows: readonly (readonly [what: string, value: number, bar: string])[] = [
    ['remote-write CPU / Prometheus', ratio('remote-write-cpu', 'prometheus'), '≤ 0.6'],
    ['remote-write CPU / VictoriaMetrics', ratio('remote-write-cpu', 'victoria'), 'aim ≤ 1'],
    ['scrape CPU / Prometheus', ratio('scrape-cpu', 'prometheus'), '≤ 1.0, aim 0.7'],
    ['queries, geometric mean / Prometheus', ratio('queries-geomean', 'prometheus'), '≤ 0.5'],
    ['queries, geometric mean / VictoriaMetrics', ratio('queries-geomean', 'victoria'), 'aim ≤ 0.7'],
    [`worst query / Prometheus (${worst?.what ?? ''})`, worst?.ratio ?? Number.NaN, '≤ 1.0, aim 0.5'],
    ['12 panels / VictoriaMetrics uncached', ratio('dashboard-12-panels', 'victoria'), '≤ 1'],
    [
      '12 panels / VictoriaMetrics cached',
      ours('dashboard-12-panels-cached') / of('dashboard-12-panels-cached', 'victoria'),
      'aim ≤ 1',
    ],
    ['one camera, slowest, ms', oneCamera, '≤ 2, aim 1'],
    ['rate over 1h / 1m', ours('rate-1h-against-1m'), '≤ 1.5, aim 1.1'],
    ['resident after ingest, MiB', ours('resident-after-ingest'), '≤ 572 (600 MB)'],
    ['peak under queries, MiB', ours('peak-in-queries'), '≤ 572 (600 MB)'],
    ['disk, B/sample', ours('disk-after-restart'), '≤ 1.5 merged, aim 0.8'],
    ['restart, s', ours('restart'), '≤ 2, aim 1'],
    ['restart after kill -9, s', ours('restart-after-kill'), '≤ 2'],
  ];
  process.stdout.write('\n| figure | Vedette | bar |\n|---|---|---|\n');
  for (const [what, value, bar] of rows)
    if (!Number.isNaN(value)) process.stdout.write(`| ${what} | ${value.toPrecision(3)} | ${bar} |\n`);
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'bench/bench_queries.mjs'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((done) => {
    child.once('exit', done);
  });
  if (code !== 0) throw new Error(`bench_queries ended with ${code}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
