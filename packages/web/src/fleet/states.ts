import { CAMERA_STATES, type CameraState, type TroubleKind } from '@vedette/wire/http';
import type { Tone } from '../ui/badge.tsx';

/** How a state is told apart without colour: a shape, a letter in it, and a word. */
export interface StateLook {
  readonly label: string;
  readonly letter: string;
  readonly tone: Tone;
  /** SVG path on a 16 × 16 grid; '' for a state that is not worth a shape. */
  readonly shape: string;
  /** The plain meaning, for those who see the word for the first time. */
  readonly meaning: string;
}

const SQUARE = 'M1.500 1.500h13v13h-13z';
const DIAMOND = 'M8 .300 15.700 8 8 15.700.300 8z';
const CIRCLE = 'M8 .800a7.200 7.200 0 1 0 0 14.400A7.200 7.200 0 0 0 8 .800Z';
const HEXAGON = 'M4.300.900h7.400L15.600 8l-3.900 7.100H4.300L.400 8z';
const TRIANGLE = 'M8 .600 15.800 15H.200z';

export const STATE_LOOKS: Readonly<Record<CameraState, StateLook>> = {
  offline: { label: 'Offline', letter: 'O', tone: 'bad', shape: SQUARE, meaning: 'delivers no video' },
  credentials: {
    label: 'Credentials',
    letter: 'C',
    tone: 'bad',
    shape: DIAMOND,
    meaning: 'refuses user or password, or none are known',
  },
  frozen: {
    label: 'Frozen',
    letter: 'F',
    tone: 'bad',
    shape: CIRCLE,
    meaning: 'sends the same picture again and again',
  },
  dark: { label: 'Dark', letter: 'D', tone: 'bad', shape: HEXAGON, meaning: 'sends a black or covered picture' },
  degraded: {
    label: 'Degraded',
    letter: '!',
    tone: 'warn',
    shape: TRIANGLE,
    meaning: 'delivers less than is expected',
  },
  unknown: { label: 'Unknown', letter: '?', tone: 'muted', shape: SQUARE, meaning: 'nothing was heard of it' },
  maintenance: { label: 'Maintenance', letter: 'M', tone: 'muted', shape: SQUARE, meaning: 'is being worked on' },
  ok: { label: 'OK', letter: '', tone: 'muted', shape: '', meaning: 'delivers what is expected' },
};

const RANKS = new Map(CAMERA_STATES.map((state, index) => [state, index]));

/** 0 is the worst. A state of a newer server counts as unknown. */
export function rankOf(state: CameraState): number {
  return RANKS.get(state) ?? CAMERA_STATES.indexOf('unknown');
}

/** What someone must look at: neither well nor known to be worked on. */
export function isTrouble(state: CameraState): boolean {
  return state !== 'ok' && state !== 'maintenance';
}

/** The state of a word on the wire. */
export function readState(word: string | undefined): CameraState {
  return CAMERA_STATES.find((state) => state === word) ?? 'unknown';
}

const KIND_WORDS: Readonly<Record<TroubleKind | 'maintenance' | 'schedule' | 'retention' | 'unknown', string>> = {
  offline: 'offline',
  credentials: 'credentials rejected or missing',
  path: 'stream path not found',
  session_limit: 'too many sessions',
  tls: 'TLS fault',
  no_video: 'no video in the stream',
  stalled: 'stream stalls',
  frozen: 'picture frozen',
  dark: 'picture dark',
  overexposed: 'over-exposed',
  blurred: 'blurred',
  moved: 'view moved',
  colour_cast: 'colour cast',
  low_frame_rate: 'low frame rate',
  declared_rate: 'declared rate wrong',
  keyframe_interval: 'key frames too rare',
  packet_loss: 'packet loss',
  clock_offset: 'clock is off',
  settings_changed: 'settings changed',
  bitrate_collapse: 'bit rate collapsed',
  flapping: 'comes and goes',
  recording_gap: 'gap in the recording',
  recorder_full: 'recorder full',
  recorder_down: 'recorder down',
  switch_down: 'switch down',
  site_down: 'site down',
  link_down: 'link to the site down',
  model_drift: 'model drifts',
  silent_detector: 'detector silent',
  gpu_starved: 'GPU starved',
  no_heartbeat: 'no heartbeat',
  maintenance: 'maintenance',
  schedule: 'not scheduled',
  retention: 'older than the retention',
  unknown: 'not known',
};

/** Why a probe failed, where that is no kind of trouble or says more. */
const FAILURE_WORDS: Readonly<Record<string, string>> = {
  dns: 'name not found',
  refused: 'connection refused',
  unreachable: 'cannot be reached',
  timeout: 'no answer in time',
  credentials: 'credentials rejected',
  no_credentials: 'no credentials known',
  protocol: 'does not speak the protocol',
  closed: 'closed without an answer',
  server_error: 'server error',
  no_packets: 'no packets',
  policy: 'address not allowed',
};

/** A kind of trouble as people say it; one of a newer server as its own word. */
export function kindWords(kind: string): string {
  return (KIND_WORDS as Readonly<Record<string, string>>)[kind] ?? kind.replaceAll('_', ' ');
}

/** Why a probe failed, as people say it. */
export function failureWords(reason: string): string {
  return FAILURE_WORDS[reason] ?? kindWords(reason);
}
