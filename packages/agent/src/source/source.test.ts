import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer } from '../testing/answering-server.ts';
import { SteppedClock, systemClock } from '../testing/stepped-clock.ts';
import { parseBoundedJson, percentage } from './bounded-json.ts';
import { HttpSource, type HttpSourceOptions } from './http-source.ts';
import { RisingCounters } from './rising-counters.ts';
import { SourceFault } from './source-fault.ts';
import { StreamProgressBook } from './stream-progress.ts';
import { readFrigateConfig } from '../vms/frigate/config.ts';
import { newestSegmentEnd } from '../vms/frigate/recordings.ts';
import { readFrigateStats } from '../vms/frigate/stats.ts';
import { readGo2rtcStreams } from '../vms/go2rtc/streams.ts';
import { readMediamtxPaths } from '../vms/mediamtx/paths.ts';

const signal = new AbortController().signal;

describe('reading a server', () => {
  let server: AnsweringServer;

  beforeEach(async () => {
    server = await AnsweringServer.start();
  });

  afterEach(() => server.stop());

  const source = (options: Partial<HttpSourceOptions> = {}): HttpSource =>
    new HttpSource({ url: server.url, timeoutMs: 1_500, answerBytesMax: 1_000, ...options }, systemClock);

  it('proves who asks with a secret that is read at the moment of use', async () => {
    server.answers.set('/', 'hello');
    let password = 'old';
    const one = source({ credentials: () => ({ username: 'u', password }) });
    await one.get('/', signal);
    password = 'new';
    await one.get('/', signal);
    expect(
      server.authorizations.map((header) => Buffer.from(header?.split(' ')[1] ?? '', 'base64').toString()),
    ).toEqual(['u:old', 'u:new']);
    const other = source({ bearerToken: () => 't' });
    await other.get('/', signal);
    expect(server.authorizations.at(-1)).toBe('Bearer t');
  });

  it.each([
    [401, 'credentials'],
    [404, 'path'],
    [503, 'server_error'],
    [302, 'protocol'],
  ])('calls status %i %s, and follows no redirect', async (status, reason) => {
    server.answers.set('/', { status, headers: { location: '/elsewhere' } });
    await expect(source().get('/', signal)).rejects.toMatchObject({ reason });
    expect(server.asked).toEqual(['/']);
  });

  it('gives up on what is too large, too slow, compressed, or cut off', async () => {
    server.answers.set('/large', 'x'.repeat(2_000));
    server.answers.set('/silent', () => undefined);
    server.answers.set('/drip', (_request, response) => void response.write('x'));
    server.answers.set('/gzip', { status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' });
    server.answers.set('/cut', (_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('x', () => response.destroy());
    });
    const started = performance.now();
    const reasons = await Promise.all(
      ['/large', '/silent', '/drip', '/gzip', '/cut'].map((path) =>
        source()
          .get(path, signal)
          .then(
            () => 'answered',
            (error: { reason?: string }) => error.reason,
          ),
      ),
    );
    expect(reasons).toEqual(['too_large', 'timeout', 'timeout', 'protocol', 'stalled']);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('goes only where the policy allows, by address and by name', async () => {
    const policy = { allows: (ip: string) => ip !== '127.0.0.1' && ip !== '::1' };
    await expect(source({ addressPolicy: policy }).get('/', signal)).rejects.toMatchObject({ reason: 'policy' });
    const named = source({ addressPolicy: policy, url: `http://localhost:${server.port}` });
    await expect(named.get('/', signal)).rejects.toMatchObject({ reason: 'policy' });
    expect(server.asked).toEqual([]);
  });

  it('tells a port that nobody listens on from a name that nobody has, without the query', async () => {
    const port = server.port;
    await server.stop();
    const gone = new HttpSource({ url: `http://127.0.0.1:${port}` }, systemClock);
    await expect(gone.get('/a?token=hunter2', signal)).rejects.toMatchObject({
      reason: 'refused',
      message: `127.0.0.1:${port}/a: ECONNREFUSED`,
    });
    server = await AnsweringServer.start();
  });

  it('takes no address with a password in it', () => {
    expect(() => source({ url: 'http://u:hunter2@h/' })).toThrow(/name them by reference/);
    expect(() => source({ url: 'ftp://h/' })).toThrow(RangeError);
  });
});

describe('bounded JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseBoundedJson(Buffer.from(text), 'x')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what is nested too deep or has too many values, before building it', () => {
    expect(() => parseBoundedJson(Buffer.from('['.repeat(1_000_000)), 'x')).toThrow(/nested deeper/);
    expect(() => parseBoundedJson(Buffer.from(`[${'0,'.repeat(500_000)}0]`), 'x')).toThrow(/more than/);
    // Brackets and commas inside of texts are text.
    expect(parseBoundedJson(Buffer.from(`["${'[,'.repeat(500_000)}\\"["]`), 'x')).toHaveLength(1);
  });

  it('does not repeat what it could not read', () => {
    expect(() => parseBoundedJson(Buffer.from('rtsp://u:hunter2@h'), 'x')).toThrow('x: the answer is not JSON');
  });

  it.each([
    ['12.0%', 12],
    [' 7 %', 7],
    ['3', 3],
    [4.5, 4.5],
    ['', undefined],
    ['-', undefined],
    ['-%', undefined],
    ['N/A', undefined],
    [null, undefined],
    ['9'.repeat(100), undefined],
  ])('reads %j as a percentage', (text, value) => expect(percentage(text)).toBe(value));
});

describe('counters that only rise', () => {
  it('add what each connection brought, whatever connections come, go and begin anew', () => {
    const connection = fc.record({ id: fc.constantFrom('a', 'b', 'c'), add: fc.nat(1_000), reset: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(connection, { maxLength: 3 }), { maxLength: 20 }), (rounds) => {
        const counters = new RisingCounters();
        const values = new Map<string, number>();
        let last = 0;
        let brought = 0;
        let first = true;
        for (const round of rounds) {
          counters.beginRound();
          const seen = new Set<string>();
          for (const { id, add, reset } of round) {
            if (seen.has(id)) continue;
            seen.add(id);
            const before = values.get(id);
            // A reset is only visible by a value below the last one.
            const value = before !== undefined && reset && add < before ? add : (before ?? 0) + add;
            if (!first) brought += before === undefined || value < before ? value : value - before;
            values.set(id, value);
            const total = counters.observe('s', id, value);
            expect(total).toBeGreaterThanOrEqual(last);
            last = total;
          }
          if (seen.size > 0) {
            first = false;
            for (const id of values.keys()) if (!seen.has(id)) values.delete(id);
          }
          counters.endRound();
        }
        expect(counters.total('s') ?? 0).toBe(brought);
      }),
    );
  });

  it('keeps a bounded number of connections', () => {
    const counters = new RisingCounters();
    counters.beginRound();
    for (let i = 0; i < 10_000; i++) counters.observe('s', String(i), 1);
    counters.endRound();
    expect(counters.total('s')).toBe(0);
  });
});

describe('what a stream has done', () => {
  const clock = new SteppedClock();
  const at = () => ({ nowMs: clock.now(), monotonicMs: clock.monotonicMs() });

  it('is a rate, the time of the last arrival, and reconnects but not rests', () => {
    const book = new StreamProgressBook();
    const read = (connections: readonly { id: string | undefined; bytes: number }[], resting = false) => {
      clock.advance(10_000);
      book.beginRound();
      const progress = book.observe('s', connections, resting, at());
      book.endRound();
      return progress;
    };
    expect(read([{ id: '1', bytes: 5_000 }])).toEqual({
      receivedBytes: 0,
      bitsPerSecond: undefined,
      advancedAtMs: undefined,
      reconnects: 0,
    });
    const arrived = read([{ id: '1', bytes: 6_000 }]);
    expect(arrived).toMatchObject({ receivedBytes: 1_000, bitsPerSecond: 800, advancedAtMs: clock.now() });
    expect(read([{ id: '1', bytes: 6_000 }])).toMatchObject({ bitsPerSecond: 0, advancedAtMs: clock.now() - 10_000 });
    expect(read([{ id: '2', bytes: 300 }])).toMatchObject({ receivedBytes: 1_300, reconnects: 1 });
    // Its id is not told: the same connection is meant.
    expect(read([{ id: undefined, bytes: 400 }])).toMatchObject({ receivedBytes: 1_400, reconnects: 1 });
    read([], true);
    expect(read([{ id: '3', bytes: 100 }])).toMatchObject({ receivedBytes: 1_500, reconnects: 1 });
    read([], false);
    expect(read([{ id: '4', bytes: 100 }])).toMatchObject({ receivedBytes: 1_600, reconnects: 2 });
  });

  it('takes a connection for the same when its id is told later', () => {
    const book = new StreamProgressBook();
    for (const [id, bytes] of [
      [undefined, 5_000],
      ['x', 5_100],
    ] as const) {
      book.beginRound();
      const { receivedBytes, reconnects } = book.observe('s', [{ id, bytes }], false, at());
      book.endRound();
      expect({ receivedBytes, reconnects }).toEqual({ receivedBytes: id === undefined ? 0 : 100, reconnects: 0 });
    }
  });
});

describe('what servers answer', () => {
  const readers: Readonly<Record<string, (answer: unknown) => unknown>> = {
    'Frigate’s statistics': (answer) => readFrigateStats(answer, 'x'),
    'Frigate’s configuration': (answer) => readFrigateConfig(answer, 'x'),
    'Frigate’s recordings': newestSegmentEnd,
    'MediaMTX’s paths': (answer) => readMediamtxPaths(answer, 'x', 100),
    'go2rtc’s streams': (answer) => readGo2rtcStreams(answer, 'x'),
  };
  const KEYS = ['cameras', 'service', 'camera_fps', 'gpu_usages', 'detectors', 'storage', 'items', 'name', 'source', 'producers', 'consumers', 'receivers', 'codec', 'id', 'end_time', 'readers', 'tracks', 'tracks2', '__proto__', 'constructor']; // prettier-ignore
  const leaf = fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.boolean());
  const grown = (inner: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof(
      leaf,
      fc.array(inner, { maxLength: 4 }),
      fc.array(fc.tuple(fc.constantFrom(...KEYS), inner), { maxLength: 6 }).map((pairs) => new Map(pairs)),
    );
  // Text, so that names such as __proto__ are what a server would send.
  const textOf = (value: unknown): string => {
    if (value instanceof Map)
      return `{${[...value].map(([key, one]) => `${JSON.stringify(key)}:${textOf(one)}`).join(',')}}`;
    return Array.isArray(value) ? `[${value.map(textOf).join(',')}]` : JSON.stringify(value);
  };
  const json = grown(grown(grown(grown(grown(leaf))))).map(textOf);

  it.each(Object.entries(readers))('%s may be anything: it is read, or refused in words', (_name, reader) => {
    fc.assert(
      fc.property(json, (answer) => {
        try {
          reader(JSON.parse(answer));
        } catch (error) {
          expect(error).toBeInstanceOf(SourceFault);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
