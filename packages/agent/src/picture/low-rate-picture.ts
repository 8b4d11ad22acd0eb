/** Width that pictures are brought to before they are judged; smaller ones stay as they are. */
export const LOW_RATE_WIDTH = 320;
/** Tall pictures are cut here. */
export const LOW_RATE_HEIGHT_MAX = 480;

/** A decoded picture, small and grey. */
export interface LowRatePicture {
  readonly width: number;
  readonly height: number;
  /** Row by row, 0 to 255; width × height. */
  readonly luma: Uint8Array;
  /** Absent where the source is grey. */
  readonly chroma?: Chroma;
}

export interface Chroma {
  /** Means of the colour differences Cb and Cr, each −128 to 127. */
  readonly blue: number;
  readonly red: number;
  /** Mean distance of a pixel from grey, 0 to 181. */
  readonly spread: number;
}

/** Means over boxes of pixels that become one; `channels` is 3 or 4 (the fourth is not looked at), 8 bits each (ITU-R BT.601). */
export function lowRatePicture(width: number, height: number, pixels: Uint8Array, channels: 3 | 4): LowRatePicture {
  const small = Math.min(LOW_RATE_WIDTH, width);
  const smallHeight = Math.max(1, Math.min(LOW_RATE_HEIGHT_MAX, Math.round((height * small) / width)));
  const luma = new Uint8Array(small * smallHeight);
  const columns = Uint32Array.from({ length: small + 1 }, (_, x) => Math.floor((x * width) / small));
  let blue = 0;
  let red = 0;
  let spread = 0;
  for (let y = 0; y < smallHeight; y++) {
    const top = Math.floor((y * height) / smallHeight);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / smallHeight));
    for (let x = 0; x < small; x++) {
      const left = columns[x] as number;
      const right = Math.max(left + 1, columns[x + 1] as number);
      let [r, g, b] = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        let at = (row * width + left) * channels;
        for (let column = left; column < right; column++, at += channels) {
          r += pixels[at] as number;
          g += pixels[at + 1] as number;
          b += pixels[at + 2] as number;
        }
      }
      const count = (bottom - top) * (right - left);
      const y8 = (0.299 * r + 0.587 * g + 0.114 * b) / count;
      const cb = (b / count - y8) * 0.564;
      const cr = (r / count - y8) * 0.713;
      luma[y * small + x] = Math.min(255, Math.round(y8));
      blue += cb;
      red += cr;
      spread += Math.hypot(cb, cr);
    }
  }
  const cells = small * smallHeight;
  return {
    width: small,
    height: smallHeight,
    luma,
    chroma: { blue: blue / cells, red: red / cells, spread: spread / cells },
  };
}
