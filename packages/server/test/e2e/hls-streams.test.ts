import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { type ProbeReport, type ProbeTarget, createHlsProbe } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { cleanUp, eventually, programOrNotice, start, temporaryFolder } from './vedette-process.ts';

/** The probe against streams that ffmpeg makes: transport stream and fragmented MP4, H.264 and H.265, whole files and byte ranges. */
const ffmpeg = programOrNotice('/usr/bin/ffmpeg', 'HLS of ffmpeg');
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await cleanUp();
});

async function serve(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const path = normalize((request.url ?? '/').split('?')[0] ?? '');
    const file = join(folder, path);
    if (!existsSync(file)) return void response.writeHead(404).end();
    const size = statSync(file).size;
    const range = /^bytes=([0-9]+)-([0-9]+)$/.exec(request.headers.range ?? '');
    if (range === null) {
      response.writeHead(200, { 'content-length': size });
      return void createReadStream(file).pipe(response);
    }
    const from = Number(range[1]);
    const to = Math.min(Number(range[2]), size - 1);
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${size}`, 'content-length': to - from + 1 });
    createReadStream(file, { start: from, end: to }).pipe(response);
  });
  servers.push(server);
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function live(
  args: readonly string[],
  rate = 10,
): Promise<{ readonly url: string; readonly child: ReturnType<typeof spawn> }> {
  const folder = temporaryFolder();
  const source = `testsrc=size=320x240:rate=${rate}`;
  const child = start(
    '/usr/bin/ffmpeg',
    [
      '-v',
      'error',
      '-re',
      '-f',
      'lavfi',
      '-i',
      source,
      '-g',
      String(rate),
      '-pix_fmt',
      'yuv420p',
      ...args,
      '-f',
      'hls',
      '-hls_time',
      '1',
      '-hls_list_size',
      '5',
      join(folder, 'live.m3u8'),
    ],
    folder,
  );
  const base = await serve(folder);
  await eventually(
    () => {
      const text = existsSync(join(folder, 'live.m3u8')) ? readFileSync(join(folder, 'live.m3u8'), 'utf8') : '';
      if (text.split('#EXTINF').length < 4) throw new Error(`no playlist yet: ${child.output()}`);
    },
    { timeoutMs: 20_000 },
  );
  return { url: `${base}/live.m3u8`, child };
}

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast'];
const FLAGS = ['-hls_flags', 'delete_segments+program_date_time'];

const newProbe = (): ReturnType<typeof createHlsProbe> =>
  createHlsProbe({ clock: new SystemClock(), policy: { allows: (ip) => ip === '127.0.0.1' } });

const target = (url: string, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  cameraId: 'cam-1',
  url,
  mode: 'full',
  timeoutMs: 8_000,
  windowMs: 4_000,
  bytesMax: 20_000_000,
  ...parts,
});

const probed = (url: string, parts?: Partial<ProbeTarget>, probe = newProbe()): Promise<ProbeReport> =>
  probe(target(url, parts), new AbortController().signal);

describe.skipIf(ffmpeg === undefined)('HLS made by ffmpeg', () => {
  it('as transport stream: codec, rate, key frames, age and latency', async () => {
    const { url } = await live([...H264, ...FLAGS]);
    const report = await probed(url);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec: 'h264',
      width: 320,
      height: 240,
      transport: 'http',
      parameterSets: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(report.stream?.declaredFps).toBeCloseTo(10, 1);
    expect(report.measured?.framesPerSecond).toBeCloseTo(10, 0);
    expect(report.measured?.keyFrameIntervalSeconds).toBeCloseTo(1, 1);
    expect(report.frames?.key[0]).toBe(1);
    expect(report.measured?.hls).toMatchObject({ stalled: false, targetDurationSeconds: 1 });
    expect(report.measured?.hls?.playlistAgeSeconds).toBeLessThan(4);
    expect(report.measured?.hls?.liveLatencySeconds).toBeGreaterThan(-1);
    expect(report.measured?.hls?.liveLatencySeconds).toBeLessThan(8);
    expect(Object.keys(report.phasesMs)).toEqual(
      expect.arrayContaining(['playlist', 'segment', 'first_keyframe', 'window']),
    );
    const cheap = await probed(url, { mode: 'cheap' });
    expect(cheap.failure).toBeUndefined();
    expect(cheap.stream).toMatchObject({ codec: 'h264', profile: report.stream?.profile });
  });

  it.each([
    ['H.264 in fragmented MP4', [...H264, ...FLAGS, '-hls_segment_type', 'fmp4'], 'h264'],
    [
      'H.265 in fragmented MP4',
      [
        '-c:v',
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        'log-level=error:keyint=10',
        ...FLAGS,
        '-hls_segment_type',
        'fmp4',
        '-tag:v',
        'hvc1',
      ],
      'h265',
    ],
    [
      'H.264 in one file by byte ranges',
      [...H264, '-hls_flags', 'single_file+program_date_time', '-hls_segment_type', 'fmp4'],
      'h264',
    ],
  ] as const)('%s has its size and frames', async (_, args, codec) => {
    const { url } = await live(args);
    const report = await probed(url);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec,
      width: 320,
      height: 240,
      profile: expect.any(String),
      level: expect.any(String),
    });
    expect(report.measured?.framesPerSecond).toBeCloseTo(10, 0);
    expect(report.measured?.keyFrames).toBeGreaterThanOrEqual(1);
    expect(report.frames?.bytes.every((bytes) => bytes > 0)).toBe(true);
  });

  it('H.265 as transport stream, H.264 in one file of it', async () => {
    const h265 = await live([
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error:keyint=10',
      ...FLAGS,
    ]);
    expect(await probed(h265.url)).toMatchObject({
      stream: { codec: 'h265', profile: 'main', width: 320, height: 240 },
      measured: { keyFrames: expect.any(Number) },
    });
    const ranges = await live([...H264, '-hls_flags', 'single_file']);
    const report = await probed(ranges.url);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.framesPerSecond).toBeCloseTo(10, 0);
  });

  it('that stops is stalled at the next probe, without waiting for it', async () => {
    const probe = newProbe();
    const { url, child } = await live([...H264, ...FLAGS]);
    expect((await probed(url, {}, probe)).failure).toBeUndefined();
    // Killed, it leaves a playlist without EXT-X-ENDLIST, as a camera that loses its encoder does.
    child.kill('SIGKILL');
    await new Promise((done) => {
      setTimeout(done, 4_500);
    });
    const report = await probed(url, { mode: 'cheap' }, probe);
    expect(report.failure).toMatchObject({ reason: 'stalled', phase: 'playlist' });
    expect(report.measured?.hls).toMatchObject({ stalled: true });
    expect(report.durationMs).toBeLessThan(6_000);
  });
});
