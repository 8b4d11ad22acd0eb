import { parentPort } from 'node:worker_threads';
import { decode } from 'jpeg-js';
import { lowRatePicture } from './low-rate-picture.ts';

/** Decodes one JPEG after the other for JpegDecoder: in a thread, since a large one takes most of a second. */
const RESOLUTION_MEGAPIXELS_MAX = 16;
const MEMORY_MB_MAX = 256;

export interface DecodeRequest {
  readonly number: number;
  readonly jpeg: Uint8Array;
}

export type DecodeAnswer = { readonly number: number } & (
  | { readonly picture: ReturnType<typeof lowRatePicture> }
  | { readonly error: string }
);

parentPort?.on('message', ({ number, jpeg }: DecodeRequest) => {
  let answer: DecodeAnswer;
  try {
    const options = { useTArray: true, formatAsRGBA: false, tolerantDecoding: false } as const;
    const limits = { maxResolutionInMP: RESOLUTION_MEGAPIXELS_MAX, maxMemoryUsageInMB: MEMORY_MB_MAX } as const;
    const { width, height, data } = decode(jpeg, { ...options, ...limits });
    answer = { number, picture: lowRatePicture(width, height, data, 3) };
  } catch (error) {
    answer = { number, error: error instanceof Error ? error.message : String(error) };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin; windows do
  parentPort?.postMessage(answer);
});
