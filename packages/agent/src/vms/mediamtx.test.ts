import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, linesOf } from '../testing/answering-server.ts';
import { SteppedClock } from '../testing/stepped-clock.ts';
import { type MediamtxCollectorOptions, createMediamtxCollector } from './mediamtx.ts';
import { readMediamtxPage } from './mediamtx/page.ts';
import { notReadyReason, readMediamtxPaths } from './mediamtx/paths.ts';

const path = (name: string, change: object = {}) => ({
  name,
  confName: name,
  ready: true,
  readyTime: '2026-01-01T00:00:00Z',
  source: { type: 'rtspSource', id: '' },
  tracks: ['H264', 'MPEG-4 Audio'],
  readers: [],
  inboundBytes: 1_000,
  outboundBytes: 0,
  ...change,
});

describe('the MediaMTX reader', () => {
  let api: AnsweringServer;
  let metrics: AnsweringServer;
  let clock: SteppedClock;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    clock = new SteppedClock();
    api = await AnsweringServer.start();
    metrics = await AnsweringServer.start();
  });

  afterEach(() => Promise.all([api.stop(), metrics.stop()]));

  const paths = (...items: readonly object[]): void => api.json('/v3/paths/list', { pageCount: 1, items });
  const collectorWith = (more: Partial<MediamtxCollectorOptions> = {}) =>
    createMediamtxCollector({ clock, apiUrl: api.url, metricsUrl: metrics.url, ...more });

  it('shows which paths have a stream, and why the others have none', async () => {
    metrics.answers.set('/metrics', 'paths{name="gate",state="ready"} 1\n');
    api.json('/v3/config/paths/list', { pageCount: 1, items: [{ name: 'lazy', sourceOnDemand: true }] });
    paths(
      path('gate', {
        readers: [{ type: 'hlsMuxer', id: '' }],
        tracks2: [{ codec: 'H265', codecProps: { width: 2560, height: 1440 } }],
      }),
      path('yard', { ready: false, readyTime: null }),
      path('shed', { ready: false, source: null }),
      path('lazy', { ready: false }),
      path('lazy', { name: 'busy', confName: 'lazy', ready: false, readers: [{ type: 'rtspSession', id: 'x' }] }),
    );
    const lines = (await collectorWith({ cameras: { gate: 'cam-1' } }).collect(signal)).split('\n');
    for (const line of [
      'camera_up{camera_id="cam-1",source="mediamtx"} 1',
      'camera_up{camera_id="yard",source="mediamtx"} 0',
      'camera_up{camera_id="busy",source="mediamtx"} 0',
      'mediamtx_path_not_ready{camera_id="yard",reason="source_unavailable"} 1',
      'mediamtx_path_not_ready{camera_id="shed",reason="no_publisher"} 1',
      'mediamtx_path_not_ready{camera_id="lazy",reason="on_demand"} 1',
      'camera_stream_info{camera_id="cam-1",source="mediamtx",codec="h265",width="2560",height="1440",transport="rtspSource"} 1',
      'stream_viewers{camera_id="cam-1"} 1',
      'camera_received_bytes_total{camera_id="cam-1",source="mediamtx"} 0',
      'paths{name="gate",state="ready"} 1',
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith('camera_up{camera_id="lazy"'))).toBe(false);
  });

  it('has counters that only rise over reconnects, also those whose bytes are more than before', async () => {
    const collector = createMediamtxCollector({ clock, apiUrl: api.url });
    const bytes = async (change: object): Promise<readonly string[]> => {
      paths(path('gate', change));
      clock.advance(10_000);
      return linesOf(
        await collector.collect(signal),
        'camera_received_bytes_total',
        'camera_reconnects_total',
        'camera_bits_per_second',
      );
    };
    await bytes({ inboundBytes: 1_000 });
    expect(await bytes({ inboundBytes: 3_000 })).toEqual([
      'camera_received_bytes_total{camera_id="gate",source="mediamtx"} 2000',
      'camera_bits_per_second{camera_id="gate",source="mediamtx"} 1600',
      'camera_reconnects_total{camera_id="gate",source="mediamtx"} 0',
    ]);
    expect(await bytes({ inboundBytes: 4_000, readyTime: '2026-01-01T00:01:00Z' })).toEqual([
      'camera_received_bytes_total{camera_id="gate",source="mediamtx"} 6000',
      'camera_bits_per_second{camera_id="gate",source="mediamtx"} 3200',
      'camera_reconnects_total{camera_id="gate",source="mediamtx"} 1',
    ]);
  });

  it('reads all pages of the list, and both generations of it', async () => {
    api.answers.set('/v3/paths/list', (request, response) => {
      const page = Number(new URL(request.url ?? '', api.url).searchParams.get('page'));
      response.end(JSON.stringify({ pageCount: 3, items: [path(`p${page}`)] }));
    });
    const page = await createMediamtxCollector({ clock, apiUrl: api.url }).collect(signal);
    expect(linesOf(page, 'camera_up')).toHaveLength(3);
    const old = readMediamtxPaths(
      { items: { front: { confName: 'front', sourceReady: true, bytesReceived: 7, bytesSent: 8, tracks: ['H264'] } } },
      'here',
      10,
    );
    expect(old.paths).toEqual([
      {
        name: 'front',
        confName: 'front',
        ready: true,
        readers: 0,
        inboundBytes: 7,
        outboundBytes: 8,
        video: { codec: 'h264' },
      },
    ]);
    const newest = readMediamtxPaths(
      { pageCount: 1, items: [{ name: 'a', available: false, online: false }] },
      'here',
      10,
    );
    expect(newest.paths.map((one) => notReadyReason(one, new Set()))).toEqual(['no_publisher']);
    expect(() => readMediamtxPaths({ error: 'x' }, 'here', 10)).toThrow(/not MediaMTX/);
  });

  it('goes on with the page when the API fails, and the other way round, without a jump', async () => {
    const collector = collectorWith();
    const page = (received: number): void =>
      void metrics.answers.set(
        '/metrics',
        `paths{name="gate",state="ready"} 1\npaths_bytes_received{name="gate",state="ready"} ${received}\n`,
      );
    paths(path('gate', { inboundBytes: 1_000 }));
    page(1_000);
    await collector.collect(signal);
    api.answers.set('/v3/paths/list', { status: 500 });
    page(1_500);
    clock.advance(5_000);
    const alone = await collector.collect(signal);
    expect(linesOf(alone, 'camera_received_bytes_total', 'camera_up', 'camera_reconnects_total')).toEqual([
      'camera_up{camera_id="gate",source="mediamtx"} 1',
      'camera_received_bytes_total{camera_id="gate",source="mediamtx"} 500',
      'camera_reconnects_total{camera_id="gate",source="mediamtx"} 0',
    ]);
    expect(alone).toContain('vedette_collector_success{collector="mediamtx",part="paths"} 0');
    paths(path('gate', { inboundBytes: 2_000 }));
    metrics.answers.set('/metrics', 'this is { no page');
    clock.advance(5_000);
    const back = await collector.collect(signal);
    expect(linesOf(back, 'camera_received_bytes_total')[0]).toMatch(/ 1000$/);
    expect(back).toContain('vedette_collector_failure{collector="mediamtx",part="metrics",reason="protocol"} 1');
  });

  it('reads packets of sessions that publish, over sessions', async () => {
    const session = (id: string, received: number, lost: number): string =>
      [
        `rtsp_sessions{id="${id}",path="gate",remoteAddr="10.0.0.9:5",state="publish"} 1`,
        `rtsp_sessions_inbound_rtp_packets{id="${id}",path="gate",remoteAddr="10.0.0.9:5",state="publish"} ${received}`,
        `rtsp_sessions_inbound_rtp_packets_lost{id="${id}",path="gate",remoteAddr="10.0.0.9:5",state="publish"} ${lost}`,
        `rtsp_sessions_inbound_rtp_packets{id="reader",path="gate",remoteAddr="10.0.0.8:5",state="read"} 99999`,
      ].join('\n') + '\n';
    const collector = createMediamtxCollector({ clock, metricsUrl: metrics.url });
    metrics.answers.set('/metrics', session('a', 100, 1));
    await collector.collect(signal);
    metrics.answers.set('/metrics', session('a', 300, 5));
    await collector.collect(signal);
    metrics.answers.set('/metrics', session('b', 50, 2));
    const page = await collector.collect(signal);
    expect(linesOf(page, 'camera_rtp_packets_received_total', 'camera_rtp_packets_lost_total')).toEqual([
      'camera_rtp_packets_received_total{camera_id="gate",source="mediamtx"} 250',
      'camera_rtp_packets_lost_total{camera_id="gate",source="mediamtx"} 6',
    ]);
    // Figures by connection cost a series with every connection: only when asked for.
    expect(linesOf(page, 'rtsp_sessions')).toEqual([]);
    const all = createMediamtxCollector({ clock, metricsUrl: metrics.url, connections: true });
    expect(linesOf(await all.collect(signal), 'rtsp_sessions')).toHaveLength(1);
  });

  it('shows a figure that stands under its old and its new name once, and nothing that is not MediaMTX’s', () => {
    const samples = readMediamtxPage(
      Buffer.from(
        [
          'paths_bytes_received{name="a",state="ready"} 5',
          'paths_inbound_bytes{name="a",state="ready"} 6',
          'paths_bytes_received{name="a",state="ready"} 5',
          'paths_bytes_sent{name="b",state="ready"} 7',
          'webrtc_sessions_rtp_packets_lost{id="x",path="a"} 3',
          'paths_inbound_bytes 0',
          'camera_up{camera_id="someone else’s"} 0',
        ].join('\n') + '\n',
      ),
      'here',
    );
    expect(samples.map(({ name, value }) => [name, value])).toEqual([
      ['paths_inbound_bytes', 6],
      ['paths_outbound_bytes', 7],
      ['webrtc_sessions_inbound_rtp_packets_lost', 3],
    ]);
  });
});
