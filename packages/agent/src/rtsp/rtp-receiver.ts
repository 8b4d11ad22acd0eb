import { AccessUnits } from './access-units.ts';
import { RtpStatistics } from './rtp-statistics.ts';
import { type ControlPacket, parseControlPacket } from './sender-report.ts';
import type { VideoTrack } from './video-track.ts';

/** Packets of another payload type after which the camera is believed to use that one, if none came of the announced one. */
const OTHER_TYPE_PACKETS = 8;
const HEADER_BYTES = 12;

/** Takes in the packets of one video track, RTP and RTCP, and adds up what they say (RFC 3550, 5.1). */
export class RtpReceiver {
  readonly #track: VideoTrack;
  readonly statistics: RtpStatistics;
  readonly units: AccessUnits;
  #payloadType: number;
  #otherTypePackets = 0;
  #payloadBytes = 0;
  #packets = 0;
  #notRtp = 0;
  #firstAtMs = Number.NaN;
  #lastAtMs = Number.NaN;
  #clockOffsetMs = Number.NaN;
  #isOver = false;

  constructor(track: VideoTrack) {
    this.#track = track;
    this.#payloadType = track.payloadType;
    this.statistics = new RtpStatistics(track.clockRate);
    this.units = new AccessUnits(track.clockRate);
  }

  /** Media payload, bytes. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }
  /** RTP packets that were taken in. */
  get packets(): number {
    return this.#packets;
  }
  /** Packets on the stream's channel that are not RTP. */
  get notRtp(): number {
    return this.#notRtp;
  }
  /** Milliseconds after the probe began; NaN before the first packet. */
  get firstAtMs(): number {
    return this.#firstAtMs;
  }
  get lastAtMs(): number {
    return this.#lastAtMs;
  }
  /** The sender's clock less ours, milliseconds; NaN when it did not tell. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }
  /** The sender said BYE. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** A packet of the RTP channel; the bytes are valid during the call only. */
  takeRtp(bytes: Uint8Array, atMs: number, nowMs: number): void {
    if (bytes.length < HEADER_BYTES || (bytes[0] as number) >> 6 !== 2) {
      this.#notRtp++;
      return;
    }
    const first = bytes[0] as number;
    const second = bytes[1] as number;
    // RTCP on the RTP channel (RFC 5761): payload types 64 to 95 with the marker bit.
    if (second >= 192 && second <= 223) {
      this.takeRtcp(bytes, nowMs);
      return;
    }
    let from = HEADER_BYTES + (first & 15) * 4;
    if ((first & 16) !== 0) {
      if (from + 4 > bytes.length) return this.#refuse();
      from += 4 + (((bytes[from + 2] as number) << 8) | (bytes[from + 3] as number)) * 4;
    }
    const padding = (first & 32) === 0 ? 0 : (bytes[bytes.length - 1] as number);
    const to = bytes.length - padding;
    if (from > to) return this.#refuse();
    if (!this.#isOurType(second & 127)) return;
    const timestamp = uint32(bytes, 4);
    const order = this.statistics.add(
      uint32(bytes, 8),
      ((bytes[2] as number) << 8) | (bytes[3] as number),
      timestamp,
      atMs,
    );
    if (order === 'none') return;
    this.#packets++;
    this.#payloadBytes += to - from;
    if (Number.isNaN(this.#firstAtMs)) this.#firstAtMs = atMs;
    this.#lastAtMs = atMs;
    // A packet that comes late belongs to a unit which is closed.
    if (order === 'late') return;
    if (order === 'restart') this.units.restart();
    this.units.add(bytes, from, to, timestamp, second > 127, this.#track.reader.read(bytes, from, to), atMs);
  }

  takeRtcp(bytes: Uint8Array, nowMs: number): void {
    const packet: ControlPacket | undefined = parseControlPacket(bytes);
    if (!packet) return;
    if (packet.senderClockMs !== undefined) this.#clockOffsetMs = packet.senderClockMs - nowMs;
    if (packet.isBye) this.#isOver = true;
  }

  #isOurType(type: number): boolean {
    if (type === this.#payloadType) return true;
    if (this.#packets > 0) return false;
    if (++this.#otherTypePackets < OTHER_TYPE_PACKETS) return false;
    this.#payloadType = type;
    return true;
  }

  #refuse(): void {
    this.#notRtp++;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 16_777_216 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}
