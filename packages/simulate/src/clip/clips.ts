import { readFileSync } from 'node:fs';
import { type JpegClip, readJpegClip } from './jpeg-clip.ts';
import type { VideoCodec } from './nal-units.ts';
import { type VideoClip, readVideoClip } from './video-clip.ts';

/** What a picture shows; `low-rate` is the street at a third of its pictures, `long-interval` has twenty seconds between key frames. */
export type Scene = 'street' | 'frozen' | 'black' | 'low-rate' | 'long-interval' | 'settings';

/** Rate that every clip is encoded for, pictures a second. */
export const CLIP_FRAMES_PER_SECOND = 25;
/** `low-rate` ships every third of them. */
export const LOW_RATE_STEP = 3;

const MAIN = { width: 1280, height: 720 };
const SETTINGS = { width: 960, height: 540 };
const SUB = { width: 640, height: 360 };
const SUB_SETTINGS = { width: 480, height: 270 };

/** All that the cameras show, read once. */
export interface Clips {
  video(codec: VideoCodec, scene: Scene): VideoClip;
  /** The small stream; H.264 always. */
  sub(scene: Scene): VideoClip;
  readonly jpeg: Readonly<Record<'street' | 'black' | 'settings', JpegClip>>;
}

const folder = new URL('../../clips/', import.meta.url);
const SCENES: readonly Scene[] = ['street', 'frozen', 'black', 'low-rate', 'long-interval', 'settings'];

/** Reads the committed files; made by `scripts/make-clips.mjs`. Throws when one is missing or is no clip. */
export function loadClips(): Clips {
  const file = (name: string): Buffer => readFileSync(new URL(name, folder));
  const videos = new Map<string, VideoClip>();
  for (const codec of ['h264', 'h265'] as const) {
    for (const scene of SCENES) {
      const name = `${scene}.${codec}`;
      videos.set(name, readVideoClip(name, codec, scene === 'settings' ? SETTINGS : MAIN, file(name)));
    }
  }
  for (const scene of SCENES) {
    const name = `sub-${scene}.h264`;
    videos.set(name, readVideoClip(name, 'h264', scene === 'settings' ? SUB_SETTINGS : SUB, file(name)));
  }
  const named = (name: string): VideoClip => {
    const clip = videos.get(name);
    if (!clip) throw new Error(`no clip ${name}`);
    return clip;
  };
  return {
    video: (codec, scene) => named(`${scene}.${codec}`),
    sub: (scene) => named(`sub-${scene}.h264`),
    jpeg: {
      street: readJpegClip('street.mjpeg', file('street.mjpeg')),
      black: readJpegClip('black.mjpeg', file('black.mjpeg')),
      settings: readJpegClip('settings.mjpeg', file('settings.mjpeg')),
    },
  };
}
