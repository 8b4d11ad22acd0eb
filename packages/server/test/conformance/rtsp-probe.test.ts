/** The RTSP probe against a server that behaves, and against the quirks of cameras. */
import { networkInterfaces } from 'node:os';
import { createRtspProbe } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificates.ts';
import { deps, targetOf } from '../support/rtsp-probing.ts';
import {
  type RtspServerOptions,
  type RtspTestServer,
  startByteServer,
  startRtspServer,
} from '../support/rtsp-server.ts';

const probe = createRtspProbe(deps);
const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some((address) => address.address === '::1'));
const servers: RtspTestServer[] = [];
const never = new AbortController().signal;

async function serve(options: RtspServerOptions = {}): Promise<RtspTestServer> {
  const server = await startRtspServer(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('a cheap probe', () => {
  it('reads H.264 to its first key frame and a few others, tells size, rate and phases, and leaves no session behind', async () => {
    const server = await serve({ keyAfter: 3, clockOffsetMs: 5_000 });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec: 'h264',
      profile: 'high',
      level: '1.3',
      width: 320,
      height: 240,
      declaredFps: 25,
      transport: 'tcp',
      hasAudio: false,
    });
    expect(report.stream?.parameterSets).toMatch(/^[0-9a-f]{16}$/);
    expect(Object.keys(report.phasesMs)).toEqual(
      expect.arrayContaining(['connect', 'options', 'describe', 'setup', 'play', 'first_packet', 'first_keyframe']),
    );
    expect(report.phasesMs.window).toBeUndefined();
    expect(report.measured).toMatchObject({ frames: 7, keyFrames: 1, packetsLost: 0, timestampsBackwards: 0 });
    expect(report.measured?.clockOffsetSeconds).toBeCloseTo(5, 0);
    expect(report.frames?.key).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0, 0));
    expect(report.frames?.mediaMs).toEqual(Float64Array.of(0, 40, 80, 120, 160, 200, 240));
    expect(report.measured?.stampedFps).toBeCloseTo(25, 3);
    expect(report.server).toBe('house of tests');
    expect(report.remoteAddress).toBe(`127.0.0.1:${server.port}`);
    expect(server.requests.map((request) => request.method)).toEqual([
      'OPTIONS',
      'DESCRIBE',
      'SETUP',
      'PLAY',
      'TEARDOWN',
    ]);
    expect(server.requests[2]?.url).toBe(`${server.url}/trackID=0`);
    expect(server.openSessions).toBe(0);
  });

  it('reads H.265 with its parameter sets in an aggregation packet only', async () => {
    const server = await serve({ codec: 'h265', fps: 20, sprop: false });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({
      codec: 'h265',
      profile: 'main',
      level: '2.1',
      width: 640,
      height: 360,
      declaredFps: 20,
    });
    expect(report.measured?.keyFrames).toBe(1);
  });

  it('does not wait long for others after its key frame', async () => {
    const server = await serve({ fps: 2 });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
    // A second and a half, of two frames a second.
    expect(report.measured?.frames).toBeLessThanOrEqual(4);
  });

  it.each(['h264', 'h265'] as const)(
    'parameter sets that only the stream has stay what they were while it goes on: %s',
    async (codec) => {
      const passports = [];
      for (const mode of ['cheap', 'full'] as const) {
        const server = await serve({ codec, sprop: false });
        passports.push((await probe({ ...targetOf(server.url), mode }, never)).stream);
      }
      expect(passports[0]?.parameterSets).toMatch(/^[0-9a-f]{16}$/);
      expect(passports[1]).toEqual(passports[0]);
    },
  );

  it('reads MJPEG and its size from the payload', async () => {
    const server = await serve({ codec: 'mjpeg', frameBytes: 3_000 });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream).toMatchObject({ codec: 'mjpeg', width: 640, height: 360 });
    expect(report.frames?.bytes[0]).toBe(3_000 + 3 * 8);
  });

  it('ends after three seconds without a key frame, and that is no failure', async () => {
    const server = await serve({ keyAfter: 1_000 });
    const report = await probe(targetOf(server.url, { timeoutMs: 8_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(0);
    expect(report.phasesMs.first_keyframe).toBeGreaterThan(2_500);
    expect(report.phasesMs.window).toBeUndefined();
    expect(report.durationMs).toBeLessThan(7_500);
  });
});

describe('a full probe', () => {
  it('tells delivered from stamped rate, the key-frame interval, and bits a second', async () => {
    const server = await serve({ fps: 20, stampedFps: 25, gop: 10 });
    const report = await probe(targetOf(server.url, { mode: 'full', timeoutMs: 8_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.framesPerSecond).toBeGreaterThan(10);
    expect(report.measured?.framesPerSecond).toBeLessThan(22);
    expect(report.measured?.stampedFps).toBeCloseTo(25, 3);
    expect(report.measured?.keyFrameIntervalSeconds).toBeCloseTo(0.4, 3);
    expect(report.measured?.bitsPerSecond).toBeGreaterThan(100_000);
    expect(report.phasesMs.window).toBeGreaterThan(1_800);
  });

  it('counts lost packets over UDP, and nothing else', async () => {
    const server = await serve({ lose: (packet) => packet > 10 && packet % 20 === 0 });
    const report = await probe(targetOf(server.url, { mode: 'full', transport: 'udp', timeoutMs: 8_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream?.transport).toBe('udp');
    const { packets = 0, packetsLost = 0 } = report.measured ?? {};
    expect(packetsLost / (packets + packetsLost)).toBeGreaterThan(0.03);
    expect(packetsLost / (packets + packetsLost)).toBeLessThan(0.07);
    expect(server.openSessions).toBe(0);
  });

  it('ends early when its bytes are used up, with what it has', async () => {
    const server = await serve({ frameBytes: 40_000 });
    const report = await probe(targetOf(server.url, { mode: 'full', bytesMax: 200_000, timeoutMs: 8_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.bytesRead).toBeLessThan(400_000);
    expect(report.phasesMs.window).toBeLessThan(1_500);
  });

  it.each(['all', 'none'] as const)('counts frames right with markers on %s of the packets', async (markers) => {
    const server = await serve({ markers, frameBytes: 4_000 });
    const report = await probe(targetOf(server.url, { mode: 'full', windowMs: 1_000 }), never);
    expect(report.measured?.frames).toBeGreaterThan(9);
    expect(report.measured?.frames).toBeLessThan(29);
    expect(report.frames?.bytes[1]).toBeGreaterThan(4_000);
  });

  it('tells the camera at half of its time-out that we are still there', async () => {
    const server = await serve({
      answer: (request, usual) => (request.method === 'SETUP' ? usual().replace('timeout=60', 'timeout=2') : undefined),
    });
    const report = await probe(targetOf(server.url, { mode: 'full', windowMs: 2_500 }), never);
    expect(report.failure).toBeUndefined();
    // Each second of two and a half.
    const told = server.requests.filter((request) => request.method === 'GET_PARAMETER').length;
    expect(told).toBeGreaterThanOrEqual(1);
    expect(told).toBeLessThanOrEqual(4);
  });

  it('that begins and falls silent is stalled', async () => {
    const server = await serve({ silentAfter: 10 });
    const report = await probe(targetOf(server.url, { mode: 'full', windowMs: 3_000, timeoutMs: 8_000 }), never);
    expect(report.failure).toMatchObject({ reason: 'stalled' });
    expect(report.measured?.frames).toBe(10);
    expect(server.openSessions).toBe(0);
  });

  it('that ends in the middle is stalled', async () => {
    const server = await serve({ endAfter: 10 });
    const report = await probe(targetOf(server.url, { mode: 'full' }), never);
    expect(report.failure).toMatchObject({
      reason: 'stalled',
      message: 'The camera closed the connection after 10 frames.',
    });
  });
});

describe('authentication', () => {
  const auth = { username: 'view"er', password: 'p:ä ss' };
  it.each(['basic', 'digest-md5', 'digest-sha256', 'digest-rfc2069', 'digest-both'] as const)(
    'answers %s',
    async (scheme) => {
      const server = await serve({ auth: { scheme, ...auth, username: 'viewer' } });
      const report = await probe(targetOf(server.url, { credentials: { ...auth, username: 'viewer' } }), never);
      expect(report.failure).toBeUndefined();
      expect(server.requests.filter((request) => request.method === 'DESCRIBE')).toHaveLength(2);
      expect(server.requests.filter((request) => request.method === 'PLAY')).toHaveLength(1);
      expect(server.openSessions).toBe(0);
    },
  );

  it('answers a nonce that becomes stale between requests once more', async () => {
    const server = await serve({ auth: { scheme: 'digest-md5', username: 'viewer', password: 'x', nonceUses: 2 } });
    const report = await probe(targetOf(server.url, { credentials: { username: 'viewer', password: 'x' } }), never);
    expect(report.failure).toBeUndefined();
    expect(server.requests.filter((request) => request.method === 'PLAY')).toHaveLength(2);
  });

  it.each(['basic', 'digest-md5'] as const)(
    'with a wrong password fails as credentials after one try (%s)',
    async (scheme) => {
      const server = await serve({ auth: { scheme, username: 'viewer', password: 'right' } });
      const report = await probe(
        targetOf(server.url, { credentials: { username: 'viewer', password: 'hunter2' } }),
        never,
      );
      expect(report.failure).toEqual({
        reason: 'credentials',
        phase: 'describe',
        message: 'The camera refused the credentials (401).',
      });
      expect(server.requests.filter((request) => request.method === 'DESCRIBE')).toHaveLength(2);
      expect(JSON.stringify(report)).not.toContain('hunter2');
    },
  );

  it('without credentials says that some are needed', async () => {
    const server = await serve({ auth: { scheme: 'basic', username: 'viewer', password: 'right' } });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toMatchObject({
      reason: 'no_credentials',
      message: expect.stringContaining('none are known'),
    });
  });
});

describe('TLS', () => {
  const { cert, key } = makeCertificate({ name: 'camera', hosts: ['127.0.0.1'] });
  it('is spoken with a self-signed certificate only where that is allowed', async () => {
    const server = await serve({ tls: { cert, key } });
    const refused = await probe(targetOf(server.url), never);
    expect(refused.failure).toMatchObject({
      reason: 'tls',
      phase: 'tls',
      message: expect.stringContaining('self-signed'),
    });
    const report = await probe(targetOf(server.url, { insecureTls: true }), never);
    expect(report.failure).toBeUndefined();
    expect(report.stream?.transport).toBe('tls');
    expect(report.phasesMs.tls).toBeGreaterThan(0);
    expect(server.openSessions).toBe(0);
  });

  it('on a plain port fails as tls, and a TLS port asked without it says so', async () => {
    const plain = await serve();
    const report = await probe(targetOf(plain.url.replace('rtsp:', 'rtsps:'), { timeoutMs: 1_500 }), never);
    expect(report.failure).toMatchObject({ reason: 'tls', phase: 'tls' });
    // A TLS server's alert "unexpected message" to what is no handshake.
    const secure = await startByteServer((socket) =>
      socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 10]))),
    );
    const answer = await probe(targetOf(secure.url, { timeoutMs: 1_500 }), never);
    await secure.close();
    expect(answer.failure).toMatchObject({
      reason: 'protocol',
      phase: 'options',
      message: expect.stringContaining('rtsps://'),
    });
  });
});

describe('addresses', () => {
  it.runIf(hasIpv6)('of IPv6', async () => {
    const server = await serve({ host: '::1' });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.remoteAddress).toBe(`[::1]:${server.port}`);
    expect(server.requests[0]?.url).toBe(server.url);
  });

  it('of a name are tried in turn, those that the policy allows', async () => {
    const server = await serve();
    const asked: string[] = [];
    const named = createRtspProbe({
      ...deps,
      policy: { allows: (ip) => ip.startsWith('127.') },
      lookup: async (name) => {
        asked.push(name);
        return ['10.1.1.1', '127.9.9.9', '127.0.0.1'];
      },
    });
    const report = await named(targetOf(`rtsp://user:secret@camera.example:${server.port}/stream?channel=1`), never);
    expect(report.failure).toBeUndefined();
    expect(asked).toEqual(['camera.example']);
    expect(report.remoteAddress).toBe(`127.0.0.1:${server.port}`);
    expect(report.phasesMs.resolve).toBeGreaterThanOrEqual(0);
    expect(server.requests[0]?.url).toBe(`rtsp://camera.example:${server.port}/stream?channel=1`);
    expect(server.requests[2]?.url).toBe(`rtsp://camera.example:${server.port}/stream?channel=1/trackID=0`);
    expect(server.requests.some((request) => request.headers.has('authorization'))).toBe(false);
  });
});

describe('quirks of cameras', () => {
  const ok: Record<string, RtspServerOptions> = {
    'no CSeq in answers': { answer: (_request, usual) => usual().replace(/CSeq: \d+\r\n/, '') },
    'headers in lower case, line ends without CR': { answer: (_request, usual) => lowerHead(usual()) },
    'OPTIONS that is not known': {
      answer: (request) =>
        request.method === 'OPTIONS' ? `RTSP/1.0 405 Method Not Allowed\r\nCSeq: 1\r\n\r\n` : undefined,
    },
    'other channels than asked for': { channels: [4, 5] },
    'no Content-Base': { answer: (_request, usual) => usual().replace(/Content-Base: [^\r]+\r\n/, '') },
    'an absolute address of the track, behind another address of the camera': {
      sdp: 'v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:rtsp://192.168.1.64:554/stream/track1\n',
    },
    'a description without a length': {
      answer: (request, usual) =>
        request.method === 'DESCRIBE' ? usual().replace(/Content-Length: \d+\r\n/, '') : undefined,
    },
    'a session with a space before its timeout': {
      answer: (request, usual) =>
        request.method === 'SETUP' ? usual().replace(';timeout=60', '; timeout = 30') : undefined,
    },
    'a payload type that was not announced': {
      sdp: 'v=0\nm=video 0 RTP/AVP 97\na=rtpmap:97 H264/90000\na=control:trackID=0\n',
      frameBytes: 400,
    },
    'empty lines between messages': { answer: (_request, usual) => `\r\n\r\n${usual()}` },
    'PLAY of the tracks only': {
      answer: (request) =>
        request.method === 'PLAY' && !request.url.endsWith('trackID=0')
          ? 'RTSP/1.0 459 Aggregate Operation Not Allowed\r\n\r\n'
          : undefined,
    },
    'a provisional answer first': { answer: (_request, usual) => `RTSP/1.0 100 Continue\r\n\r\n${usual()}` },
    'a request of its own in between': {
      answer: (_request, usual) => `OPTIONS rtsp://you RTSP/1.0\r\nCSeq: 77\r\n\r\n${usual()}`,
    },
  };
  it.each(Object.keys(ok))('%s', async (name) => {
    const server = await serve(ok[name]);
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
    expect(server.requests.some((request) => request.method === 'TEARDOWN')).toBe(true);
  });

  it('packets before the answer to PLAY count', async () => {
    const packet = (sequence: number, payload: readonly number[]): Buffer => {
      const rtp = Buffer.from([0x80, 0xe0, 0, sequence, 0, 0, 0, sequence, 1, 2, 3, 4, ...payload]);
      return Buffer.concat([Buffer.from([0x24, 0, 0, rtp.length]), rtp]);
    };
    const server = await serve({
      silentAfter: 0,
      answer: (request, usual) =>
        request.method === 'PLAY'
          ? Buffer.concat([packet(1, [0x65, 0x88, 1]), packet(2, [0x41, 0x9a, 1]), Buffer.from(usual())])
          : undefined,
    });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured).toMatchObject({ packets: 2, frames: 2, keyFrames: 1 });
  });

  it('a stream by UDP that a firewall drops is told apart from one that does not come at all', async () => {
    const server = await serve({ dropUdp: true });
    const report = await probe(targetOf(server.url, { transport: 'udp', timeoutMs: 9_000 }), never);
    expect(report.failure).toMatchObject({
      reason: 'no_packets',
      phase: 'first_packet',
      message: expect.stringContaining('set this camera'),
    });
    expect(server.openSessions).toBe(0);
  });
});

describe('refusals of a server', () => {
  const refuse =
    (method: string, status: string): NonNullable<RtspServerOptions['answer']> =>
    (request) =>
      request.method === method ? `RTSP/1.0 ${status}\r\nCSeq: ${request.headers.get('cseq')}\r\n\r\n` : undefined;
  it.each([
    ['DESCRIBE', '404 Not Found', 'path'],
    ['DESCRIBE', '403 Forbidden', 'credentials'],
    ['DESCRIBE', '500 Internal Server Error', 'server_error'],
    ['DESCRIBE', '503 Service Unavailable', 'session_limit'],
    ['SETUP', '453 Not Enough Bandwidth', 'session_limit'],
    ['SETUP', '461 Unsupported Transport', 'server_error'],
    ['PLAY', '454 Session Not Found', 'path'],
  ])('%s answered with %s is %s', async (method, status, reason) => {
    const server = await serve({ answer: refuse(method, status) });
    const report = await probe(targetOf(server.url), never);
    expect(report.failure).toMatchObject({
      reason,
      phase: method.toLowerCase(),
      message: expect.stringContaining(status.slice(0, 3)),
    });
    expect(report.measured).toBeUndefined();
    expect(server.requests.some((request) => request.method === 'TEARDOWN')).toBe(method === 'PLAY');
  });

  it('a description without video is no_video', async () => {
    const server = await serve({ sdp: 'v=0\r\nm=audio 0 RTP/AVP 0\r\n' });
    expect((await probe(targetOf(server.url), never)).failure).toMatchObject({ reason: 'no_video', phase: 'describe' });
  });

  it('encrypted media is told as such', async () => {
    const server = await serve({ sdp: 'v=0\r\nm=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n' });
    expect((await probe(targetOf(server.url), never)).failure).toMatchObject({
      message: expect.stringContaining('SRTP'),
    });
  });

  it('silence by UDP is reported within a time-out that leaves none for a second try', async () => {
    const server = await serve({ dropUdp: true });
    const report = await probe(targetOf(server.url, { transport: 'udp', timeoutMs: 1_500 }), never);
    expect(report.failure).toMatchObject({
      reason: 'no_packets',
      message: expect.stringContaining('try transport tcp'),
    });
    expect(report.durationMs).toBeLessThan(5_000);
    expect(server.openSessions).toBe(0);
  });

  it('PLAY without packets is no_packets, and is torn down', async () => {
    const server = await serve({ silentAfter: 0 });
    const report = await probe(targetOf(server.url, { timeoutMs: 2_000 }), never);
    expect(report.failure).toMatchObject({ reason: 'no_packets', phase: 'first_packet' });
    expect(report.durationMs).toBeLessThan(5_000);
    expect(server.openSessions).toBe(0);
  });

  it('an abort rejects with its reason and still tears down', async () => {
    const server = await serve({ keyAfter: 1_000 });
    const abort = new AbortController();
    const running = probe(targetOf(server.url), abort.signal);
    while (server.openSessions === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort(new Error('stopping'));
    await expect(running).rejects.toThrow('stopping');
    expect(server.openSessions).toBe(0);
  });
});

function lowerHead(answer: string): string {
  const end = answer.indexOf('\r\n\r\n');
  const [first, ...lines] = answer.slice(0, end).split('\r\n');
  const head = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase() + line.slice(line.indexOf(':')));
  return `${[first, ...head].join('\n')}\n\n${answer.slice(end + 4)}`;
}
