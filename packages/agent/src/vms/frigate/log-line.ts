/** What a line of Frigate's log says about a camera; label values of `frigate_camera_errors_total{class}`. */
export const FRIGATE_ERROR_CLASSES = [
  /** No frame for 20 s; the watchdog ends ffmpeg. */
  'no_frames',
  /** More frames than asked for, three times; the watchdog ends ffmpeg. */
  'fps_limit',
  /** The record stream wrote no segment for 120 s. */
  'no_recording',
  /** ffmpeg ended by itself. */
  'ffmpeg_crashed',
  /** The pipe from ffmpeg broke. */
  'read_failed',
  /** ffmpeg did not end when told. */
  'ffmpeg_killed',
] as const;
export type FrigateErrorClass = (typeof FRIGATE_ERROR_CLASSES)[number];

export interface FrigateLogError {
  readonly camera: string;
  readonly class: FrigateErrorClass;
}

const LINE_MAX = 4_096;

/** Texts and what they mean; the watchdog's own lines name the camera in the logger, others in the sentence. */
const CLASSES: readonly (readonly [text: string, FrigateErrorClass])[] = [
  ['No frames received from', 'no_frames'],
  ['No new recording segments were created', 'no_recording'],
  ['No valid recording segments were created', 'no_recording'],
  ['exceeded fps limit', 'fps_limit'],
  ['Unable to read frames from ffmpeg process', 'read_failed'],
  ['process crashed unexpectedly', 'ffmpeg_crashed'],
  ["didn't exit. Force killing", 'ffmpeg_killed'],
];

const WATCHDOG = /(?:^|[\s[])(?:watchdog|ffmpeg)\.([\w-]{1,128})\b/;
/** `frigate.video  ERROR : front: Unable to read …` */
const IN_SENTENCE = /:\s([\w-]{1,128}): (?:Unable|ffmpeg)/;
const AFTER_FOR = /\bfor ([\w-]{1,128}) in the last\b/;

/** Undefined: the line is about something else, or about no camera. */
export function frigateLogError(line: string): FrigateLogError | undefined {
  if (line.length > LINE_MAX) return undefined;
  const found = CLASSES.find(([text]) => line.includes(text));
  if (!found) return undefined;
  const camera = (WATCHDOG.exec(line) ?? IN_SENTENCE.exec(line) ?? AFTER_FOR.exec(line))?.[1];
  return camera === undefined ? undefined : { camera, class: found[1] };
}
