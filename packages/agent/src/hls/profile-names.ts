export interface ProfileAndLevel {
  readonly profile?: string;
  readonly level?: string;
}

const H264_PROFILES: Readonly<Record<number, string>> = {
  66: 'baseline',
  77: 'main',
  88: 'extended',
  100: 'high',
  110: 'high 10',
  122: 'high 4:2:2',
  244: 'high 4:4:4',
};

const H265_PROFILES: Readonly<Record<number, string>> = {
  1: 'main',
  2: 'main 10',
  3: 'main still picture',
  4: 'range extensions',
};

/** From a sequence parameter set with its header byte (H.264 7.3.2.1.1). */
export function h264Profile(sps: Uint8Array): ProfileAndLevel {
  return h264Named(sps[1], sps[3]);
}

export function h264Named(profileIdc: number | undefined, levelIdc: number | undefined): ProfileAndLevel {
  return {
    ...(profileIdc !== undefined && { profile: H264_PROFILES[profileIdc] ?? `profile ${profileIdc}` }),
    ...(levelIdc !== undefined && { level: (levelIdc / 10).toFixed(1) }),
  };
}

/** From a sequence parameter set with its two header bytes (H.265 7.3.2.2.1); the profile stands before any emulation prevention. */
export function h265Profile(sps: Uint8Array): ProfileAndLevel {
  const plain = withoutEmulation(sps.subarray(2, 24));
  const profile = plain[1];
  return h265Named(profile === undefined ? undefined : profile & 31, plain[12]);
}

export function h265Named(profileIdc: number | undefined, levelIdc: number | undefined): ProfileAndLevel {
  return {
    ...(profileIdc !== undefined && { profile: H265_PROFILES[profileIdc] ?? `profile ${profileIdc}` }),
    ...(levelIdc !== undefined && levelIdc > 0 && { level: (levelIdc / 30).toFixed(1) }),
  };
}

/** `avc1.64001f`, `hvc1.1.6.L93.B0` and the like (RFC 6381): codec, profile and level. */
export function codecString(text: string): { readonly codec: string } & ProfileAndLevel {
  const [name = '', ...rest] = text.split('.');
  const word = CODEC_NAMES[name.toLowerCase()] ?? name.toLowerCase().slice(0, 16);
  if (word === 'h264' && /^[0-9a-fA-F]{6}$/.test(rest[0] ?? '')) {
    const bytes = Buffer.from(rest[0] ?? '', 'hex');
    return { codec: word, ...h264Named(bytes[0], bytes[2]) };
  }
  if (word === 'h265') {
    const level = rest.find((part) => /^[LH][0-9]{1,3}$/.test(part));
    const profile = /^[ABC]?[0-9]{1,2}$/.test(rest[0] ?? '')
      ? Number((rest[0] ?? '').replace(/^[ABC]/, ''))
      : undefined;
    return { codec: word, ...h265Named(profile, level === undefined ? undefined : Number(level.slice(1))) };
  }
  return { codec: word };
}

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

function withoutEmulation(bytes: Uint8Array): number[] {
  const plain: number[] = [];
  for (const [i, byte] of bytes.entries())
    if (!(byte === 3 && bytes[i - 1] === 0 && bytes[i - 2] === 0)) plain.push(byte);
  return plain;
}
