import type { Account } from '../auth/gate.ts';
import type { SensorNoise } from '../clip/sensor-noise.ts';
import type { VideoClip } from '../clip/video-clip.ts';
import type { PacketisedPicture } from '../rtp/packetise.ts';

export interface PreparedClip {
  readonly clip: VideoClip;
  /** For each picture of the clip. */
  readonly packets: readonly PacketisedPicture[];
}

/** What a stream does at one moment; asked again for every request and every picture, so that faults begin and end in running sessions. */
export interface StreamBehaviour {
  /** `silent`: nothing is answered and nothing sent, as behind a pulled cable; `reset`: connections are cut. */
  readonly reach: 'yes' | 'silent' | 'reset';
  readonly account: Account;
  readonly prepared: PreparedClip;
  readonly noise: SensorNoise;
  /** Pictures a second by the RTP timestamps. */
  readonly stampedFps: number;
  /** Pictures a second by the clock on the wall. */
  readonly deliveredFps: number;
  /** Share of packets that never leave, 0 to 1. */
  readonly lossRatio: number;
  /** The camera's clock less the true time, milliseconds. */
  readonly clockOffsetMs: number;
  /** Sessions at once; the next one is refused with 453. */
  readonly sessionsMax: number;
}

/** One stream of a camera, found by its path. */
export interface RtspStream {
  /** Such as `cam-0001/main`. */
  readonly path: string;
  readonly cameraId: string;
  /** Said in `Server`. */
  readonly product: string;
  behaviour(nowMs: number): StreamBehaviour;
}

/** What has left for clients since the start. */
export interface StreamTotals {
  sessionsOpened: number;
  packets: number;
  packetsLost: number;
  bytes: number;
}
