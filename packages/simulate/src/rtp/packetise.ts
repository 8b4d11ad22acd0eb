import { type VideoCodec } from '../clip/nal-units.ts';
import { NOISE_BYTES_MAX } from '../clip/sensor-noise.ts';
import type { VideoClip } from '../clip/video-clip.ts';

/** Of one RTP packet, so that with noise, and headers of IP, UDP and RTP, it fits an Ethernet frame. */
export const RTP_PAYLOAD_MAX_BYTES = 1_400 - NOISE_BYTES_MAX;

/** RTP payloads of one access unit, in order; the last one carries the marker bit. */
export type PacketisedPicture = readonly Buffer[];

/**
 * Packets of every picture of a clip: parameter sets go together before each key frame, slices that fit alone, larger ones in fragments
 * (RFC 6184 5.6, 5.7.1, 5.8; RFC 7798 4.4.1 to 4.4.3).
 */
export function packetiseClip(clip: VideoClip): readonly PacketisedPicture[] {
  return clip.accessUnits.map((picture) => [
    ...(picture.key ? [aggregate(clip.codec, clip.parameterSets)] : []),
    ...picture.units.flatMap((unit) => packetiseUnit(clip.codec, unit)),
  ]);
}

/** One unit as it is, or in fragments. */
export function packetiseUnit(codec: VideoCodec, unit: Buffer, payloadMax = RTP_PAYLOAD_MAX_BYTES): Buffer[] {
  if (unit.length <= payloadMax) return [unit];
  return codec === 'h264' ? fragmentH264(unit, payloadMax) : fragmentH265(unit, payloadMax);
}

/** FU-A, type 28: indicator and FU header instead of the unit's first byte. */
function fragmentH264(unit: Buffer, payloadMax: number): Buffer[] {
  const first = unit[0] ?? 0;
  return pieces(unit.subarray(1), payloadMax - 2).map(({ data, start, end }) =>
    Buffer.concat([Buffer.from([(first & 0xe0) | 28, (start ? 0x80 : 0) | (end ? 0x40 : 0) | (first & 0x1f)]), data]),
  );
}

/** FU, type 49: payload header of two bytes and FU header instead of the unit's first two. */
function fragmentH265(unit: Buffer, payloadMax: number): Buffer[] {
  const first = unit[0] ?? 0;
  const second = unit[1] ?? 0;
  const type = (first >> 1) & 0x3f;
  return pieces(unit.subarray(2), payloadMax - 3).map(({ data, start, end }) =>
    Buffer.concat([
      Buffer.from([(first & 0x81) | (49 << 1), second, (start ? 0x80 : 0) | (end ? 0x40 : 0) | type]),
      data,
    ]),
  );
}

function pieces(data: Buffer, sizeMax: number): { data: Buffer; start: boolean; end: boolean }[] {
  const result: { data: Buffer; start: boolean; end: boolean }[] = [];
  for (let at = 0; at < data.length; at += sizeMax) {
    const end = Math.min(at + sizeMax, data.length);
    result.push({ data: data.subarray(at, end), start: at === 0, end: end === data.length });
  }
  return result;
}

/** STAP-A (H.264, type 24) or AP (H.265, type 48): units with their lengths, 16 bit, before them. */
function aggregate(codec: VideoCodec, units: readonly Buffer[]): Buffer {
  const nri = Math.max(...units.map((unit) => (unit[0] ?? 0) & 0x60));
  const header = codec === 'h264' ? Buffer.from([nri | 24]) : Buffer.from([48 << 1, (units[0]?.[1] ?? 1) & 0xff]);
  const parts = units.flatMap((unit) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(unit.length);
    return [length, unit];
  });
  return Buffer.concat([header, ...parts]);
}
