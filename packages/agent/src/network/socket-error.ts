import type { FailureReason } from '../camera/probe-failure.ts';

/** What went wrong between us and a socket, in the words of a probe. */
export class DialError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DialError';
    this.reason = reason;
  }
}

const REASONS: ReadonlyMap<string, readonly [FailureReason, string]> = new Map([
  ['ECONNREFUSED', ['refused', 'Nothing listens on this port: the machine refused the connection.']],
  ['ECONNRESET', ['refused', 'The machine accepted the connection and reset it at once.']],
  ['EHOSTUNREACH', ['unreachable', 'No route to the host, or it does not answer on its network.']],
  ['ENETUNREACH', ['unreachable', 'No route to the network of this address.']],
  ['EHOSTDOWN', ['unreachable', 'The host is down.']],
  ['ENETDOWN', ['unreachable', 'The network is down.']],
  ['EADDRNOTAVAIL', ['unreachable', 'This machine has no address or port left from which to reach the host.']],
  ['EINVAL', ['unreachable', 'This address cannot be connected to from here.']],
  [
    'EACCES',
    [
      'unreachable',
      'This machine does not permit the connection (a local firewall or the address is a broadcast address).',
    ],
  ],
  ['EPERM', ['unreachable', 'A firewall on this machine does not permit the connection.']],
  ['ETIMEDOUT', ['timeout', 'The host did not answer the connection.']],
  ['ENOTFOUND', ['dns', 'The name does not exist in DNS.']],
  ['EAI_AGAIN', ['dns', 'The name server did not answer.']],
  ['EAI_FAIL', ['dns', 'The name server failed.']],
  ['EAI_NODATA', ['dns', 'The name has no address.']],
  ['EMFILE', ['unreachable', 'This process has no file descriptor left for the connection.']],
  ['ENFILE', ['unreachable', 'This machine has no file descriptor left for the connection.']],
]);

const TLS_WORDS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'The certificate has expired.'],
  ['CERT_NOT_YET_VALID', 'The certificate is not valid yet: one of the clocks is wrong.'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'The certificate is self-signed; allow it for this camera if that is expected.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'The certificate is signed by an authority that is not trusted here.'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'The certificate is signed by an authority that is not trusted here.'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'The certificate is signed by an authority that is not trusted here.'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'The certificate is signed by an authority that is not trusted here.'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate is for another name.'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'The port does not speak TLS.'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'The port does not speak TLS.'],
  ['ERR_SSL_HTTP_REQUEST', 'The port does not speak TLS.'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'The camera offers only TLS versions that are too old.'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'The camera and this machine share no TLS version.'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'The camera and this machine share no TLS cipher.'],
  ['ERR_SSL_DH_KEY_TOO_SMALL', 'The key of the camera is too short for TLS here.'],
  ['ERR_SSL_EE_KEY_TOO_SMALL', 'The key of the camera is too short for TLS here.'],
]);

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Classifies an error of a TCP connection or of a name look-up. */
export function socketFailure(error: unknown): DialError {
  if (error instanceof DialError) return error;
  const known = REASONS.get(codeOf(error));
  if (known) return new DialError(known[0], known[1], { cause: error });
  const code = codeOf(error);
  return new DialError('unreachable', `The connection failed${code === '' ? '' : ` (${code.slice(0, 40)})`}.`, {
    cause: error,
  });
}

/** Classifies an error during the TLS handshake: always `tls`, unless time ran out. */
export function tlsFailure(error: unknown): DialError {
  if (error instanceof DialError) return error;
  const code = codeOf(error);
  const words = TLS_WORDS.get(code);
  if (words !== undefined) return new DialError('tls', words, { cause: error });
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new DialError('tls', 'The connection was closed during the TLS handshake: the port may not speak TLS.', {
      cause: error,
    });
  }
  return new DialError('tls', `The TLS handshake failed${code === '' ? '' : ` (${code.slice(0, 60)})`}.`, {
    cause: error,
  });
}
