import { type SensorNoise, noiseBytes } from '../clip/sensor-noise.ts';
import type { VideoClip } from '../clip/video-clip.ts';

/** MPEG transport streams (ISO/IEC 13818-1) with one video track: what HLS segments are made of. */
const PACKET_BYTES = 188;
const PAT_PID = 0x0000;
const PMT_PID = 0x1000;
const VIDEO_PID = 0x0100;
const STREAM_TYPES = { h264: 0x1b, h265: 0x24 } as const;
const START_CODE = Buffer.from([0, 0, 0, 1]);
const ACCESS_UNIT_DELIMITERS = {
  h264: Buffer.from([0, 0, 0, 1, 0x09, 0xf0]),
  h265: Buffer.from([0, 0, 0, 1, 0x46, 0x01, 0x50]),
} as const;
/** Presentation runs so far behind the program clock, in units of 90 kHz. */
const DELAY_TICKS = 9_000;

export interface PictureNoise {
  readonly sensor: SensorNoise;
  /** Between 0 and 1 for each picture of the segment. */
  chance(picture: number): number;
}

export interface SegmentTimes {
  /** Counts segments, for the continuity counters of the tables. */
  readonly number: number;
  /** The continuity counter of the first packet of video: packets of video before it, modulo 16. */
  readonly counter: number;
  readonly noise: PictureNoise;
  /** Of the first picture, in units of 90 kHz. */
  readonly startTicks: number;
  readonly ticksPerPicture: number;
}

/** One pass of a clip as a segment that can be played alone, and continues the one before it. */
export function segmentOf(clip: VideoClip, times: SegmentTimes): Buffer {
  const packets: Buffer[] = [];
  let { counter } = times;
  packets.push(
    tablePacket(PAT_PID, times.number, programAssociation()),
    tablePacket(PMT_PID, times.number, programMap(clip)),
  );
  for (const [i, clean] of elementaryStreams(clip).entries()) {
    const elementary = Buffer.concat([clean, noiseOf(clip, times.noise, i)]);
    const clock = (times.startTicks + i * times.ticksPerPicture) % 2 ** 33;
    const pes = Buffer.concat([pesHeader((clock + DELAY_TICKS) % 2 ** 33), elementary]);
    let at = 0;
    while (at < pes.length) {
      const first = at === 0;
      const { packet, taken } = videoPacket(
        pes.subarray(at),
        counter,
        first ? { clock, key: clip.accessUnits[i]?.key === true } : undefined,
      );
      packets.push(packet);
      counter = (counter + 1) % 16;
      at += taken;
    }
  }
  return Buffer.concat(packets);
}

function noiseOf(clip: VideoClip, noise: PictureNoise, picture: number): Buffer {
  return noiseBytes(noise.sensor, clip.accessUnits[picture]?.sizeBytes ?? 0, noise.chance(picture));
}

/** Packets of video that a segment has. */
export function videoPackets(clip: VideoClip, noise: PictureNoise): number {
  return elementaryStreams(clip).reduce(
    (sum, { length }, i) => sum + packetsOf(length + noiseOf(clip, noise, i).length),
    0,
  );
}

const streams = new WeakMap<VideoClip, readonly Buffer[]>();

function elementaryStreams(clip: VideoClip): readonly Buffer[] {
  let known = streams.get(clip);
  if (!known) {
    known = clip.accessUnits.map(({ units, key }) =>
      Buffer.concat([
        ACCESS_UNIT_DELIMITERS[clip.codec],
        ...[...(key ? clip.parameterSets : []), ...units].flatMap((unit) => [START_CODE, unit]),
      ]),
    );
    streams.set(clip, known);
  }
  return known;
}

/** The first packet of a picture has eight bytes of adaptation field, all have four of header. */
function packetsOf(elementaryBytes: number): number {
  const rest = PES_HEADER_BYTES + elementaryBytes - (PACKET_BYTES - 4 - 8);
  return 1 + Math.max(0, Math.ceil(rest / (PACKET_BYTES - 4)));
}

const PES_HEADER_BYTES = 14;

/** 2.4.3.6: a packet of unknown length, as video may have, with a presentation time. */
function pesHeader(ticks: number): Buffer {
  const header = Buffer.from([0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0, 0, 0, 0, 0]);
  header[9] = 0x21 | (Math.floor(ticks / 2 ** 30) << 1);
  header.writeUInt16BE(((Math.floor(ticks / 2 ** 15) & 0x7fff) << 1) | 1, 10);
  header.writeUInt16BE(((ticks % 2 ** 15) << 1) | 1, 12);
  return header;
}

function videoPacket(
  data: Buffer,
  counter: number,
  begin: { readonly clock: number; readonly key: boolean } | undefined,
): { readonly packet: Buffer; readonly taken: number } {
  const packet = Buffer.alloc(PACKET_BYTES, 0xff);
  packet[0] = 0x47;
  packet[1] = (begin ? 0x40 : 0) | (VIDEO_PID >> 8);
  packet[2] = VIDEO_PID & 0xff;
  const least = begin ? 8 : 0;
  const taken = Math.min(data.length, PACKET_BYTES - 4 - least);
  const adaptation = PACKET_BYTES - 4 - taken;
  packet[3] = (adaptation > 0 ? 0x30 : 0x10) | counter;
  if (adaptation > 0) packet[4] = adaptation - 1;
  if (adaptation > 1) packet[5] = begin ? 0x10 | (begin.key ? 0x40 : 0) : 0;
  if (begin) writeClock(packet, 6, begin.clock);
  data.copy(packet, PACKET_BYTES - taken, 0, taken);
  return { packet, taken };
}

/** 2.4.3.5: 33 bits of 90 kHz, six reserved, nine of 27 MHz. */
function writeClock(packet: Buffer, at: number, ticks: number): void {
  packet.writeUInt32BE(Math.floor(ticks / 2), at);
  packet[at + 4] = ((ticks % 2) << 7) | 0x7e;
  packet[at + 5] = 0;
}

function tablePacket(pid: number, counter: number, section: Buffer): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, 0xff);
  packet[0] = 0x47;
  packet[1] = 0x40 | (pid >> 8);
  packet[2] = pid & 0xff;
  packet[3] = 0x10 | (counter % 16);
  packet[4] = 0;
  section.copy(packet, 5);
  return packet;
}

function programAssociation(): Buffer {
  return section(0x00, 1, Buffer.from([0, 1, 0xe0 | (PMT_PID >> 8), PMT_PID & 0xff]));
}

function programMap(clip: VideoClip): Buffer {
  const pid = [0xe0 | (VIDEO_PID >> 8), VIDEO_PID & 0xff];
  return section(0x02, 1, Buffer.from([...pid, 0xf0, 0, STREAM_TYPES[clip.codec], ...pid, 0xf0, 0]));
}

/** 2.4.4: a table in one section, with its checksum. */
function section(tableId: number, id: number, body: Buffer): Buffer {
  const length = 5 + body.length + 4;
  const head = Buffer.from([tableId, 0xb0 | (length >> 8), length & 0xff, id >> 8, id & 0xff, 0xc1, 0, 0]);
  const covered = Buffer.concat([head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(covered));
  return Buffer.concat([covered, checksum]);
}

/** Annex A: polynomial 04C11DB7, all ones first, not reflected. */
function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = (crc ^ (byte << 24)) >>> 0;
    for (let bit = 0; bit < 8; bit++)
      crc = (crc & 0x80000000) === 0 ? (crc << 1) >>> 0 : ((crc << 1) ^ 0x04c11db7) >>> 0;
  }
  return crc >>> 0;
}
