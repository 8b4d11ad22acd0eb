import { BitReader, BitsError } from '../bits/bit-reader.ts';
import { rawPayload } from '../bits/raw-payload.ts';
import { type PictureFormat, SIDE_PIXELS_MAX, timingFps } from './parameter-set.ts';

/** general_profile_idc of ITU-T H.265 annex A. */
const PROFILES: ReadonlyMap<number, string> = new Map([
  [1, 'main'],
  [2, 'main 10'],
  [3, 'main still picture'],
  [4, 'range extensions'],
  [5, 'high throughput'],
  [6, 'multiview main'],
  [7, 'scalable main'],
  [8, '3d main'],
  [9, 'screen content'],
]);

const EXTENDED_SAR = 255;
const SPS = 33;
const VPS = 32;
/** H.265 7.4.3.2.1: at most 64 short-term and 32 long-term sets; 16 pictures in one. */
const SHORT_TERM_SETS_MAX = 64;
const LONG_TERM_MAX = 32;
const SET_PICTURES_MAX = 16;

export interface ProfileTierLevel {
  readonly profile: string;
  readonly level: string;
}

/** Reads a NAL unit of type 33, header included (7.3.2.2, E.2.1). Throws a BitsError on garbage. */
export function parseH265Sps(nal: Uint8Array): PictureFormat {
  const bits = open(nal, SPS);
  bits.skip(4);
  const subLayers = bits.bits(3);
  bits.skip(1);
  const { profile, level } = profileTierLevel(bits, subLayers);
  bits.ueMax(15);
  const chroma = bits.ueMax(3);
  const separatePlanes = chroma === 3 && bits.flag();
  let width = bits.ueMax(SIDE_PIXELS_MAX);
  let height = bits.ueMax(SIDE_PIXELS_MAX);
  if (bits.flag()) {
    const sampled = separatePlanes ? 0 : chroma;
    const unitX = sampled === 1 || sampled === 2 ? 2 : 1;
    const unitY = sampled === 1 ? 2 : 1;
    width -= unitX * (bits.ueMax(SIDE_PIXELS_MAX) + bits.ueMax(SIDE_PIXELS_MAX));
    height -= unitY * (bits.ueMax(SIDE_PIXELS_MAX) + bits.ueMax(SIDE_PIXELS_MAX));
  }
  if (width <= 0 || height <= 0) throw new BitsError('the picture is cropped to nothing');
  return { profile, level, width, height, ...timing(bits, subLayers) };
}

/** Timing of a NAL unit of type 32, header included (7.3.2.1): for streams whose sequence parameter set has none. */
export function parseH265VpsTiming(nal: Uint8Array): { framesPerSecond?: number } {
  const bits = open(nal, VPS);
  bits.skip(4 + 2 + 6);
  const subLayers = bits.bits(3);
  bits.skip(1 + 16);
  profileTierLevel(bits, subLayers);
  skipOrdering(bits, subLayers);
  const layerIdMax = bits.bits(6);
  const layerSets = bits.ueMax(1_023);
  bits.skip(layerSets * (layerIdMax + 1));
  if (!bits.flag()) return {};
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  return timingFps(timeScale, unitsInTick, 1);
}

function open(nal: Uint8Array, type: number): BitReader {
  const header = nal[0] ?? 255;
  if (header > 127 || header >> 1 !== type) throw new BitsError('not the parameter set that is wanted');
  return new BitReader(rawPayload(nal, 2));
}

/** profile_tier_level(1, maxNumSubLayersMinus1), 7.3.3. */
function profileTierLevel(bits: BitReader, subLayers: number): ProfileTierLevel {
  bits.skip(3);
  const profileIdc = bits.bits(5);
  // Compatibility flags, source flags, reserved bits.
  bits.skip(32 + 48);
  const levelIdc = bits.bits(8);
  const present: boolean[] = [];
  for (let i = 0; i < subLayers; i++) present.push(bits.flag(), bits.flag());
  if (subLayers > 0) bits.skip(2 * (8 - subLayers));
  for (let i = 0; i < subLayers; i++) {
    if (present[2 * i]) bits.skip(88);
    if (present[2 * i + 1]) bits.skip(8);
  }
  return { profile: PROFILES.get(profileIdc) ?? `profile ${profileIdc}`, level: (levelIdc / 30).toFixed(1) };
}

function skipOrdering(bits: BitReader, subLayers: number): void {
  const each = bits.flag();
  for (let i = each ? 0 : subLayers; i <= subLayers; i++) {
    bits.ueMax(16);
    bits.ueMax(16);
    bits.ue();
  }
}

/** From the bit depths on to the VUI's timing; what is broken on the way leaves the size as it is. */
function timing(bits: BitReader, subLayers: number): { framesPerSecond?: number } {
  try {
    bits.ueMax(8);
    bits.ueMax(8);
    const orderCountBits = bits.ueMax(12) + 4;
    skipOrdering(bits, subLayers);
    for (let i = 0; i < 6; i++) bits.ueMax(32);
    if (bits.flag() && bits.flag()) skipScalingLists(bits);
    bits.skip(2);
    if (bits.flag()) {
      bits.skip(8);
      bits.ueMax(32);
      bits.ueMax(32);
      bits.skip(1);
    }
    skipShortTermSets(bits);
    if (bits.flag()) bits.skip(bits.ueMax(LONG_TERM_MAX) * (orderCountBits + 1));
    bits.skip(2);
    if (!bits.flag()) return {};
    return vuiTiming(bits);
  } catch (error) {
    if (error instanceof BitsError) return {};
    throw error;
  }
}

/** scaling_list_data, 7.3.4. */
function skipScalingLists(bits: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.ueMax(6);
        continue;
      }
      if (size > 1) bits.se();
      const coefficients = Math.min(64, 1 << (4 + (size << 1)));
      for (let i = 0; i < coefficients; i++) bits.se();
    }
  }
}

/** st_ref_pic_set of all sets, 7.3.7: the number of pictures of each set is what the next one is built on. */
function skipShortTermSets(bits: BitReader): void {
  const count = bits.ueMax(SHORT_TERM_SETS_MAX);
  let pictures = 0;
  for (let set = 0; set < count; set++) {
    if (set > 0 && bits.flag()) {
      bits.skip(1);
      bits.ue();
      let kept = 0;
      for (let i = 0; i <= pictures; i++) {
        const used = bits.flag();
        if (used || bits.flag()) kept++;
      }
      pictures = kept;
    } else {
      const before = bits.ueMax(SET_PICTURES_MAX);
      const after = bits.ueMax(SET_PICTURES_MAX);
      for (let i = 0; i < before + after; i++) {
        bits.ue();
        bits.skip(1);
      }
      pictures = before + after;
    }
  }
}

function vuiTiming(bits: BitReader): { framesPerSecond?: number } {
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
  bits.skip(3);
  if (bits.flag()) for (let i = 0; i < 4; i++) bits.ue();
  if (!bits.flag()) return {};
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  return timingFps(timeScale, unitsInTick, 1);
}
