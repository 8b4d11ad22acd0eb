import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, linesOf } from '../testing/answering-server.ts';
import { SteppedClock, systemClock } from '../testing/stepped-clock.ts';
import { SourceFault } from '../source/source-fault.ts';
import { type FrigateCollectorOptions, createFrigateCollector } from './frigate.ts';
import { frigateLogError } from './frigate/log-line.ts';
import { readFrigateStats } from './frigate/stats.ts';

const NEW_STATS = {
  cameras: {
    gate: {
      camera_fps: 5.1,
      process_fps: 5,
      skipped_fps: 0.2,
      detection_fps: 3.4,
      detection_enabled: true,
      ffmpeg_pid: 321,
      audio_dBFS: -31.5,
      connection_quality: 'fair',
      expected_fps: 5,
      reconnects_last_hour: 1,
      stalls_last_hour: 2,
    },
    yard: { camera_fps: 0, process_fps: 0, skipped_fps: 0, detection_enabled: 0, ffmpeg_pid: 322 },
    shed: { camera_fps: 0, process_fps: 0, ffmpeg_pid: 0 },
  },
  detectors: { coral: { inference_speed: 9.5, detection_start: 1_767_225_600.5, pid: 77, temperature: 51 } },
  detection_fps: 3.4,
  cpu_usages: { 321: { cpu: '4.0', mem: '1.2', cmdline: 'ffmpeg -i rtsp://admin:hunter2@10.0.0.9/live' } },
  gpu_usages: {
    'nvidia-0': { vendor: 'nvidia', gpu: '12.0%', mem: '48.5 %', enc: '', dec: '-', temp: 61 },
    'amd-vaapi': { gpu: '0.83%', mem: '-%' },
  },
  service: {
    uptime: 86_400,
    version: '0.17.0-abc',
    latest_version: '0.17.1',
    last_updated: 1_767_225_601,
    storage: { '/media/frigate/recordings': { total: 1_000, used: 400, free: 600, mount_type: 'ext4' } },
    temperatures: { apex_0: 51.2 },
  },
};

const CONFIG = {
  cameras: {
    gate: {
      enabled: true,
      detect: { fps: 5 },
      record: { enabled: true },
      ffmpeg: { inputs: [{ path: 'rtsp://a:hunter2@h/' }] },
    },
    yard: { detect: { fps: 7 }, record: { enabled: false } },
    shed: { enabled: false, detect: { fps: 5 }, record: { enabled: true } },
  },
};

describe('the Frigate reader', () => {
  let server: AnsweringServer;
  const clock = new SteppedClock();
  const signal = new AbortController().signal;

  beforeEach(async () => {
    server = await AnsweringServer.start();
    server.json('/api/stats', NEW_STATS);
    server.json('/api/config', CONFIG);
  });

  afterEach(() => server.stop());

  const collectorWith = (more: Partial<FrigateCollectorOptions> = {}) =>
    createFrigateCollector({ url: server.url, clock, ...more });

  it('shows cameras under canonical names, and what has none under Frigate’s', async () => {
    const page = await collectorWith({ cameras: { gate: 'cam-1' } }).collect(signal);
    const lines = page.split('\n');
    for (const line of [
      'camera_up{camera_id="cam-1",source="frigate"} 1',
      'camera_up{camera_id="yard",source="frigate"} 0',
      'camera_frames_per_second{camera_id="cam-1",source="frigate"} 5.1',
      'camera_expected_fps{camera_id="cam-1",source="frigate"} 5',
      'camera_expected_fps{camera_id="yard",source="frigate"} 7',
      'camera_reconnects_total{camera_id="cam-1",source="frigate"} 0',
      'camera_recording_enabled{camera_id="cam-1",source="frigate"} 1',
      'camera_recording_enabled{camera_id="yard",source="frigate"} 0',
      'frigate_camera_enabled{camera_name="shed"} 0',
      'frigate_camera_connection_quality{camera_name="gate",quality="fair"} 1',
      'frigate_camera_stalls_last_hour{camera_name="gate"} 2',
      'frigate_skipped_fps{camera_name="gate"} 0.2',
      'frigate_audio_dBFS{camera_name="gate"} -31.5',
      'frigate_detection_enabled{camera_name="yard"} 0',
      'frigate_detector_inference_speed_seconds{name="coral"} 0.0095',
      'frigate_gpu_usage_percent{gpu_name="nvidia-0"} 12',
      'frigate_gpu_mem_usage_percent{gpu_name="nvidia-0"} 48.5',
      'frigate_gpu_usage_percent{gpu_name="amd-vaapi"} 0.83',
      'frigate_storage_free_bytes{storage="/media/frigate/recordings"} 600000000',
      'frigate_device_temperature{device="apex_0"} 51.2',
      'frigate_service_info{version="0.17.0-abc",latest_version="0.17.1"} 1',
      'vedette_collector_success{collector="frigate",part="stats"} 1',
    ])
      expect(lines).toContain(line);
    // What the driver does not tell is no figure, and a camera that is switched off is neither up nor down.
    expect(linesOf(page, 'frigate_gpu_encoder_usage_percent', 'frigate_gpu_decoder_usage_percent')).toEqual([]);
    expect(linesOf(page, 'camera_up').join()).not.toContain('shed');
    expect(page).not.toContain('hunter2');
  });

  it('reads the generation before 0.13, whose cameras stand beside everything else', () => {
    const stats = readFrigateStats(
      {
        back: { camera_fps: 4.9, process_fps: 4.9, skipped_fps: 0, pid: 1, capture_pid: 2 },
        detectors: { cpu1: { inference_speed: 90, detection_start: 0, pid: 3 } },
        detection_fps: 0.1,
        service: { uptime: 10, version: '0.12.1', storage: {} },
      },
      'here',
    );
    expect(stats.cameras).toEqual([{ name: 'back', fps: 4.9, processFps: 4.9, skippedFps: 0 }]);
    expect(stats.detectors[0]?.inferenceSeconds).toBe(0.09);
  });

  it('counts reconnects and stalls by what rises, and by a new ffmpeg', async () => {
    const collector = collectorWith();
    await collector.collect(signal);
    const told = (change: object): void =>
      server.json('/api/stats', { ...NEW_STATS, cameras: { gate: { ...NEW_STATS.cameras.gate, ...change } } });
    told({ reconnects_last_hour: 3, stalls_last_hour: 5 });
    await collector.collect(signal);
    // One left the hour; ffmpeg was started anew all the same.
    told({ reconnects_last_hour: 2, stalls_last_hour: 4, ffmpeg_pid: 999 });
    const page = await collector.collect(signal);
    expect(linesOf(page, 'camera_reconnects_total')).toEqual([
      'camera_reconnects_total{camera_id="gate",source="frigate"} 3',
    ]);
    expect(linesOf(page, 'camera_stalls_total')).toEqual(['camera_stalls_total{camera_id="gate",source="frigate"} 3']);
  });

  it('asks when the newest segment of each recorded camera ended, once a minute', async () => {
    const end = clock.now() / 1_000 - 4;
    server.json('/api/gate/recordings', [{ end_time: end - 10 }, { end_time: end }, { end_time: 'never' }]);
    const collector = collectorWith({ recordings: true });
    const page = await collector.collect(signal);
    await collector.collect(signal);
    expect(linesOf(page, 'camera_recording_last_segment_timestamp_seconds')).toEqual([
      `camera_recording_last_segment_timestamp_seconds{camera_id="gate",source="frigate"} ${end}`,
    ]);
    expect(server.asked.filter((path) => path.startsWith('/api/gate/recordings?'))).toHaveLength(1);
    // This server has no summaries, which is no fault of the part.
    expect(linesOf(page, 'camera_recording_oldest_segment_timestamp_seconds')).toEqual([]);
    expect(page).toContain('vedette_collector_success{collector="frigate",part="recordings"} 1');
    // It cannot be learnt any more: then nothing is said, since an old time would look like a gap.
    server.answers.set('/api/gate/recordings', { status: 500 });
    clock.advance(61_000);
    const later = await collector.collect(signal);
    expect(linesOf(later, 'camera_recording_last_segment_timestamp_seconds')).toEqual([]);
    expect(later).toContain('vedette_collector_success{collector="frigate",part="recordings"} 0');
    expect(later).toContain('vedette_collector_failure{collector="frigate",part="recordings",reason="server_error"} 1');
    expect(linesOf(later, 'camera_up')).toHaveLength(2);
  });

  it('tells how long recordings are to be kept and which hour is the oldest, twice an hour', async () => {
    server.json('/api/gate/recordings', [{ end_time: clock.now() / 1_000 }]);
    server.json('/api/gate/recordings/summary', [
      { day: '2026-01-02', hours: [{ hour: '03' }, { hour: '00' }] },
      { day: '2026-01-01', hours: [{ hour: '23' }, { hour: '22' }, { hour: '99' }, { hour: null }] },
      { day: 'someday', hours: [{ hour: '00' }] },
      { day: '2025-01-01' },
    ]);
    const keeping = (record: object) =>
      server.json('/api/config', { cameras: { gate: { enabled: true, record: { enabled: true, ...record } } } });
    keeping({ retain: { days: 14, mode: 'all' } });
    const collector = collectorWith({ recordings: true });
    const page = await collector.collect(signal);
    expect(linesOf(page, 'camera_recording_oldest_segment_timestamp_seconds')).toEqual([
      `camera_recording_oldest_segment_timestamp_seconds{camera_id="gate",source="frigate"} ${Date.UTC(2026, 0, 1, 22) / 1_000}`,
    ]);
    expect(linesOf(page, 'camera_recording_retention_seconds')).toEqual([
      'camera_recording_retention_seconds{camera_id="gate",source="frigate"} 1209600',
    ]);
    keeping({ continuous: { days: 2 }, motion: { days: 30 } });
    clock.advance(61_000);
    expect(linesOf(await collector.collect(signal), 'camera_recording_retention_seconds')).toEqual([
      'camera_recording_retention_seconds{camera_id="gate",source="frigate"} 172800',
    ]);
    expect(server.asked.filter((path) => path.includes('/summary'))).toHaveLength(1);
    keeping({ continuous: { days: 0 } });
    clock.advance(31 * 60_000);
    expect(linesOf(await collector.collect(signal), 'camera_recording_retention_seconds')).toEqual([]);
    expect(server.asked.filter((path) => path.includes('/summary'))).toHaveLength(2);
  });

  it('counts error lines of the log from where it found it, and from the start after Frigate’s restart', async () => {
    const line = 'watchdog.gate ERROR : No frames received from gate in 20 seconds. Exiting ffmpeg...';
    let log = [line, line];
    server.answers.set('/api/logs/frigate', (request, response) => {
      const start = Number(new URL(request.url ?? '', server.url).searchParams.get('start'));
      response.end(JSON.stringify({ totalLines: log.length, lines: log.slice(start) }));
    });
    const collector = collectorWith({ logs: true });
    expect(linesOf(await collector.collect(signal), 'frigate_camera_errors_total')).toEqual([]);
    log = [...log, 'something else', line];
    const counted = (page: string): readonly string[] => linesOf(page, 'frigate_camera_errors_total');
    expect(counted(await collector.collect(signal))).toEqual([
      'frigate_camera_errors_total{camera_id="gate",class="no_frames"} 1',
    ]);
    log = [line];
    expect(counted(await collector.collect(signal))).toEqual([
      'frigate_camera_errors_total{camera_id="gate",class="no_frames"} 2',
    ]);
  });

  it('leaves out the part that is late, and shows the others', async () => {
    server.answers.set('/api/gate/recordings', () => undefined);
    const collector = collectorWith({ clock: systemClock, recordings: true, limitMs: 4_000 });
    const page = await collector.collect(signal);
    expect(page).toContain('vedette_collector_failure{collector="frigate",part="recordings",reason="timeout"} 1');
    expect(linesOf(page, 'camera_up')).toHaveLength(2);
    await collector.close();
  });

  it('asks about many cameras in turns', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`c${i}`, { record: { enabled: true } }]));
    server.json('/api/config', { cameras: many });
    let underWay = 0;
    let most = 0;
    for (const name of Object.keys(many)) {
      server.answers.set(`/api/${name}/recordings`, (_request, response) => {
        most = Math.max(most, ++underWay);
        clock.advance(20);
        setTimeout(() => {
          underWay--;
          response.end('[{"end_time":5}]');
        }, 0);
      });
    }
    const collector = collectorWith({ recordings: true });
    const known = async (): Promise<number> =>
      linesOf(await collector.collect(signal), 'camera_recording_last_segment_timestamp_seconds').length;
    const first = await known();
    expect(first).toBeGreaterThan(100);
    expect(first).toBeLessThan(200);
    // Those under way when the time is up count or not.
    expect(await known()).toBeGreaterThanOrEqual(Math.min(300, 2 * first) - 8);
    await known();
    expect(await known()).toBe(300);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('says why nothing came when nothing did', async () => {
    server.answers.set('/api/stats', { status: 401 });
    server.answers.set('/api/config', { status: 401 });
    await expect(collectorWith().collect(signal)).rejects.toMatchObject({ reason: 'credentials' });
    expect(() => readFrigateStats({ hello: 1 }, 'here')).toThrow(SourceFault);
  });

  it.each([
    [
      'watchdog.front_door           INFO    : No frames received from front_door in 20 seconds. Exiting ffmpeg...',
      'front_door',
      'no_frames',
    ],
    ['[2026-01-01 00:00:00] watchdog.gate INFO : gate exceeded fps limit. Exiting ffmpeg...', 'gate', 'fps_limit'],
    [
      'watchdog.gate ERROR : No new recording segments were created for gate in the last 120s. restarting the ffmpeg record process...',
      'gate',
      'no_recording',
    ],
    [
      '[2026-01-01 00:00:00] frigate.video  ERROR   : yard: Unable to read frames from ffmpeg process.',
      'yard',
      'read_failed',
    ],
    ['watchdog.yard ERROR : Ffmpeg process crashed unexpectedly for yard.', 'yard', 'ffmpeg_crashed'],
  ])('reads %s', (line, camera, kind) => {
    expect(frigateLogError(line)).toEqual({ camera, class: kind });
  });

  it('leaves other lines alone', () => {
    expect(frigateLogError('frigate.app INFO : Starting Frigate (0.17.0)')).toBeUndefined();
    expect(frigateLogError(`watchdog.gate No frames received from ${'x'.repeat(10_000)}`)).toBeUndefined();
  });
});
