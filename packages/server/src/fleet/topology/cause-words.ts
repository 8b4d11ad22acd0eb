import type { TroubleKind } from '@vedette/wire/http';
import { ADVICE } from '../health/advice.ts';
import type { Level } from './parents.ts';
import { sharedWords } from './shared-failure.ts';

/** Cameras without a stream, for whatever reason: what a switch, a recorder or a site takes away. */
export const STREAM_FAMILY = 'stream';
export const LINK_FAMILY = 'link';

const STREAM_ADVICE: Readonly<Record<Level, string>> = {
  switch: ADVICE.switch_down,
  recorder: ADVICE.recorder_down,
  site: ADVICE.site_down,
  link: ADVICE.link_down,
};

/** A parent that is down, as the trouble of each of its cameras. */
const CAUSE_KIND: Readonly<Record<Level, TroubleKind>> = {
  switch: 'switch_down',
  recorder: 'recorder_down',
  site: 'site_down',
  link: 'link_down',
};

const WORDS: Readonly<Partial<Record<TroubleKind, string>>> = {
  credentials: 'reject the credentials',
  frozen: 'show a picture that stands still',
  dark: 'show a black picture',
  recorder_full: 'share a full disk',
  recording_gap: 'are not recorded',
  packet_loss: 'lose packets',
  low_frame_rate: 'deliver too few frames',
  gpu_starved: 'share a machine that cannot keep up',
  blurred: 'are blurred',
  clock_offset: 'have a wrong clock',
  settings_changed: 'were changed',
};

/** Together it is another story than alone. */
const TOGETHER: Readonly<Partial<Record<TroubleKind, string>>> = {
  credentials: 'Somebody changed the credentials of all of them, or the inventory has the wrong ones.',
  blurred: 'Neighbours together: it is most likely fog or rain, not the cameras.',
  dark: 'Neighbours together: the light of the place is out, or it is night without infrared.',
  clock_offset: 'Their time server (NTP) is wrong or cannot be reached.',
  packet_loss: 'Look at the uplink that they share.',
};

/** What a cause is told by. */
export interface CauseStory {
  readonly family: string;
  /** The reason for which the probes of nearly all of its cameras fail; see sharedFailure. */
  readonly failure: string | undefined;
  readonly level: Level;
}

/** "switch SW-3: 38 of 40 cameras give no pictures". */
export function causeReason(
  { family, failure, level }: CauseStory,
  name: string,
  affected: number,
  total: number,
): string {
  const own = family === STREAM_FAMILY ? 'give no pictures' : WORDS[family as TroubleKind];
  const what = sharedWords(failure)?.words ?? own ?? `have trouble: ${family}`;
  return `${level} ${name}: ${affected} of ${total} cameras ${what}`;
}

export function causeAdvice({ family, failure, level }: CauseStory): string {
  const shared = sharedWords(failure);
  if (shared) return shared.advice;
  if (family === STREAM_FAMILY || family === LINK_FAMILY) return STREAM_ADVICE[level];
  return TOGETHER[family as TroubleKind] ?? ADVICE[family as TroubleKind] ?? '';
}

/** What the cause is for each of its cameras. */
export function causeKind({ family, failure, level }: CauseStory): TroubleKind {
  const shared = sharedWords(failure);
  if (shared) return shared.kind;
  return family === STREAM_FAMILY || family === LINK_FAMILY ? CAUSE_KIND[level] : (family as TroubleKind);
}
