/** The RTSP probe on servers that we did not write: GStreamer's and VLC's. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRtspProbe } from '@vedette/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificates.ts';
import { deps, targetOf } from '../support/rtsp-probing.ts';
import { cleanUp, eventually, freePort, programOrNotice, root, start, temporaryFolder } from './vedette-process.ts';

const probe = createRtspProbe(deps);
const never = new AbortController().signal;
const PYTHON = '/usr/bin/python3';

afterAll(cleanUp);

function hasGStreamer(): boolean {
  const needed = `
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
missing = [name for name in ("x264enc", "x265enc", "rtph264pay", "rtph265pay", "jpegenc", "rtpjpegpay") if not Gst.ElementFactory.find(name)]
assert not missing, missing`;
  const python = programOrNotice(PYTHON, 'the probe on GStreamer');
  if (python !== undefined && spawnSync(python, ['-c', needed]).status === 0) return true;
  process.stdout.write('GStreamer’s RTSP server is not installed with its encoders: the probe on it is not run\n');
  return false;
}

interface GStreamerOptions {
  readonly auth?: 'basic' | 'digest';
  readonly tls?: string;
  readonly sessionsMax?: number;
}

const source = (fps: number): string =>
  `videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=${fps}/1`;
const MOUNTS = {
  '/h264': `( ${source(15)} ! x264enc speed-preset=ultrafast tune=zerolatency key-int-max=15 ! rtph264pay name=pay0 pt=96 )`,
  '/h265': `( ${source(10)} ! x265enc speed-preset=ultrafast tune=zerolatency key-int-max=10 ! rtph265pay name=pay0 pt=96 )`,
  '/mjpeg': `( ${source(10)} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )`,
  '/sound': `( audiotestsrc is-live=true ! mulawenc ! rtppcmupay name=pay0 pt=0 )`,
};

async function startGStreamer(options: GStreamerOptions = {}): Promise<number> {
  const settings = { mounts: MOUNTS, username: 'viewer', password: 'pass word', ...options };
  const child = start(
    PYTHON,
    [join(root, 'packages/server/test/support/gst-rtsp-server.py'), JSON.stringify(settings)],
    temporaryFolder(),
  );
  return eventually(() => {
    const port = /^(\d+)\n/m.exec(child.output())?.[1];
    if (port === undefined) throw new Error(`no port yet: ${child.output()}`);
    return Number(port);
  });
}

describe.runIf(hasGStreamer())('GStreamer’s RTSP server', () => {
  let port = 0;
  beforeAll(async () => {
    port = await startGStreamer();
  });
  const full = { mode: 'full', windowMs: 3_000, timeoutMs: 15_000 } as const;

  it.each(['tcp', 'udp'] as const)('H.264 over %s', async (transport) => {
    const report = await probe(targetOf(`rtsp://127.0.0.1:${port}/h264`, { ...full, transport }), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec: 'h264',
      profile: 'constrained baseline',
      width: 320,
      height: 240,
      declaredFps: 15,
      transport,
    });
    expect(report.measured).toMatchObject({ packetsLost: 0, timestampsBackwards: 0 });
    // The encoder shares a busy machine with the test: what arrives is near what is stamped, not equal to it.
    expect(report.measured?.framesPerSecond).toBeGreaterThan(8);
    expect(report.measured?.framesPerSecond).toBeLessThan(25);
    expect(report.measured?.stampedFps).toBeCloseTo(15, 0);
    expect(report.measured?.keyFrameIntervalSeconds).toBeGreaterThan(0.6);
    expect(report.measured?.keyFrameIntervalSeconds).toBeLessThan(1.6);
    expect(Math.abs(report.measured?.clockOffsetSeconds ?? 99)).toBeLessThan(1);
    expect(report.server).toContain('GStreamer');
  });

  it.each(['tcp', 'udp'] as const)('H.265 over %s', async (transport) => {
    const report = await probe(targetOf(`rtsp://127.0.0.1:${port}/h265`, { ...full, transport }), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec: 'h265',
      profile: 'main',
      width: 320,
      height: 240,
      declaredFps: 10,
      transport,
    });
    expect(report.measured?.framesPerSecond).toBeGreaterThan(5);
    expect(report.measured?.framesPerSecond).toBeLessThan(16);
    expect(report.measured?.keyFrames).toBeGreaterThanOrEqual(2);
    expect(report.measured?.packetsLost).toBe(0);
  });

  it('MJPEG', async () => {
    const report = await probe(targetOf(`rtsp://127.0.0.1:${port}/mjpeg`, full), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({ codec: 'mjpeg', width: 320, height: 240 });
    expect(report.measured?.keyFrames).toBe(report.measured?.frames);
  });

  it('a cheap probe ends at the first key frame', async () => {
    const report = await probe(targetOf(`rtsp://127.0.0.1:${port}/h264`, { timeoutMs: 10_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
  });

  it('a path that is not there, and a stream of sound', async () => {
    const missing = await probe(targetOf(`rtsp://127.0.0.1:${port}/nothing`), never);
    expect(missing.failure).toMatchObject({ reason: 'path', phase: 'describe' });
    const sound = await probe(targetOf(`rtsp://127.0.0.1:${port}/sound`), never);
    expect(sound.failure).toMatchObject({ reason: 'no_video', phase: 'describe' });
  });

  it.each(['basic', 'digest'] as const)('with %s authentication', async (auth) => {
    const guarded = await startGStreamer({ auth });
    const url = `rtsp://127.0.0.1:${guarded}/h264`;
    const right = await probe(
      targetOf(url, { timeoutMs: 10_000, credentials: { username: 'viewer', password: 'pass word' } }),
      never,
    );
    expect(right.failure).toBeUndefined();
    const wrong = await probe(targetOf(url, { credentials: { username: 'viewer', password: 'other' } }), never);
    expect(wrong.failure).toMatchObject({
      reason: 'credentials',
      message: 'The camera refused the credentials (401).',
    });
    const none = await probe(targetOf(url), never);
    expect(none.failure).toMatchObject({
      reason: 'no_credentials',
      message: expect.stringContaining('none are known'),
    });
  });

  it('with one session to give: each probe leaves it free for the next, and who comes second meanwhile is told', async () => {
    const narrow = await startGStreamer({ sessionsMax: 1 });
    const url = `rtsp://127.0.0.1:${narrow}/h264`;
    for (let i = 0; i < 3; i++) {
      expect((await probe(targetOf(url, { timeoutMs: 10_000 }), never)).failure).toBeUndefined();
    }
    const watching = probe(targetOf(url, full), never);
    await eventually(async () => {
      const second = await probe(targetOf(url, { timeoutMs: 10_000 }), never);
      expect(second.failure).toMatchObject({ reason: 'session_limit', phase: 'setup' });
    });
    expect((await watching).failure).toBeUndefined();
  });

  it('with TLS and a certificate that it signed itself', async () => {
    const { cert, key } = makeCertificate({ name: 'camera', hosts: ['127.0.0.1'] });
    const file = join(temporaryFolder(), 'camera.pem');
    writeFileSync(file, cert + key);
    const secure = await startGStreamer({ tls: file, auth: 'digest' });
    const url = `rtsps://127.0.0.1:${secure}/h264`;
    expect((await probe(targetOf(url, { timeoutMs: 10_000 }), never)).failure).toMatchObject({ reason: 'tls' });
    const credentials = { username: 'viewer', password: 'pass word' };
    const report = await probe(targetOf(url, { timeoutMs: 10_000, insecureTls: true, credentials }), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream?.transport).toBe('tls');
  });
});

const vlc = programOrNotice('/usr/bin/cvlc', 'the probe on VLC');
const ffmpeg = programOrNotice('/usr/bin/ffmpeg', 'the clip for VLC');

describe.runIf(vlc !== undefined && ffmpeg !== undefined)('VLC', () => {
  let url = '';
  beforeAll(async () => {
    const folder = temporaryFolder();
    const clip = join(folder, 'clip.mp4');
    const video = ['-f', 'lavfi', '-i', 'testsrc=size=352x288:rate=12', '-t', '30', '-pix_fmt', 'yuv420p'];
    const made = spawnSync(ffmpeg ?? '', [
      '-v',
      'error',
      ...video,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-g',
      '24',
      clip,
    ]);
    expect(made.status).toBe(0);
    const port = await freePort();
    url = `rtsp://127.0.0.1:${port}/clip`;
    const args = ['-I', 'dummy', '--no-dbus', clip, '--loop', '--sout-keep', '--sout', `#rtp{sdp=${url}}`];
    // VLC does not run as root.
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/tmp', vlc ?? ''];
    if (process.getuid?.() === 0) {
      spawnSync('chmod', ['-R', 'a+rX', folder]);
      start('/usr/bin/setpriv', [...nobody, ...args], folder);
    } else start(vlc ?? '', args, folder);
    await eventually(async () => {
      const report = await probe(targetOf(url, { transport: 'udp', timeoutMs: 8_000 }), never);
      expect(report.failure).toBeUndefined();
    });
  });

  it('over UDP', async () => {
    const report = await probe(
      targetOf(url, { mode: 'full', transport: 'udp', windowMs: 5_000, timeoutMs: 12_000 }),
      never,
    );
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({ codec: 'h264', width: 352, height: 288, declaredFps: 12, transport: 'udp' });
    expect(report.measured?.framesPerSecond).toBeGreaterThan(10);
    expect(report.measured?.framesPerSecond).toBeLessThan(14);
    expect(report.measured?.keyFrameIntervalSeconds).toBeCloseTo(2, 1);
    expect(report.server).toContain('VLC');
  });

  it('does not offer TCP, and the probe says what to do', async () => {
    const report = await probe(targetOf(url), never);
    expect(report.failure).toMatchObject({
      reason: 'server_error',
      phase: 'setup',
      message: expect.stringContaining('tcp and udp'),
    });
    expect(report.stream).toMatchObject({ codec: 'h264', width: 352 });
  });
});
