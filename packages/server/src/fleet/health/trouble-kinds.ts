import type { CameraState, TroubleKind } from '@vedette/wire/http';

/** A trouble as a state of its camera. Without any the camera is ok. */
export const STATE_OF: Readonly<Record<TroubleKind, CameraState>> = {
  site_down: 'offline',
  switch_down: 'offline',
  recorder_down: 'offline',
  // Cut off from here, the camera may be well.
  link_down: 'unknown',
  credentials: 'credentials',
  offline: 'offline',
  path: 'offline',
  session_limit: 'offline',
  tls: 'offline',
  no_video: 'offline',
  stalled: 'offline',
  no_heartbeat: 'unknown',
  frozen: 'frozen',
  dark: 'dark',
  recorder_full: 'degraded',
  recording_gap: 'degraded',
  bitrate_collapse: 'degraded',
  packet_loss: 'degraded',
  low_frame_rate: 'degraded',
  declared_rate: 'degraded',
  gpu_starved: 'degraded',
  moved: 'degraded',
  blurred: 'degraded',
  overexposed: 'degraded',
  keyframe_interval: 'degraded',
  model_drift: 'degraded',
  silent_detector: 'degraded',
  clock_offset: 'degraded',
  settings_changed: 'degraded',
  colour_cast: 'degraded',
  flapping: 'degraded',
};

/** The worst first. What explains others comes before them: a full disk before the gap in the recording, loss before the low rate. */
export const KINDS: readonly TroubleKind[] = Object.keys(STATE_OF) as TroubleKind[];

const WEIGHT = new Map(KINDS.map((kind, index) => [kind, index]));

/** Sorts the worst first. */
export function byWeight(a: { readonly kind: TroubleKind }, b: { readonly kind: TroubleKind }): number {
  return (WEIGHT.get(a.kind) ?? KINDS.length) - (WEIGHT.get(b.kind) ?? KINDS.length);
}

/** Kinds that mean that no pictures come: what a switch, a recorder or a site takes away. */
export const STREAM_KINDS: ReadonlySet<TroubleKind> = new Set<TroubleKind>([
  'offline',
  'path',
  'session_limit',
  'tls',
  'no_video',
  'stalled',
  'no_heartbeat',
]);
