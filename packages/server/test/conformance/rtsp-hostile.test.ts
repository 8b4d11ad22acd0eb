/** Servers that mean harm, or are something else: each is classified within the time, with bounded memory, and the probe lives on. */
import { FAILURE_REASONS, createRtspProbe } from '@vedette/agent';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { deps, targetOf } from '../support/rtsp-probing.ts';
import { startByteServer, startRtspServer } from '../support/rtsp-server.ts';
import { CLIP_SETS } from '../support/rtsp-stream.ts';

const probe = createRtspProbe(deps);
const never = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function bytes(serve: (socket: Socket) => void): Promise<{ url: string; connections: () => number }> {
  const server = await startByteServer(serve);
  closing.push(server.close);
  return server;
}

/** Answers each request with what `answer` makes of its number (from 1), its method and its CSeq. */
async function scripted(
  answer: (method: string, cseq: string, socket: Socket) => string | Buffer | undefined,
): Promise<{ url: string; connections: () => number }> {
  return bytes((socket) => {
    socket.on('data', (chunk) => {
      for (const request of chunk.toString('latin1').split('\r\n\r\n').slice(0, -1)) {
        const method = request.slice(0, request.indexOf(' '));
        const text = answer(method, /CSeq: (\d+)/.exec(request)?.[1] ?? '', socket);
        if (text !== undefined) socket.write(text);
      }
    });
  });
}

const ok = (cseq: string, lines: string[] = [], body = ''): string =>
  [
    `RTSP/1.0 200 OK`,
    `CSeq: ${cseq}`,
    ...lines,
    ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
    '',
    body,
  ].join('\r\n');
const SDP = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n';

/** Answers everything as it should be, and then `media`. */
const playing = (media: (socket: Socket) => void): Promise<{ url: string; connections: () => number }> =>
  scripted((method, cseq, socket) => {
    if (method === 'DESCRIBE') return ok(cseq, ['Content-Type: application/sdp'], SDP);
    if (method === 'SETUP') return ok(cseq, ['Session: 1', 'Transport: RTP/AVP/TCP;interleaved=0-1']);
    if (method === 'PLAY') setImmediate(() => media(socket));
    return ok(cseq);
  });

/** Writes for ever as fast as it is read, until the peer goes. */
function flood(socket: Socket, chunk: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
}

function packet(payload: Buffer, sequence: number, timestamp: number, marker = true): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt8(0x24, 0);
  header.writeUInt16BE(12 + payload.length, 2);
  header.writeUInt8(0x80, 4);
  header.writeUInt8((marker ? 0x80 : 0) | 96, 5);
  header.writeUInt16BE(sequence & 0xffff, 6);
  header.writeUInt32BE(timestamp, 8);
  return Buffer.concat([header, payload]);
}

const TIMEOUT_MS = 2_000;

async function expectFailure(url: string, failure: object, timeoutMs = TIMEOUT_MS): Promise<void> {
  const before = process.memoryUsage();
  const report = await probe(targetOf(url, { timeoutMs }), never);
  const after = process.memoryUsage();
  expect(report.failure).toMatchObject(failure);
  expect(report.failure?.message.length).toBeLessThanOrEqual(300);
  expect(report.durationMs).toBeLessThan(timeoutMs + 4_000);
  expect(after.heapUsed - before.heapUsed + after.external - before.external).toBeLessThan(128 * 1_048_576);
}

describe('not RTSP at all', () => {
  it.each([
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n', 'HTTP'],
    ['FTP', '220 ready\r\n', 'FTP'],
    ['a database', Buffer.from([0x4a, 0, 0, 0, 0x0a, 0x38, 0x2e, 0x30]), 'does not speak RTSP'],
    ['a TLS alert', Buffer.from([0x15, 3, 3, 0, 2, 2, 10]), 'rtsps://'],
    ['zeros', Buffer.alloc(100_000), 'does not speak RTSP'],
  ])('%s is protocol', async (_name, banner, words) => {
    const { url } = await bytes((socket) => socket.write(banner));
    await expectFailure(url, { reason: 'protocol', phase: 'options', message: expect.stringContaining(words) });
  });

  it('a port that closes at once is closed, one that resets too, one that is silent a timeout', async () => {
    await expectFailure((await bytes((socket) => socket.end())).url, { reason: 'closed', phase: 'options' });
    // The reset overtakes the connection now and then.
    await expectFailure((await bytes((socket) => socket.resetAndDestroy())).url, {
      reason: expect.stringMatching(/^(closed|refused)$/),
    });
    await expectFailure((await bytes(() => undefined)).url, { reason: 'timeout', phase: 'options' });
  });

  it('nobody there is refused, a name that does not exist dns, another network policy', async () => {
    const server = await startByteServer(() => undefined);
    await server.close();
    await expectFailure(server.url, { reason: 'refused', phase: 'connect' });
    await expectFailure('rtsp://camera-that-is-not.invalid/x', { reason: 'dns', phase: 'resolve' }, 8_000);
    await expectFailure('rtsp://192.0.2.1/x', { reason: 'policy' });
    await expectFailure('rtsp://[::ffff:192.0.2.1]/x', { reason: 'policy' });
    await expectFailure('http://127.0.0.1/x', { reason: 'path' });
    await expectFailure('rtsp://127.0.0.1:0/x', { reason: 'path' });
  });

  it('a name is resolved once and the policy is asked about what it resolved to', async () => {
    const asked: string[] = [];
    const wary = createRtspProbe({
      ...deps,
      policy: { allows: (ip) => asked.push(ip) < 0 },
      lookup: async () => ['10.9.8.7', '::1'],
    });
    const report = await wary(targetOf('rtsp://camera.example/x'), never);
    expect(report.failure).toMatchObject({ reason: 'policy', message: expect.stringContaining('10.9.8.7') });
    expect(asked).toEqual(['10.9.8.7', '::1']);
  });
});

describe('answers without end', () => {
  it('headers', async () => {
    const { url } = await scripted((_method, cseq, socket) => {
      socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\n`);
      flood(socket, 'X-More: and more and more\r\n'.repeat(100));
      return undefined;
    });
    await expectFailure(url, { reason: 'protocol', message: expect.stringContaining('headers') });
  });

  it('one line', async () => {
    const { url } = await scripted((_method, _cseq, socket) => {
      socket.write('RTSP/1.0 200 ');
      flood(socket, 'O'.repeat(10_000));
      return undefined;
    });
    await expectFailure(url, { reason: 'protocol', message: expect.stringContaining('line longer') });
  });

  it('a session description of a gigabyte, announced or sent without a length', async () => {
    const announced = await scripted((method, cseq) =>
      method === 'DESCRIBE'
        ? `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: 1000000000\r\n\r\nv=0\r\n`
        : ok(cseq),
    );
    await expectFailure(announced.url, {
      reason: 'protocol',
      phase: 'describe',
      message: expect.stringContaining('1000000000'),
    });
    const endless = await scripted((method, cseq, socket) => {
      if (method !== 'DESCRIBE') return ok(cseq);
      socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n`);
      flood(socket, 'a=more:and more\r\n'.repeat(500));
      return undefined;
    });
    await expectFailure(endless.url, { reason: 'protocol', phase: 'describe' });
  });

  it('a byte every 50 milliseconds', async () => {
    const { url } = await bytes((socket) => {
      const text = 'RTSP/1.0 200 OK\r\nX: ' + 'slow'.repeat(1_000);
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++] ?? ''), 50);
      socket.on('close', () => clearInterval(timer));
    });
    await expectFailure(url, { reason: 'timeout', phase: 'options' });
  });

  it('packets instead of an answer', async () => {
    const { url } = await scripted((_method, _cseq, socket) => {
      flood(socket, packet(Buffer.alloc(60_000), 1, 1));
      return undefined;
    });
    await expectFailure(url, { reason: 'protocol', phase: 'options', message: expect.stringContaining('no answer') });
  });

  it('answers to questions that nobody asked, and questions', async () => {
    const stray = await scripted((_method, _cseq, socket) => {
      flood(socket, 'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n'.repeat(100));
      return undefined;
    });
    await expectFailure(stray.url, { reason: 'protocol' });
    const asking = await scripted((_method, _cseq, socket) => {
      flood(socket, 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(100));
      return undefined;
    });
    await expectFailure(asking.url, { reason: 'protocol', message: expect.stringContaining('without end') });
  });
});

describe('wrong lengths', () => {
  it('a description shorter than announced is a timeout that names the missing bytes', async () => {
    const { url } = await scripted((method, cseq) =>
      method === 'DESCRIBE' ? `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: 5000\r\n\r\n${SDP}` : ok(cseq),
    );
    await expectFailure(url, {
      reason: 'timeout',
      phase: 'describe',
      message: expect.stringContaining(`${5_000 - SDP.length} bytes`),
    });
  });

  it.each(['-1', '1e9', '0x10', '99999999999999999999', 'many'])('Content-Length: %s is protocol', async (length) => {
    const { url } = await scripted((method, cseq) =>
      method === 'DESCRIBE' ? `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: ${length}\r\n\r\n` : ok(cseq),
    );
    await expectFailure(url, { reason: 'protocol', phase: 'describe' });
  });

  it('a description longer than announced: what is over is passed over', async () => {
    const short = 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
    const { url } = await scripted((method, cseq, socket) => {
      if (method === 'DESCRIBE')
        return `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Length: ${short.length}\r\n\r\n${short}a=x:1\r\n`;
      if (method === 'SETUP') return ok(cseq, ['Session: 1', 'Transport: RTP/AVP/TCP;interleaved=0-1']);
      if (method === 'PLAY') setImmediate(() => socket.write(packet(Buffer.from([0x65, 0x88, 1]), 1, 1)));
      return ok(cseq);
    });
    const report = await probe(targetOf(url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
  });

  it('an interleaved packet with a wrong length is got over', async () => {
    const { url } = await playing((socket) => {
      const wrong = packet(Buffer.alloc(100, 0x11), 1, 1);
      wrong.writeUInt16BE(60, 2);
      socket.write(Buffer.concat([wrong, packet(Buffer.from([0x65, 0x88, 1]), 2, 9_000)]));
    });
    const report = await probe(targetOf(url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
  });

  it('a stream of garbage between packets is protocol', async () => {
    const { url } = await playing((socket) => flood(socket, Buffer.alloc(65_536, 0x11)));
    await expectFailure(url, { reason: 'protocol', message: expect.stringContaining('lengths') });
  });
});

describe('authentication and redirects', () => {
  it.each([
    ['a new nonce each time', (n: number) => `Digest realm="r", nonce="n${n}"`],
    ['a nonce that is always stale', (n: number) => `Digest realm="r", nonce="n${n}", stale=true`],
    ['Basic', () => 'Basic realm="r"'],
    ['kinds that are not known', () => 'Negotiate abc, Digest realm="r", nonce="n", algorithm=SHA-512-256'],
  ])('never loops: %s', async (_name, challenge) => {
    let requests = 0;
    const { url } = await scripted((_method, cseq) => {
      requests++;
      return `RTSP/1.0 401 Unauthorized\r\nCSeq: ${cseq}\r\nWWW-Authenticate: ${challenge(requests)}\r\n\r\n`;
    });
    const report = await probe(targetOf(url, { credentials: { username: 'u', password: 'p' } }), never);
    expect(report.failure).toMatchObject({ reason: 'credentials', phase: 'options' });
    expect(requests).toBeLessThanOrEqual(3);
  });

  it('a challenge at each request ends after six', async () => {
    let requests = 0;
    const { url } = await scripted((method, cseq) => {
      requests++;
      // Right once, then stale with the next request: a server that lets a probe in with a nonce for each request.
      if (requests % 2 === 1)
        return `RTSP/1.0 401 Unauthorized\r\nCSeq: ${cseq}\r\nWWW-Authenticate: Digest realm="r", nonce="${requests}"\r\n\r\n`;
      if (method === 'DESCRIBE') return ok(cseq, [], SDP);
      if (method === 'SETUP') return ok(cseq, ['Session: 1']);
      return ok(cseq);
    });
    await probe(targetOf(url, { credentials: { username: 'u', password: 'p' }, timeoutMs: 1_000 }), never);
    expect(requests).toBeLessThanOrEqual(12);
  });

  it('redirects to itself end after three', async () => {
    const { url, connections } = await scripted((method, cseq) =>
      method === 'DESCRIBE' ? `RTSP/1.0 302 Moved\r\nCSeq: ${cseq}\r\nLocation: ${url}\r\n\r\n` : ok(cseq),
    );
    await expectFailure(url, { reason: 'protocol', message: expect.stringContaining('more than 3') });
    expect(connections()).toBe(4);
  });

  it('a redirect out of the allowed networks is policy, one to what is no RTSP protocol', async () => {
    for (const [location, reason] of [
      ['rtsp://192.0.2.7/x', 'policy'],
      ['http://127.0.0.1/x', 'protocol'],
      ['', 'protocol'],
    ] as const) {
      const { url } = await scripted((method, cseq) =>
        method === 'DESCRIBE' ? `RTSP/1.0 301 Moved\r\nCSeq: ${cseq}\r\nLocation: ${location}\r\n\r\n` : ok(cseq),
      );
      await expectFailure(url, { reason });
    }
  });

  it('a redirect inside them is followed, and credentials do not go along to another host', async () => {
    const server = await startRtspServer({ auth: { scheme: 'basic', username: 'u', password: 'p' } });
    closing.push(server.close);
    const credentials = { username: 'u', password: 'p' };
    const to = (host: string): string => server.url.replace('127.0.0.1', host);
    const redirecting = (host: string): Promise<{ url: string }> =>
      scripted((method, cseq) =>
        method === 'DESCRIBE' ? `RTSP/1.0 302 Moved\r\nCSeq: ${cseq}\r\nLocation: ${to(host)}\r\n\r\n` : ok(cseq),
      );
    const same = await probe(targetOf((await redirecting('127.0.0.1')).url, { credentials }), never);
    expect(same.failure).toBeUndefined();
    expect(same.remoteAddress).toBe(`127.0.0.1:${server.port}`);
    const other = await probe(targetOf((await redirecting('[::ffff:127.0.0.1]')).url, { credentials }), never);
    expect(other.failure?.reason).toBe('policy');
    const named = await probe(targetOf((await redirecting('localhost')).url, { credentials }), never);
    expect(named.failure).toMatchObject({
      reason: 'credentials',
      message: expect.stringContaining('not carried along'),
    });
  });
});

describe('media that is none', () => {
  it('garbage NAL units are protocol', async () => {
    const { url } = await playing((socket) => {
      let n = 0;
      const timer = setInterval(() => {
        n++;
        socket.write(packet(Buffer.alloc(500, 0xff), n, n * 3_600));
      }, 20);
      socket.on('close', () => clearInterval(timer));
    });
    await expectFailure(url, {
      reason: 'protocol',
      phase: 'first_keyframe',
      message: expect.stringContaining('picture'),
    });
  });

  it('garbage parameter sets before a picture leave the size away, and nothing else', async () => {
    const sps = Buffer.from(CLIP_SETS.h264.sps, 'base64');
    const { url } = await playing((socket) => {
      let sequence = 0;
      for (let n = 0; n < 200; n++) {
        const broken = Buffer.concat([Buffer.from([0x67]), Buffer.alloc(3 + n, n), sps.subarray(0, n % 12)]);
        socket.write(packet(broken, sequence++, 1, false));
      }
      socket.write(packet(Buffer.from([0x65, 0x88, 1]), sequence++, 1));
    });
    const report = await probe(targetOf(url), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.keyFrames).toBe(1);
    expect(report.stream?.codec).toBe('h264');
  });

  it('packets that are not RTP are protocol', async () => {
    const { url } = await playing((socket) => {
      for (let n = 0; n < 50; n++) socket.write(Buffer.concat([Buffer.from([0x24, 0, 0, 40]), Buffer.alloc(40, 7)]));
    });
    await expectFailure(url, {
      reason: 'protocol',
      phase: 'first_packet',
      message: expect.stringContaining('not RTP'),
    });
  });

  it('a million frames keep 1,024 rows, and the budget ends it', async () => {
    const { url } = await playing((socket) => {
      let n = 0;
      const more = (): void => {
        while (!socket.destroyed && socket.write(packet(Buffer.from([0x41, 0x9a, 1]), n, n++ * 90)));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });
    const report = await probe(targetOf(url, { mode: 'full', bytesMax: 1_000_000, timeoutMs: 5_000 }), never);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.frames).toBeGreaterThan(20_000);
    expect(report.frames?.atMs).toHaveLength(1_024);
    expect(report.bytesRead).toBeLessThan(4_000_000);
  });

  it('a description that wants to add lines to our requests is refused', async () => {
    const { url } = await scripted((method, cseq) =>
      method === 'DESCRIBE' ? ok(cseq, [], `v=0\nm=video 0 RTP/AVP 96\na=control:rtsp://a/\rTEARDOWN x\n`) : ok(cseq),
    );
    await expectFailure(url, { reason: 'protocol', phase: 'setup' });
  });
});

/** A change to one of the things that a server says: where in it (0 to 1), what is put there, and how much is taken out. */
interface Damage {
  readonly message: number;
  readonly at: number;
  readonly insert: Uint8Array;
  readonly remove: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  message: fc.nat(4),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .constantFrom(
        '\r\n',
        '\r\n\r\n',
        ':',
        ' ',
        '$',
        '$\0\0\u0010',
        'RTSP/1.0 200 OK\r\n',
        '99999999',
        'Content-Length: 7\r\n',
        'm=video 1',
      )
      .map((text) => Buffer.from(text, 'latin1')),
  ),
  remove: fc.nat(30),
});

function damaged(bytes: Buffer, { at, insert, remove }: Damage): Buffer {
  const from = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + remove)]);
}

describe('damage anywhere', () => {
  it('ends in a report within the time, with a reason of the list or a stream', async () => {
    const variants = fc.sample(fc.array(damage, { minLength: 1, maxLength: 3 }), 240);
    const key = Buffer.concat([Buffer.from([0x65, 0x88]), Buffer.alloc(300, 0x11)]);
    const media = [0, 1, 2, 3].map((n) => packet(key, n, n * 3_600));
    for (let from = 0; from < variants.length; from += 40) {
      await Promise.all(
        variants.slice(from, from + 40).map(async (changes) => {
          const order = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'media'];
          const say = (what: string, text: string | Buffer): Buffer =>
            changes.filter((change) => order[change.message] === what).reduce(damaged, Buffer.from(text));
          const { url } = await scripted((method, cseq, socket) => {
            if (method === 'DESCRIBE') return say(method, ok(cseq, ['Content-Type: application/sdp'], SDP));
            if (method === 'SETUP')
              return say(method, ok(cseq, ['Session: 1', 'Transport: RTP/AVP/TCP;interleaved=0-1']));
            if (method === 'PLAY') setImmediate(() => socket.write(say('media', Buffer.concat(media))));
            return say(method, ok(cseq));
          });
          const report = await probe(targetOf(url, { timeoutMs: 400 }), new AbortController().signal);
          expect(report.durationMs).toBeLessThan(5_000);
          if (report.failure) expect(FAILURE_REASONS).toContain(report.failure.reason);
          else expect(report.measured?.frames).toBeGreaterThan(0);
        }),
      );
    }
  });
});
