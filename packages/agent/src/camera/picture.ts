/** What can be wrong with a picture while the stream runs. The words are label values of `camera_picture_problem{problem}`. */
export const PICTURE_PROBLEMS = [
  'frozen',
  'dark',
  'overexposed',
  'blurred',
  'moved',
  'colour_cast',
  'bitrate_collapse',
] as const;
export type PictureProblem = (typeof PICTURE_PROBLEMS)[number];

/** One finding about a picture; present until a later observation takes it back. */
export interface PictureFinding {
  readonly problem: PictureProblem;
  /** `packets`: from sizes and times alone; `picture`: from a decoded low-rate frame; `device`: an ONVIF event. */
  readonly source: 'packets' | 'picture' | 'device';
  /** The statistic that decided, and what it was compared with. */
  readonly value: number;
  readonly baseline: number;
  /** Wall time since when, milliseconds. */
  readonly sinceMs: number;
}
