import type { Credentials } from '../camera/credentials.ts';

/** One address of a camera. */
export interface PlannedStream {
  /** Absolute, without user or password. */
  readonly url: string;
  readonly transport?: 'tcp' | 'udp';
  readonly insecureTls?: boolean;
}

/** A camera that is to be probed, as the inventory says. Equal plans keep their schedule and counters when plans change. */
export interface ProbePlan {
  readonly cameraId: string;
  readonly streams: {
    /** Measured in full; also probed cheaply when there is no `sub`. */
    readonly main?: PlannedStream;
    /** Preferred for cheap probes: it costs a tenth. */
    readonly sub?: PlannedStream;
    /** A JPEG, looked at rarely. */
    readonly snapshot?: PlannedStream;
    /** The ONVIF device service. */
    readonly onvif?: PlannedStream;
  };
  /** Asked at every probe, for one of the streams. Throws with a sentence that names the reference, never the secret. */
  readonly credentials?: (stream: keyof ProbePlan['streams']) => Credentials | undefined;
  /** Cameras behind one recorder share its few sessions; absent: those of one host do. */
  readonly recorder?: string;
  readonly class?: string;
  readonly expected?: {
    readonly framesPerSecond?: number;
    readonly width?: number;
    readonly height?: number;
    readonly codec?: string;
    readonly keyframeIntervalSeconds?: number;
  };
}

/** Which of a camera's streams a probe is of. */
export type StreamRole = 'main' | 'sub';

/** What a change of it must be answered with: equal text, equal plan (credentials are asked for anyway). */
export function planKey(plan: ProbePlan): string {
  return JSON.stringify([plan.streams, plan.recorder, plan.class, plan.expected]);
}

/** The cameras that share sessions with this one: those of its recorder, else those at the same host and port. */
export function sessionGroup(plan: ProbePlan): string {
  if (plan.recorder !== undefined && plan.recorder !== '') return `recorder ${plan.recorder}`;
  const stream = plan.streams.main ?? plan.streams.sub ?? plan.streams.snapshot ?? plan.streams.onvif;
  return stream && URL.canParse(stream.url) ? `host ${new URL(stream.url).host}` : `camera ${plan.cameraId}`;
}
