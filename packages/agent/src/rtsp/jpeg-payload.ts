import { KEY, PICTURE, PICTURE_START, type PayloadReader } from './payload.ts';

export interface JpegPayload extends PayloadReader {
  /** Pixels, of the newest frame that told (RFC 2435, 3.1.5); frames wider or higher than 2,040 tell 0 there. */
  readonly width: number;
  readonly height: number;
}

/** Payloads of RFC 2435: every frame is a key frame. */
export function createJpegPayload(): JpegPayload {
  let width = 0;
  let height = 0;
  return {
    get width() {
      return width;
    },
    get height() {
      return height;
    },
    read(bytes, from, to) {
      if (to - from < 9) return 0;
      const offset =
        ((bytes[from + 1] as number) << 16) | ((bytes[from + 2] as number) << 8) | (bytes[from + 3] as number);
      if (offset === 0) {
        width = (bytes[from + 6] as number) * 8;
        height = (bytes[from + 7] as number) * 8;
      }
      return PICTURE | KEY | (offset === 0 ? PICTURE_START : 0);
    },
  };
}
