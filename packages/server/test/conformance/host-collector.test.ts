import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHostCollector } from '@vedette/agent';

/** Debian's package; `.ci/run` installs it. */
const NODE_EXPORTER = ['/usr/bin/prometheus-node-exporter', '/usr/local/bin/node_exporter'].find((path) =>
  existsSync(path),
);

/** Figures that jump between two readings of one second on a busy machine; they must be there, not agree. */
const RESTLESS =
  /^node_(?:procs_|disk_io_now|sockstat_|filefd_allocated|load|netstat_Tcp_CurrEstab|entropy|memory_(?:Dirty|Writeback|MemFree|Percpu|PageTables|Committed))/;

/** What one program may have and the other not: figures that Vedette leaves to the exporter, all documented. */
const COMPARED =
  /^node_(?:cpu_|memory_|load|filesystem_|disk_(?!info)|network_(?:receive|transmit)_(?!queue|nohandler)|boot_time|context_switches|intr_|forks|procs_|vmstat_|sockstat_|netstat_|filefd_|pressure_|entropy_|time_seconds|uname_info)/;

const ROUNDS_MAX = 10;

type Page = ReadonlyMap<string, number>;

/** `name{labels}` with sorted labels → value. */
function read(page: string): Page {
  const samples = new Map<string, number>();
  for (const line of page.split('\n')) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match?.[1] || !COMPARED.test(match[1])) continue;
    const labels = [...(match[2] ?? '').matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map((label) => label[0]).sort();
    samples.set(`${match[1]}{${labels.join(',')}}`, Number(match[3]));
  }
  return samples;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the host collector beside the node exporter', () => {
  if (!NODE_EXPORTER)
    console.info('prometheus-node-exporter is not installed: the host figures are not compared with it');

  it.runIf(NODE_EXPORTER)('gives the same series with the same figures within 5 %', async () => {
    const port = await freePort();
    const exporter = spawn(NODE_EXPORTER ?? '', [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
    try {
      const theirs = async (): Promise<Page> => read(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
      const collector = createHostCollector();
      const ours = async (): Promise<Page> => read(await collector.collect(AbortSignal.timeout(5_000)));
      await expect
        .poll(
          () =>
            theirs().then(
              (page) => page.size,
              () => 0,
            ),
          { timeout: 20_000 },
        )
        .toBeGreaterThan(100);

      let open: ReadonlyMap<string, string> = new Map([['', 'not compared']]);
      for (let round = 0; round < ROUNDS_MAX && open.size > 0; round++) {
        if (round > 0) await sleep(200);
        const before = await ours();
        const reference = await theirs();
        const after = await ours();
        const missing = [...reference.keys()].filter((series) => !after.has(series));
        expect(missing).toEqual([]);
        const differing = new Map<string, string>();
        for (const [series, value] of reference) {
          if (RESTLESS.test(series) || (round > 0 && !open.has(series))) continue;
          const low = Math.min(before.get(series) ?? Number.NaN, after.get(series) ?? Number.NaN);
          const high = Math.max(before.get(series) ?? Number.NaN, after.get(series) ?? Number.NaN);
          // Tiny counters differ by a tick or two between readings; 5 % of them would be less than one.
          const agrees = value >= low * 0.95 - SLACK && value <= high * 1.05 + SLACK;
          if (!agrees) differing.set(series, `${low} … ${high}, node exporter ${value}`);
        }
        open = differing;
      }
      expect(Object.fromEntries(open)).toEqual({});
    } finally {
      exporter.kill();
    }
  });

  it.runIf(process.platform === 'linux')(
    'costs little: a collection takes some 5 ms of processor time on a quiet machine, and never a tenth of a second',
    async () => {
      const collector = createHostCollector();
      for (let i = 0; i < 5; i++) await collector.collect(AbortSignal.timeout(5_000));
      const runs = 30;
      const before = process.cpuUsage();
      for (let i = 0; i < runs; i++) await collector.collect(AbortSignal.timeout(5_000));
      const { user, system } = process.cpuUsage(before);
      const perRunMs = (user + system) / 1_000 / runs;
      console.info(`host collector: ${perRunMs.toFixed(2)} ms of processor time a collection`);
      expect(perRunMs).toBeLessThan(100);
    },
  );
});

/** Half a second of processor time, a few events. */
const SLACK = 3;
