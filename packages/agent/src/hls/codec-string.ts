import { parseProfileLevelId } from '../rtsp/h264-sps.ts';

/** Sample entries of MP4 and codec strings → the words of a passport. */
export const CODEC_NAMES: Readonly<Record<string, string>> = {
  avc1: 'h264',
  avc3: 'h264',
  hvc1: 'h265',
  hev1: 'h265',
  dvh1: 'h265',
  dvhe: 'h265',
  av01: 'av1',
  vp09: 'vp9',
  mp4v: 'mpeg4',
  jpeg: 'mjpeg',
};

const H265_PROFILES: Readonly<Record<string, string>> = {
  1: 'main',
  2: 'main 10',
  3: 'main still picture',
  4: 'range extensions',
};

/** `avc1.64001f`, `hvc1.1.6.L93.B0` and the like (RFC 6381): codec, profile and level. */
export function codecString(text: string): {
  readonly codec: string;
  readonly profile?: string;
  readonly level?: string;
} {
  const [name = '', ...rest] = text.split('.');
  const codec = CODEC_NAMES[name.toLowerCase()] ?? name.toLowerCase().slice(0, 16);
  if (codec === 'h264') return { codec, ...parseProfileLevelId(rest[0] ?? '') };
  if (codec === 'h265') {
    const profile = H265_PROFILES[(rest[0] ?? '').replace(/^[ABC]/, '')];
    const level = rest.find((part) => /^[LH][0-9]{1,3}$/.test(part))?.slice(1);
    return {
      codec,
      ...(profile !== undefined && { profile }),
      ...(level !== undefined && { level: (Number(level) / 30).toFixed(1) }),
    };
  }
  return { codec };
}
