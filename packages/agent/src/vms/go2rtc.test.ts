import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, linesOf } from '../testing/answering-server.ts';
import { SteppedClock, systemClock } from '../testing/stepped-clock.ts';
import { type Go2rtcCollectorOptions, createGo2rtcCollector } from './go2rtc.ts';
import { go2rtcFailure } from './go2rtc/probe.ts';
import { readGo2rtcStreams } from './go2rtc/streams.ts';

const producer = (id: number, bytes: number, packets: number) => ({
  id,
  format_name: 'rtsp',
  protocol: 'rtsp+tcp',
  remote_addr: '10.0.0.9:554',
  url: 'rtsp://admin:hunter2@10.0.0.9/live',
  receivers: [
    { id: id * 10, codec: { codec_name: 'opus', codec_type: 'audio' }, bytes: 5, packets: 5 },
    { id: id * 10 + 1, codec: { codec_name: 'h264', codec_type: 'video' }, bytes, packets },
  ],
  bytes_recv: bytes,
});
const consumer = (id: number, bytes: number, drops: number) => ({
  id,
  format_name: 'webrtc',
  senders: [{ id: id * 10, bytes, drops }],
  bytes_send: bytes,
});

describe('the go2rtc reader', () => {
  let server: AnsweringServer;
  let clock: SteppedClock;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    clock = new SteppedClock();
    server = await AnsweringServer.start();
  });

  afterEach(() => server.stop());

  const collectorWith = (more: Partial<Go2rtcCollectorOptions> = {}) =>
    createGo2rtcCollector({ url: server.url, clock, ...more });

  it('makes rates, ages and counters of what each connection counts', async () => {
    const collector = collectorWith({ cameras: { gate: 'cam-1' } });
    const read = async (stream: object): Promise<readonly string[]> => {
      server.json('/api/streams', { gate: stream });
      clock.advance(10_000);
      return (await collector.collect(signal)).split('\n');
    };
    const readers = (bytes: number, drops: number) => [consumer(5, bytes, drops)];
    await read({ producers: [producer(1, 10_000, 100)], consumers: readers(7_000, 1) });
    const lines = await read({ producers: [producer(1, 15_000, 160)], consumers: readers(9_000, 4) });
    for (const line of [
      'camera_up{camera_id="cam-1",source="go2rtc"} 1',
      'camera_received_bytes_total{camera_id="cam-1",source="go2rtc"} 5000',
      'camera_bits_per_second{camera_id="cam-1",source="go2rtc"} 4000',
      'camera_rtp_packets_received_total{camera_id="cam-1",source="go2rtc"} 60',
      'camera_stream_info{camera_id="cam-1",source="go2rtc",codec="h264",transport="rtsp+tcp"} 1',
      'camera_reconnects_total{camera_id="cam-1",source="go2rtc"} 0',
      'go2rtc_stream_last_packet_age_seconds{camera_id="cam-1"} 0',
      'go2rtc_stream_sent_bytes_total{camera_id="cam-1"} 2000',
      'go2rtc_stream_dropped_packets_total{camera_id="cam-1"} 3',
      'stream_viewers{camera_id="cam-1"} 1',
    ])
      expect(lines).toContain(line);
    const reconnected = await read({ producers: [producer(2, 800, 8)], consumers: readers(9_000, 4) });
    for (const line of [
      'camera_received_bytes_total{camera_id="cam-1",source="go2rtc"} 5800',
      'camera_rtp_packets_received_total{camera_id="cam-1",source="go2rtc"} 68',
      'camera_reconnects_total{camera_id="cam-1",source="go2rtc"} 1',
    ])
      expect(reconnected).toContain(line);
    expect([...lines, ...reconnected].join('\n')).not.toMatch(/hunter2|10\.0\.0\.9/);
  });

  it('calls a stream down that is watched and brings nothing, and says nothing of one that rests', async () => {
    const collector = collectorWith();
    const up = async (): Promise<readonly string[]> => {
      clock.advance(10_000);
      return linesOf(await collector.collect(signal), 'camera_up');
    };
    const still = { producers: [producer(1, 10_000, 100)], consumers: [consumer(5, 1, 0)] };
    server.json('/api/streams', { gate: still, lazy: { producers: [{ url: 'rtsp://h' }], consumers: null } });
    expect(await up()).toEqual(['camera_up{camera_id="gate",source="go2rtc"} 1']);
    expect(await up()).toEqual(['camera_up{camera_id="gate",source="go2rtc"} 1']);
    expect(await up()).toEqual(['camera_up{camera_id="gate",source="go2rtc"} 0']);
    server.json('/api/streams', { gate: { producers: [{ url: 'rtsp://h' }], consumers: [consumer(5, 1, 0)] } });
    expect(await up()).toEqual(['camera_up{camera_id="gate",source="go2rtc"} 0']);
  });

  it('has go2rtc try streams that nobody watches, in turns, and tells why one does not come', async () => {
    server.answers.set('/api/streams', (request, response) => {
      const src = new URL(request.url ?? '', server.url).searchParams.get('src');
      if (src === null) {
        const resting = { producers: [{ url: 'rtsp://h' }], consumers: [] };
        response.end(
          JSON.stringify({
            good: resting,
            'bad one': resting,
            watched: { producers: [producer(1, 5, 5)], consumers: [consumer(2, 0, 0)] },
          }),
        );
      } else if (src === 'good') response.end(JSON.stringify({ producers: [producer(9, 5, 5)], consumers: [] }));
      else response.writeHead(500).end('streams: rtsp: wrong user/pass for rtsp://admin:hunter2@h');
    });
    const collector = collectorWith({ probe: { intervalMs: 60_000, concurrency: 2 } });
    expect(linesOf(await collector.collect(signal), 'go2rtc_probe_success')).toEqual([]);
    let page = '';
    await expect
      .poll(async () => linesOf((page = await collector.collect(signal)), 'go2rtc_probe_success'))
      .toHaveLength(2);
    const lines = page.split('\n');
    for (const line of [
      'camera_up{camera_id="good",source="go2rtc"} 1',
      'camera_up{camera_id="bad one",source="go2rtc"} 0',
      'go2rtc_probe_success{camera_id="good"} 1',
      'go2rtc_probe_failure{camera_id="bad one",reason="credentials"} 1',
    ])
      expect(lines).toContain(line);
    expect(page).not.toContain('hunter2');
    const asked = (): readonly string[] => server.asked.filter((path) => path.includes('src='));
    expect(asked()).toEqual(['/api/streams?src=good&video=all', '/api/streams?src=bad%20one&video=all']);
    clock.advance(60_000);
    await collector.collect(signal);
    await expect.poll(() => asked().length).toBe(4);
    await collector.close();
  });

  it('is not held up by a stream that it tries and that does not answer', async () => {
    server.answers.set('/api/streams', (request, response) => {
      if (request.url?.includes('src=') === true) return;
      const resting = { producers: [{ url: 'rtsp://h' }], consumers: [] };
      response.end(JSON.stringify(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, resting]))));
    });
    const collector = collectorWith({ clock: systemClock, probe: true });
    const started = performance.now();
    for (let i = 0; i < 5; i++) await collector.collect(signal);
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(server.asked.filter((path) => path.includes('src='))).toHaveLength(4);
    await collector.close();
  });

  it('reads versions without ids', () => {
    const streams = readGo2rtcStreams(
      {
        old: {
          producers: [{ type: 'RTSP active producer', url: 'rtsp://h', remote_addr: '10.0.0.9:554', recv: 77 }],
          consumers: [],
        },
      },
      'here',
    );
    expect(streams[0]?.producers).toEqual([{ id: '10.0.0.9:554', bytes: 77 }]);
    expect(() => readGo2rtcStreams([], 'here')).toThrow(/not go2rtc/);
  });

  it.each([
    ['streams: dial tcp 10.0.0.9:554: connect: connection refused', 'refused'],
    ['streams: dial tcp 10.0.0.9:554: i/o timeout', 'timeout'],
    ['streams: codecs not matched: video:H265 => video:H264', 'no_video'],
    ['streams: wrong response on DESCRIBE: 404 Not Found', 'path'],
    ['something new', 'server_error'],
  ])('takes "%s" for %s', (sentence, reason) => expect(go2rtcFailure(sentence)).toBe(reason));
});
