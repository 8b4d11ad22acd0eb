import type { FailureReason } from '@vedette/agent';
import type { TroubleKind } from '@vedette/wire/http';
import { ADVICE } from '../advice.ts';

/** What a failed probe means. */
export interface Failure {
  readonly kind: TroubleKind;
  /** What is the matter, in plain words. */
  readonly reason: string;
  /** What to do next, one sentence. */
  readonly advice: string;
}

/** By the reason that the probe gives; a new reason does not compile before it has words and an advice here. */
const FAILURES: Readonly<Record<FailureReason, Failure>> = {
  dns: {
    kind: 'offline',
    reason: 'The name of the camera does not resolve',
    advice:
      'Look at the name in the inventory and at the name servers of the machine that probes; the camera may be well.',
  },
  refused: {
    kind: 'offline',
    reason: 'The camera refuses the connection: nothing listens at its address',
    advice:
      'The machine at the address is on: look whether the port is right and streaming is switched on in the camera, then restart it.',
  },
  unreachable: {
    kind: 'offline',
    reason: 'The camera cannot be reached: no route to its address',
    advice: 'Look at the way to the camera: cable, switch port, VLAN, and whether its address has changed.',
  },
  timeout: { kind: 'offline', reason: 'The camera does not answer', advice: ADVICE.offline },
  credentials: {
    kind: 'credentials',
    reason: 'The camera rejects the credentials',
    advice: ADVICE.credentials,
  },
  no_credentials: {
    kind: 'credentials',
    reason: 'The camera asks for credentials, and none are known for it here',
    advice:
      'Put credentials into its entry in the inventory (username with password_env or password_file); where there are some, look whether the variable is set or the file can be read.',
  },
  path: { kind: 'path', reason: 'The camera does not know the stream address', advice: ADVICE.path },
  session_limit: {
    kind: 'session_limit',
    reason: 'The camera has no free session',
    advice: ADVICE.session_limit,
  },
  tls: { kind: 'tls', reason: 'The encrypted connection to the camera fails', advice: ADVICE.tls },
  protocol: {
    kind: 'offline',
    reason: 'What answers at the address does not speak the protocol of the stream',
    advice:
      'Compare scheme, port and address in the inventory with those of the camera: another device or service may have them now.',
  },
  closed: {
    kind: 'offline',
    reason: 'The connection is accepted and closed before an answer',
    advice:
      'Restart the camera: its stream service hangs or has no connection left; if it stays so, look whether the port is the one of the stream and whether the camera lets this machine in.',
  },
  server_error: {
    kind: 'offline',
    reason: 'The camera answers with an error instead of the stream',
    advice: 'Look at the log of the camera and restart it; where it lacks a transport, set the other one (tcp or udp).',
  },
  no_video: { kind: 'no_video', reason: 'The stream has no video', advice: ADVICE.no_video },
  no_packets: {
    kind: 'stalled',
    reason: 'The stream begins, and no pictures come',
    advice:
      'Over UDP look at firewalls on the way, or set the transport to tcp; else restart the stream on the camera.',
  },
  stalled: { kind: 'stalled', reason: 'The stream stops after it began', advice: ADVICE.stalled },
  policy: {
    kind: 'offline',
    reason: 'The address of the camera is outside the allowed networks',
    advice: 'Correct the address in the inventory, or allow its network in fleet.allowed_networks.',
  },
};

/** A probe that gives no reason, or one that is not known here: somebody else's. */
const UNKNOWN_FAILURE: Failure = {
  kind: 'offline',
  reason: 'Probes fail',
  advice: 'Look at what probes this camera, it does not say why; then at power, cable and switch port.',
};

export function failureOf(reason: string | undefined): Failure {
  return reason !== undefined && Object.hasOwn(FAILURES, reason) ? FAILURES[reason as FailureReason] : UNKNOWN_FAILURE;
}
