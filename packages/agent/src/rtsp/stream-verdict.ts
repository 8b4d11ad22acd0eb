import { STALLED_MS } from './limits.ts';
import { ProbeError } from './probe-error.ts';
import type { RtpReceiver } from './rtp-receiver.ts';
import { CLOSED } from './rtsp-client.ts';
import type { WatchEnd } from './stream-watch.ts';
import type { VideoTrack } from './video-track.ts';

/** Frames of this many of their own steps that do not come are missing. */
const STEPS_MISSING = 3;

export interface StreamOutcome {
  /** Why watching ended. */
  readonly end: WatchEnd;
  /** Milliseconds after the probe began. */
  readonly endedAtMs: number;
  /** Why the connection ended, if it did. */
  readonly broken: ProbeError | undefined;
  readonly overUdp: boolean;
}

/** What is wrong with a stream that was played and watched; undefined for nothing. */
export function verdictOn(receiver: RtpReceiver, track: VideoTrack, outcome: StreamOutcome): ProbeError | undefined {
  const { packets, units } = receiver;
  const { end, broken } = outcome;
  if (broken && broken.message !== CLOSED && (packets === 0 || end === 'closed')) return broken;
  if (packets === 0) return nothingCame(receiver, outcome);
  if (end === 'closed') {
    const how = receiver.isOver ? 'said that the stream is over' : 'closed the connection';
    return new ProbeError('stalled', `The camera ${how} after ${units.count} frames.`);
  }
  const silentMs = outcome.endedAtMs - receiver.lastAtMs;
  // A camera that sends a frame every two seconds is slow, not stalled.
  const usualMs = units.count > 1 ? (units.lastAtMs - units.firstAtMs) / (units.count - 1) : 0;
  if ((end === 'window' || end === 'deadline') && silentMs >= Math.max(STALLED_MS, STEPS_MISSING * usualMs)) {
    const seconds = (silentMs / 1_000).toFixed(1);
    return new ProbeError('stalled', `The stream began and then stopped: nothing came for ${seconds} s.`);
  }
  if (track.tellsPictures && units.pictures === 0) {
    const message = `Packets come, but none of them holds a picture of ${track.codec} (${packets} packets).`;
    return new ProbeError('protocol', message);
  }
  return undefined;
}

function nothingCame({ notRtp }: RtpReceiver, { end, overUdp }: StreamOutcome): ProbeError {
  if (notRtp > 0) {
    return new ProbeError('protocol', `What the camera sends on the stream is not RTP (${notRtp} packets).`);
  }
  if (end === 'closed') {
    return new ProbeError('no_packets', 'The camera accepted PLAY and then closed the connection without a packet.');
  }
  const advice = overUdp ? ' by UDP: a firewall may drop them; try transport tcp' : '';
  return new ProbeError('no_packets', `The camera accepted PLAY, and no packet came${advice}.`);
}
