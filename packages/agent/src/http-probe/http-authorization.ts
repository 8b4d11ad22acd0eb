import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../camera/credentials.ts';

/** Challenges of one answer that are looked at, and parameters of one challenge. */
const CHALLENGES_MAX = 8;
const PARAMETERS_MAX = 16;
/** A header that is longer is cut: no camera needs more. */
const HEADER_CHARACTERS_MAX = 8_192;

/** One challenge of WWW-Authenticate: scheme and parameter names in lower case (RFC 9110 11.6.1). */
export interface AuthenticationChallenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Answers challenges of one server with the credentials for it. The strongest that both know is taken, Digest before Basic. */
export class HttpAuthorization {
  readonly #credentials: Credentials;
  #challenge: AuthenticationChallenge | undefined;
  #count = 0;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Remembers what the server asks for; false: nothing that we can answer. */
  challenged(header: string | readonly string[] | undefined): boolean {
    const challenges = parseChallenges(typeof header === 'string' ? [header] : (header ?? []));
    const known = challenges.filter((challenge) => strength(challenge) > 0);
    this.#challenge = known.sort((a, b) => strength(b) - strength(a))[0];
    this.#count = 0;
    return this.#challenge !== undefined;
  }

  /** True when the server only wants a new nonce. */
  get stale(): boolean {
    return this.#challenge?.parameters.get('stale')?.toLowerCase() === 'true';
  }

  /** The Authorization header for a request, undefined before the first challenge. `uri` is the request's target: path and query. */
  header(method: string, uri: string, cnonce: () => string = randomCnonce): string | undefined {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const { username, password } = this.#credentials;
    if (challenge.scheme === 'basic') {
      return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
    }
    this.#count++;
    return digestHeader(challenge.parameters, this.#credentials, { method, uri, count: this.#count, cnonce: cnonce() });
  }
}

const randomCnonce = (): string => randomBytes(12).toString('hex');

interface DigestRequest {
  readonly method: string;
  readonly uri: string;
  readonly count: number;
  readonly cnonce: string;
}

/** RFC 7616 3.4; without `qop` as in RFC 2069. */
function digestHeader(
  parameters: ReadonlyMap<string, string>,
  credentials: Credentials,
  request: DigestRequest,
): string {
  const algorithm = parameters.get('algorithm') ?? 'MD5';
  const hash = hasher(algorithm) ?? hasher('MD5');
  if (hash === undefined) throw new Error('unreachable: a challenge of an unknown algorithm was chosen');
  const realm = parameters.get('realm') ?? '';
  const nonce = parameters.get('nonce') ?? '';
  const nc = request.count.toString(16).padStart(8, '0');
  const { username, password } = credentials;
  let secret = hash(`${username}:${realm}:${password}`);
  if (algorithm.toLowerCase().endsWith('-sess')) secret = hash(`${secret}:${nonce}:${request.cnonce}`);
  const action = hash(`${request.method}:${request.uri}`);
  const withQop = offersAuth(parameters.get('qop'));
  const response = withQop
    ? hash(`${secret}:${nonce}:${nc}:${request.cnonce}:auth:${action}`)
    : hash(`${secret}:${nonce}:${action}`);
  const fields = [
    `username="${quoted(username)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${quoted(request.uri)}"`,
    ...(parameters.has('algorithm') ? [`algorithm=${algorithm}`] : []),
    `response="${response}"`,
    ...(parameters.has('opaque') ? [`opaque="${quoted(parameters.get('opaque') ?? '')}"`] : []),
    ...(withQop ? ['qop=auth', `nc=${nc}`] : []),
    ...(withQop || algorithm.toLowerCase().endsWith('-sess') ? [`cnonce="${request.cnonce}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function hasher(algorithm: string): ((text: string) => string) | undefined {
  const names: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' };
  const name = names[algorithm.toLowerCase().replace(/-sess$/, '')];
  return name === undefined ? undefined : (text) => createHash(name).update(text, 'utf8').digest('hex');
}

/** 0: cannot be answered. */
function strength(challenge: AuthenticationChallenge): number {
  if (challenge.scheme === 'basic') return 1;
  if (challenge.scheme !== 'digest' || !challenge.parameters.has('nonce')) return 0;
  const qop = challenge.parameters.get('qop');
  if (qop !== undefined && qop !== '' && !offersAuth(qop)) return 0;
  const algorithm = (challenge.parameters.get('algorithm') ?? 'MD5').toLowerCase();
  if (hasher(algorithm) === undefined) return 0;
  return algorithm.startsWith('sha-512') ? 4 : algorithm.startsWith('sha') ? 3 : 2;
}

const offersAuth = (qop: string | undefined): boolean =>
  qop !== undefined && qop.split(',').some((word) => word.trim().toLowerCase() === 'auth');

const quoted = (text: string): string => text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, ' ');

/** Several challenges may stand in one header, or in several (RFC 9110 11.6.1); what does not parse ends that header. */
export function parseChallenges(headers: readonly string[]): AuthenticationChallenge[] {
  const challenges: AuthenticationChallenge[] = [];
  for (const header of headers.slice(0, CHALLENGES_MAX)) {
    const text = header.slice(0, HEADER_CHARACTERS_MAX);
    let at = 0;
    let parameters: Map<string, string> | undefined;
    while (at < text.length && challenges.length <= CHALLENGES_MAX) {
      at = skip(text, at, ', \t');
      const name = token(text, at);
      if (name === '') break;
      at = skip(text, at + name.length, ' \t');
      if (text[at] === '=' && parameters !== undefined) {
        const [value, end] = parameterValue(text, skip(text, at + 1, ' \t'));
        if (parameters.size < PARAMETERS_MAX && !parameters.has(name.toLowerCase()))
          parameters.set(name.toLowerCase(), value);
        at = end;
      } else {
        parameters = new Map();
        challenges.push({ scheme: name.toLowerCase(), parameters });
      }
    }
  }
  return challenges.slice(0, CHALLENGES_MAX);
}

function skip(text: string, from: number, characters: string): number {
  let at = from;
  while (at < text.length && characters.includes(text[at] ?? '')) at++;
  return at;
}

function token(text: string, from: number): string {
  let at = from;
  while (at < text.length && !' \t,="'.includes(text[at] ?? '')) at++;
  return text.slice(from, at);
}

function parameterValue(text: string, from: number): [value: string, end: number] {
  if (text[from] !== '"') {
    const value = token(text, from);
    return [value, from + Math.max(1, value.length)];
  }
  let value = '';
  let at = from + 1;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at++;
    value += text[at];
  }
  return [value, at + 1];
}
