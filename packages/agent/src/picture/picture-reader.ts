import type { Credentials } from '../camera/credentials.ts';
import type { ProbeFailure } from '../camera/probe-failure.ts';
import type { LowRatePicture } from './low-rate-picture.ts';

export interface PictureTarget {
  readonly cameraId: string;
  /** A JPEG snapshot (http, https), or for ffmpeg any stream; without user and password. */
  readonly url: string;
  readonly credentials?: Credentials;
  readonly insecureTls?: boolean;
  /** From the start of reading to the decoded picture; waiting for a turn comes before it. */
  readonly timeoutMs: number;
}

export type PictureAnswer =
  | { readonly picture: LowRatePicture; readonly atMs: number; readonly failure?: undefined }
  | { readonly failure: ProbeFailure; readonly atMs: number; readonly picture?: undefined };

/** Brings one picture now. Resolves always, with a picture or a failure; rejects only when the signal aborts. */
export interface PictureReader {
  read(target: PictureTarget, signal: AbortSignal): Promise<PictureAnswer>;
  /** Ends its threads and programs. */
  close(): Promise<void>;
}
