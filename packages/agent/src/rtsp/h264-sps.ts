import { BitReader, BitsError } from '../bits/bit-reader.ts';
import { rawPayload } from '../bits/raw-payload.ts';
import { type PictureFormat, SIDE_PIXELS_MAX, timingFps } from './parameter-set.ts';

/** profile_idc of ITU-T H.264 annexes A, G and H. */
const PROFILES: ReadonlyMap<number, string> = new Map([
  [44, 'cavlc 4:4:4 intra'],
  [66, 'baseline'],
  [77, 'main'],
  [83, 'scalable baseline'],
  [86, 'scalable high'],
  [88, 'extended'],
  [100, 'high'],
  [110, 'high 10'],
  [118, 'multiview high'],
  [122, 'high 4:2:2'],
  [128, 'stereo high'],
  [244, 'high 4:4:4'],
]);

/** Profiles whose parameter set tells the chroma format and scaling lists (7.3.2.1.1). */
const WITH_CHROMA = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
/** sar_idc of a sample aspect ratio that follows. */
const EXTENDED_SAR = 255;

/** Reads a NAL unit of type 7, header included (7.3.2.1, E.1.1). Throws a BitsError on garbage. */
export function parseH264Sps(nal: Uint8Array): PictureFormat {
  if (((nal[0] ?? 255) & 0x9f) !== 7) throw new BitsError('not a sequence parameter set');
  const bits = new BitReader(rawPayload(nal, 1));
  const profileIdc = bits.bits(8);
  const constraints = bits.bits(8);
  const levelIdc = bits.bits(8);
  bits.ueMax(31);
  let chroma = 1;
  let separatePlanes = false;
  if (WITH_CHROMA.has(profileIdc)) {
    chroma = bits.ueMax(3);
    if (chroma === 3) separatePlanes = bits.flag();
    bits.ueMax(6);
    bits.ueMax(6);
    bits.skip(1);
    if (bits.flag()) skipScalingLists(bits, chroma === 3 ? 12 : 8);
  }
  bits.ueMax(12);
  const orderType = bits.ueMax(2);
  if (orderType === 0) bits.ueMax(12);
  else if (orderType === 1) {
    bits.skip(1);
    bits.se();
    bits.se();
    const cycle = bits.ueMax(255);
    for (let i = 0; i < cycle; i++) bits.se();
  }
  bits.ueMax(16);
  bits.skip(1);
  const widthBlocks = bits.ueMax(SIDE_PIXELS_MAX / 16 - 1) + 1;
  const heightUnits = bits.ueMax(SIDE_PIXELS_MAX / 16 - 1) + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.skip(1);
  bits.skip(1);
  const heightBlocks = heightUnits * (framesOnly ? 1 : 2);
  let width = widthBlocks * 16;
  let height = heightBlocks * 16;
  if (bits.flag()) {
    // ChromaArrayType is 0 for monochrome and separate planes: then the unit is one sample.
    const sampled = separatePlanes ? 0 : chroma;
    const unitX = sampled === 1 || sampled === 2 ? 2 : 1;
    const unitY = (sampled === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
    width -= unitX * (bits.ueMax(SIDE_PIXELS_MAX) + bits.ueMax(SIDE_PIXELS_MAX));
    height -= unitY * (bits.ueMax(SIDE_PIXELS_MAX) + bits.ueMax(SIDE_PIXELS_MAX));
  }
  if (width <= 0 || height <= 0) throw new BitsError('the picture is cropped to nothing');
  return {
    profile: profileName(profileIdc, constraints),
    level: levelName(profileIdc, constraints, levelIdc),
    width,
    height,
    ...vuiTiming(bits),
  };
}

/** `profile-level-id` of an SDP (RFC 6184, 8.1): the first three bytes of a parameter set, in hex. */
export function parseProfileLevelId(hex: string): { profile: string; level: string } | undefined {
  if (!/^[0-9a-fA-F]{6}$/.test(hex)) return undefined;
  const [profile, constraints, level] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return { profile: profileName(profile, constraints), level: levelName(profile, constraints, level) };
}

function profileName(profileIdc: number, constraints: number): string {
  // constraint_set1_flag on a baseline stream: the part that every decoder plays.
  if (profileIdc === 66 && (constraints & 0x40) !== 0) return 'constrained baseline';
  return PROFILES.get(profileIdc) ?? `profile ${profileIdc}`;
}

function levelName(profileIdc: number, constraints: number, levelIdc: number): string {
  const before1b = profileIdc === 66 || profileIdc === 77 || profileIdc === 88;
  if ((before1b && levelIdc === 11 && (constraints & 0x10) !== 0) || (!before1b && levelIdc === 9)) return '1b';
  return (levelIdc / 10).toFixed(1);
}

function skipScalingLists(bits: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (!bits.flag()) continue;
    let last = 8;
    let next = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + bits.se() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** A parameter set that is cut or broken in its VUI still tells the picture's size. */
function vuiTiming(bits: BitReader): { framesPerSecond?: number } {
  try {
    if (!bits.flag()) return {};
    if (bits.flag() && bits.bits(8) === EXTENDED_SAR) bits.skip(32);
    if (bits.flag()) bits.skip(1);
    if (bits.flag()) {
      bits.skip(4);
      if (bits.flag()) bits.skip(24);
    }
    if (bits.flag()) {
      bits.ue();
      bits.ue();
    }
    if (!bits.flag()) return {};
    const unitsInTick = bits.bits(32);
    const timeScale = bits.bits(32);
    return timingFps(timeScale, unitsInTick, 2);
  } catch (error) {
    if (error instanceof BitsError) return {};
    throw error;
  }
}
