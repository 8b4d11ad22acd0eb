/** Width that pictures are brought to before they are judged. */
export const LOW_RATE_WIDTH = 320;

/** Tall pictures are cut here. */
export const LOW_RATE_HEIGHT_MAX = 480;

/** A decoded picture, small and grey. */
export interface LowRatePicture {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0 to 255; width × height. */
  readonly luma: Uint8Array;
  /** Mean of the colour differences Cb and Cr, each −128 to 127; absent where the source is grey. */
  readonly chroma?: {
    readonly blue: number;
    readonly red: number;
    /** Mean distance from grey, 0 to 181. */ readonly spread: number;
  };
}
