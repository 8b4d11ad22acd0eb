/** What a line of ffmpeg's stderr is about; label values of `ffmpeg_errors_total{class}`. */
export const FFMPEG_ERROR_CLASSES = [
  /** Timestamps that do not rise. */
  'timestamps',
  /** RTP packets that did not come. */
  'packets_missed',
  /** The jitter buffer was full before the missing packet came. */
  'delay_exceeded',
  /** A picture could not be decoded, or only in part. */
  'decode',
  /** Data that is no stream of that kind. */
  'invalid_data',
  'refused',
  'timeout',
  'credentials',
  'path',
  'unreachable',
  /** The input or output broke off. */
  'broken_off',
  /** A queue inside ffmpeg is full: something behind it is too slow. */
  'queue_full',
  /** The disk is full. */
  'no_space',
] as const;
export type FfmpegErrorClass = (typeof FFMPEG_ERROR_CLASSES)[number];

/** In this order: the first that a line contains decides. Texts are those of ffmpeg 4 to 7. */
const TEXTS: readonly (readonly [text: string, FfmpegErrorClass])[] = [
  ['non-monotonous dts', 'timestamps'],
  ['non monotonically increasing dts', 'timestamps'],
  ['non-monotonic dts', 'timestamps'],
  ['past duration', 'timestamps'],
  ['invalid dts', 'timestamps'],
  ['dts discontinuity', 'timestamps'],
  ['rtp: missed', 'packets_missed'],
  ['max delay reached', 'delay_exceeded'],
  ['error while decoding mb', 'decode'],
  ['corrupt decoded frame', 'decode'],
  ['concealing ', 'decode'],
  ['could not find ref with poc', 'decode'],
  ['error submitting packet to decoder', 'decode'],
  ['decode_slice_header error', 'decode'],
  ['non-existing pps', 'decode'],
  ['non-existing sps', 'decode'],
  ['connection refused', 'refused'],
  ['401 unauthorized', 'credentials'],
  ['403 forbidden', 'credentials'],
  ['authorization failed', 'credentials'],
  ['404 not found', 'path'],
  ['404 stream not found', 'path'],
  ['no such file or directory', 'path'],
  ['connection timed out', 'timeout'],
  ['operation timed out', 'timeout'],
  ['timed out', 'timeout'],
  ['no route to host', 'unreachable'],
  ['network is unreachable', 'unreachable'],
  ['name or service not known', 'unreachable'],
  ['failed to resolve hostname', 'unreachable'],
  ['no space left on device', 'no_space'],
  ['thread message queue blocking', 'queue_full'],
  ['too many packets buffered', 'queue_full'],
  ['broken pipe', 'broken_off'],
  ['connection reset by peer', 'broken_off'],
  ['end of file', 'broken_off'],
  ['input/output error', 'broken_off'],
  ['invalid data found', 'invalid_data'],
];

const LINE_MAX = 4_096;

/** Undefined: nothing that is counted. */
export function ffmpegErrorClass(line: string): FfmpegErrorClass | undefined {
  if (line.length > LINE_MAX) return undefined;
  const text = line.toLowerCase();
  return TEXTS.find(([part]) => text.includes(part))?.[1];
}
