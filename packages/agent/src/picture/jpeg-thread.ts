import { parentPort } from 'node:worker_threads';
import { decode } from 'jpeg-js';
import { decodeBaseline } from './baseline-jpeg.ts';
import { type LowRatePicture, lowRatePicture } from './low-rate-picture.ts';

/** Decodes one JPEG after the other for JpegDecoder: in a thread, since a large one takes most of a second. */
const RESOLUTION_MEGAPIXELS_MAX = 16;
const MEMORY_MB_MAX = 256;

export interface DecodeRequest {
  readonly number: number;
  readonly jpeg: Uint8Array;
}

export type DecodeAnswer = { readonly number: number } & (
  | { readonly picture: LowRatePicture }
  | { readonly error: string }
);

parentPort?.on('message', ({ number, jpeg }: DecodeRequest) => {
  // The picture's own bytes go back too: here they would wait long to be collected.
  const transferred = [jpeg.buffer as ArrayBuffer];
  let answer: DecodeAnswer;
  try {
    const picture = decodeBaseline(jpeg, RESOLUTION_MEGAPIXELS_MAX * 1e6) ?? decodeWhole(jpeg);
    transferred.push(picture.luma.buffer as ArrayBuffer);
    answer = { number, picture };
  } catch (error) {
    answer = { number, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer, transferred);
});

/** Progressive ones and other rare kinds: all of it in memory, a hundred bytes and more for each pixel. */
function decodeWhole(jpeg: Uint8Array): LowRatePicture {
  const { width, height, data } = decode(jpeg, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: RESOLUTION_MEGAPIXELS_MAX,
    maxMemoryUsageInMB: MEMORY_MB_MAX,
  });
  return lowRatePicture(width, height, data, 3);
}
