import type { PictureFinding } from '../camera/picture.ts';
import type { ProbeReport } from '../camera/probe.ts';
import type { OnvifEvent } from '../onvif/onvif-report.ts';
import type { LowRatePicture } from './low-rate-picture.ts';

export interface PictureWatchOptions {
  readonly cameraId: string;
  /** Added to UTC for the site's hour of day; default 0. An hour more or less in summer does no harm: neighbouring hours are looked at too. */
  readonly utcOffsetMinutes?: number;
  /** The camera turns by itself (PTZ): `moved` is not judged. */
  readonly turns?: boolean;
  /** What `state()` gave before a restart; whatever in it does not fit is left out. */
  readonly state?: unknown;
}

/** What one camera's pictures have been like, and what is wrong with them now. Never by one observation of ours. */
export interface PictureWatch {
  readonly cameraId: string;
  /**
   * After each probe, cheap or full; a failed probe says nothing about the picture. `darkAtMs`: the watch of another stream of this camera
   * was `undecided` about a probe that began then. Answers with `findings()`.
   */
  observeReport(report: ProbeReport, darkAtMs?: number): readonly PictureFinding[];
  /** After each low-rate picture, at `atMs` of wall time. Answers with `findings()`. */
  observePicture(picture: LowRatePicture, atMs: number): readonly PictureFinding[];
  /** What the camera says itself (ONVIF). */
  observeEvent(event: OnvifEvent): readonly PictureFinding[];
  /** Present now. */
  findings(): readonly PictureFinding[];
  /** Something may be wrong: a probe in full mode soon, or another picture, will tell. */
  readonly suspicious: boolean;
  /** A full probe is needed for that; else a cheap one tells, too. */
  readonly needsWindow: boolean;
  /** The newest probe looks odd, and too little is known of this stream to count it. */
  readonly undecided: boolean;
  /** How often the parameter sets of the stream changed since the watch began (restarts included). */
  readonly settingsChanges: number;
  /** Wall time of the last change, milliseconds. */
  readonly settingsChangedAtMs: number | undefined;
  /** Of the newest picture: mean luma 0 to 255, variance of Laplacian; undefined before the first. */
  readonly luma: number | undefined;
  readonly sharpness: number | undefined;
  /** For JSON; at most STATE_BYTES_MAX when written. */
  state(): unknown;
}

/** Of one camera's state as JSON: seven figures of 24 hours with 24 samples, four references. */
export const STATE_BYTES_MAX = 64 * 1_024;
