import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { type RequestListener, createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createFfmpegFrameReader, createPictureWatch, createSnapshotReader } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { cleanUp, programOrNotice, temporaryFolder } from './vedette-process.ts';

const ffmpeg = programOrNotice('/usr/bin/ffmpeg', 'pictures made and read by ffmpeg');
const deps = { clock: new SystemClock(), policy: { allows: (ip: string) => ip === '127.0.0.1' } };
const entry = {
  file: new URL('../support/picture-thread-from-sources.mjs', import.meta.url),
  execArgv: ['--conditions=vedette-source'],
};
const signal = new AbortController().signal;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await cleanUp();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function jpegOf(source: string, folder = temporaryFolder()): Buffer {
  const file = join(folder, 'picture.jpg');
  execFileSync('/usr/bin/ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    source,
    '-frames:v',
    '1',
    '-q:v',
    '3',
    file,
  ]);
  return readFileSync(file);
}

const snapshotReader = (): ReturnType<typeof createSnapshotReader> => {
  const reader = createSnapshotReader(deps, { entry });
  closing.push(() => reader.close());
  return reader;
};

const target = (url: string, timeoutMs = 10_000): { cameraId: string; url: string; timeoutMs: number } => ({
  cameraId: 'cam-1',
  url,
  timeoutMs,
});

describe.skipIf(ffmpeg === undefined)('snapshots over HTTP', () => {
  it('are decoded to grey of 320 pixels, with their tint, and judged', async () => {
    const pictures = [
      jpegOf('testsrc=size=1280x720'),
      jpegOf('color=black:size=1280x720'),
      jpegOf('color=red:size=640x480'),
    ];
    let next = 0;
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(pictures[next]),
    );
    const reader = snapshotReader();
    const first = await reader.read(target(url), signal);
    expect(first.failure).toBeUndefined();
    expect(first.picture).toMatchObject({ width: 320, height: 180 });
    const watch = createPictureWatch({ cameraId: 'cam-1' });
    if (first.picture) watch.observePicture(first.picture, first.atMs);
    expect(watch.luma).toBeGreaterThan(60);
    expect(watch.sharpness).toBeGreaterThan(10);
    next = 1;
    const black = (await reader.read(target(url), signal)).picture;
    if (black) watch.observePicture(black, first.atMs + 1_000);
    expect(watch.luma).toBeLessThan(2);
    next = 2;
    const red = (await reader.read(target(url), signal)).picture;
    expect(red?.chroma?.red).toBeGreaterThan(80);
    expect(red).toMatchObject({ width: 320, height: 240 });
  });

  it('that are none, too large, broken or endless are failures, and the next one is read all the same', async () => {
    const good = jpegOf('testsrc=size=320x240');
    const huge = Buffer.from(good);
    // The frame header says 60,000 × 60,000.
    const frame = huge.indexOf(Buffer.from([0xff, 0xc0]));
    huge.writeUInt16BE(60_000, frame + 5);
    huge.writeUInt16BE(60_000, frame + 7);
    const answers: Record<string, RequestListener> = {
      '/huge': (_, response) => response.end(huge),
      '/cut': (_, response) => response.end(good.subarray(0, good.length / 3)),
      '/text': (_, response) => response.end('no picture'),
      '/stream': (_, response) =>
        response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace;boundary=x' }).end('--x'),
      '/endless': (_, response) => void setInterval(() => response.write(Buffer.alloc(65_536, 1)), 1).unref(),
      '/slow': (_, response) => void response.write(good.subarray(0, 100)),
      '/good': (_, response) => response.end(good),
    };
    const url = await serve((request, response) => answers[request.url ?? '']?.(request, response));
    const reader = snapshotReader();
    const failure = async (path: string): Promise<string | undefined> =>
      (await reader.read(target(url + path, 4_000), signal)).failure?.reason;
    expect(await failure('/huge')).toBe('protocol');
    expect(await failure('/cut')).toBe('no_video');
    expect(await failure('/text')).toBe('no_video');
    expect(await failure('/stream')).toBe('no_video');
    expect(await failure('/endless')).toBe('protocol');
    expect(await failure('/slow')).toBe('timeout');
    expect(await failure('/good')).toBeUndefined();
  });
});

describe.skipIf(ffmpeg === undefined)('the first frame by ffmpeg', () => {
  it('needs credentials that stand neither in its arguments nor in its environment', async () => {
    const jpeg = jpegOf('testsrc=size=1280x720');
    const authorization = `Basic ${Buffer.from("oper'ator:canary hunter2/@'").toString('base64')}`;
    const url = await serve((request, response) => {
      if (request.headers.authorization !== authorization)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': jpeg.length }).end(jpeg);
    });
    const folder = temporaryFolder();
    const command = join(folder, 'ffmpeg');
    writeFileSync(command, `#!/bin/sh\n(printf '%s\\n' "$@"; env) > '${folder}/seen'\nexec /usr/bin/ffmpeg "$@"\n`);
    chmodSync(command, 0o755);
    const reader = createFfmpegFrameReader(deps, { command, concurrency: 1 });
    const credentials = { username: "oper'ator", password: "canary hunter2/@'" };
    const answer = await reader.read({ ...target(`${url}/snap.jpg`), credentials }, signal);
    expect(answer.failure).toBeUndefined();
    expect(answer.picture).toMatchObject({ width: 320, height: 180 });
    expect(readFileSync(join(folder, 'seen'), 'utf8')).not.toMatch(/hunter2|127\.0\.0\.1/);
    const refused = await reader.read(
      { ...target(`${url}/snap.jpg`), credentials: { username: 'a', password: 'canary-wrong' } },
      signal,
    );
    expect(refused.failure).toMatchObject({ reason: 'credentials' });
    expect(JSON.stringify(refused)).not.toContain('canary');
  });

  it('of what never comes, of files, and of addresses that are not allowed is a failure', async () => {
    const silent = await serve(() => undefined);
    const reader = createFfmpegFrameReader(deps, { command: '/usr/bin/ffmpeg', concurrency: 2 });
    const reason = async (url: string): Promise<string | undefined> =>
      (await reader.read(target(url, 1_500), signal)).failure?.reason;
    expect(
      await Promise.all([reason(`${silent}/x.jpg`), reason('file:///etc/passwd'), reason('rtsp://169.254.169.254/x')]),
    ).toEqual(['timeout', 'protocol', 'policy']);
    const absent = createFfmpegFrameReader(deps, { command: '/nowhere/ffmpeg', concurrency: 1 });
    expect((await absent.read(target(`${silent}/x.jpg`), signal)).failure?.message).toContain('cannot be started');
  });
});
