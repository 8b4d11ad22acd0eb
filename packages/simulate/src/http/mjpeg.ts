import type { ServerResponse } from 'node:http';
import type { Clips } from '../clip/clips.ts';
import type { Clock } from '../clock.ts';
import type { CameraStreams } from '../fleet/camera-streams.ts';
import type { CameraTruth } from '../fleet/camera-truth.ts';
import { MJPEG_FRAMES_PER_SECOND, type PlannedCamera } from '../fleet/plan.ts';

const BOUNDARY = 'simulated-picture';
/** A client that does not read loses pictures, as with a real camera. */
const BACKLOG_MAX_BYTES = 524_288;

/** The picture that the camera takes at a moment; a frozen one takes the same for ever. */
export function currentPicture(clips: Clips, truth: CameraTruth, nowMs: number): Buffer {
  const { black, settings, street } = clips.jpeg;
  const clip = truth.scene === 'black' ? black : truth.scene === 'settings' ? settings : street;
  const at =
    truth.scene === 'frozen' ? 0 : Math.floor((nowMs * MJPEG_FRAMES_PER_SECOND) / 1_000) % clip.pictures.length;
  return clip.pictures[at] as Buffer;
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
      const picture = currentPicture(clips, truth, now);
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
