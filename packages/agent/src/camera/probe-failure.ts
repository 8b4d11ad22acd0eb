import type { ProbePhase } from '@vedette/wire/http';

/** Why a stream did not come. The words are label values of `camera_probe_failure{reason}`. */
export const FAILURE_REASONS = [
  /** The name does not resolve. */
  'dns',
  /** Nobody listens there: the machine answered with a reset. */
  'refused',
  /** No route, host or network down. */
  'unreachable',
  /** No answer in time, before the stream began. */
  'timeout',
  /** 401 after credentials were sent, or 403. */
  'credentials',
  /** It asks for credentials and none are known here, or those that are referred to cannot be read. */
  'no_credentials',
  /** 404, 454 or a playlist that is not there. */
  'path',
  /** 453, 503: the camera has no free session. */
  'session_limit',
  'tls',
  /** Somebody answers who does not speak the protocol. */
  'protocol',
  /** The connection was accepted, and closed before an answer was whole. */
  'closed',
  /** The server says 5xx or something else that is not the stream. */
  'server_error',
  /** SDP or playlist without video. */
  'no_video',
  /** PLAY was accepted, nothing came. */
  'no_packets',
  /** It began and then stopped. */
  'stalled',
  /** The address is outside the allowed networks. */
  'policy',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface ProbeFailure {
  readonly reason: FailureReason;
  readonly phase: ProbePhase;
  /** One sentence in plain words for an operator, at most 300 characters, without secrets: "The camera refused the credentials (401)." */
  readonly message: string;
}
