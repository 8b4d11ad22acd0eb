import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeWriteRequest } from '@vedette/wire/remote-write';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { SystemClock, type UnixMs } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { alertingConfigSchema } from '../../src/alerting/index.ts';
import { AlertGroup } from '../../src/alerting/route/alert-group.ts';
import { createAuthenticator } from '../../src/http/authentication.ts';
import { httpSchema } from '../../src/http/index.ts';
import { Labels } from '../../src/model/labels.ts';
import { SampleBuffer } from '../../src/model/sample.ts';
import { openQueryEngine } from '../../src/metrics/query/index.ts';
import { LABELS_BYTES_MAX, SeriesCache } from '../../src/metrics/receive/remote-write/series-cache.ts';
import { Deadlines, HttpClient } from '../../src/base/http-client/index.ts';
import { HotWindow, LATE } from '../../src/metrics/store/hot-window.ts';
import { MetadataCatalog } from '../../src/metrics/store/metadata-catalog.ts';
import { WriteRequestDecoder } from '../../../wire/src/remote-write/index.ts';

/** A clock someone sets back while others sleep by it. */
class AdjustedClock extends VirtualClock {
  adjustedMs = 0;

  override now(): UnixMs {
    return (super.now() + this.adjustedMs) as UnixMs;
  }
}

describe('time', () => {
  it('a wait of more than 24.8 days ended at once, and what waited so spun', async () => {
    const waiting = new AbortController();
    let ended = false;
    const wait = new SystemClock().sleep(40 * 86_400_000, waiting.signal).then(
      () => (ended = true),
      () => undefined,
    );
    await new SystemClock().sleep(30);
    expect(ended).toBe(false);
    waiting.abort();
    await wait;
  });

  it('a clock set back an hour silenced alert groups for that hour', async () => {
    const clock = new AdjustedClock();
    const flushes: number[] = [];
    const route = {
      groupWaitMs: 30_000,
      groupIntervalMs: 300_000,
      waitMs: 0,
      flush: async () => {
        flushes.push(clock.monotonicMs());
        return true;
      },
      failed: (_group: AlertGroup, error: unknown) => {
        throw error;
      },
    };
    const group = new AlertGroup({ routeId: '{}', key: '{}:{}', labels: Labels.EMPTY }, clock, route, 0);
    group.start();
    group.insert({
      labels: Labels.fromObject({ alertname: 'A' }),
      annotations: {},
      value: undefined,
      startsAtMs: clock.now(),
      endsAtMs: clock.now() + 86_400_000,
      resolved: false,
      generatorUrl: '',
      fingerprint: '0',
    });
    await clock.advance(10_000);
    clock.adjustedMs = -3_600_000;
    await clock.advance(700_000);
    expect(flushes).toEqual([30_000, 330_000, 630_000]);
    await group.end();
  });
});

describe('remote-write', () => {
  const request = (value: string): Uint8Array =>
    encodeWriteRequest([{ labelPairs: ['__name__', 'm', 'v', value], timestampMs: [1], value: Float64Array.of(1) }]);

  it('huge label sets stayed in memory for as long as the process', () => {
    const cache = new SeriesCache();
    const decode = (bytes: Uint8Array): void => {
      new WriteRequestDecoder(bytes, (body, start, end) => {
        const known = cache.get(body, start, end);
        if (end - start > LABELS_BYTES_MAX) expect(known.fault).toMatch(/bytes of labels/);
        return 0;
      }).next(1);
    };
    decode(request('x'.repeat(LABELS_BYTES_MAX)));
    expect(cache.size).toBe(0);
    for (let i = 0; i < 300; i++) decode(request(`${i}`.padEnd(500_000, 'y')));
    expect(cache.size).toBeLessThan(140);
  });

  it('a request of nothing but metadata grew without bound and held the event loop', () => {
    const metadata = { name: 'm', type: 'gauge', help: '', unit: '' } as const;
    const bytes = encodeWriteRequest(
      [],
      Array.from({ length: 60_000 }, () => metadata),
    );
    const decoder = new WriteRequestDecoder(bytes, () => 0);
    decoder.next(1, 1_000);
    expect(decoder.done).toBe(false);
    while (!decoder.done) decoder.next(1, 1_000_000);
    expect(decoder.metadata).toHaveLength(50_000);
  });

  it('units and names of any length were kept as metadata', () => {
    const catalog = new MetadataCatalog(() => undefined);
    catalog.update([
      { name: 'n'.repeat(10_000), type: 'gauge', help: '', unit: '' },
      { name: 'short', type: 'gauge', help: 'h'.repeat(10_000), unit: 'u'.repeat(10_000) },
    ]);
    expect([...catalog.families.keys()]).toEqual(['short']);
    expect(catalog.families.get('short')?.[0]).toMatchObject({ help: 'h'.repeat(1_024), unit: 'u'.repeat(128) });
  });

  it('100,000 samples out of order held the event loop for five seconds', () => {
    const hot = new HotWindow({ sizeBytes: 16 * 1024 * 1024, ageMs: 3_600_000 });
    hot.addSeries(1, -Infinity);
    const value = Float64Array.of(1);
    const bits = new Uint32Array(value.buffer);
    hot.begin(1, 0);
    for (let i = 0; i < 5_000; i++) hot.append(1, 1_000_000 + i * 100, value, bits, 0);
    let late = 0;
    for (let i = 0; i < 5_000; i++)
      if (hot.append(1, 1_000_050 + i * 100 - (i === 4_999 ? 100 : 0), value, bits, 0) === LATE) late++;
    expect(late).toBeGreaterThan(900);
    expect(hot.append(1, 2_000_000, value, bits, 0)).not.toBe(LATE);
    const kept = new SampleBuffer();
    hot.read(1, hot.firstSlot(1), hot.coveredFromMs(1), Infinity, kept);
    expect(kept.timestampMs[kept.length - 1]).toBe(2_000_000);
  });
});

describe('scraping', () => {
  it('each of a chain of slow redirects took the whole scrape_timeout', async () => {
    const server = createServer((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 150);
    });
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', () => done());
    });
    const clock = new SystemClock();
    const client = new HttpClient(
      { clock, deadlines: new Deadlines(clock), userAgent: 'vedette' },
      { follow_redirects: true },
    );
    const before = performance.now();
    const get = client.get({
      url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      headers: [],
      timeoutMs: 300,
      timeoutName: 'scrape_timeout',
      bodyBytesMax: 1_000,
      bodyLimitName: 'body_size_limit',
      signal: new AbortController().signal,
    });
    await expect(get).rejects.toThrow(/scrape_timeout/);
    expect(performance.now() - before).toBeLessThan(4_000);
    await client.close();
    server.closeAllConnections();
    server.close();
  });
});

describe('signing in', () => {
  it('the same right password, sent by many at once, was called wrong', async () => {
    const { default: bcrypt } = await import('bcryptjs');
    const config = httpSchema.parse({ basic_auth_users: { writer: bcrypt.hashSync('secret', 8) } });
    const { authenticate } = createAuthenticator(config);
    const header = (password: string): string => `Basic ${Buffer.from(`writer:${password}`).toString('base64')}`;
    expect(await Promise.all(Array.from({ length: 10 }, () => authenticate(header('secret'))))).toEqual(
      Array.from({ length: 10 }, () => 'writer'),
    );
    const guesses = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => authenticate(header(`guess ${i}`))));
    const refused = guesses.filter((guess) => guess.status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused[0]?.reason).toMatchObject({ code: 'SIGN_IN_BUSY', status: 503 });
  });
});

describe('configuration', () => {
  it('a broken escape in the user of a webhook address failed this and every later reload', () => {
    const config = (url: string): unknown => ({
      route: { receiver: 'w' },
      receivers: [{ name: 'w', webhook_configs: [{ url }] }],
    });
    expect(alertingConfigSchema.safeParse(config('http://a%zz:b@pager/')).error?.issues[0]?.message).toMatch(/%25/);
    expect(alertingConfigSchema.safeParse(config('http://a%25zz:b@pager/')).success).toBe(true);
  });
});

describe('queries', () => {
  const labels = Array.from({ length: 3_000 }, (_, i) => Labels.fromObject({ __name__: 'm', i: String(i) }));
  const engine = openQueryEngine(
    {
      clock: new SystemClock(),
      registry: new Registry(),
      selector: {
        select: async ({ endMs }) => ({
          labels,
          read: (_index, into) => {
            into.clear();
            into.push(endMs, 1);
          },
        }),
        series: async () => labels,
        labelNames: async () => [],
        labelValues: async () => [],
      },
    },
    { samplesMax: 2_000_000 },
  );
  const ask = (query: string) =>
    engine.instant(query, 1_000_000_000_000 as UnixMs, { signal: new AbortController().signal });

  it.each([
    ['a subquery of 31 million steps', 'sum_over_time(vector(1)[1y:1s])', /larger step/],
    [
      'label_join that doubles a label sixty times',
      `${'label_join('.repeat(60)}m${', "x", "", "x", "i", "x")'.repeat(60)}`,
      /longer than|too many samples/,
    ],
    [
      'label_replace nested a hundred times over many series',
      `${Array.from({ length: 100 }, () => 'label_replace(').join('')}m${Array.from({ length: 100 }, (_, i) => `, "l${i}", "$1$1", "i", "(.*)")`).join('')}`,
      /too many samples/,
    ],
    ['a join that forgets every label', 'm * on() m', /duplicate series/],
    ['a chain of operators without end', `1${'+1'.repeat(30_000)}`, /./],
  ])('%s held the event loop or the memory', async (_, query, refusal) => {
    let lastTurn = performance.now();
    let longestMs = 0;
    const turns = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastTurn);
      lastTurn = performance.now();
    }, 5);
    const error: unknown = await ask(query).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    longestMs = Math.max(longestMs, performance.now() - lastTurn);
    clearInterval(turns);
    if (refusal) expect(String(error)).toMatch(refusal);
    expect(String(error)).not.toMatch(/RangeError/);
    // Far above what is seen (some 100 ms), far below what was (seconds to minutes).
    expect(longestMs).toBeLessThan(2_000);
  });
});
