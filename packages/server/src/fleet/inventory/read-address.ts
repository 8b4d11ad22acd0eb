import { ADDRESS_LENGTH_MAX } from './limits.ts';

export type StreamRole = 'main' | 'sub' | 'snapshot' | 'onvif';
export const STREAM_ROLES: readonly StreamRole[] = ['main', 'sub', 'snapshot', 'onvif'];

const VIDEO_SCHEMES: ReadonlySet<string> = new Set(['rtsp:', 'rtsps:', 'http:', 'https:']);
const WEB_SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:']);

export type ReadAddress =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** `password=`, `pwd=`, `token=` … with a value, in a query or (as some recorders have it) in a path. */
const SECRET_PARAMETER = /(?:pass(?:word|wd|wort)?|pwd|secret|token|api_?-?key|auth|signature)=[^&#;/_*]/i;

/**
 * A stream's address as a person wrote it. It is never repeated in a fault: it may hold a password, also where it is broken
 * (`rtsp://user:p#ss@host`).
 */
export function readAddress(written: string, role: StreamRole): ReadAddress {
  const text = written.trim();
  const fault = (message: string, remedy: string): ReadAddress => ({ ok: false, message, remedy });
  const schemes = role === 'main' || role === 'sub' ? VIDEO_SCHEMES : WEB_SCHEMES;
  if (isPlain(text, schemes)) return { ok: true, url: text };
  if (text.length > ADDRESS_LENGTH_MAX)
    return fault(`an address of more than ${ADDRESS_LENGTH_MAX} characters`, 'write the stream’s address alone');
  const example =
    schemes === WEB_SCHEMES
      ? `http://10.1.0.11/${role === 'onvif' ? 'onvif/device_service' : 'snapshot.jpg'}`
      : 'rtsp://10.1.0.11/stream1';
  // oxlint-disable-next-line no-control-regex -- these are the characters looked for
  if (/[\s\u0000-\u001f\u007f]/.test(text))
    return fault('an address must not contain blanks', `write it as ${example}`);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return fault('not an address: it has no scheme', `write it as ${example}`);
  if (!schemes.has(`${scheme}:`))
    return fault(
      `addresses of ${scheme}:// are not read for "${role}"`,
      `use one of ${[...schemes].map((name) => `${name}//`).join(', ')}`,
    );
  // A password may hold any sign, also those that end a URL's host: any @ is taken for the end of one.
  if (text.includes('@'))
    return fault(
      'the address contains a user and a password',
      `${PASSWORD_REMEDY}; an @ that belongs to the path is written %40`,
    );
  if (!URL.canParse(text)) return fault(`a broken ${scheme}:// address`, `write it as ${example}`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return fault('the address contains a user and a password', PASSWORD_REMEDY);
  if (url.hostname === '') return fault('the address has no host', `write it as ${example}`);
  if (SECRET_PARAMETER.test(text)) return fault('the address contains a password as a parameter', PARAMETER_REMEDY);
  return { ok: true, url: text };
}

const PASSWORD_REMEDY =
  'take them out, and name where the password is: credentials: {username: …, password_env: CAMERA_PASSWORD} or password_file';
const PARAMETER_REMEDY =
  'take it out: the camera takes the same password by RTSP or HTTP authentication; name it as credentials: {username: …, password_env: …}';

/** Most addresses: nothing in them that needs a closer look. */
function isPlain(text: string, schemes: ReadonlySet<string>): boolean {
  const match = PLAIN.exec(text);
  return match !== null && text.length <= ADDRESS_LENGTH_MAX && schemes.has(`${match[1] ?? ''}:`);
}
const PLAIN = /^([a-z]+):\/\/[a-z0-9][a-z0-9.-]*(?::[1-9]\d{0,3})?(?:\/[A-Za-z0-9_./-]*)?$/;

/** Host and port, with the scheme's port where none is written: what two addresses of one device share. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return '';
  return new URL(url).hostname.toLowerCase();
}

/** Addresses that lead to the same stream are equal by this: default ports, case of the host and a last slash do not matter. */
export function addressKey(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const defaults: Readonly<Record<string, string>> = {
    'rtsp:': '554',
    'rtsps:': '322',
    'http:': '80',
    'https:': '443',
  };
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
  return `${protocol}//${hostname.toLowerCase()}:${port === '' ? (defaults[protocol] ?? '') : port}${path}${search}`;
}

export interface ToldAddress {
  /** Without user and password. */
  readonly url: string;
  /** What stood in the address; absent also where the server masks it. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** What servers write instead of a password. */
const MASK = /^(?:\*+|x{3,}|<[a-z]+>|redacted|hidden)$/i;

/**
 * An address as a recorder tells it, user and password taken out of it; undefined when it is none that cameras are read by, or holds a
 * password elsewhere.
 */
export function toldAddress(written: string, role: StreamRole): ToldAddress | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[0];
  if (scheme === undefined || written.length > ADDRESS_LENGTH_MAX) return undefined;
  const rest = written.slice(scheme.length);
  const at = userEnd(rest);
  if (at === undefined) return undefined;
  const user = rest.slice(0, Math.max(0, at));
  const read = readAddress(`${scheme}${rest.slice(at + 1)}`.split('#')[0] as string, role);
  if (!read.ok) return undefined;
  const colon = user.indexOf(':');
  const username = decodedPart(colon === -1 ? user : user.slice(0, colon));
  const password = colon === -1 ? '' : decodedPart(user.slice(colon + 1));
  if (user === '' || MASK.test(username) || MASK.test(password)) return { url: read.url };
  return { url: read.url, credentials: { username, password } };
}

/**
 * Where user and password end in `user:password@host/path`; -1 without them. Servers keep what people wrote, signs that should have been
 * escaped included; undefined where it cannot be told what belongs to the password, which then must not be shown as a path.
 */
function userEnd(rest: string): number | undefined {
  const lastAt = rest.lastIndexOf('@');
  if (lastAt === -1) return -1;
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  if (authority.includes('@')) return lastAt < authority.length ? lastAt : undefined;
  const isHost = /^[^:]*(?::\d{0,5})?$/.test(authority);
  return isHost ? undefined : lastAt;
}

function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
