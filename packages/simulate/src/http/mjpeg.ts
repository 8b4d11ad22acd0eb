import type { ServerResponse } from 'node:http';
import type { Clips } from '../clip/clips.ts';
import type { Clock } from '../clock.ts';
import type { CameraStreams } from '../fleet/camera-streams.ts';
import type { CameraTruth } from '../fleet/camera-truth.ts';
import { MJPEG_FRAMES_PER_SECOND, type PlannedCamera } from '../fleet/plan.ts';

const BOUNDARY = 'simulated-picture';
/** A client that does not read loses pictures, as with a real camera. */
const BACKLOG_MAX_BYTES = 524_288;

/** The n-th picture that the camera takes; a frozen one takes the same for ever. */
function pictureAt(clips: Clips, truth: CameraTruth, n: number): Buffer {
  const { black, settings, street } = clips.jpeg;
  const { pictures } = truth.scene === 'black' ? black : truth.scene === 'settings' ? settings : street;
  return pictures[truth.scene === 'frozen' ? 0 : n % pictures.length] as Buffer;
}

/** Single pictures: what moves is never twice at the same place, however regularly somebody asks. */
export class Snapshots {
  readonly #taken = new Map<string, number>();

  take(clips: Clips, camera: PlannedCamera, truth: CameraTruth): Buffer {
    const n = (this.#taken.get(camera.id) ?? camera.seed % 10) + 1;
    this.#taken.set(camera.id, n);
    return pictureAt(clips, truth, n);
  }
}

/** Sends pictures as multipart/x-mixed-replace until the client goes. */
export function streamMjpeg(
  about: {
    readonly camera: PlannedCamera;
    readonly streams: CameraStreams;
    readonly clips: Clips;
    readonly clock: Clock;
  },
  response: ServerResponse,
): void {
  const { camera, streams, clips, clock } = about;
  response.writeHead(200, {
    'content-type': `multipart/x-mixed-replace;boundary=${BOUNDARY}`,
    'cache-control': 'no-store',
    connection: 'close',
  });
  let dueMs = clock.now();
  let timer: Disposable | undefined;
  const next = (): void => {
    const now = clock.now();
    const truth = streams.truth(camera, now);
    if (truth.reach === 'refused') {
      response.destroy();
      return;
    }
    if (truth.reach === 'yes' && response.writableLength < BACKLOG_MAX_BYTES) {
      const picture = pictureAt(clips, truth, Math.floor((now * MJPEG_FRAMES_PER_SECOND) / 1_000));
      response.cork();
      response.write(
        `--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\nX-Timestamp: ${((now + truth.clockOffsetMs) / 1_000).toFixed(3)}\r\n\r\n`,
      );
      response.write(picture);
      response.write('\r\n');
      response.uncork();
    }
    const usual =
      camera.protocol === 'mjpeg' ? truth.deliveredFps : (MJPEG_FRAMES_PER_SECOND * truth.deliveredFps) / 25;
    dueMs = Math.max(dueMs + 1_000 / usual, now);
    timer = clock.after(dueMs - now, next);
  };
  response.once('close', () => timer?.[Symbol.dispose]());
  next();
}
