import type { ProbePhase } from '@vedette/wire/http';
import type { ProbeFailure } from '../camera/probe-failure.ts';
import { ProbeError } from './probe-error.ts';
import type { RtspClient } from './rtsp-client.ts';

/** What it means that time ran out in a phase before the stream was played. */
export function timeoutIn(phase: ProbePhase, timeoutMs: number, client: RtspClient | undefined): ProbeError {
  const within = `within ${(timeoutMs / 1_000).toFixed(1)} s`;
  if (phase === 'resolve') return new ProbeError('dns', `The name was not resolved ${within}.`);
  if (phase === 'connect') return new ProbeError('timeout', `The host did not answer the connection ${within}.`);
  if (phase === 'tls') {
    return new ProbeError('tls', `The TLS handshake was not done ${within}: the port may not speak TLS.`);
  }
  const method = phase.toUpperCase();
  const begun = client?.waitingFor;
  if (begun !== 'head' && begun !== 'body') {
    return new ProbeError('timeout', `The camera did not answer ${method} ${within}.`);
  }
  const missing = client?.bodyBytesMissing ?? 0;
  const words = missing > 0 ? `: ${missing} bytes are missing` : '';
  return new ProbeError('timeout', `The answer to ${method} did not come whole ${within}${words}.`);
}

/** What it means that the camera closed the connection while an answer was waited for. */
export function closedIn(phase: ProbePhase): ProbeFailure {
  const message =
    phase === 'options'
      ? 'The camera closed the connection without an answer: the port may not speak RTSP, or no connection is left.'
      : `The camera closed the connection without an answer to ${phase.toUpperCase()}.`;
  return { reason: 'closed', phase, message };
}
