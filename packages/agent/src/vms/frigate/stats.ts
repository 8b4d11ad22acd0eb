import { anyField, count, entries, field, figure, percentage, shortText } from '../../source/bounded-json.ts';
import { CAMERAS_PER_SERVER_MAX } from '../../source/camera-names.ts';
import { SourceFault } from '../../source/source-fault.ts';

/** Detectors, GPUs, disks and sensors of one Frigate. */
const DEVICES_MAX = 256;

/** One camera of `/api/stats`. Figures that this generation of Frigate does not tell are absent. */
export interface FrigateCamera {
  readonly name: string;
  /** Frames a second that arrive at Frigate's detect stream. */
  readonly fps: number;
  readonly expectedFps?: number;
  readonly processFps?: number;
  readonly skippedFps?: number;
  readonly detectionFps?: number;
  readonly detectionEnabled?: boolean;
  readonly audioRms?: number;
  readonly audioDbfs?: number;
  readonly ffmpegPid?: number;
  /** `excellent`, `fair`, `poor`, `unusable`. */
  readonly quality?: string;
  readonly reconnectsLastHour?: number;
  readonly stallsLastHour?: number;
}

export interface FrigateDetector {
  readonly name: string;
  readonly inferenceSeconds?: number;
  readonly detectionStart?: number;
  readonly temperature?: number;
}

/** Percentages of one GPU, 0 to 100. */
export interface FrigateGpu {
  readonly name: string;
  readonly gpu?: number;
  readonly memory?: number;
  readonly encoder?: number;
  readonly decoder?: number;
  readonly compute?: number;
  readonly temperature?: number;
}

export interface FrigateDisk {
  readonly path: string;
  readonly totalBytes?: number;
  readonly usedBytes?: number;
  readonly freeBytes?: number;
  readonly mountType?: string;
}

export interface FrigateStats {
  readonly cameras: readonly FrigateCamera[];
  readonly detectors: readonly FrigateDetector[];
  readonly gpus: readonly FrigateGpu[];
  readonly disks: readonly FrigateDisk[];
  readonly temperatures: readonly (readonly [device: string, celsius: number])[];
  readonly detectionFps?: number;
  readonly uptimeSeconds?: number;
  readonly lastUpdated?: number;
  readonly version?: string;
  readonly latestVersion?: string;
}

/** Frigate tells disks in megabytes (10^6). */
const MEGABYTE = 1e6;

/**
 * `/api/stats` of any generation: cameras under `cameras` (since 0.13) or beside everything else (before), numbers or texts of numbers.
 * Throws SourceFault `protocol` when it is not Frigate's.
 */
export function readFrigateStats(answer: unknown, what: string): FrigateStats {
  const service = field(answer, 'service');
  const nested = field(answer, 'cameras');
  if (service === undefined && nested === undefined)
    throw new SourceFault('protocol', `${what}: no cameras and no service in it: not Frigate's statistics`);
  const cameras: FrigateCamera[] = [];
  for (const [name, camera] of entries(nested ?? answer, CAMERAS_PER_SERVER_MAX)) {
    const fps = count(field(camera, 'camera_fps'));
    if (fps !== undefined && shortText(name) !== undefined) cameras.push(readCamera(name, fps, camera));
  }
  return {
    cameras,
    detectors: named(field(answer, 'detectors'), readDetector),
    gpus: named(field(answer, 'gpu_usages'), readGpu),
    disks: named(field(service, 'storage'), readDisk),
    temperatures: named(field(service, 'temperatures'), (device, value) => [device, figure(value)] as const).flatMap(
      ([device, celsius]) => (celsius === undefined ? [] : [[device, celsius] as const]),
    ),
    ...optional('detectionFps', count(field(answer, 'detection_fps'))),
    ...optional('uptimeSeconds', count(field(service, 'uptime'))),
    ...optional('lastUpdated', count(field(service, 'last_updated'))),
    ...optional('version', shortText(field(service, 'version'))),
    ...optional('latestVersion', shortText(field(service, 'latest_version'))),
  };
}

function readCamera(name: string, fps: number, camera: unknown): FrigateCamera {
  const enabled = field(camera, 'detection_enabled');
  return {
    name,
    fps,
    ...optional('expectedFps', count(field(camera, 'expected_fps'))),
    ...optional('processFps', count(field(camera, 'process_fps'))),
    ...optional('skippedFps', count(field(camera, 'skipped_fps'))),
    ...optional('detectionFps', count(field(camera, 'detection_fps'))),
    ...optional('detectionEnabled', enabled === undefined ? undefined : enabled === true || enabled === 1),
    ...optional('audioRms', figure(field(camera, 'audio_rms'))),
    ...optional('audioDbfs', figure(field(camera, 'audio_dBFS'))),
    ...optional('ffmpegPid', count(field(camera, 'ffmpeg_pid'))),
    ...optional('quality', qualityOf(field(camera, 'connection_quality'))),
    ...optional('reconnectsLastHour', count(field(camera, 'reconnects_last_hour'))),
    ...optional('stallsLastHour', count(field(camera, 'stalls_last_hour'))),
  };
}

const QUALITIES = new Set(['excellent', 'fair', 'poor', 'unusable']);

function qualityOf(value: unknown): string | undefined {
  return typeof value === 'string' && QUALITIES.has(value) ? value : undefined;
}

function readDetector(name: string, detector: unknown): FrigateDetector {
  const inferenceMs = count(field(detector, 'inference_speed'));
  return {
    name,
    ...optional('inferenceSeconds', inferenceMs === undefined ? undefined : inferenceMs / 1_000),
    ...optional('detectionStart', count(field(detector, 'detection_start'))),
    ...optional('temperature', figure(field(detector, 'temperature'))),
  };
}

/** Texts such as `"12.0%"`; `""` and `"-"` where the driver does not tell. */
function readGpu(name: string, gpu: unknown): FrigateGpu {
  return {
    name,
    ...optional('gpu', percentage(field(gpu, 'gpu'))),
    ...optional('memory', percentage(field(gpu, 'mem'))),
    ...optional('encoder', percentage(field(gpu, 'enc'))),
    ...optional('decoder', percentage(field(gpu, 'dec'))),
    ...optional('compute', percentage(field(gpu, 'compute'))),
    ...optional('temperature', percentage(anyField(gpu, ['temp', 'temperature']))),
  };
}

function readDisk(path: string, disk: unknown): FrigateDisk {
  const bytes = (name: string): number | undefined => {
    const megabytes = count(field(disk, name));
    return megabytes === undefined ? undefined : megabytes * MEGABYTE;
  };
  return {
    path,
    ...optional('totalBytes', bytes('total')),
    ...optional('usedBytes', bytes('used')),
    ...optional('freeBytes', bytes('free')),
    ...optional('mountType', shortText(field(disk, 'mount_type'))),
  };
}

function named<T>(group: unknown, read: (name: string, value: unknown) => T): readonly T[] {
  return entries(group, DEVICES_MAX)
    .filter(([name]) => shortText(name) !== undefined)
    .map(([name, value]) => read(name, value));
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}
