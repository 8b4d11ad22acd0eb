import { spawn } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf } from '../testing/answering-server.ts';
import { SteppedClock } from '../testing/stepped-clock.ts';
import { ffmpegErrorClass } from './error-class.ts';
import { createFfmpegCollector } from './ffmpeg-collector.ts';
import { matchesGlob } from './glob.ts';
import { CameraMatcher, type FfmpegCamera } from './match-camera.ts';
import { FfmpegProgressBook } from './progress-book.ts';
import { type ProgressBlock, ProgressParser } from './progress-parser.ts';
import { ProgressReceiver } from './progress-receiver.ts';

const signal = new AbortController().signal;

const BLOCK = [
  'frame=250',
  'fps=25.00',
  'stream_0_0_q=28.0',
  'bitrate=2048.5kbits/s',
  'total_size=2560000',
  'out_time_us=10000000',
  'out_time_ms=10000000',
  'out_time=00:00:10.000000',
  'dup_frames=1',
  'drop_frames=2',
  'speed=   1x',
  'progress=continue',
  '',
].join('\n');

describe('-progress', () => {
  const read = (chunks: readonly Uint8Array[]): { blocks: ProgressBlock[]; lines: string[] } => {
    const blocks: ProgressBlock[] = [];
    const lines: string[] = [];
    const parser = new ProgressParser({ block: (block) => blocks.push(block), line: (line) => lines.push(line) });
    for (const chunk of chunks) parser.push(chunk);
    return { blocks, lines };
  };

  it('is read in base units, and N/A as nothing', () => {
    expect(read([Buffer.from(BLOCK)]).blocks).toEqual([
      {
        ended: false,
        frame: 250,
        fps: 25,
        bitsPerSecond: 2_048_500,
        totalBytes: 2_560_000,
        outTimeSeconds: 10,
        duplicatedFrames: 1,
        droppedFrames: 2,
        speed: 1,
      },
    ]);
    const missing = 'frame=0\nbitrate=N/A\ntotal_size=N/A\nout_time_us=N/A\nout_time=N/A\nspeed=N/A\nprogress=end\n';
    expect(read([Buffer.from(missing)]).blocks).toEqual([{ ended: true, frame: 0 }]);
    // Before ffmpeg 4.1 there was no out_time_us; earlier still only the clock.
    expect(read([Buffer.from('out_time=-00:00:01.500000\nprogress=continue\n')]).blocks[0]?.outTimeSeconds).toBe(-1.5);
  });

  it('comes out the same wherever it is cut', () => {
    const text = Buffer.from(`${BLOCK}[rtsp @ 0x1] RTP: missed 3 packets\r${BLOCK}`);
    const whole = read([text]);
    expect(whole.blocks).toHaveLength(2);
    expect(whole.lines).toEqual(['[rtsp @ 0x1] RTP: missed 3 packets']);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, i) => text.subarray(at[i], end));
        expect(read(chunks)).toEqual(whole);
      }),
    );
  });

  it('survives anything, in bounded memory', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 500 })), (chunks) => void read(chunks)));
    const endless = read(Array.from({ length: 100 }, () => Buffer.alloc(100_000, 'x')));
    expect(endless).toEqual({ blocks: [], lines: [] });
    const many = Array.from({ length: 10_000 }, (_, i) => `key_${i}=1\n`).join('');
    expect(read([Buffer.from(`${many}progress=continue\n`)]).blocks).toEqual([{ ended: false }]);
  });
});

describe('what ffmpeg does', () => {
  const clock = new SteppedClock();
  const of = (book: FfmpegProgressBook) => book.progress()[0];
  const block = (frame: number, seconds: number): Buffer =>
    Buffer.from(`frame=${frame}\nout_time_us=${Math.round(seconds * 1e6)}\nspeed=1x\nprogress=continue\n`);

  it('is slow after a minute below 0.95, and not by a dip, whatever its mean since the start says', () => {
    const book = new FfmpegProgressBook(clock);
    const parser = book.open('c');
    let media = 0;
    let frames = 0;
    const run = (seconds: number, speed: number): boolean | undefined => {
      for (let i = 0; i < 2 * seconds; i++) {
        clock.advance(500);
        parser.push(block(Math.round((frames += 12.5 * speed)), (media += speed / 2)));
      }
      return of(book)?.slow;
    };
    expect(run(7_200, 1)).toBe(false);
    expect(of(book)?.framesPerSecond).toBeCloseTo(25, 0);
    expect(run(40, 0.5)).toBe(false);
    expect(of(book)?.speed).toBeCloseTo(0.5, 2);
    expect(of(book)?.framesPerSecond).toBeCloseTo(12.5, 0);
    // A dip: over before the minute is.
    expect(run(20, 1)).toBe(false);
    expect(run(55, 0.9)).toBe(false);
    expect(run(20, 0.9)).toBe(true);
    expect(run(12, 1)).toBe(false);
  });

  it('has no rate until two seconds were seen, and one that falls while nothing is heard', () => {
    const book = new FfmpegProgressBook(clock);
    const parser = book.open('c');
    parser.push(block(0, 0));
    clock.advance(1_500);
    parser.push(block(37, 2));
    expect(of(book)?.framesPerSecond).toBeUndefined();
    clock.advance(8_500);
    parser.push(block(250, 10));
    expect(of(book)?.framesPerSecond).toBe(25);
    clock.advance(40_000);
    expect(of(book)).toMatchObject({ framesPerSecond: 5, stalled: true });
  });

  it('is stalled when its output stands still although it runs, and not when it ended', () => {
    const book = new FfmpegProgressBook(clock);
    const parser = book.open('c');
    parser.push(block(1, 1));
    const frameAt = clock.now();
    clock.advance(14_000);
    parser.push(block(1, 1));
    expect(of(book)?.stalled).toBe(false);
    clock.advance(2_000);
    expect(of(book)).toMatchObject({ stalled: true, lastFrameAtMs: undefined });
    parser.push(block(30, 2));
    expect(of(book)).toMatchObject({ stalled: false, lastFrameAtMs: clock.now() });
    expect(clock.now()).toBeGreaterThan(frameAt);
    parser.push(Buffer.from('frame=31\nprogress=end\n'));
    clock.advance(100_000);
    expect(of(book)?.stalled).toBe(false);
  });

  it('has counters that only rise over restarts', () => {
    const book = new FfmpegProgressBook(clock);
    const first = book.open('c');
    first.push(block(100, 1));
    first.push(block(150, 2));
    const second = book.open('c');
    second.push(block(40, 1));
    second.push(block(70, 2));
    expect(of(book)).toMatchObject({ framesTotal: 80, starts: 2 });
  });

  it.each([
    ['[mp4 @ 0x55] Non-monotonous DTS in output stream 0:0; previous: 2, current: 1', 'timestamps'],
    ['[rtsp @ 0x55] RTP: missed 12 packets', 'packets_missed'],
    ['[rtsp @ 0x55] max delay reached. need to consume packet', 'delay_exceeded'],
    ['[h264 @ 0x55] error while decoding MB 10 20, bytestream -5', 'decode'],
    ['[h264 @ 0x55] concealing 1200 DC, 1200 AC, 1200 MV errors in P frame', 'decode'],
    ['rtsp://10.0.0.9/live: Connection refused', 'refused'],
    ['[rtsp @ 0x55] method DESCRIBE failed: 401 Unauthorized', 'credentials'],
    ['rtsp://10.0.0.9/live: Invalid data found when processing input', 'invalid_data'],
    ['[rtsp @ 0x55] Thread message queue blocking; consider raising the thread_queue_size option', 'queue_full'],
    ['av_interleaved_write_frame(): No space left on device', 'no_space'],
    ['Past duration 0.899994 too large', 'timestamps'],
    ['Stream mapping:', undefined],
  ])('takes "%s" for %s', (line, kind) => expect(ffmpegErrorClass(line)).toBe(kind));
});

describe('the camera of an ffmpeg', () => {
  const CAMERAS: readonly FfmpegCamera[] = [
    { cameraId: 'gate', addresses: ['rtsp://10.0.0.9/Streaming/Channels/101'] },
    { cameraId: 'nvr-1', addresses: ['rtsp://10.0.0.5:8554/cam?channel=1'] },
    { cameraId: 'nvr-2', addresses: ['rtsp://10.0.0.5:8554/cam?channel=2'] },
    { cameraId: 'front', outputs: ['/rec/front/'] },
    { cameraId: 'front-door', outputs: ['/rec/front-door/', '/rec/front/door/'] },
    { cameraId: 'yard', patterns: ['*stream=yard*'] },
  ];
  const matcher = new CameraMatcher(CAMERAS);

  it.each([
    [['-i', 'rtsp://admin:p%40ss@10.0.0.9:554/Streaming/Channels/101/'], 'gate'],
    [['-i', 'rtsp://u:p@10.0.0.5:8554/cam?token=x&channel=2', '-c', 'copy'], 'nvr-2'],
    [['-i', 'rtsp://u:p@10.0.0.5:8554/cam?channel=3'], undefined],
    [['-i', 'rtsps://10.0.0.9/Streaming/Channels/101'], undefined],
    [['-i', 'pipe:0', '/rec/front/%Y.mp4'], 'front'],
    [['-i', 'pipe:0', '/rec/front/door/%Y.mp4'], 'front-door'],
    [['-i', 'x', '-metadata', 'stream=yard-1'], 'yard'],
    [['-i', 'http://[broken', 'x'.repeat(10_000)], undefined],
  ])('%j', (args, cameraId) => expect(matcher.cameraOf(['ffmpeg', ...args])).toBe(cameraId));

  it('matches patterns as a regular expression would, without being slow', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (pattern, raw) => {
        const text = raw.replaceAll('*', 'c');
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
        expect(matchesGlob(pattern, text)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
    const started = performance.now();
    matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(4_096));
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  it('finds one of five thousand cameras at once', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ cameraId: `c${i}`, addresses: [`rtsp://10.0.0.1/s${i}`] }));
    const large = new CameraMatcher(many);
    const started = performance.now();
    for (let i = 0; i < 200; i++) expect(large.cameraOf(['ffmpeg', '-i', `rtsp://u:p@10.0.0.1/s${i}`])).toBe(`c${i}`);
    expect(performance.now() - started).toBeLessThan(6_000);
  });
});

describe('the receiver of progress', () => {
  it('takes streams of known cameras only, one each, and ends silent ones and floods', async () => {
    const clock = new SteppedClock();
    const book = new FfmpegProgressBook(clock);
    const receiver = new ProgressReceiver({ book, clock, knows: (id) => id !== 'stranger', streamsMax: 2 });
    const body = (): { readonly stream: AsyncIterable<Uint8Array>; send(text: string): void; end(): void } => {
      const transform = new TransformStream<Uint8Array, Uint8Array>();
      const writer = transform.writable.getWriter();
      return {
        stream: transform.readable as unknown as AsyncIterable<Uint8Array>,
        send: (text) => void writer.write(Buffer.from(text)).catch(() => undefined),
        end: () => void writer.close().catch(() => undefined),
      };
    };
    expect(await receiver.receive('stranger', body().stream)).toEqual({ accepted: false, reason: 'unknown_camera' });
    const first = body();
    const receipt = receiver.receive('a', first.stream);
    first.send(BLOCK);
    await expect.poll(() => book.progress()[0]?.block.frame).toBe(250);
    const second = body();
    const replacing = receiver.receive('a', second.stream);
    expect(await receipt).toMatchObject({ accepted: true, end: 'replaced' });
    const other = receiver.receive('b', body().stream);
    expect(await receiver.receive('c', body().stream)).toEqual({ accepted: false, reason: 'too_many_streams' });
    second.end();
    expect(await replacing).toMatchObject({ accepted: true, bytes: 0, end: 'ended' });
    clock.advance(61_000);
    expect(await other).toMatchObject({ accepted: true, end: 'silent' });
    const flood = body();
    const flooded = receiver.receive('a', flood.stream);
    for (let i = 0; i < 6; i++) flood.send('x'.repeat(1_024 * 1_024));
    expect(await flooded).toMatchObject({ accepted: true, end: 'too_much' });
  });
});

describe('the ffmpeg collector', () => {
  let root: string;
  let clock: SteppedClock;
  let book: FfmpegProgressBook;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'vedette-ffmpeg-'));
    clock = new SteppedClock();
    book = new FfmpegProgressBook(clock);
    await write('proc/stat', 'cpu 1 2 3\nbtime 1700000000\n');
  });

  afterEach(() => rm(root, { recursive: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  /** One process: user and system ticks, start ticks, resident pages. */
  async function run(
    pid: number,
    name: string,
    argv: readonly string[],
    ticks: number,
    startTicks: number,
  ): Promise<void> {
    const columns = [
      'S',
      ...Array.from({ length: 10 }, () => '0'),
      String(ticks),
      '50',
      '0',
      '0',
      '20',
      '0',
      '7',
      '0',
      String(startTicks),
      '9',
      '1000',
    ];
    await write(`proc/${pid}/stat`, `${pid} (${name}) ${columns.join(' ')} 0 0\n`);
    await write(`proc/${pid}/cmdline`, `${argv.join('\0')}\0`);
    await write(`proc/${pid}/io`, 'rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n');
    await mkdir(join(root, `proc/${pid}/fd`), { recursive: true });
    await write(`proc/${pid}/fd/0`, '');
  }

  const cameras = [{ cameraId: 'gate', addresses: ['rtsp://10.0.0.9/live'] }];
  const collectorWith = (files: readonly { cameraId: string; path: string }[] = []) =>
    createFfmpegCollector({ clock, root, platform: 'linux', cameras: () => cameras, progress: book, files });

  it('adds up a camera’s processes, counts restarts, and shows no argument', async () => {
    const argv = ['ffmpeg', '-i', 'rtsp://admin:hunter2@10.0.0.9/live'];
    await run(10, 'ffmpeg', argv, 150, 1_000);
    await run(11, 'ffmpeg', argv, 250, 2_000);
    await run(12, 'ffmpeg', ['ffmpeg', '-i', 'other'], 1, 1);
    await run(13, 'bash (x) ffmpeg', ['bash'], 1, 1);
    const collector = collectorWith();
    const first = await collector.collect(signal);
    for (const line of [
      'ffmpeg_processes{camera_id="gate"} 2',
      'ffmpeg_process_resident_memory_bytes{camera_id="gate"} 8192000',
      'ffmpeg_process_start_time_seconds{camera_id="gate"} 1700000020',
      'ffmpeg_process_threads{camera_id="gate"} 14',
      'ffmpeg_process_open_files{camera_id="gate"} 2',
      'ffmpeg_process_restarts_total{camera_id="gate"} 0',
      'ffmpeg_processes_unmatched 1',
    ])
      expect(first.split('\n')).toContain(line);
    expect(first).not.toContain('hunter2');
    // One ended, one came in its place; the counter of processor time goes on.
    await rm(join(root, 'proc/10'), { recursive: true });
    await collector.collect(signal);
    await run(20, 'ffmpeg', argv, 70, 9_000);
    const second = await collector.collect(signal);
    expect(linesOf(second, 'ffmpeg_process_restarts_total', 'ffmpeg_process_cpu_seconds_total')).toEqual([
      'ffmpeg_process_cpu_seconds_total{camera_id="gate"} 1.2',
      'ffmpeg_process_restarts_total{camera_id="gate"} 1',
    ]);
    // One more is no restart.
    await run(21, 'ffmpeg', argv, 0, 9_500);
    expect(linesOf(await collector.collect(signal), 'ffmpeg_process_restarts_total')[0]).toMatch(/ 1$/);
    for (const pid of [11, 20, 21]) await rm(join(root, `proc/${pid}`), { recursive: true });
    const gone = await collector.collect(signal);
    expect(linesOf(gone, 'ffmpeg_processes', 'ffmpeg_process_resident_memory_bytes')).toEqual([
      'ffmpeg_processes{camera_id="gate"} 0',
    ]);
  });

  it('follows files that are appended to, cut off and replaced', async () => {
    const path = join(root, 'progress.txt');
    await writeFile(path, BLOCK);
    const collector = collectorWith([{ cameraId: 'gate', path }]);
    const frames = async (): Promise<string | undefined> =>
      linesOf(await collector.collect(signal), 'ffmpeg_frames_total')[0]?.split(' ')[1];
    expect(await frames()).toBe('0');
    await appendFile(path, BLOCK.replace('frame=250', 'frame=300').slice(0, 40));
    await appendFile(path, BLOCK.replace('frame=250', 'frame=300').slice(40));
    expect(await frames()).toBe('50');
    await writeFile(path, 'frame=20\nprogress=continue\n');
    expect(await frames()).toBe('70');
    await writeFile(join(root, 'new.txt'), `frame=5\nprogress=continue\n${'[x] RTP: missed 1 packets\n'.repeat(9)}`);
    await rename(join(root, 'new.txt'), path);
    const page = await collector.collect(signal);
    expect(page).toContain('ffmpeg_frames_total{camera_id="gate"} 75');
    expect(page).toContain('ffmpeg_errors_total{camera_id="gate",class="packets_missed"} 9');
  });

  it('says that a file cannot be read, and does not wait for a named pipe', async () => {
    const collector = collectorWith([
      { cameraId: 'gate', path: join(root, 'nothing') },
      { cameraId: 'gate', path: '/dev/zero' },
    ]);
    const page = await collector.collect(signal);
    expect(page).toContain('vedette_collector_failure{collector="ffmpeg",part="progress",reason="path"} 1');
  });

  it('finds processes of this very machine', async () => {
    const child = spawn('sleep', ['30']);
    try {
      const own = createFfmpegCollector({
        clock,
        cameras: () => [{ cameraId: 'sleeper', patterns: ['30'] }],
        progress: book,
        programs: ['sleep'],
      });
      await expect
        .poll(async () => linesOf(await own.collect(signal), 'ffmpeg_processes')[0])
        .toMatch(/^ffmpeg_processes\{camera_id="sleeper"\} [1-9]/);
    } finally {
      child.kill();
    }
  });
});
