/** What a sequence parameter set says about the picture; H.264 and H.265 alike. */
export interface PictureFormat {
  /** In lower case: `baseline`, `high`, `main 10`. */
  readonly profile: string;
  /** Such as `4.1`. */
  readonly level: string;
  /** Pixels, cropped. */
  readonly width: number;
  readonly height: number;
  /** Of the VUI's timing, frames a second; absent when it says nothing that can be. */
  readonly framesPerSecond?: number;
}

/** Pixels of one side that a parameter set can mean; beyond it the bits are garbage. */
export const SIDE_PIXELS_MAX = 16_384;
/** Frames a second that are believed. */
export const FRAMES_PER_SECOND_MAX = 1_000;

/** Frames a second of a VUI or VPS, where they can be; cameras write zeros and other nonsense. */
export function timingFps(timeScale: number, unitsInTick: number, ticksPerFrame: number): { framesPerSecond?: number } {
  if (unitsInTick === 0 || timeScale === 0) return {};
  const fps = timeScale / (unitsInTick * ticksPerFrame);
  return fps > 0.01 && fps <= FRAMES_PER_SECOND_MAX ? { framesPerSecond: fps } : {};
}
