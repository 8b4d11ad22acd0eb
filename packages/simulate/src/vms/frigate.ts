import { MetricWriter } from '@vedette/wire/exposition';
import type { PlannedRecorder } from '../fleet/plan.ts';
import { answer, answerJson, answerText } from '../http/answers.ts';
import type { HttpHandler } from '../http/http-listener.ts';
import { cameraWork } from '../services/analytics-work.ts';
import { cameraFigures } from '../services/camera-figures.ts';
import type { FleetServices } from '../services/fleet-services.ts';
import { gpuLoad } from '../services/gpu.ts';

const VERSION = '0.16.2-simulated';
const RETENTION_DAYS = 14;
const HOUR_MS = 3_600_000;
const STORAGE = '/media/frigate/recordings';
const DISK_BYTES = 4e12;
const SEGMENT_SECONDS = 10;
const MEGABYTE = 1e6;

interface CameraHistory {
  /** Milliseconds; of reconnects within the last hour. */
  reconnects: number[];
  wasUp: boolean;
  lastSegmentMs: number;
  events: number;
}

/** A Frigate as its API shows it: `/api/stats`, `/api/config`, `/api/version`, `/api/metrics`, `/api/<camera>/recordings`. */
export function frigateServer(
  recorder: PlannedRecorder,
  services: FleetServices,
  about: { readonly startedMs: number; readonly rtsp: () => string },
): { readonly handler: HttpHandler; readonly observe: () => void } {
  const histories = new Map<string, CameraHistory>();

  /** Once a step: counts what only happens between two looks. */
  const observe = (): void => {
    const { atMs, view } = services;
    for (const camera of recorder.cameras) {
      const { up } = cameraFigures(view, camera, atMs);
      const history = histories.get(camera.id) ?? { reconnects: [], wasUp: up, lastSegmentMs: atMs, events: 0 };
      histories.set(camera.id, history);
      // Its watchdog tries again every twenty seconds while nothing comes.
      if (!up && atMs - (history.reconnects.at(-1) ?? 0) >= 20_000) history.reconnects.push(atMs);
      history.reconnects = history.reconnects.filter((time) => atMs - time < 3_600_000).slice(-1_000);
      history.wasUp = up;
      const ended = Math.floor(atMs / 1_000 / SEGMENT_SECONDS) * SEGMENT_SECONDS * 1_000;
      if (up && !view.truth(camera).recorderFull) history.lastSegmentMs = Math.max(history.lastSegmentMs, ended);
      history.events += cameraWork(view, camera, atMs).vehiclesPerSecond * 0.02;
    }
  };

  const stats = (): unknown => {
    const { atMs, view } = services;
    const { utilization, decoder, memoryUsedBytes } = gpuLoad(view, recorder, atMs);
    const full = recorder.cameras.some((camera) => view.truth(camera).recorderFull);
    const free = DISK_BYTES * (full ? 0.002 : 0.3);
    const cameras = recorder.cameras.map((camera, i) => {
      const figures = cameraFigures(view, camera, atMs);
      const { starved } = view.truth(camera);
      const reconnects = histories.get(camera.id)?.reconnects.length ?? 0;
      const quality = figures.framesPerSecond < 1 ? 'unusable' : reconnects > 2 ? 'poor' : 'excellent';
      return [
        camera.id,
        {
          camera_fps: figures.framesPerSecond,
          process_fps: round(figures.framesPerSecond * (1 - starved)),
          skipped_fps: round(figures.framesPerSecond * starved),
          detection_fps: round(cameraWork(view, camera, atMs).vehiclesPerSecond),
          detection_enabled: true,
          pid: 400 + 3 * i,
          capture_pid: 401 + 3 * i,
          ffmpeg_pid: 402 + 3 * i,
          audio_rms: 0,
          audio_dBFS: 0,
          connection_quality: quality,
          expected_fps: camera.framesPerSecond,
          reconnects_last_hour: reconnects,
          stalls_last_hour: 0,
        },
      ] as const;
    });
    const sum = (key: 'camera_fps' | 'process_fps' | 'skipped_fps' | 'detection_fps'): number =>
      round(cameras.reduce((total, [, camera]) => total + camera[key], 0));
    return {
      cameras: Object.fromEntries(cameras),
      detectors: { onnx: { inference_speed: round(8 + 20 * (decoder > 0.95 ? 1 : 0)), detection_start: 0, pid: 380 } },
      camera_fps: sum('camera_fps'),
      process_fps: sum('process_fps'),
      skipped_fps: sum('skipped_fps'),
      detection_fps: sum('detection_fps'),
      gpu_usages: {
        'nvidia-gpu0': {
          vendor: 'nvidia',
          gpu: `${round(utilization * 100)}%`,
          mem: `${round((memoryUsedBytes / 24 / 1024 ** 3) * 100)}%`,
          enc: '0.0%',
          dec: `${round(decoder * 100)}%`,
        },
      },
      service: {
        uptime: Math.floor((atMs - about.startedMs) / 1_000),
        version: VERSION,
        latest_version: VERSION,
        last_updated: Math.floor(atMs / 1_000),
        storage: {
          [STORAGE]: {
            total: round(DISK_BYTES / MEGABYTE),
            used: round((DISK_BYTES - free) / MEGABYTE),
            free: round(free / MEGABYTE),
            mount_type: 'ext4',
          },
        },
        temperatures: {},
      },
    };
  };

  const config = (): unknown => ({
    version: VERSION,
    cameras: Object.fromEntries(
      recorder.cameras.map((camera) => [
        camera.id,
        {
          name: camera.id,
          enabled: true,
          detect: { enabled: true, width: 1280, height: 720, fps: camera.framesPerSecond },
          record: { enabled: true, retain: { days: RETENTION_DAYS, mode: 'all' } },
          // As the API shows addresses: without the password.
          ffmpeg: { inputs: [{ path: `${about.rtsp()}/${camera.id}/main`, roles: ['detect', 'record'] }] },
        },
      ]),
    ),
  });

  const metrics = (): string => {
    const { atMs, view } = services;
    const page = new MetricWriter();
    for (const camera of recorder.cameras) {
      const { framesPerSecond } = cameraFigures(view, camera, atMs);
      const { starved } = view.truth(camera);
      const labels = { camera_name: camera.id };
      page
        .family('frigate_camera_fps', 'gauge', 'Frames per second being consumed from your camera.')
        .sample(labels, framesPerSecond);
      page
        .family('frigate_process_fps', 'gauge', 'Frames per second being processed.')
        .sample(labels, framesPerSecond * (1 - starved));
      page
        .family('frigate_skipped_fps', 'gauge', 'Frames per second skipped.')
        .sample(labels, framesPerSecond * starved);
      page.family('frigate_detection_enabled', 'gauge', 'Detection enabled.').sample(labels, 1);
      page
        .family('frigate_camera_events_total', 'counter', 'Count of camera events.')
        .sample({ camera: camera.id, label: 'car' }, Math.floor(histories.get(camera.id)?.events ?? 0));
    }
    page.family('frigate_service_uptime_seconds', 'gauge', 'Uptime.').sample({}, (atMs - about.startedMs) / 1_000);
    return page.toString();
  };

  const handler: HttpHandler = (request, response, path) => {
    if (path === '/api/stats') answerJson(response, 200, stats());
    else if (path === '/api/config') answerJson(response, 200, config());
    else if (path === '/api/version') answerText(response, 200, VERSION);
    else if (path === '/api/metrics') answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', metrics());
    else {
      const [, api, id = '', what] = path.split('/');
      const history = histories.get(id);
      if (api !== 'api' || what !== 'recordings' || !history) answerJson(response, 404, { message: 'Not found' });
      else if (path.endsWith('/summary')) answerJson(response, 200, recordingSummary(history));
      else answerJson(response, 200, recordings(request.url ?? '', history));
    }
  };
  return { handler, observe };
}

function recordings(url: string, history: CameraHistory): unknown {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const after = Number(query.get('after') ?? '0');
  const before = Number(query.get('before') ?? 'Infinity');
  const end = history.lastSegmentMs / 1_000;
  const listed = [];
  for (let to = end; to > after && listed.length < 60; to -= SEGMENT_SECONDS) {
    if (to <= before + SEGMENT_SECONDS) {
      listed.unshift({
        id: `${to}`,
        start_time: to - SEGMENT_SECONDS,
        end_time: to,
        duration: SEGMENT_SECONDS,
        segment_size: 2.1,
      });
    }
  }
  return listed;
}

/** Each hour of the days that are kept, the newest first, as the API lists them. */
function recordingSummary(history: CameraHistory): unknown {
  const lastHourMs = Math.floor(history.lastSegmentMs / HOUR_MS) * HOUR_MS;
  const days = new Map<string, { hour: string; duration: number; events: number; motion: number; objects: number }[]>();
  for (let ms = lastHourMs; ms > lastHourMs - RETENTION_DAYS * 24 * HOUR_MS; ms -= HOUR_MS) {
    const [day = '', time = ''] = new Date(ms).toISOString().split('T');
    const hours = days.get(day) ?? [];
    hours.push({ hour: time.slice(0, 2), duration: 3_600, events: 0, motion: 0, objects: 0 });
    days.set(day, hours);
  }
  return [...days].map(([day, hours]) => ({ day, events: 0, hours }));
}

const round = (value: number): number => Math.round(value * 10) / 10;
