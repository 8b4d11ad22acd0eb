import type { MetricWriter } from '@vedette/wire/exposition';
import type { StreamProgress } from '../../source/stream-progress.ts';
import { writeProgress } from '../../source/write-progress.ts';
import type { MediamtxSample } from './page.ts';
import type { MediamtxPath, NotReadyReason } from './paths.ts';

export const MEDIAMTX_SOURCE = 'mediamtx';

export interface MediamtxCameraFigures {
  readonly cameraId: string;
  /** Undefined: it rests until somebody reads, and nobody can say whether the camera is up. */
  readonly up: boolean | undefined;
  readonly progress: StreamProgress;
  readonly path?: MediamtxPath;
  readonly notReady?: NotReadyReason;
}

export function writeMediamtxCameras(page: MetricWriter, cameras: readonly MediamtxCameraFigures[]): void {
  for (const { cameraId, up, progress, path, notReady } of cameras) {
    const labels = { camera_id: cameraId, source: MEDIAMTX_SOURCE };
    if (up !== undefined)
      page.family('camera_up', 'gauge', '1 while the camera delivers pictures, else 0.').sample(labels, up ? 1 : 0);
    writeProgress(page, labels, progress);
    if (path) writePath(page, cameraId, labels, path);
    if (notReady !== undefined) {
      page
        .family('mediamtx_path_not_ready', 'gauge', '1 while the path has no stream, with the reason.')
        .sample({ camera_id: cameraId, reason: notReady }, 1);
    }
  }
}

function writePath(
  page: MetricWriter,
  cameraId: string,
  labels: Readonly<Record<string, string>>,
  { video, sourceType, readers, inboundFramesInError }: MediamtxPath,
): void {
  if (video) {
    const size =
      video.width === undefined || video.height === undefined
        ? {}
        : { width: String(video.width), height: String(video.height) };
    page
      .family('camera_stream_info', 'gauge', 'What the stream is, in labels; always 1.')
      .sample({ ...labels, codec: video.codec, ...size, transport: sourceType ?? '' }, 1);
  }
  page.family('stream_viewers', 'gauge', 'Viewers of a stream.').sample({ camera_id: cameraId }, readers);
  if (inboundFramesInError !== undefined) {
    page
      .family('mediamtx_path_frames_in_error', 'untyped', 'Frames of the stream that were not in order.')
      .sample({ camera_id: cameraId }, inboundFramesInError);
  }
}

/** Figures of the page as they are, in the newest spelling. */
export function writeMediamtxSamples(page: MetricWriter, samples: readonly MediamtxSample[]): void {
  for (const { name, labels, value } of samples)
    page.family(name, 'untyped', `${name} of MediaMTX.`).sample(labels, value);
}
