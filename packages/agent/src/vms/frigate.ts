import type { Clock } from '../clock.ts';
import type { ClosableCollector } from '../collector.ts';
import { parseBoundedJson } from '../source/bounded-json.ts';
import { type CameraNaming, cameraIdOf } from '../source/camera-names.ts';
import { HttpSource, type HttpSourceOptions } from '../source/http-source.ts';
import { type SourcePart, collectParts } from '../source/parts.ts';
import { type FrigateCameraConfig, readFrigateConfig } from './frigate/config.ts';
import { FrigateLogCounts } from './frigate/log-counts.ts';
import { FrigateReconnects } from './frigate/reconnects.ts';
import { FrigateRecordingTimes } from './frigate/recording-times.ts';
import { readFrigateStats } from './frigate/stats.ts';
import {
  FRIGATE_SOURCE,
  type FrigateCameraFigures,
  writeFrigateCameras,
  writeFrigateService,
} from './frigate/write.ts';

export interface FrigateCollectorOptions extends HttpSourceOptions, CameraNaming {
  readonly clock: Clock;
  /** Ask when each camera's newest recording ended, one small request per recorded camera and minute, and every half hour which is the oldest. */
  readonly recordings?: boolean;
  /** Count the error lines of Frigate's log. */
  readonly logs?: boolean;
}

/** The configuration changes when somebody edits it. */
const CONFIG_INTERVAL_MS = 60_000;
const DAY_SECONDS = 86_400;

/**
 * One Frigate, read from `/api/stats` and `/api/config`: canonical `camera_*` series with `source="frigate"`, and Frigate's own names.
 * See docs/reference/vms-readers.md. Close it to end its connections.
 */
export function createFrigateCollector(options: FrigateCollectorOptions): ClosableCollector {
  const { clock } = options;
  const source = new HttpSource(options, clock);
  const reconnects = new FrigateReconnects();
  const logCounts = new FrigateLogCounts(source);
  const recordingTimes = new FrigateRecordingTimes(source, clock);
  const configuration = new KeptConfiguration(source, clock);
  const idOf = (name: string): string | undefined => cameraIdOf(options, name);
  const labelsOf = (cameraId: string) => ({ camera_id: cameraId, source: FRIGATE_SOURCE });

  const stats: SourcePart = {
    name: 'stats',
    read: async (signal) => {
      const what = `${source.place}/api/stats`;
      // Without it a camera that is switched off would look down; that it cannot be read is said by its own part.
      const asked = configuration.read(signal).catch(() => undefined);
      const told = readFrigateStats(parseBoundedJson(await source.get('/api/stats', signal), what), what);
      await asked;
      const configured = configuration.known();
      const cameras: FrigateCameraFigures[] = [];
      for (const camera of told.cameras) {
        const cameraId = idOf(camera.name);
        const config = configured.get(camera.name);
        // A camera that is switched off in Frigate is neither up nor down.
        if (cameraId === undefined || config?.enabled === false) continue;
        cameras.push({ camera, cameraId, configuredFps: config?.detectFps, ...reconnects.observe(camera) });
      }
      return (page) => {
        writeFrigateCameras(page, cameras);
        writeFrigateService(page, told);
      };
    },
  };
  const config: SourcePart = {
    name: 'config',
    read: async (signal) => {
      const cameras = await configuration.read(signal);
      return (page) => {
        for (const { name, enabled, recording, retentionDays } of cameras) {
          const cameraId = idOf(name);
          if (cameraId === undefined) continue;
          page
            .family('frigate_camera_enabled', 'gauge', '1 when the camera is switched on in Frigate, else 0.')
            .sample({ camera_name: name }, enabled ? 1 : 0);
          page
            .family('camera_recording_enabled', 'gauge', '1 when the camera is to be recorded, else 0.')
            .sample(labelsOf(cameraId), enabled && recording ? 1 : 0);
          if (retentionDays === undefined || !recording) continue;
          page
            .family('camera_recording_retention_seconds', 'gauge', 'How long recordings are to be kept.')
            .sample(labelsOf(cameraId), retentionDays * DAY_SECONDS);
        }
      };
    },
  };
  const recordings: SourcePart = {
    name: 'recordings',
    read: async (signal) => {
      const recorded = [...(await configuration.read(signal))].filter((camera) => camera.enabled && camera.recording);
      const named = recorded.map(({ name }) => name).filter((name) => idOf(name) !== undefined);
      await recordingTimes.read(named, signal);
      return (page) => {
        for (const [name, end] of recordingTimes.ends()) {
          page
            .family(
              'camera_recording_last_segment_timestamp_seconds',
              'gauge',
              'When the newest recorded segment ended, Unix time.',
            )
            .sample(labelsOf(idOf(name) ?? name), end);
          const oldest = recordingTimes.oldest(name);
          if (oldest === undefined) continue;
          page
            .family(
              'camera_recording_oldest_segment_timestamp_seconds',
              'gauge',
              'When the oldest recorded hour begins, Unix time.',
            )
            .sample(labelsOf(idOf(name) ?? name), oldest);
        }
      };
    },
  };
  const logs: SourcePart = {
    name: 'logs',
    read: async (signal) => {
      await logCounts.read(signal);
      return (page) => {
        for (const { camera, class: kind, value } of logCounts.counts()) {
          const cameraId = idOf(camera);
          if (cameraId === undefined) continue;
          page
            .family('frigate_camera_errors_total', 'counter', 'Lines of Frigate’s log about trouble with a camera.')
            .sample({ camera_id: cameraId, class: kind }, value);
        }
      };
    },
  };
  const parts = [
    config,
    stats,
    ...(options.recordings === true ? [recordings] : []),
    ...(options.logs === true ? [logs] : []),
  ];
  return {
    name: 'frigate',
    collect: (signal) => collectParts('frigate', parts, clock, signal, options.limitMs),
    close: () => source.close(),
  };
}

/** The configuration, asked for once a minute; parts of one reading share one request. */
class KeptConfiguration {
  readonly #source: HttpSource;
  readonly #clock: Clock;
  #known: ReadonlyMap<string, FrigateCameraConfig> = new Map();
  #readAtMs = -Infinity;
  #underWay: Promise<void> | undefined;

  constructor(source: HttpSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** As it was last read; empty before that. */
  known(): ReadonlyMap<string, FrigateCameraConfig> {
    return this.#known;
  }

  async read(signal: AbortSignal): Promise<Iterable<FrigateCameraConfig>> {
    if (this.#clock.monotonicMs() - this.#readAtMs >= CONFIG_INTERVAL_MS) {
      this.#underWay ??= this.#ask(signal).finally(() => {
        this.#underWay = undefined;
      });
      await this.#underWay;
    }
    return this.#known.values();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const what = `${this.#source.place}/api/config`;
    const answer = parseBoundedJson(await this.#source.get('/api/config', signal), what);
    this.#known = new Map(readFrigateConfig(answer, what).map((camera) => [camera.name, camera]));
    this.#readAtMs = this.#clock.monotonicMs();
  }
}
