import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { type ProbeReport, type ProbeTarget, createHlsProbe } from '@vedette/agent';
import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/base/clock.ts';
import { type Route, TestServers, endless, probeTarget, redirect, routes } from './hls-server.ts';

const servers = new TestServers();
afterEach(() => servers.closeAll());

const policy = { allows: (ip: string) => ip === '127.0.0.1' };
const newProbe = (): ReturnType<typeof createHlsProbe> => createHlsProbe({ clock: new SystemClock(), policy });
const probed = (url: string, parts: Partial<ProbeTarget> = {}, probe = newProbe()): Promise<ProbeReport> =>
  probe(probeTarget(url, parts), new AbortController().signal);

const SEGMENT = (() => {
  // One packet of a transport stream that names no program, often: enough to be one, too little to be seen.
  const packet = Buffer.alloc(188, 0xff);
  packet.set([0x47, 0x1f, 0xff, 0x10]);
  return Buffer.concat(Array.from({ length: 40 }, () => packet));
})();

const media = (lines: string, head = '#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n'): string =>
  `#EXTM3U\n${head}${lines}`;
const LIVE = media('#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n');

describe('a playlist that is none of a live stream', () => {
  const cases: readonly (readonly [string, string | Route, string, string])[] = [
    ['that is HTML', '<html></html>', 'protocol', 'playlist'],
    ['a master that names itself', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n', 'protocol', 'playlist'],
    [
      'a master of sound alone',
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="mp4a.40.2"\nx.m3u8\n',
      'no_video',
      'playlist',
    ],
    ['that has ended', `${LIVE}#EXT-X-ENDLIST\n`, 'stalled', 'playlist'],
    ['without segments', media(''), 'no_packets', 'playlist'],
    ['of gaps', media('#EXT-X-GAP\n#EXTINF:2,\na.ts\n'), 'no_packets', 'segment'],
    [
      'whose newest segment stands in it twice',
      media('#EXTINF:2,\na.ts\n#EXTINF:2,\nb.ts\n#EXTINF:2,\na.ts\n'),
      'stalled',
      'playlist',
    ],
    ['whose segment is not there', media('#EXTINF:2,\ngone.ts\n'), 'path', 'segment'],
    ['whose segment is a page', media('#EXTINF:2,\npage.ts\n'), 'protocol', 'segment'],
    ['whose segment is sound', media('#EXTINF:2,\nsound.aac\n'), 'no_video', 'segment'],
    ['whose segment is empty', media('#EXTINF:2,\nempty.ts\n'), 'no_packets', 'segment'],
    [
      'whose segment is on a network that is not allowed',
      media('#EXTINF:2,\nhttp://169.254.169.254/latest/meta-data\n'),
      'policy',
      'connect',
    ],
    ['whose segment is a file', media('#EXTINF:2,\nfile:///etc/passwd\n'), 'protocol', 'segment'],
    ['of fragmented MP4 without its map', media('#EXTINF:2,\nmoof.m4s\n'), 'protocol', 'segment'],
    ['without end', endless(`#EXT-X-X:${'x'.repeat(60_000)}\n`), 'protocol', 'playlist'],
    ['that comes a byte at a time', endless('#', 200), 'timeout', 'playlist'],
    ['that never comes', () => undefined, 'timeout', 'playlist'],
    ['that is redirected for ever', redirect('/live.m3u8'), 'protocol', 'playlist'],
    [
      'that is redirected to a network that is not allowed',
      redirect('http://10.1.2.3:9/live.m3u8'),
      'policy',
      'connect',
    ],
    ['that is redirected to no address', redirect('gopher://x/'), 'protocol', 'playlist'],
    ['that needs credentials', (_, response) => void response.writeHead(401).end(), 'no_credentials', 'playlist'],
    ['that is not there', (_, response) => void response.writeHead(404).end(), 'path', 'playlist'],
    ['of a server without room', (_, response) => void response.writeHead(503).end(), 'session_limit', 'playlist'],
    ['of a server that fails', (_, response) => void response.writeHead(500).end(), 'server_error', 'playlist'],
    ['whose segment never ends', media('#EXTINF:2,\ntrickle.ts\n'), 'stalled', 'segment'],
  ];
  it.each(cases)('%s', async (_, playlist, reason, phase) => {
    const url = await servers.http(
      routes({
        '/live.m3u8': playlist,
        '/a.ts': SEGMENT,
        '/page.ts': '<html>',
        '/sound.aac': Buffer.from([0xff, 0xf1, 0, 0, 0, 0, 0, 0]),
        '/empty.ts': '',
        '/moof.m4s': Buffer.from('00000010moof00000000'.replace(/^0{7}10/, '\0\0\0\x10')),
        '/trickle.ts': endless(SEGMENT.subarray(0, 188), 100),
      }),
    );
    const report = await probed(`${url}/live.m3u8`);
    expect(report.failure).toMatchObject({ reason, phase });
    expect(report.failure?.message.length).toBeLessThanOrEqual(300);
    expect(report.durationMs).toBeLessThan(7_000);
    expect(report.bytesRead).toBeLessThan(18_000_000);
    await expect.poll(() => servers.open).toBe(0);
  });

  it('whose media sequence goes back again and again has stalled', async () => {
    let sequence = 100;
    const url = await servers.http(
      routes({
        '/live.m3u8': (_, response) => {
          sequence = sequence > 103 ? 100 : sequence + 2;
          response.end(
            media(`#EXTINF:2,\n${sequence}.ts\n`, `#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:${sequence}\n`),
          );
        },
        ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`/${100 + i}.ts`, SEGMENT])),
      }),
    );
    const probe = newProbe();
    const reasons: (string | undefined)[] = [];
    for (let i = 0; i < 10; i++) reasons.push((await probed(`${url}/live.m3u8`, {}, probe)).failure?.reason);
    expect(reasons[0]).toBeUndefined();
    expect(reasons.at(-1)).toBe('stalled');
  });
});

describe('a stream that is long or large', () => {
  it('a segment larger than the budget ends the probe with what it has', async () => {
    const url = await servers.http(
      routes({ '/live.m3u8': media('#EXTINF:2,\nbig.ts\n'), '/big.ts': endless(SEGMENT) }),
    );
    const report = await probed(`${url}/live.m3u8`, { mode: 'full', bytesMax: 1_000_000 });
    expect(report.failure?.reason).toMatch(/^(no_video)$/);
    expect(report.bytesRead).toBeLessThan(1_300_000);
  });

  it('a playlist of a whole day is read', async () => {
    const day = media(Array.from({ length: 43_200 }, (_, i) => `#EXTINF:2,\nsegment-${i}.ts\n`).join(''));
    const url = await servers.http(routes({ '/live.m3u8': day, '/segment-43199.ts': SEGMENT }));
    const report = await probed(`${url}/live.m3u8`);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.hls?.mediaSequence).toBe(7);
  });
});

describe('a stream with parts (LL-HLS)', () => {
  it('advances, and its age and latency are those of its parts', async () => {
    const startMs = Date.now();
    const at = (ms: number): string => new Date(ms).toISOString();
    const url = await servers.http(
      routes({
        '/live.m3u8': (_, response) => {
          // One part each 250 ms, one segment of four.
          const parts = Math.floor((Date.now() - startMs) / 250) + 8;
          const whole = Math.floor(parts / 4);
          const first = whole - 2;
          const text = [
            '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PART-INF:PART-TARGET=0.25',
            `#EXT-X-MEDIA-SEQUENCE:${first}\n#EXT-X-PROGRAM-DATE-TIME:${at(startMs - 2_000 + first * 1_000)}`,
            ...[first, first + 1].map((n) => `#EXTINF:1,\n${n}.ts`),
            ...Array.from({ length: parts % 4 }, (_, i) => `#EXT-X-PART:DURATION=0.25,URI="${whole}.${i}.ts"`),
          ];
          response.end(`${text.join('\n')}\n`);
        },
        ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`/${i}.ts`, SEGMENT])),
      }),
    );
    const probe = newProbe();
    const report = await probed(`${url}/live.m3u8`, { mode: 'full', windowMs: 1_500 }, probe);
    expect(report.failure).toBeUndefined();
    expect(report.measured?.hls?.stalled).toBe(false);
    expect(report.measured?.hls?.playlistAgeSeconds).toBeLessThan(0.9);
    expect(Math.abs(report.measured?.hls?.liveLatencySeconds ?? 9)).toBeLessThan(0.9);
    await new Promise((done) => {
      setTimeout(done, 2_100);
    });
    const later = await probed(`${url}/live.m3u8`, {}, probe);
    // Two seconds are too short to say how fast it runs.
    expect(later.measured?.hls).toMatchObject({ stalled: false, mediaSequence: expect.any(Number) });
    expect(later.measured?.hls?.advanceRatio).toBeUndefined();
  });
});

describe('credentials', () => {
  it('go to the machine of the inventory, and to no other that it redirects to', async () => {
    const seen: string[] = [];
    const asks: Route = (request, response) => {
      if (request.headers.authorization !== undefined) seen.push(request.headers.host ?? '');
      response.writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' }).end();
    };
    const url = await servers.http(
      routes({
        '/away.m3u8': (_, response) => redirect(`http://localhost:${new URL(url).port}/there.m3u8`)(_, response),
        '/there.m3u8': asks,
      }),
    );
    const credentials = { username: 'operator', password: 'canary-hunter2' };
    const away = await probed(`${url}/away.m3u8`, { credentials });
    expect(away.failure).toMatchObject({ reason: 'credentials' });
    expect(seen).toEqual([]);
    const home = await probed(`${url}/there.m3u8`, { credentials });
    expect(home.failure).toMatchObject({
      reason: 'credentials',
      message: expect.stringContaining('refused the credentials'),
    });
    // Once: a server that only ever asks again is not answered again.
    expect(seen).toHaveLength(1);
    expect(JSON.stringify([away, home])).not.toContain('canary');
  });
});

describe('Digest credentials', () => {
  it('are sent after one challenge, and with the next requests of the probe at once', async () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    const counts: string[] = [];
    let challenges = 0;
    const guarded =
      (body: string | Buffer): Route =>
      (request, response) => {
        const field = (name: string): string =>
          new RegExp(`[ ,]${name}="?([^",]*)`).exec(request.headers.authorization ?? '')?.[1] ?? '';
        const secret = md5('operator:r:canary-hunter2');
        const expected = md5(`${secret}:n1:${field('nc')}:${field('cnonce')}:auth:${md5(`GET:${request.url}`)}`);
        if (field('response') !== expected || counts.includes(field('nc'))) {
          challenges++;
          response
            .writeHead(401, { 'www-authenticate': 'Basic realm="r", Digest realm="r", nonce="n1", qop="auth"' })
            .end('no');
          return;
        }
        counts.push(field('nc'));
        response.end(body);
      };
    const url = await servers.http(routes({ '/live.m3u8': guarded(LIVE), '/b.ts': guarded(SEGMENT) }));
    const report = await probed(`${url}/live.m3u8`, {
      credentials: { username: 'operator', password: 'canary-hunter2' },
      timeoutMs: 4_000,
      windowMs: 3_000,
    });
    expect(report.failure).toBeUndefined();
    expect([challenges, counts]).toEqual([1, ['00000001', '00000002', '00000003']]);
  });
});

describe('a signal that outlives its probes', () => {
  it('holds nothing of them', async () => {
    const url = await servers.http(routes({ '/live.m3u8': LIVE, '/b.ts': SEGMENT }));
    const { signal } = new AbortController();
    const probe = newProbe();
    for (let i = 0; i < 3; i++) await probe(probeTarget(`${url}/live.m3u8`), signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('what is no HTTP server', () => {
  it.each([
    [
      'another protocol',
      (socket: { write(text: string): void }) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
      'protocol',
    ],
    [
      'headers without end',
      (socket: { write(text: string): void }) => socket.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`),
      'protocol',
    ],
    ['a hang-up', (socket: { destroy(): void }) => socket.destroy(), 'closed'],
    ['silence', () => undefined, 'timeout'],
  ] as const)('%s', async (_, speak, reason) => {
    const url = await servers.plain((socket) => {
      socket.once('data', () => (speak as (to: typeof socket) => void)(socket));
    });
    expect((await probed(`${url}/live.m3u8`, { timeoutMs: 1_000 })).failure?.reason).toBe(reason);
  });

  it('nobody, a name that is none, another network, TLS where there is none', async () => {
    const gone = await servers.plain(() => undefined);
    await servers.closeAll();
    expect((await probed(`${gone}/x`)).failure).toMatchObject({ reason: 'refused', phase: 'connect' });
    const resolving = createHlsProbe({
      clock: new SystemClock(),
      policy,
      lookup: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    });
    expect((await probed('http://camera.invalid/x', {}, resolving)).failure).toMatchObject({
      reason: 'dns',
      phase: 'resolve',
    });
    expect((await probed('http://192.0.2.1/x')).failure).toMatchObject({ reason: 'policy', phase: 'connect' });
    const plain = await servers.http((_, response) => void response.end());
    expect((await probed(plain.replace('http:', 'https:'))).failure).toMatchObject({ reason: 'tls', phase: 'tls' });
    expect((await probed('ftp://127.0.0.1/x')).failure).toMatchObject({ reason: 'protocol', phase: 'resolve' });
  });

  it('a name is connected to where the policy allows one of its addresses, and nowhere else', async () => {
    const url = await servers.http(routes({ '/live.m3u8': LIVE, '/b.ts': SEGMENT }));
    const resolving = createHlsProbe({
      clock: new SystemClock(),
      policy,
      lookup: () => Promise.resolve(['192.0.2.1', '127.0.0.1']),
    });
    const report = await probed(`http://camera.test:${new URL(url).port}/live.m3u8`, {}, resolving);
    expect(report.failure).toBeUndefined();
    expect(report.remoteAddress).toBe(url.slice(7));
  });

  it('a caller that gives up gets its reason, and no connection is left', async () => {
    const url = await servers.http(() => undefined);
    const controller = new AbortController();
    const reading = newProbe()(probeTarget(url), controller.signal);
    setTimeout(() => controller.abort(new Error('enough')), 200);
    await expect(reading).rejects.toThrow('enough');
    await expect.poll(() => servers.open).toBe(0);
  });
});
