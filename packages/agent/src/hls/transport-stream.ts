import { type RecordedFrame, hashMore, HASH_START, HASHED_BYTES_MAX } from '../http-probe/frame-recorder.ts';
import { HEAD_BYTES_MAX, formatParts, frameHead } from './parameter-sets.ts';
import { SEGMENT_FRAMES_MAX, type SegmentContents } from './segment-contents.ts';

const PACKET_BYTES = 188;
const SYNC = 0x47;
/** stream_type of a program map table (ISO/IEC 13818-1 table 2-34). */
const VIDEO_TYPES: Readonly<Record<number, string>> = {
  1: 'mpeg1',
  2: 'mpeg2',
  0x10: 'mpeg4',
  0x1b: 'h264',
  0x24: 'h265',
};
const AUDIO_TYPES: ReadonlySet<number> = new Set([3, 4, 0x0f, 0x11, 0x81, 0x87]);
/** Of the 33-bit clock. */
const CLOCK_HZ = 90_000;
const CLOCK_WRAP = 2 ** 33;

/** True for what begins like a transport stream: the sync byte stands at the start of its first packets. */
export function isTransportStream(bytes: Uint8Array): boolean {
  if (bytes.length < PACKET_BYTES) return false;
  for (let at = 0; at < Math.min(bytes.length, PACKET_BYTES * 3); at += PACKET_BYTES)
    if (bytes[at] !== SYNC) return false;
  return true;
}

interface OpenFrame {
  readonly pts: number | undefined;
  bytes: number;
  hash: number;
  hashed: number;
  readonly head: Buffer;
  headLength: number;
  randomAccess: boolean;
}

/** Reads programs, streams and video frames of an MPEG transport stream (ISO/IEC 13818-1); a packet without sync byte is passed over. */
export function readTransportStream(bytes: Uint8Array): SegmentContents {
  const reader = new TransportStreamReader();
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    if (bytes[at] === SYNC) reader.packet(bytes.subarray(at, at + PACKET_BYTES));
  }
  // The last frame may be cut where reading ended: it counts only when a whole segment was read, which nobody here knows.
  return reader.contents();
}

class TransportStreamReader {
  #mapPid: number | undefined;
  #videoPid: number | undefined;
  #codec: string | undefined;
  #hasAudio = false;
  readonly #frames: RecordedFrame[] = [];
  #frame: OpenFrame | undefined;
  #firstPts: number | undefined;
  #lastPts = 0;
  #head: ReturnType<typeof frameHead> | undefined;
  #counter: number | undefined;
  #discontinuities = 0;

  packet(packet: Uint8Array): void {
    const pid = (((packet[1] ?? 0) & 0x1f) << 8) | (packet[2] ?? 0);
    const starts = ((packet[1] ?? 0) & 0x40) !== 0;
    const control = ((packet[3] ?? 0) >> 4) & 3;
    const adaptation = (control & 2) !== 0 ? 1 + (packet[4] ?? 0) : 0;
    if ((control & 1) === 0 || 4 + adaptation >= PACKET_BYTES) return;
    const payload = packet.subarray(4 + adaptation);
    if (pid === 0 && starts) this.#programs(payload);
    else if (pid === this.#mapPid && starts) this.#streams(payload);
    else if (pid === this.#videoPid) {
      const randomAccess = adaptation > 1 && ((packet[5] ?? 0) & 0x40) !== 0;
      this.#count((packet[3] ?? 0) & 15);
      this.#video(payload, starts, randomAccess);
    }
  }

  contents(): SegmentContents {
    this.#finish();
    const head = this.#head;
    return {
      container: 'ts',
      ...(this.#codec !== undefined && { codec: this.#codec }),
      ...formatParts(head?.format),
      ...(head?.parameterSets !== undefined && { parameterSets: head.parameterSets }),
      hasAudio: this.#hasAudio,
      hasVideo: this.#videoPid !== undefined,
      frames: this.#frames,
      discontinuities: this.#discontinuities,
    };
  }

  #count(counter: number): void {
    if (this.#counter !== undefined && counter !== ((this.#counter + 1) & 15) && counter !== this.#counter)
      this.#discontinuities++;
    this.#counter = counter;
  }

  /** Program association section: the first program's map (2.4.4.3). */
  #programs(payload: Uint8Array): void {
    const section = sectionOf(payload, 0);
    for (let at = 8; at + 4 <= section.length - 4; at += 4) {
      const program = ((section[at] ?? 0) << 8) | (section[at + 1] ?? 0);
      if (program !== 0) {
        this.#mapPid ??= (((section[at + 2] ?? 0) & 0x1f) << 8) | (section[at + 3] ?? 0);
        return;
      }
    }
  }

  /** Program map section: its first video stream (2.4.4.8). */
  #streams(payload: Uint8Array): void {
    const section = sectionOf(payload, 2);
    const infoLength = (((section[10] ?? 0) & 15) << 8) | (section[11] ?? 0);
    for (let at = 12 + infoLength; at + 5 <= section.length - 4;) {
      const type = section[at] ?? 0;
      const pid = (((section[at + 1] ?? 0) & 0x1f) << 8) | (section[at + 2] ?? 0);
      if (AUDIO_TYPES.has(type)) this.#hasAudio = true;
      if (VIDEO_TYPES[type] !== undefined && this.#videoPid === undefined) {
        this.#videoPid = pid;
        this.#codec = VIDEO_TYPES[type];
      }
      at += 5 + ((((section[at + 3] ?? 0) & 15) << 8) | (section[at + 4] ?? 0));
    }
  }

  #video(payload: Uint8Array, starts: boolean, randomAccess: boolean): void {
    let data = payload;
    if (starts) {
      this.#finish();
      if (payload[0] !== 0 || payload[1] !== 0 || payload[2] !== 1 || this.#frames.length >= SEGMENT_FRAMES_MAX) return;
      const headerEnd = 9 + (payload[8] ?? 0);
      this.#frame = {
        pts: ((payload[7] ?? 0) & 0x80) !== 0 ? timestamp(payload) : undefined,
        bytes: 0,
        hash: HASH_START,
        hashed: 0,
        head: Buffer.allocUnsafe(this.#head?.format === undefined ? HEAD_BYTES_MAX : 2_048),
        headLength: 0,
        randomAccess,
      };
      data = payload.subarray(Math.min(headerEnd, payload.length));
    }
    const frame = this.#frame;
    if (frame === undefined) return;
    frame.bytes += data.length;
    const kept = data.subarray(0, frame.head.length - frame.headLength);
    frame.head.set(kept, frame.headLength);
    frame.headLength += kept.length;
    const hashable = data.subarray(0, HASHED_BYTES_MAX - frame.hashed);
    frame.hash = hashMore(frame.hash, hashable);
    frame.hashed += hashable.length;
  }

  #finish(): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame === undefined || frame.bytes === 0) return;
    const head =
      this.#codec === 'h264' || this.#codec === 'h265'
        ? frameHead(frame.head.subarray(0, frame.headLength), this.#codec)
        : undefined;
    if (head?.parameterSets !== undefined) this.#head ??= head;
    this.#frames.push({
      atMs: 0,
      mediaMs: this.#mediaMs(frame.pts),
      bytes: frame.bytes,
      key: frame.randomAccess || (head?.key ?? false),
      hash: frame.hash >>> 0,
    });
  }

  #mediaMs(pts: number | undefined): number {
    if (pts === undefined) return NaN;
    if (this.#firstPts === undefined) this.#firstPts = this.#lastPts = pts;
    let unwrapped = pts;
    while (unwrapped < this.#lastPts - CLOCK_WRAP / 2) unwrapped += CLOCK_WRAP;
    this.#lastPts = Math.max(this.#lastPts, unwrapped);
    return ((unwrapped - this.#firstPts) * 1_000) / CLOCK_HZ;
  }
}

/** A section that lies within one packet, without the pointer before it; empty where it is another table or longer. */
function sectionOf(payload: Uint8Array, tableId: number): Uint8Array {
  const start = 1 + (payload[0] ?? 0);
  const length = (((payload[start + 1] ?? 0) & 15) << 8) | (payload[start + 2] ?? 0);
  if (payload[start] !== tableId || start + 3 + length > payload.length) return new Uint8Array();
  return payload.subarray(start, start + 3 + length);
}

/** PTS of a PES header (2.4.3.6). */
function timestamp(pes: Uint8Array): number {
  return (
    (((pes[9] ?? 0) >> 1) & 7) * 2 ** 30 +
    (pes[10] ?? 0) * 2 ** 22 +
    ((pes[11] ?? 0) >> 1) * 2 ** 15 +
    (pes[12] ?? 0) * 2 ** 7 +
    ((pes[13] ?? 0) >> 1)
  );
}
