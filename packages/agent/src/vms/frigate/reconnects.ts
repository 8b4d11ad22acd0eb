import type { FrigateCamera } from './stats.ts';

interface Last {
  readonly reconnectsLastHour: number | undefined;
  readonly stallsLastHour: number | undefined;
  readonly ffmpegPid: number | undefined;
  reconnects: number;
  stalls: number;
}

/** Cameras remembered; those that a server names are bounded already. */
const CAMERAS_MAX = 10_000;

/**
 * Counters made of what Frigate tells: reconnects and stalls of the last hour, which rise and fall, and the ffmpeg process, whose number
 * changes when it was started anew. A reconnect is counted when either says so; one that leaves the hour in the same reading in which
 * another enters it is not seen, so this is a lower bound.
 */
export class FrigateReconnects {
  readonly #cameras = new Map<string, Last>();

  observe(camera: FrigateCamera): { readonly reconnects: number; readonly stalls: number } {
    const last = this.#cameras.get(camera.name);
    const { reconnectsLastHour, stallsLastHour, ffmpegPid } = camera;
    const next: Last = { reconnectsLastHour, stallsLastHour, ffmpegPid, reconnects: 0, stalls: 0 };
    if (last) {
      const restarted = ffmpegPid !== undefined && last.ffmpegPid !== undefined && ffmpegPid !== last.ffmpegPid;
      next.reconnects =
        last.reconnects + Math.max(rise(last.reconnectsLastHour, reconnectsLastHour), restarted ? 1 : 0);
      next.stalls = last.stalls + rise(last.stallsLastHour, stallsLastHour);
    } else if (this.#cameras.size >= CAMERAS_MAX) this.#cameras.clear();
    this.#cameras.set(camera.name, next);
    return next;
  }
}

function rise(before: number | undefined, now: number | undefined): number {
  return before === undefined || now === undefined ? 0 : Math.max(0, now - before);
}
