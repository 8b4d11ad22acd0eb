import { formatSampleValue, formatSeriesText } from '@vedette/wire/exposition';
import type { CameraFigures } from './camera-figures.ts';
import type { ProbePlan } from './plan.ts';

/** What writes a camera's samples of one family. */
export interface CameraFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Lines with their ends; '' when nothing is known. */
  readonly write: (camera: CameraLines) => string;
}

export interface CameraLines {
  readonly id: string;
  readonly plan: ProbePlan;
  readonly figures: CameraFigures;
}

const SECONDS = 1_000;

type Value = (camera: CameraLines) => number | undefined;

function family(type: 'gauge' | 'counter', name: string, help: string, value: Value): CameraFamily {
  return {
    name,
    type,
    help,
    write: (camera) => {
      const known = value(camera);
      return known === undefined ? '' : line(name, camera, {}, known);
    },
  };
}

const gauge = (name: string, help: string, value: Value): CameraFamily => family('gauge', name, help, value);
const counter = (name: string, help: string, value: Value): CameraFamily => family('counter', name, help, value);

function line(name: string, { id }: CameraLines, labels: Readonly<Record<string, string>>, value: number): string {
  return `${formatSeriesText(name, { camera_id: id, ...labels })} ${formatSampleValue(value)}\n`;
}

const flag = (value: boolean | undefined): number | undefined => (value === undefined ? undefined : Number(value));
/** Nothing but the first probe makes a counter known: it begins at 0, so that its first increase is seen. */
const counted = ({ figures }: CameraLines, value: number): number | undefined =>
  figures.probedAtMs === 0 ? undefined : value;
const hlsCounted = ({ figures }: CameraLines): number | undefined =>
  figures.hls === undefined && figures.hlsStalls === 0 ? undefined : figures.hlsStalls;

/** Everything that a probe can know of a camera, in the order of the page. docs/reference/camera-metrics.md has the same list. */
export const CAMERA_FAMILIES: readonly CameraFamily[] = [
  gauge('camera_up', '1 when the stream comes, 0 after several probes in a row found that it does not.', (c) =>
    flag(c.figures.up),
  ),
  gauge('camera_probe_success', '1 when the newest probe got the stream, else 0.', (c) => flag(c.figures.success)),
  {
    name: 'camera_probe_failure',
    type: 'gauge',
    help: '1 while the newest probe failed, with the reason.',
    write: (c) =>
      c.figures.failure === undefined ? '' : line('camera_probe_failure', c, { reason: c.figures.failure.reason }, 1),
  },
  gauge('camera_probe_consecutive_failures', 'Probes that failed in a row.', (c) =>
    counted(c, c.figures.consecutiveFailures),
  ),
  gauge('camera_probe_last_timestamp_seconds', 'When the newest probe ended, Unix time.', (c) =>
    counted(c, c.figures.probedAtMs / SECONDS),
  ),
  {
    name: 'camera_probe_duration_seconds',
    type: 'gauge',
    help: 'How long each phase of the newest probe took.',
    write: (c) => {
      let lines = '';
      for (const [phase, ms] of Object.entries(c.figures.phasesMs))
        lines += line('camera_probe_duration_seconds', c, { phase }, ms / SECONDS);
      return lines;
    },
  },
  {
    name: 'camera_probe_substream_failure',
    type: 'gauge',
    help: '1 while the sub stream is left alone because it failed though the main stream works, with the reason.',
    write: (c) =>
      c.figures.subFailure === undefined
        ? ''
        : line('camera_probe_substream_failure', c, { reason: c.figures.subFailure.reason }, 1),
  },
  gauge(
    'camera_frames_per_second',
    'Frames a second that arrived in the newest window.',
    (c) => c.figures.framesPerSecond,
  ),
  gauge(
    'camera_measure_last_timestamp_seconds',
    'When the newest probe ended that measured the rate, Unix time.',
    (c) => (c.figures.measuredAtMs === undefined ? undefined : c.figures.measuredAtMs / SECONDS),
  ),
  gauge('camera_declared_fps', 'Frames a second that the stream says it has.', (c) => c.figures.passport?.declaredFps),
  gauge(
    'camera_expected_fps',
    'Frames a second that are expected where the inventory says nothing: the median of what was measured.',
    (c) => (c.plan.expected?.framesPerSecond === undefined ? c.figures.usual.framesPerSecond : undefined),
  ),
  gauge(
    'camera_bits_per_second',
    'Media that arrived in the newest window, bits a second.',
    (c) => c.figures.bitsPerSecond,
  ),
  counter('camera_received_bytes_total', 'Bytes that probes read from the camera.', (c) =>
    counted(c, c.figures.receivedBytes),
  ),
  counter('camera_frames_received_total', 'Frames that probes got.', (c) => counted(c, c.figures.frames)),
  counter('camera_rtp_packets_received_total', 'RTP packets that probes got.', (c) =>
    c.figures.rtp ? c.figures.packets : undefined,
  ),
  counter('camera_rtp_packets_lost_total', 'RTP packets missing in the numbering of those that probes got.', (c) =>
    c.figures.rtp ? c.figures.packetsLost : undefined,
  ),
  gauge(
    'camera_rtp_jitter_seconds',
    'Interarrival jitter of the newest window (RFC 3550).',
    (c) => c.figures.jitterSeconds,
  ),
  gauge(
    'camera_keyframe_interval_seconds',
    'Between key frames; where a window saw one or none, the longest time without.',
    (c) => c.figures.keyframeIntervalSeconds,
  ),
  gauge(
    'camera_clock_offset_seconds',
    "The camera's clock less ours.",
    (c) => c.figures.clockOffsetSeconds ?? c.figures.deviceClockOffsetSeconds,
  ),
  {
    name: 'camera_stream_info',
    type: 'gauge',
    help: 'Always 1; what the stream says it is.',
    write: (c) => {
      const { passport } = c.figures;
      if (passport === undefined) return '';
      const { codec, profile = '', width, height, transport } = passport;
      const labels = { codec, profile, width: String(width ?? ''), height: String(height ?? ''), transport };
      return line('camera_stream_info', c, labels, 1);
    },
  },
  counter(
    'camera_parameter_set_changes_total',
    "Changes of a stream's parameter sets: somebody changed its settings.",
    (c) => counted(c, c.figures.parameterSetChanges),
  ),
  gauge('camera_last_frame_timestamp_seconds', 'When the newest frame arrived, Unix time.', (c) =>
    c.figures.lastFrameAtMs === undefined ? undefined : c.figures.lastFrameAtMs / SECONDS,
  ),
  counter('camera_reconnects_total', 'How often the stream came back after probes had failed.', (c) =>
    counted(c, c.figures.reconnects),
  ),
  {
    name: 'camera_picture_problem',
    type: 'gauge',
    help: '1 while something is wrong with the picture, and what told so.',
    write: (c) => {
      let lines = '';
      for (const { problem, source } of c.figures.findings)
        lines += line('camera_picture_problem', c, { problem, source }, 1);
      return lines;
    },
  },
  gauge('camera_picture_luma', 'Mean brightness of the newest picture, 0 to 255.', (c) => c.figures.luma),
  gauge('camera_picture_sharpness', 'Variance of the Laplacian of the newest picture.', (c) => c.figures.sharpness),
  gauge('hls_playlist_age_seconds', 'Since the playlist last advanced.', (c) => c.figures.hls?.playlistAgeSeconds),
  gauge('hls_segment_duration_seconds', 'Of the newest segment.', (c) => c.figures.hls?.segmentDurationSeconds),
  gauge(
    'hls_live_latency_seconds',
    'Behind live, by the times in the playlist.',
    (c) => c.figures.hls?.liveLatencySeconds,
  ),
  counter(
    'hls_sequence_stalls_total',
    'How often the playlist stood still for more than three target durations.',
    hlsCounted,
  ),
  {
    name: 'camera_onvif_event',
    type: 'gauge',
    help: '1 while the device tells of the event, 0 after it took it back.',
    write: (c) => {
      let lines = '';
      for (const [event, active] of c.figures.events) lines += line('camera_onvif_event', c, { event }, active ? 1 : 0);
      return lines;
    },
  },
  {
    name: 'camera_device_info',
    type: 'gauge',
    help: 'Always 1; what the device says it is over ONVIF.',
    write: (c) => {
      const { device } = c.figures;
      if (device === undefined) return '';
      const { manufacturer = '', model = '', firmwareVersion = '' } = device;
      return line('camera_device_info', c, { manufacturer, model, firmware: firmwareVersion }, 1);
    },
  },
  gauge(
    'camera_configured_fps',
    'Frames a second that the device is set to, over ONVIF.',
    (c) => c.figures.encoder?.framesPerSecond,
  ),
  gauge(
    'camera_configured_bits_per_second',
    'Limit of the bit rate that the device is set to, over ONVIF.',
    (c) => c.figures.encoder?.bitsPerSecond,
  ),
  gauge('camera_onvif_success', '1 when the ONVIF service answered at its newest reading, else 0.', (c) =>
    flag(c.figures.onvifSuccess),
  ),
];
