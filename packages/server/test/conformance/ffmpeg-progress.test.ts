import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FfmpegProgressBook, type ProgressReceipt, ProgressReceiver, createFfmpegCollector } from '@vedette/agent';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';

/** Debian's package; `.ci/run` installs it. */
const present = spawnSync('ffmpeg', ['-version']).status === 0;
if (!present) console.info('ffmpeg is not installed: its progress, errors and processes are not read');

const clock = new SystemClock();
const signal = new AbortController().signal;

describe.runIf(present)('the real ffmpeg', () => {
  let folder: string;
  let book: FfmpegProgressBook;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vedette-ffmpeg-'));
    book = new FfmpegProgressBook(clock);
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'close');
        child.kill('SIGKILL');
        await gone;
      }
    }
    await rm(folder, { recursive: true });
  });

  /** A test picture of 25 frames a second at the speed of life, encoded to a file. */
  function encode(...more: readonly string[]): ChildProcess {
    const args = [
      '-nostdin',
      '-re',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=320x240:rate=25',
      '-c:v',
      'mpeg4',
      '-stats_period',
      '0.2',
    ];
    const child = spawn('ffmpeg', [...args, ...more, '-y', join(folder, 'gate.mp4')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    return child;
  }

  const collectorWith = (files: readonly { cameraId: string; path: string }[] = []) =>
    createFfmpegCollector({
      clock,
      cameras: () => cameras,
      progress: book,
      files,
    });
  let cameras: readonly { cameraId: string; outputs: readonly string[] }[] = [];

  it.runIf(process.platform === 'linux')(
    'is found in /proc by what it writes to, and its restart is seen',
    async () => {
      cameras = [{ cameraId: 'gate', outputs: [join(folder, 'gate')] }];
      const collector = collectorWith();
      const figure = async (name: string): Promise<number> => {
        const page = await collector.collect(signal);
        const line = page.split('\n').find((one) => one.startsWith(`${name}{camera_id="gate"}`));
        return Number(line?.split(' ').at(-1) ?? Number.NaN);
      };
      const first = encode();
      first.stderr?.resume();
      await expect.poll(() => figure('ffmpeg_processes'), { timeout: 10_000 }).toBe(1);
      await expect.poll(() => figure('ffmpeg_process_cpu_seconds_total'), { timeout: 10_000 }).toBeGreaterThan(0);
      expect(await figure('ffmpeg_process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(await figure('ffmpeg_process_open_files')).toBeGreaterThan(3);
      const ageSeconds = Date.now() / 1_000 - (await figure('ffmpeg_process_start_time_seconds'));
      expect(ageSeconds).toBeGreaterThan(-2);
      expect(ageSeconds).toBeLessThan(30);
      const cpuSeconds = await figure('ffmpeg_process_cpu_seconds_total');
      const gone = once(first, 'close');
      first.kill('SIGKILL');
      await gone;
      encode().stderr?.resume();
      await expect.poll(() => figure('ffmpeg_process_restarts_total'), { timeout: 10_000 }).toBe(1);
      expect(await figure('ffmpeg_process_cpu_seconds_total')).toBeGreaterThanOrEqual(cpuSeconds);
    },
  );

  it('tells its progress by HTTP, for as long as it runs', async () => {
    const receiver = new ProgressReceiver({ book, clock, knows: (id) => id === 'gate' });
    const receipts: ProgressReceipt[] = [];
    const server = createServer((request, response) => {
      receiver.receive(request.url?.split('/').at(-1) ?? '', request).then(
        (receipt) => {
          receipts.push(receipt);
          response.end();
        },
        () => response.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const child = encode('-t', '4', '-progress', `http://127.0.0.1:${port}/progress/gate`);
      child.stderr?.resume();
      await expect.poll(() => book.progress()[0]?.framesPerSecond, { timeout: 15_000 }).toBeGreaterThan(10);
      const running = book.progress()[0];
      expect(running?.framesPerSecond).toBeLessThan(40);
      expect(running?.speed).toBeGreaterThan(0.5);
      expect(running?.block.outTimeSeconds).toBeGreaterThan(0);
      expect(running).toMatchObject({ slow: false, stalled: false, starts: 1 });
      await once(child, 'close');
      await expect.poll(() => book.progress()[0]?.block.ended, { timeout: 5_000 }).toBe(true);
      await expect.poll(() => receipts).toMatchObject([{ accepted: true, end: 'ended' }]);
      expect(book.progress()[0]?.block.frame).toBe(100);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('tells its progress by file', async () => {
    const path = join(folder, 'progress.txt');
    encode('-progress', path).stderr?.resume();
    const collector = collectorWith([{ cameraId: 'gate', path }]);
    await expect
      .poll(
        async () => {
          const page = await collector.collect(signal);
          return Number(/^ffmpeg_frames_total\{camera_id="gate"\} (\d+)$/m.exec(page)?.[1] ?? 0);
        },
        { timeout: 15_000, interval: 300 },
      )
      .toBeGreaterThan(60);
    const page = await collector.collect(signal);
    expect(page).toMatch(/^camera_frames_per_second\{camera_id="gate",source="ffmpeg"\} [\d.]+$/m);
    expect(page).toContain('ffmpeg_running{camera_id="gate"} 1');
  });

  it.each([
    ['refused', ['-i', 'rtsp://u:hunter2@127.0.0.1:1/live']],
    ['path', ['-i', '/nonexistent/film.mp4']],
    ['invalid_data', ['-f', 'mp4', '-i', '/etc/passwd']],
  ] as const)('complains about %s on stderr, which comes by pipe', async (kind, args) => {
    const child = spawn('ffmpeg', ['-nostdin', '-progress', 'pipe:2', ...args, '-f', 'null', '-'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    const receiver = new ProgressReceiver({ book, clock, knows: () => true });
    if (!child.stderr) throw new Error('no stderr');
    expect(await receiver.receive('gate', child.stderr)).toMatchObject({ accepted: true, end: 'ended' });
    expect(book.progress()[0]?.errors.get(kind)).toBeGreaterThanOrEqual(1);
  });
});
