import type { ProbeMode } from '../camera/probe.ts';
import type { Clock } from '../clock.ts';
import { CHEAP_MS_MAX, NO_PACKETS_MS } from './limits.ts';
import type { RtpReceiver } from './rtp-receiver.ts';
import type { VideoTrack } from './video-track.ts';

/** Units after which a cheap probe has seen enough of a stream whose key frames are not recognised. */
const UNITS_WITHOUT_KEYS = 5;

/**
 * Besides its first key frame a cheap probe waits for so many other units, but not for long: their sizes tell a picture that stands still,
 * and their stamps a low rate, at the first probe and not at the next full one.
 */
const OTHER_UNITS = 6;
const OTHER_UNITS_MS_MAX = 1_500;

/** Why watching ended. `closed`: the connection or the stream did. */
export type WatchEnd = 'key-frame' | 'window' | 'bytes' | 'no-packets' | 'closed' | 'deadline';

export interface WatchOptions {
  readonly mode: ProbeMode;
  readonly windowMs: number;
  readonly bytesMax: number;
  /** Called at the first packet, and at the first complete key frame. */
  readonly onMilestone: (milestone: 'first_packet' | 'first_keyframe') => void;
}

/** Decides when a probe has seen enough of a stream that plays. `end` says why, and resolves once. */
export class StreamWatch {
  readonly end: Promise<WatchEnd>;
  readonly #clock: Clock;
  readonly #options: WatchOptions;
  readonly #receiver: RtpReceiver;
  readonly #track: VideoTrack;
  #resolve: (end: WatchEnd) => void = () => undefined;
  #timer: Disposable;
  #isOver = false;
  #packetSeen = false;
  #keySeen = false;

  constructor(clock: Clock, receiver: RtpReceiver, track: VideoTrack, options: WatchOptions) {
    this.#clock = clock;
    this.#receiver = receiver;
    this.#track = track;
    this.#options = options;
    this.end = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = clock.after(NO_PACKETS_MS, () => this.finish('no-packets'));
  }

  /** After each packet; `bytesRead` of the whole probe. */
  afterPacket(bytesRead: number): void {
    if (this.#isOver) return;
    const { mode, windowMs, bytesMax, onMilestone } = this.#options;
    const { units, packets, isOver } = this.#receiver;
    if (!this.#packetSeen && packets > 0) {
      this.#packetSeen = true;
      this.#timer[Symbol.dispose]();
      this.#timer = this.#clock.after(mode === 'cheap' ? CHEAP_MS_MAX : windowMs, () => this.finish('window'));
      onMilestone('first_packet');
    }
    if (!this.#keySeen && units.completeKeyFrames > 0) {
      this.#keySeen = true;
      onMilestone('first_keyframe');
      if (mode === 'cheap') {
        this.#timer[Symbol.dispose]();
        this.#timer = this.#clock.after(OTHER_UNITS_MS_MAX, () => this.finish('key-frame'));
      }
    }
    if (mode === 'cheap' && this.#hasSeenEnough()) {
      this.finish('key-frame');
    } else if (isOver) this.finish('closed');
    else if (bytesRead >= bytesMax) this.finish('bytes');
  }

  #hasSeenEnough(): boolean {
    const { units } = this.#receiver;
    if (this.#keySeen) return units.complete - units.completeKeyFrames >= OTHER_UNITS;
    return !this.#track.tellsKeyFrames && units.complete >= UNITS_WITHOUT_KEYS;
  }

  finish(end: WatchEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer[Symbol.dispose]();
    this.#resolve(end);
  }
}
