// CPU per RTSP probe, paced as a schedule paces them, against a server in another process: npx tsx --conditions=vedette-source bench/rtsp-probe.bench.ts [--probes 1000] [--per-second 33]
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProbeReport, type ProbeTarget, createRtspProbe } from '../packages/agent/src/index.ts';
import { SystemClock } from '../packages/server/src/base/clock.ts';
import { type RtspServerOptions, startRtspServer } from '../packages/server/test/support/rtsp-server.ts';
import { startReport, valueOf } from './report.ts';

const auth = { scheme: 'digest-md5', username: 'viewer', password: 'secret' } as const;

/** A sub-stream: 25 frames a second, about 0.5 Mbit/s. */
const CASES: Readonly<Record<string, { readonly server: RtspServerOptions; readonly target: Partial<ProbeTarget> }>> = {
  'cheap, key frame at once': { server: { auth, keyFrameBytes: 20_000, frameBytes: 2_000 }, target: {} },
  'cheap, key frame after 1 s': {
    server: { auth, keyFrameBytes: 20_000, frameBytes: 2_000, keyAfter: 25 },
    target: {},
  },
  'cheap, main stream, key frame of 200 KB': {
    server: { auth, keyFrameBytes: 200_000, frameBytes: 16_000 },
    target: {},
  },
  'full, 5 s': {
    server: { auth, keyFrameBytes: 20_000, frameBytes: 2_000 },
    target: { mode: 'full', windowMs: 5_000 },
  },
};

if (process.argv.includes('--serve')) {
  const server = await startRtspServer(CASES[valueOf(process.argv, '--serve') ?? '']?.server);
  process.send?.(server.url);
} else await measure();

async function measure(): Promise<void> {
  const report = startReport();
  const probes = Number(valueOf(process.argv, '--probes') ?? 1_000);
  const perSecond = Number(valueOf(process.argv, '--per-second') ?? 33);
  const probe = createRtspProbe({ clock: new SystemClock(), policy: { allows: (ip) => ip === '127.0.0.1' } });
  for (const [name, { target }] of Object.entries(CASES)) {
    const server = fork(process.argv[1] as string, ['--serve', name]);
    const url = await new Promise<string>((resolve) => {
      server.once('message', (message) => resolve(String(message)));
    });
    const once = (): Promise<ProbeReport> =>
      probe(
        {
          cameraId: 'cam',
          url,
          credentials: auth,
          mode: 'cheap',
          timeoutMs: 15_000,
          windowMs: 5_000,
          bytesMax: 16_000_000,
          ...target,
        },
        new AbortController().signal,
      );
    // The code is compiled, and nothing of it counts.
    for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 20 }, once));
    const before = process.cpuUsage();
    const running: Promise<ProbeReport>[] = [];
    const started = performance.now();
    for (let i = 0; i < probes; i++) {
      running.push(once());
      await sleep(Math.max(0, started + ((i + 1) * 1_000) / perSecond - performance.now()));
    }
    const reports = await Promise.all(running);
    const { user, system } = process.cpuUsage(before);
    const failed = reports.filter((each) => each.failure);
    report.row(name, 'CPU a probe', (user + system) / 1_000 / probes, 'ms');
    report.row(name, 'CPU of 1,000 cameras a minute', (((user + system) / 1_000 / probes) * 1_000) / 60_000, 'core');
    report.row(name, 'bytes a probe', reports.reduce((sum, each) => sum + each.bytesRead, 0) / probes, 'bytes');
    report.row(name, 'failed', failed.length, 'probes');
    report.row(name, 'memory', process.memoryUsage().rss / 1_048_576, 'MiB');
    if (failed[0]) process.stdout.write(`# ${JSON.stringify(failed[0].failure)}\n`);
    server.kill();
  }
  report.finish();
}
