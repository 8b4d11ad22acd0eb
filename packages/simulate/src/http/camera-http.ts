import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthGate } from '../auth/gate.ts';
import type { Clips } from '../clip/clips.ts';
import type { Clock } from '../clock.ts';
import { type CameraStreams, sensorNoise } from '../fleet/camera-streams.ts';
import type { CameraTruth } from '../fleet/camera-truth.ts';
import type { PlannedCamera } from '../fleet/plan.ts';
import { LivePlaylist } from '../hls/live-playlist.ts';
import { answerOnvif } from '../onvif/service.ts';
import { answer, answerText, readBody } from './answers.ts';
import type { HttpHandler } from './http-listener.ts';
import { Snapshots, streamMjpeg } from './mjpeg.ts';

/** A camera that does not answer keeps its clients waiting; longer than any probe does. */
const SILENCE_MAX_MS = 90_000;

export interface CameraHttpOptions {
  readonly streams: CameraStreams;
  readonly clips: Clips;
  readonly gate: AuthGate;
  readonly clock: Clock;
  /** `http://127.0.0.1:9641` and the like, for addresses in answers. */
  readonly addresses: () => { readonly http: string; readonly rtsp: string };
}

/**
 * What cameras offer over HTTP: `/<id>/hls/index.m3u8`, `/<id>/mjpeg`, `/<id>/snapshot.jpg`, `/<id>/onvif/device_service`. Same account, same
 * faults as over RTSP.
 */
export function cameraHttp(options: CameraHttpOptions): HttpHandler {
  const playlists = new Map<string, LivePlaylist>();
  const snapshots = new Snapshots();
  return async (request, response, path) => {
    const [, id = '', kind = '', file = ''] = path.split('/');
    const camera = options.streams.camera(id);
    if (!camera) {
      answerText(response, 404, 'no such camera');
      return;
    }
    const truth = options.streams.truth(camera, options.clock.now());
    if (truth.reach !== 'yes') {
      stayAway(options.clock, response, truth.reach);
      return;
    }
    response.setHeader('server', camera.model.product);
    if (kind === 'onvif') {
      await onvif(options, camera, truth, request, response);
      return;
    }
    if (!isLetIn(options, camera, truth, request, response)) return;
    if (kind === 'hls') {
      let playlist = playlists.get(id);
      if (!playlist) {
        playlist = new LivePlaylist(camera.seed);
        playlists.set(id, playlist);
      }
      hls(options, playlist, camera, truth, file, response);
    } else if (kind === 'mjpeg') {
      streamMjpeg({ ...options, camera }, response);
    } else if (kind === 'snapshot.jpg') {
      answer(response, 200, 'image/jpeg', snapshots.take(options.clips, camera, truth));
    } else {
      answerText(response, 404, 'not found');
    }
  };
}

function stayAway(clock: Clock, response: ServerResponse, reach: 'silent' | 'refused'): void {
  if (reach === 'refused') {
    response.socket?.resetAndDestroy();
    return;
  }
  const end = clock.after(SILENCE_MAX_MS, () => response.destroy());
  response.once('close', () => end[Symbol.dispose]());
}

function isLetIn(
  { streams, gate, clock }: CameraHttpOptions,
  camera: PlannedCamera,
  truth: CameraTruth,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const verdict = gate.check(
    streams.account(camera, truth),
    { method: request.method ?? 'GET', authorization: request.headers.authorization },
    clock.now(),
  );
  if (verdict.ok) return true;
  response.setHeader('www-authenticate', [...verdict.challenges]);
  answerText(response, 401, 'credentials are needed');
  return false;
}

function hls(
  { streams, clock }: CameraHttpOptions,
  playlist: LivePlaylist,
  camera: PlannedCamera,
  truth: CameraTruth,
  file: string,
  response: ServerResponse,
): void {
  const clip = streams.clip(camera, truth);
  if (file === 'index.m3u8') {
    const bits = Math.round(
      (clip.accessUnits.reduce((sum, one) => sum + one.sizeBytes, 0) * 8 * 25) / clip.accessUnits.length,
    );
    const codecs = camera.model.codec === 'h264' ? 'avc1.640028' : 'hvc1.1.6.L120.90';
    const variant = `BANDWIDTH=${2 * bits},RESOLUTION=${clip.width}x${clip.height},CODECS="${codecs}",FRAME-RATE=25.000`;
    answer(
      response,
      200,
      'application/vnd.apple.mpegurl',
      `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:${variant}\nmain.m3u8\n`,
    );
    return;
  }
  const now = clock.now();
  const { stampedFps, deliveredFps } = streams.rates(camera, truth);
  const text = playlist.text({ clip, stampedFps, deliveredFps, noise: sensorNoise(truth) }, now, truth.clockOffsetMs);
  if (file === 'main.m3u8') {
    answer(response, 200, 'application/vnd.apple.mpegurl', text);
    return;
  }
  const sequence = /^segment-(\d{1,15})\.ts$/.exec(file)?.[1];
  const segment = sequence === undefined ? undefined : playlist.segment(Number(sequence));
  if (segment) answer(response, 200, 'video/mp2t', segment);
  else answerText(response, 404, 'no such segment');
}

async function onvif(
  options: CameraHttpOptions,
  camera: PlannedCamera,
  truth: CameraTruth,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = request.method === 'POST' ? await readBody(request) : undefined;
  if (body === undefined) {
    answerText(response, request.method === 'POST' ? 413 : 405, 'ONVIF is asked with POST');
    return;
  }
  const { streams, clock } = options;
  const { status, text } = answerOnvif(body, {
    camera,
    clip: streams.clip(camera, truth),
    framesPerSecond: streams.rates(camera, truth).stampedFps,
    keyFrameIntervalSeconds: truth.keyFrameIntervalSeconds,
    account: streams.account(camera, truth),
    cameraTimeMs: clock.now() + truth.clockOffsetMs,
    ...options.addresses(),
  });
  answer(response, status, 'application/soap+xml; charset=utf-8', text);
}
