import { isIPv6 } from 'node:net';
import type { Endpoint } from '../network/dial.ts';
import { isSafeUrl } from './control-url.ts';
import type { RtspMessage } from './message-reader.ts';
import { ProbeError } from './probe-error.ts';

const PORTS = { rtsp: 554, rtsps: 322 } as const;

export interface RtspUrl {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** As it is sent: without user and password. */
  readonly href: string;
}

/** Takes `rtsp://` and `rtsps://` apart. Throws a ProbeError `path` for what is neither; user and password in it are dropped. */
export function parseRtspUrl(text: string): RtspUrl {
  const found =
    /^(rtsps?):\/\/(?:[^/?#]*@)?(\[[0-9a-fA-F:.]{2,45}\]|[^/?#:@[\]]{1,253})(?::(\d{1,5}))?(?=[/?#]|$)/i.exec(text);
  if (!found || !isSafeUrl(text))
    throw new ProbeError('path', 'The address of the stream is not an rtsp:// or rtsps:// URL.');
  const scheme = (found[1] ?? '').toLowerCase() as 'rtsp' | 'rtsps';
  const named = found[2] ?? '';
  const host = named.startsWith('[') ? named.slice(1, -1) : named;
  const port = found[3] === undefined ? PORTS[scheme] : Number(found[3]);
  if (port < 1 || port > 65_535 || (named.startsWith('[') && !isIPv6(host))) {
    throw new ProbeError('path', 'The address of the stream has a host or port that cannot be.');
  }
  const rest = text.slice(found[0].length);
  const hash = rest.indexOf('#');
  const path = hash < 0 ? rest : rest.slice(0, hash);
  return {
    host,
    port,
    isTls: scheme === 'rtsps',
    href: `${scheme}://${named}${found[3] === undefined ? '' : `:${port}`}${path}`,
  };
}

export function endpointOf(url: RtspUrl, insecureTls: boolean): Endpoint {
  return { host: url.host, port: url.port, ...(url.isTls ? { tls: { insecure: insecureTls } } : {}) };
}

/** Where a 3xx answer leads; undefined for any other answer. Throws a ProbeError for one that leads nowhere. */
export function redirectOf(answer: RtspMessage): RtspUrl | undefined {
  if (answer.status < 300 || answer.status > 399 || answer.status === 304) return undefined;
  const location = answer.headers.get('location')?.[0];
  if (location === undefined)
    throw new ProbeError('protocol', `The camera redirects (${answer.status}) and does not say where.`);
  try {
    return parseRtspUrl(location);
  } catch {
    throw new ProbeError('protocol', `The camera redirects (${answer.status}) to what is no rtsp:// address.`);
  }
}
