import { rename } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { CameraMemory, RememberedCamera } from './camera-memory.ts';
import { readMemoryFile, writeMemoryFile } from './memory-file.ts';
import type { MemoryLine } from './memory-lines.ts';

/** What nobody asked for in so long is forgotten: the camera is gone. */
const KEPT_UNASKED_MS = 14 * 24 * 3_600_000;
/** Cameras that are remembered though nobody asks for them. */
const UNASKED_MAX = 20_000;

export interface CameraMemoryOptions {
  readonly clock: Clock;
  /** The file; beside it lie `.new` while it is written and `.broken`, the last one that could not be read. */
  readonly path: string;
  /** Told in words what went wrong; nothing that goes wrong here stops anything else. */
  readonly warn: (details: Readonly<Record<string, unknown>>, message: string) => void;
}

/** What was learned of each camera, in one file. */
export interface StoredCameraMemory extends CameraMemory {
  /** Reads the file; before the first `take`. Never rejects: a file that cannot be used is set aside, and that is said. */
  load(): Promise<void>;
  /**
   * Writes what is known now, and what is remembered of cameras that nobody asked for yet. One after the other; nothing before `load`.
   * Never rejects.
   */
  save(cameras: Iterable<RememberedCamera>): Promise<void>;
}

export function openCameraMemory({ clock, path, warn }: CameraMemoryOptions): StoredCameraMemory {
  const unasked = new Map<string, MemoryLine>();
  let saving: Promise<void> = Promise.resolve();
  let isLoaded = false;

  function* lines(cameras: Iterable<RememberedCamera>): Generator<MemoryLine> {
    const nowMs = clock.now();
    const known = new Set<string>();
    for (const { cameraId, state } of cameras) {
      known.add(cameraId);
      yield { cameraId, learnedAtMs: nowMs, json: JSON.stringify(state) };
    }
    for (const [cameraId, line] of unasked) {
      if (line.learnedAtMs < nowMs - KEPT_UNASKED_MS) unasked.delete(cameraId);
      else if (!known.has(cameraId)) yield line;
    }
  }

  const write = async (cameras: Iterable<RememberedCamera>): Promise<void> => {
    try {
      const { left } = await writeMemoryFile(path, clock.now(), lines(cameras));
      if (left > 0) warn({ path, cameras: left }, `more was learned about some cameras than the file takes; ${LOST}`);
    } catch (error) {
      warn({ path, reason: reasonOf(error) }, `what was learned about cameras cannot be written; ${LOST}`);
    }
  };

  return {
    load: async () => {
      try {
        const oldestMs = clock.now() - KEPT_UNASKED_MS;
        for (const line of await readMemoryFile(path))
          if (line.learnedAtMs >= oldestMs && unasked.size < UNASKED_MAX) unasked.set(line.cameraId, line);
      } catch (error) {
        await setAside(path, reasonOf(error), warn);
      }
      isLoaded = true;
    },
    take: (cameraId) => {
      const line = unasked.get(cameraId);
      if (line === undefined) return undefined;
      unasked.delete(cameraId);
      try {
        return JSON.parse(line.json) as unknown;
      } catch (error) {
        const reason = reasonOf(error);
        warn({ path, camera: cameraId, reason }, `what was learned about this camera cannot be used; ${ANEW}`);
        return undefined;
      }
    },
    save: (cameras) => {
      if (isLoaded) saving = saving.then(() => write(cameras));
      return saving;
    },
  };
}

const ANEW = 'it is learned anew';
const LOST = 'it is lost with the next restart';

async function setAside(path: string, reason: string, warn: CameraMemoryOptions['warn']): Promise<void> {
  const aside = `${path}.broken`;
  try {
    await rename(path, aside);
    warn({ path, aside, reason }, `what was learned about cameras cannot be used and was set aside; ${ANEW}`);
  } catch (error) {
    const failed = reasonOf(error);
    warn({ path, reason, failed }, `what was learned about cameras can be neither used nor set aside; ${ANEW}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
