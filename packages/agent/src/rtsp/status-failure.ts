import type { FailureReason } from '../camera/probe-failure.ts';
import type { RtspMessage } from './message-reader.ts';
import { ProbeError, quoted } from './probe-error.ts';

/** What a status that is not 200 means (RFC 2326, 11), in plain words. `hadCredentials`: some were sent. */
export function statusFailure(method: string, answer: RtspMessage, hadCredentials: boolean): ProbeError {
  const { status } = answer;
  const known = WORDS.get(status);
  if (status === 401) {
    return hadCredentials
      ? new ProbeError('credentials', 'The camera refused the credentials (401).')
      : new ProbeError('no_credentials', 'The camera wants credentials, and none are known for it (401).');
  }
  if (known) return new ProbeError(known[0], `${known[1]} (${status} to ${method}).`);
  const phrase = answer.phrase === '' ? '' : ` ${quoted(answer.phrase)}`;
  return new ProbeError('server_error', `The camera answered ${method} with ${status}${phrase}.`);
}

const WORDS: ReadonlyMap<number, readonly [FailureReason, string]> = new Map([
  [403, ['credentials', 'The camera forbids this user the stream']],
  [404, ['path', 'The camera has no stream at this path']],
  [410, ['path', 'The camera no longer has a stream at this path']],
  [453, ['session_limit', 'The camera has no bandwidth or session left for another viewer']],
  [454, ['path', 'The camera no longer knows the session that it opened']],
  [461, ['server_error', 'The camera does not offer this transport: try the other one of tcp and udp']],
  [503, ['session_limit', 'The camera has no session left, or is busy']],
]);
