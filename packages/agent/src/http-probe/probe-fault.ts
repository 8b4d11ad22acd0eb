import type { ProbePhase } from '@vedette/wire/http';
import type { FailureReason, ProbeFailure } from '../camera/probe-failure.ts';

/** As long as a failure's sentence may be. */
const MESSAGE_CHARACTERS_MAX = 300;

/** Ends a probe with a classified failure; the message is for an operator and holds no secret. */
export class ProbeFault extends Error {
  override readonly name = 'ProbeFault';
  readonly reason: FailureReason;
  /** Where it happened; absent: in the phase that the probe is in. */
  readonly phase: ProbePhase | undefined;

  constructor(reason: FailureReason, message: string, phase?: ProbePhase) {
    super(message);
    this.reason = reason;
    this.phase = phase;
  }
}

/** `error` as a failure of the phase that the probe was in. `host` names whom the sentence is about. */
export function probeFailure(error: unknown, phase: ProbePhase, host: string): ProbeFailure {
  const fault = error instanceof ProbeFault ? error : connectionFault(error, host);
  return {
    reason: fault.reason,
    phase: fault.phase ?? phase,
    message: oneLine(fault.message, MESSAGE_CHARACTERS_MAX),
  };
}

/** Printable, on one line, cut: text of the network may hold anything. */
export function oneLine(text: string, charactersMax: number): string {
  let line = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    line += code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029 ? ' ' : character;
    if (line.length >= charactersMax) return `${line.slice(0, charactersMax - 1).trim()}…`;
  }
  return line.trim();
}

/** What a connection that was made can end in; what comes before it is told by the dialling. */
function connectionFault(error: unknown, host: string): ProbeFault {
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new ProbeFault('protocol', `${host} sends headers without end.`);
  if (code.startsWith('HPE_')) {
    return new ProbeFault('protocol', `What listens at ${host} does not speak HTTP (${code}).`);
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return new ProbeFault('closed', `${host} closed the connection before its answer was complete.`);
  }
  if (code === 'ETIMEDOUT') return new ProbeFault('timeout', `${host} does not answer any more.`);
  const words = error instanceof Error ? error.message : String(error);
  return new ProbeFault('protocol', `The exchange with ${host} failed: ${words}`);
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && code !== '') return code;
  }
  return '';
}
