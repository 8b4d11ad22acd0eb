import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProbeReport, type ProbeTarget, createMjpegProbe } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import {
  Stop,
  cleanUp,
  end,
  eventually,
  freePort,
  programOrNotice,
  start,
  temporaryFolder,
} from './vedette-process.ts';

/** The probe against servers that others wrote: Debian's motion and ffmpeg. */
const motion = programOrNotice('/usr/bin/motion', 'MJPEG of motion');
const ffmpeg = programOrNotice('/usr/bin/ffmpeg', 'MJPEG of ffmpeg and motion');

afterEach(cleanUp);

const probe = createMjpegProbe({ clock: new SystemClock(), policy: { allows: (ip) => ip === '127.0.0.1' } });

const target = (url: string, parts: Partial<ProbeTarget> = {}): ProbeTarget => ({
  cameraId: 'cam-1',
  url,
  mode: 'full',
  timeoutMs: 8_000,
  windowMs: 3_000,
  bytesMax: 50_000_000,
  ...parts,
});

const probed = (url: string, parts?: Partial<ProbeTarget>): Promise<ProbeReport> =>
  probe(target(url, parts), new AbortController().signal);

/** A clip of moving colours, and motion showing it as the stream of a camera. */
async function startMotion(method: 'none' | 'basic' | 'digest'): Promise<string> {
  const folder = temporaryFolder();
  const clip = join(folder, 'clip.mp4');
  const made = start(
    '/usr/bin/ffmpeg',
    [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=640x352:rate=10',
      '-t',
      '60',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      clip,
    ],
    folder,
  );
  await new Promise((done) => {
    made.once('close', done);
  });
  const port = await freePort();
  const config = {
    daemon: 'off',
    log_file: join(folder, 'motion.log'),
    target_dir: folder,
    netcam_url: `file://${clip}`,
    width: 640,
    height: 352,
    framerate: 10,
    stream_port: port,
    stream_localhost: 'on',
    stream_maxrate: 10,
    stream_motion: 'off',
    stream_auth_method: { none: 0, basic: 1, digest: 2 }[method],
    stream_authentication: 'operator:canary-hunter2',
    webcontrol_port: 0,
    movie_output: 'off',
    picture_output: 'off',
  };
  const file = join(folder, 'motion.conf');
  writeFileSync(
    file,
    Object.entries(config)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
  const child = start('/usr/bin/motion', ['-c', file, '-n'], folder);
  const url = `http://127.0.0.1:${port}/`;
  const credentials = { username: 'operator', password: 'canary-hunter2' };
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Stop(`motion ended:\n${child.output()}`);
      // Until the clip is open motion shows a grey notice of another size.
      const report = await probed(url, { mode: 'cheap', credentials });
      if (report.stream?.width !== 640) throw new Error(JSON.stringify(report));
    },
    { timeoutMs: 20_000, everyMs: 300 },
  );
  return url;
}

describe.skipIf(motion === undefined || ffmpeg === undefined)('the MJPEG stream of motion', () => {
  it.each(['basic', 'digest'] as const)('is read with %s credentials, and refused without', async (method) => {
    const url = await startMotion(method);
    const report = await probed(url, { credentials: { username: 'operator', password: 'canary-hunter2' } });
    expect(report.failure).toBeUndefined();
    expect(report.stream).toEqual({ codec: 'mjpeg', width: 640, height: 352, transport: 'http' });
    expect(report.measured?.framesPerSecond).toBeGreaterThan(5);
    expect(report.measured?.framesPerSecond).toBeLessThan(13);
    expect(report.frames?.bytes[0]).toBeGreaterThan(2_000);
    expect(new Set(report.frames?.hash).size).toBeGreaterThan(3);
    expect(Object.keys(report.phasesMs)).toEqual(
      expect.arrayContaining(['connect', 'play', 'first_packet', 'first_keyframe', 'window']),
    );
    expect(report.remoteAddress).toBe(url.slice('http://'.length, -1));

    const wrong = await probed(url, { credentials: { username: 'operator', password: 'wrong' } });
    expect(wrong.failure).toMatchObject({ reason: 'credentials', phase: 'play' });
    const none = await probed(url);
    expect(none.failure).toMatchObject({ reason: 'no_credentials' });
    expect(none.failure?.message).toContain('none are known');
    expect(JSON.stringify([report, wrong, none])).not.toMatch(/hunter2|wrong/);
  });
});

describe.skipIf(ffmpeg === undefined)('the MJPEG stream of ffmpeg', () => {
  const listen = async (source: string): Promise<{ url: string; child: ReturnType<typeof start> }> => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const args = [
      '-v',
      'error',
      '-re',
      '-f',
      'lavfi',
      '-i',
      source,
      '-f',
      'mpjpeg',
      '-content_type',
      'multipart/x-mixed-replace;boundary=ffmpeg',
      '-listen',
      '1',
      url,
    ];
    const child = start('/usr/bin/ffmpeg', args, temporaryFolder());
    return { url, child };
  };

  /** It listens for one client only, so that it cannot be asked whether it is there yet. */
  const whenListening = (url: string, parts?: Partial<ProbeTarget>): Promise<ProbeReport> =>
    eventually(
      async () => {
        const report = await probed(url, parts);
        if (report.failure?.reason === 'refused') throw new Error('not yet');
        return report;
      },
      { timeoutMs: 10_000 },
    );

  it('has its rate, its size and a hash that changes with the picture', async () => {
    const { url } = await listen('testsrc=size=320x240:rate=12');
    const report = await whenListening(url);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({ width: 320, height: 240 });
    expect(report.measured?.framesPerSecond).toBeGreaterThan(10.5);
    expect(report.measured?.framesPerSecond).toBeLessThan(13.5);
    expect(report.measured?.bitsPerSecond).toBeGreaterThan(50_000);
    expect(new Set(report.frames?.hash).size).toBeGreaterThan(20);
  });

  it('that shows one picture again and again has equal hashes', async () => {
    const { url } = await listen('color=gray:size=320x240:rate=12');
    const report = await whenListening(url);
    expect(report.measured?.frames).toBeGreaterThan(20);
    expect(new Set(report.frames?.hash).size).toBe(1);
  });

  it('that ends in the middle has stalled', async () => {
    const { url, child } = await listen('testsrc=size=320x240:rate=12');
    const reading = whenListening(url, { windowMs: 6_000 });
    setTimeout(() => void end(child, 'SIGKILL'), 2_500);
    const report = await reading;
    expect(report.failure).toMatchObject({ reason: 'stalled', phase: 'window' });
    expect(report.measured?.frames).toBeGreaterThan(3);
  });
});
