/** What one RTP payload holds; flags are added up. */
export const PICTURE = 1;
/** It begins a picture: the first slice of it. */
export const PICTURE_START = 2;
export const KEY = 4;

/**
 * Looks into the payload of one RTP packet without decoding: bytes from `from` to `to`. Answers flags; 0 for what is no picture
 * (parameter sets, messages) and what cannot be read.
 */
export interface PayloadReader {
  read(bytes: Uint8Array, from: number, to: number): number;
}
