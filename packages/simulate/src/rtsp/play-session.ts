import { noiseBytes } from '../clip/sensor-noise.ts';
import type { Clock } from '../clock.ts';
import { Random } from '../random.ts';
import { RTP_HEADER_BYTES, goodbye, senderReport, writeRtpHeader } from '../rtp/packet.ts';
import { VIDEO_CLOCK_RATE, VIDEO_PAYLOAD_TYPE } from './sdp.ts';
import type { PreparedClip, RtspStream, StreamBehaviour, StreamTotals } from './stream.ts';

/** Where a session's packets go; `media` takes the packets of one picture. */
export interface PacketPath {
  /** False: there is no room, and the packets are given up as a camera does that sends faster than the line takes. */
  media(packets: readonly Buffer[]): boolean;
  control(packet: Buffer): void;
  /** Ends the client's connection where the packets run in it, without a word. */
  cut(): void;
}

/** Between sender reports, as RFC 3550 has it for few members. */
const SENDER_REPORT_INTERVAL_MS = 5_000;
/** Told in `Session`; without a sign of life for this long and a little more, the session ends. */
export const SESSION_TIMEOUT_SECONDS = 60;
const SESSION_GRACE_MS = 10_000;
/** Late pictures follow close upon each other; so late, they are not made up for: the process slept. */
const LATE_MAX_MS = 5_000;

/** Plays a stream to one client, picture by picture on time. */
export class PlaySession {
  readonly id: string;
  readonly stream: RtspStream;
  readonly #path: PacketPath;
  readonly #clock: Clock;
  readonly #totals: StreamTotals;
  readonly #random: Random;
  readonly #onEnd: () => void;
  readonly #ssrc: number;
  #sequence: number;
  #timestamp: number;
  #sent = { packets: 0, bytes: 0 };
  #prepared: PreparedClip | undefined;
  #picture = 0;
  #dueMs = 0;
  #reportDueMs = 0;
  #aliveMs: number;
  #timer: Disposable | undefined;
  #ended = false;

  constructor(options: {
    readonly id: string;
    readonly stream: RtspStream;
    readonly path: PacketPath;
    readonly clock: Clock;
    readonly totals: StreamTotals;
    readonly random: Random;
    readonly onEnd: () => void;
  }) {
    this.id = options.id;
    this.stream = options.stream;
    this.#path = options.path;
    this.#clock = options.clock;
    this.#totals = options.totals;
    this.#random = options.random;
    this.#onEnd = options.onEnd;
    this.#ssrc = this.#random.below(2 ** 32);
    this.#sequence = this.#random.below(2 ** 16);
    this.#timestamp = this.#random.below(2 ** 32);
    this.#aliveMs = options.clock.now();
    this.#wait(SESSION_TIMEOUT_SECONDS * 1_000 + SESSION_GRACE_MS, () => this.end());
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  /** For the answer to PLAY. */
  get next(): { readonly sequence: number; readonly timestamp: number } {
    return { sequence: this.#sequence, timestamp: this.#timestamp };
  }

  get playing(): boolean {
    return this.#prepared !== undefined;
  }

  /** A request or a receiver report of the client. */
  touch(): void {
    this.#aliveMs = this.#clock.now();
  }

  play(): void {
    if (this.#ended || this.playing) return;
    const now = this.#clock.now();
    this.#dueMs = now;
    this.#reportDueMs = now;
    this.#take(this.stream.behaviour(now).prepared, now);
    this.#wait(0, () => this.#tick());
  }

  pause(): void {
    this.#prepared = undefined;
    this.#wait(SESSION_TIMEOUT_SECONDS * 1_000 + SESSION_GRACE_MS, () => this.end());
  }

  /** Says goodbye when it has played, and frees the place. */
  end(): void {
    if (!this.#ended && this.#sent.packets > 0) this.#path.control(goodbye(this.#ssrc));
    this.#release();
  }

  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.[Symbol.dispose]();
    this.#onEnd();
  }

  #wait(ms: number, call: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#clock.after(ms, call);
  }

  /**
   * Most cameras answer PLAY with a key frame at once. Where key frames are far apart, the encoder does no such thing: the session
   * comes in wherever the picture is.
   */
  #take(prepared: PreparedClip, now: number): void {
    this.#prepared = prepared;
    const { length } = prepared.packets;
    this.#picture = length > 100 ? Math.floor(now / 40) % length : 0;
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now - this.#aliveMs > SESSION_TIMEOUT_SECONDS * 1_000 + SESSION_GRACE_MS) {
      this.end();
      return;
    }
    const behaviour = this.stream.behaviour(now);
    if (behaviour.reach === 'reset') {
      this.#path.cut();
      this.#release();
      return;
    }
    if (now - this.#dueMs > LATE_MAX_MS) this.#dueMs = now;
    if (behaviour.prepared !== this.#prepared) this.#take(behaviour.prepared, now);
    if (behaviour.reach === 'yes') {
      this.#sendPicture(behaviour);
      if (now >= this.#reportDueMs) this.#report(now + behaviour.clockOffsetMs);
    }
    this.#picture = (this.#picture + 1) % behaviour.prepared.packets.length;
    this.#timestamp = (this.#timestamp + Math.round(VIDEO_CLOCK_RATE / behaviour.stampedFps)) % 2 ** 32;
    this.#dueMs += 1_000 / behaviour.deliveredFps;
    this.#wait(Math.max(0, this.#dueMs - this.#clock.now()), () => this.#tick());
  }

  #sendPicture({ prepared, lossRatio, noise: sensor }: StreamBehaviour): void {
    const payloads = prepared.packets[this.#picture] ?? [];
    const size = prepared.clip.accessUnits[this.#picture]?.sizeBytes ?? 0;
    const noise = noiseBytes(sensor, size, this.#random.next());
    const packets: Buffer[] = [];
    for (const [i, payload] of payloads.entries()) {
      const sequence = this.#sequence;
      this.#sequence = (this.#sequence + 1) % 2 ** 16;
      if (lossRatio > 0 && this.#random.next() < lossRatio) {
        this.#totals.packetsLost++;
        continue;
      }
      const isLast = i === payloads.length - 1;
      const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length + (isLast ? noise.length : 0));
      writeRtpHeader(packet, 0, {
        payloadType: VIDEO_PAYLOAD_TYPE,
        marker: isLast,
        sequence,
        timestamp: this.#timestamp,
        ssrc: this.#ssrc,
      });
      payload.copy(packet, RTP_HEADER_BYTES);
      if (isLast) noise.copy(packet, RTP_HEADER_BYTES + payload.length);
      packets.push(packet);
    }
    if (packets.length === 0) return;
    if (!this.#path.media(packets)) {
      this.#totals.packetsLost += packets.length;
      return;
    }
    const bytes = packets.reduce((sum, packet) => sum + packet.length - RTP_HEADER_BYTES, 0);
    this.#sent.packets += packets.length;
    this.#sent.bytes += bytes;
    this.#totals.packets += packets.length;
    this.#totals.bytes += bytes;
  }

  #report(wallMs: number): void {
    this.#reportDueMs = this.#clock.now() + SENDER_REPORT_INTERVAL_MS;
    this.#path.control(
      senderReport({ ssrc: this.#ssrc, wallMs, timestamp: this.#timestamp, ...this.#sent }, this.stream.cameraId),
    );
  }
}
