import { ProbeError, quoted } from './probe-error.ts';

/** Names the protocol that answered instead, where it shows itself by its first bytes. */
export function notRtsp(first: Uint8Array): ProbeError {
  const text = Buffer.from(first.subarray(0, 64)).toString('latin1');
  if (first[0] === 0x15 && first[1] === 0x03)
    return new ProbeError('protocol', 'The port speaks TLS: use rtsps:// for this camera.');
  if (text.startsWith('HTTP/')) return new ProbeError('protocol', 'The port speaks HTTP, not RTSP.');
  if (text.startsWith('SSH-')) return new ProbeError('protocol', 'The port speaks SSH, not RTSP.');
  if (text.startsWith('220')) return new ProbeError('protocol', 'The port speaks FTP or SMTP, not RTSP.');
  return new ProbeError('protocol', `The port does not speak RTSP; it sent ${quoted(text, 24)}.`);
}
