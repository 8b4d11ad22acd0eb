import { RisingCounters } from '../source/rising-counters.ts';
import type { FfmpegProcess } from './process-list.ts';

/** All ffmpeg processes of one camera together. */
export interface CameraProcesses {
  readonly cameraId: string;
  readonly processes: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly threads: number;
  /** Of the youngest: what `uptime` is about is the last restart. */
  readonly startTimeSeconds: number | undefined;
  readonly restarts: number;
  readonly readBytes: number | undefined;
  readonly writtenBytes: number | undefined;
  readonly openFiles: number | undefined;
}

interface Camera {
  keys: ReadonlySet<string>;
  /** Processes that ended and have no successor yet. */
  missing: number;
  restarts: number;
  lastSeenRound: number;
}

/** Cameras with an ffmpeg. */
const CAMERAS_MAX = 5_000;
/** Readings after which a camera without any process is forgotten: an hour at fifteen seconds. */
const FORGOTTEN_AFTER_ROUNDS = 240;

/** Counters over processes that come and go, and how often one took another's place. */
export class ProcessBook {
  readonly #counters = new RisingCounters();
  readonly #cameras = new Map<string, Camera>();
  #round = 0;

  observe(processes: ReadonlyMap<string, readonly FfmpegProcess[]>): readonly CameraProcesses[] {
    this.#round++;
    this.#counters.beginRound();
    const ids = new Set([...this.#cameras.keys(), ...processes.keys()]);
    const shown: CameraProcesses[] = [];
    for (const cameraId of ids) {
      const own = processes.get(cameraId) ?? [];
      const camera = this.#camera(cameraId);
      if (!camera) continue;
      if (own.length > 0) camera.lastSeenRound = this.#round;
      else if (this.#round - camera.lastSeenRound > FORGOTTEN_AFTER_ROUNDS) {
        this.#cameras.delete(cameraId);
        continue;
      }
      countRestarts(camera, own);
      shown.push(this.#shown(cameraId, camera, own));
    }
    this.#counters.endRound();
    this.#counters.forget(FORGOTTEN_AFTER_ROUNDS);
    return shown;
  }

  #camera(cameraId: string): Camera | undefined {
    const known = this.#cameras.get(cameraId);
    if (known) return known;
    if (this.#cameras.size >= CAMERAS_MAX) return undefined;
    const camera: Camera = { keys: new Set(), missing: 0, restarts: 0, lastSeenRound: this.#round };
    this.#cameras.set(cameraId, camera);
    return camera;
  }

  #shown(cameraId: string, camera: Camera, own: readonly FfmpegProcess[]): CameraProcesses {
    const rising = (name: string, valueOf: (process: FfmpegProcess) => number | undefined): number | undefined => {
      const series = `${name} ${cameraId}`;
      for (const process of own) {
        const value = valueOf(process);
        if (value !== undefined) this.#counters.observe(series, process.key, value);
      }
      return this.#counters.total(series);
    };
    const counted = own.map(({ openFiles }) => openFiles).filter((files) => files !== undefined);
    return {
      cameraId,
      processes: own.length,
      cpuSeconds: rising('cpu', (process) => process.cpuSeconds) ?? 0,
      residentBytes: own.reduce((sum, process) => sum + process.residentBytes, 0),
      threads: own.reduce((sum, process) => sum + process.threads, 0),
      startTimeSeconds: own.length === 0 ? undefined : Math.max(...own.map((process) => process.startTimeSeconds)),
      restarts: camera.restarts,
      readBytes: rising('read', (process) => process.readBytes),
      writtenBytes: rising('written', (process) => process.writtenBytes),
      openFiles: counted.length === 0 ? undefined : counted.reduce((sum, files) => sum + files, 0),
    };
  }
}

/** A process that comes when one is missing takes its place; one that comes when none is missing is one more. */
function countRestarts(camera: Camera, own: readonly FfmpegProcess[]): void {
  const keys = new Set(own.map(({ key }) => key));
  let gone = camera.missing;
  for (const key of camera.keys) if (!keys.has(key)) gone++;
  for (const key of keys) {
    if (camera.keys.has(key) || gone === 0) continue;
    gone--;
    camera.restarts++;
  }
  camera.missing = gone;
  camera.keys = keys;
}
