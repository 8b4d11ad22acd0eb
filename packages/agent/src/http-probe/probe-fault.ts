import type { FailureReason, ProbeFailure, ProbePhase } from '../camera/probe-failure.ts';

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

const TLS_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'CERT_REVOKED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'EPROTO',
]);

function connectionFault(error: unknown, host: string): ProbeFault {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = codeOf(first);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
    case 'EAI_NODATA':
      return new ProbeFault('dns', `No address was found for the name ${host}.`, 'resolve');
    case 'ECONNREFUSED':
      return new ProbeFault('refused', `Nobody listens at ${host}: the connection was refused.`, 'connect');
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return new ProbeFault('unreachable', `There is no route to ${host} (${code}).`, 'connect');
    case 'ETIMEDOUT':
      return new ProbeFault('timeout', `${host} does not answer.`, 'connect');
    case 'UND_ERR_HEADERS_OVERFLOW':
      return new ProbeFault('protocol', `${host} sends headers without end.`);
    default:
  }
  if (TLS_CODES.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return new ProbeFault('tls', tlsSentence(code, host), 'tls');
  }
  if (code.startsWith('HPE_'))
    return new ProbeFault('protocol', `What listens at ${host} does not speak HTTP (${code}).`);
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return new ProbeFault('protocol', `${host} closed the connection before its answer was complete.`);
  }
  const words = first instanceof Error ? first.message : String(first);
  return new ProbeFault('protocol', `The exchange with ${host} failed: ${words}`);
}

function tlsSentence(code: string, host: string): string {
  switch (code) {
    case 'EPROTO':
      return `${host} does not speak TLS; is it http:// instead of https://?`;
    case 'CERT_HAS_EXPIRED':
      return `The TLS certificate of ${host} has expired.`;
    case 'CERT_NOT_YET_VALID':
      return `The TLS certificate of ${host} is not valid yet; is a clock wrong?`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The TLS certificate of ${host} is made for another name.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `${host} signed its TLS certificate itself; set insecure_tls on the stream to accept it.`;
    default:
      return `TLS with ${host} failed (${code}).`;
  }
}

function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && code !== '') return code;
  }
  return '';
}
