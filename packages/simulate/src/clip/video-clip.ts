import { type VideoCodec, beginsPicture, nalRole, splitAnnexB } from './nal-units.ts';

/** One picture: its slices, without parameter sets. */
export interface AccessUnit {
  readonly units: readonly Buffer[];
  readonly key: boolean;
  readonly sizeBytes: number;
}

/** A loop of pictures that begins with a key frame. */
export interface VideoClip {
  readonly name: string;
  readonly codec: VideoCodec;
  /** VPS (H.265), SPS and PPS, to be sent before every key frame and told in the SDP. */
  readonly parameterSets: readonly Buffer[];
  readonly width: number;
  readonly height: number;
  readonly accessUnits: readonly AccessUnit[];
}

/** Reads an Annex B file. Throws when it is no clip: no parameter sets, or a first picture that is no key frame. */
export function readVideoClip(
  name: string,
  codec: VideoCodec,
  size: { readonly width: number; readonly height: number },
  stream: Buffer,
): VideoClip {
  const sets = new Map<string, Buffer>();
  const pictures: { units: Buffer[]; key: boolean }[] = [];
  for (const unit of splitAnnexB(stream)) {
    const role = nalRole(codec, unit);
    if (role === 'vps' || role === 'sps' || role === 'pps') {
      if (!sets.has(role)) sets.set(role, unit);
      continue;
    }
    if (role === 'other') continue;
    const current = pictures.at(-1);
    if (!current || beginsPicture(codec, unit)) pictures.push({ units: [unit], key: role === 'key' });
    else current.units.push(unit);
  }
  if (!sets.has('sps') || !sets.has('pps') || pictures[0]?.key !== true) {
    throw new Error(`${name}: not a clip of ${codec}: parameter sets and a first key frame are needed`);
  }
  return {
    name,
    codec,
    ...size,
    parameterSets: [...sets.values()],
    accessUnits: pictures.map(({ units, key }) => ({
      units,
      key,
      sizeBytes: units.reduce((sum, unit) => sum + unit.length, 0),
    })),
  };
}
