import { type ProbeReport, type ProbeTarget, createMjpegProbe } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type Route, TestServers, endless, probeTarget } from './hls-server.ts';

const servers = new TestServers();
afterEach(() => servers.closeAll());

const probe = createMjpegProbe({ clock: new SystemClock(), policy: { allows: (ip: string) => ip === '127.0.0.1' } });
const probed = (url: string, parts: Partial<ProbeTarget> = {}): Promise<ProbeReport> =>
  probe(probeTarget(url, { mode: 'full', timeoutMs: 1_500, windowMs: 600, ...parts }), new AbortController().signal);

const JPEG = Buffer.from([
  0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 240, 1, 64, 1, 1, 0x11, 0, 0xff, 0xda, 1, 2, 3, 0xff, 0xd9,
]);
const part = (body: Buffer | string, headers = 'Content-Type: image/jpeg\r\n'): Buffer =>
  Buffer.concat([Buffer.from(`--x\r\n${headers}\r\n`), Buffer.from(body), Buffer.from('\r\n')]);
const TYPE = { 'content-type': 'multipart/x-mixed-replace; boundary=x' };

const stream =
  (write: Route): Route =>
  (request, response) => {
    response.writeHead(200, TYPE);
    response.flushHeaders();
    write(request, response);
  };

describe('a server of MJPEG that means no good', () => {
  const cases: readonly (readonly [string, Route, string, string])[] = [
    ['headers, then silence', stream(() => undefined), 'no_packets', 'first_packet'],
    ['no answer', () => undefined, 'timeout', 'play'],
    ['a stream that ends at once', stream((_, response) => void response.end()), 'no_packets', 'first_packet'],
    ['a stream without boundary', stream(endless(Buffer.alloc(60_000, 65))), 'protocol', 'first_packet'],
    ['headers of a part without end', stream(endless('--x\r\na: b\r\na: b\r\n')), 'protocol', 'first_packet'],
    [
      'a part of 99 GB',
      stream((_, response) => void response.write('--x\r\nContent-Length: 99999999999\r\n\r\n')),
      'protocol',
      'first_packet',
    ],
    [
      'parts that are no pictures',
      stream(endless(part('<html>', 'Content-Type: text/html\r\n'))),
      'no_video',
      'first_packet',
    ],
    ['a byte at a time', stream(endless('-', 100)), 'no_packets', 'first_packet'],
    [
      'one picture alone',
      (_, response) => void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(JPEG),
      'no_video',
      'play',
    ],
    [
      'a page',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('x'),
      'protocol',
      'play',
    ],
    [
      'challenges for ever',
      (_, response) =>
        void response
          .writeHead(401, { 'www-authenticate': `Digest realm="r", nonce="${Math.random()}", stale=true` })
          .end(),
      'credentials',
      'play',
    ],
    [
      'a stream that breaks off',
      stream(
        (_, response) =>
          void (response.write(Buffer.concat([part(JPEG), part(JPEG), part(JPEG)])),
          setTimeout(() => response.destroy(), 200)),
      ),
      'stalled',
      'window',
    ],
    [
      'a stream that ends in the window',
      stream((_, response) => void response.end(Buffer.concat([part(JPEG), part(JPEG)]))),
      'stalled',
      'window',
    ],
  ];
  it.each(cases)('%s', async (_, route, reason, phase) => {
    const url = await servers.http(route);
    const report = await probed(url, { credentials: { username: 'u', password: 'canary-hunter2' } });
    expect(report.failure).toMatchObject({ reason, phase });
    expect(report.durationMs).toBeLessThan(6_000);
    expect(report.bytesRead).toBeLessThan(20_000_000);
    expect(JSON.stringify(report)).not.toContain('canary');
    await expect.poll(() => servers.open).toBe(0);
  });

  it('that stops in the middle of a long window has stalled', async () => {
    const url = await servers.http(
      stream((_, response) => void response.write(Buffer.concat([part(JPEG), part(JPEG), part(JPEG)]))),
    );
    const report = await probed(url, { windowMs: 3_400, timeoutMs: 5_000 });
    expect(report.failure).toMatchObject({ reason: 'stalled', message: expect.stringContaining('then none for') });
  });

  it('that gives a picture now and then is not waited for in cheap mode', async () => {
    const url = await servers.http(
      stream((_, response) => {
        response.write(part(JPEG, `Content-Type: image/jpeg\r\nContent-Length: ${JPEG.length}\r\n`));
      }),
    );
    const report = await probed(url, { mode: 'cheap', timeoutMs: 5_000 });
    expect(report.failure).toBeUndefined();
    expect(report.measured?.frames).toBe(1);
    expect(report.durationMs).toBeLessThan(4_500);
  });

  it('may send as much as it likes: the budget ends it', async () => {
    const url = await servers.http(
      stream(endless(part(Buffer.concat([JPEG.subarray(0, -2), Buffer.alloc(50_000, 1), JPEG.subarray(-2)])))),
    );
    const report = await probed(url, { bytesMax: 1_000_000, windowMs: 5_000 });
    expect(report.failure).toBeUndefined();
    expect(report.bytesRead).toBeLessThan(1_200_000);
    expect(report.measured?.frames).toBeGreaterThan(10);
  });

  it('is read to its second picture in cheap mode, which tells whether it stands still, and its own time stamps tell its clock', async () => {
    const stamp = (): string => `Content-Type: image/jpeg\r\nX-Timestamp: ${(Date.now() / 1_000 + 7).toFixed(6)}\r\n`;
    const url = await servers.http(
      stream((_, response) => {
        const timer = setInterval(() => response.write(part(JPEG, stamp())), 50);
        response.once('close', () => clearInterval(timer));
      }),
    );
    const cheap = await probed(url, { mode: 'cheap' });
    expect(cheap.measured?.frames).toBe(2);
    const full = await probed(url, { windowMs: 1_000 });
    expect(full.measured?.clockOffsetSeconds).toBeCloseTo(7, 0);
    expect(full.measured?.stampedFps).toBeGreaterThan(12);
    expect(full.stream).toMatchObject({ width: 320, height: 240 });
  });
});
