// 2,000 rules evaluated each 15 s over a fleet of 1,000 cameras × 50 series scraped as often: processor time with and without them, for
// Vedette and Debian's Prometheus on the same rules in the same run, and evaluations missed.
// npx tsx bench/rules.bench.ts [--seconds 120] [--rules 2000] [--json FILE] [--compare FILE]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROMETHEUS, type Peer, type PeerKind, VEDETTE } from './peer-servers.ts';
import { endProcess, inTemporaryFolder, queryValue, startFleet, usage } from './process.ts';
import { startReport, valueOf } from './report.ts';

const FLEET_PORT = 19_881;
const TARGETS = 1_000;
const SITES = 20;
const INTERVAL_SECONDS = 15;
/** Until every target was scraped several times, and what was to be compiled is compiled. */
const SETTLE_SECONDS = 75;
const GROUPS = 20;

const report = startReport();
const seconds = Number(valueOf(process.argv, '--seconds') ?? 120);
const count = Number(valueOf(process.argv, '--rules') ?? 2_000);
const totals = new Map<string, number>();

await inTemporaryFolder(async (folder) => {
  const fleet = startFleet(['serve', String(FLEET_PORT), '--cameras', String(TARGETS)]);
  try {
    await sleep(2_000);
    const groups = Array.from({ length: TARGETS }, (_, i) => ({
      targets: [`127.0.0.1:${FLEET_PORT}`],
      labels: { __metrics_path__: `/camera/${i}/metrics`, instance: `cam-${String(i).padStart(4, '0')}` },
    }));
    const targetsFile = join(folder, 'fleet.json');
    writeFileSync(targetsFile, JSON.stringify(groups));
    const rulesFile = join(folder, 'rules.yml');
    const scrape = `  - job_name: camera
    scrape_interval: ${INTERVAL_SECONDS}s
    honor_labels: true
    file_sd_configs: [{ files: [${targetsFile}] }]
rule_files: [${rulesFile}]
`;
    for (const kind of [VEDETTE, PROMETHEUS].filter(({ available }) => available)) {
      for (const withRules of [false, true]) {
        writeFileSync(rulesFile, withRules ? rules() : 'groups: []\n');
        await measure(kind, folder, scrape, withRules);
      }
    }
  } finally {
    await endProcess(fleet);
  }
});
for (const name of ['vedette', 'prometheus']) {
  const own = (totals.get(`${name} rules`) ?? Number.NaN) - (totals.get(`${name} alone`) ?? Number.NaN);
  if (!Number.isNaN(own)) report.row(`${name}-rules`, 'cpu-of-rules', own, 'cores');
}
report.finish();

async function measure(kind: PeerKind, folder: string, scrape: string, withRules: boolean): Promise<void> {
  const server = await kind.start(folder, scrape);
  await sleep(SETTLE_SECONDS * 1_000);
  const before = usage(server.pid);
  const missedBefore = await missed(server);
  await sleep(seconds * 1_000);
  const after = usage(server.pid);
  const cores = (after.cpuSeconds - before.cpuSeconds) / seconds;
  const name = `${kind.name}-${withRules ? 'rules' : 'alone'}`;
  totals.set(`${kind.name} ${withRules ? 'rules' : 'alone'}`, cores);
  report.row(name, 'cpu', cores, 'cores');
  report.row(name, 'resident', after.residentBytes / 2 ** 20, 'MiB');
  if (withRules) {
    report.row(name, 'iterations-missed', (await missed(server)) - missedBefore, 'iterations');
    report.row(name, 'alerts', await queryValue(server.url, 'count(ALERTS) or vector(0)'), 'series');
  }
  await server.stop();
}

/** Each server says it of itself; Prometheus does not scrape itself here, so its own page is read. */
async function missed(server: Peer): Promise<number> {
  const page = await (await fetch(`${server.url}/metrics`)).text();
  let sum = 0;
  for (const [, value] of page.matchAll(
    /^(?:vedette|prometheus)_rule_group_iterations_missed_total(?:\{[^}]*\})? (\S+)$/gm,
  ))
    sum += Number(value);
  return sum;
}

/** Half of them look at one camera, the others at a site or at the whole fleet. */
function rules(): string {
  const all: string[] = [];
  const site = (i: number): string => `site-${String((i % SITES) + 1).padStart(2, '0')}`;
  const camera = (i: number): string => `cam-${String(i % TARGETS).padStart(4, '0')}`;
  for (let i = 0; i < count; i++) {
    const kind = i % 20;
    if (kind < 10) {
      all.push(
        `alert: Fps${i}, expr: 'camera_fps{camera_id="${camera(i)}"} < ${5 + (i % 7)}', for: 1m, labels: { severity: warning }`,
      );
    } else if (kind < 15) {
      all.push(
        `alert: Drops${i}, expr: 'rate(camera_frames_dropped_total{site="${site(i)}"}[2m]) / rate(camera_frames_received_total{site="${site(i)}"}[2m]) > 0.${2 + (i % 6)}', for: 2m`,
      );
    } else if (kind < 18) {
      all.push(
        `alert: Site${i}, expr: 'avg by (site) (avg_over_time(camera_fps{site="${site(i)}"}[2m])) < ${8 + (i % 5)}', labels: { severity: critical }`,
      );
    } else if (kind < 19) {
      all.push(`record: 'site:received:rate${i}', expr: 'sum by (site) (rate(camera_frames_received_total[1m]))'`);
    } else {
      all.push(`record: 'fleet:jitter:q${i}', expr: 'quantile(0.9${i % 10}, camera_jitter_ms)'`);
    }
  }
  const perGroup = Math.ceil(all.length / GROUPS);
  const groups = Array.from({ length: GROUPS }, (_, g) => {
    const own = all.slice(g * perGroup, (g + 1) * perGroup).map((rule) => `      - { ${rule} }`);
    return `  - name: g${g}\n    interval: ${INTERVAL_SECONDS}s\n    rules:\n${own.join('\n')}`;
  });
  return `groups:\n${groups.join('\n')}\n`;
}
