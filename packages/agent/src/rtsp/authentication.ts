import { createHash, randomBytes } from 'node:crypto';
import type { Credentials } from '../camera/credentials.ts';

/** A challenge that can be answered (RFC 7616, RFC 7617). */
export type Challenge = { readonly scheme: 'basic' } | DigestChallenge;

export interface DigestChallenge {
  readonly scheme: 'digest';
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** As the server wrote it: it is sent back. */
  readonly algorithm?: string;
  readonly hash: 'md5' | 'sha256';
  readonly session: boolean;
  /** True when the server offers qop=auth; without, the old form of RFC 2069 is used. */
  readonly qop: boolean;
  readonly stale: boolean;
}

/** Challenges looked at in one answer. */
const CHALLENGES_PER_ANSWER_MAX = 8;
const PARAMETER_CHARACTERS_MAX = 1_024;

/**
 * The strongest challenge among the WWW-Authenticate values that can be answered: Digest with SHA-256, Digest with MD5, Basic.
 * Undefined when there is none.
 */
export function strongestChallenge(values: readonly string[]): Challenge | undefined {
  let best: Challenge | undefined;
  for (const challenge of values.slice(0, CHALLENGES_PER_ANSWER_MAX).flatMap(parseChallenges)) {
    if (!best || strength(challenge) > strength(best)) best = challenge;
  }
  return best;
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 0;
  return challenge.hash === 'md5' ? 1 : 2;
}

/** One header value can hold several challenges, separated by commas like their parameters. */
export function parseChallenges(value: string): Challenge[] {
  const found: Challenge[] = [];
  let scheme = '';
  let parameters = new Map<string, string>();
  const finish = (): void => {
    const challenge = asChallenge(scheme, parameters);
    if (challenge && found.length < CHALLENGES_PER_ANSWER_MAX) found.push(challenge);
    parameters = new Map();
  };
  let at = 0;
  while (at < value.length) {
    while (at < value.length && (value[at] === ' ' || value[at] === ',' || value[at] === '\t')) at++;
    const start = at;
    while (at < value.length && !' ,=\t'.includes(value[at] as string)) at++;
    const word = value.slice(start, at);
    let after = at;
    while (value[after] === ' ' || value[after] === '\t') after++;
    if (value[after] !== '=') {
      if (word === '') break;
      if (scheme !== '') finish();
      scheme = word.toLowerCase();
      continue;
    }
    at = after + 1;
    while (value[at] === ' ' || value[at] === '\t') at++;
    let text = '';
    if (value[at] === '"') {
      at++;
      while (at < value.length && value[at] !== '"') {
        if (value[at] === '\\') at++;
        text += value[at] ?? '';
        at++;
      }
      at++;
    } else {
      const from = at;
      while (at < value.length && value[at] !== ',' && value[at] !== ' ') at++;
      text = value.slice(from, at);
    }
    parameters.set(word.toLowerCase(), text.slice(0, PARAMETER_CHARACTERS_MAX));
  }
  if (scheme !== '') finish();
  return found;
}

function asChallenge(scheme: string, parameters: ReadonlyMap<string, string>): Challenge | undefined {
  if (scheme === 'basic') return { scheme: 'basic' };
  if (scheme !== 'digest') return undefined;
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  if (realm === undefined || nonce === undefined) return undefined;
  const algorithm = parameters.get('algorithm');
  const name = (algorithm ?? 'MD5').toUpperCase();
  const session = name.endsWith('-SESS');
  const base = session ? name.slice(0, -5) : name;
  if (base !== 'MD5' && base !== 'SHA-256') return undefined;
  const qops = parameters
    .get('qop')
    ?.toLowerCase()
    .split(',')
    .map((each) => each.trim());
  // Only auth-int offered: the body would have to be part of the answer, which no camera asks for.
  if (qops && !qops.includes('auth')) return undefined;
  const opaque = parameters.get('opaque');
  return {
    scheme: 'digest',
    realm,
    nonce,
    ...(opaque === undefined ? {} : { opaque }),
    ...(algorithm === undefined ? {} : { algorithm }),
    hash: base === 'MD5' ? 'md5' : 'sha256',
    session,
    qop: qops !== undefined,
    stale: parameters.get('stale')?.toLowerCase() === 'true',
  };
}

/** Answers one challenge for as long as it holds; counts its uses (nc). */
export class Authorization {
  readonly challenge: Challenge;
  readonly #credentials: Credentials;
  readonly #cnonce: string;
  #uses = 0;

  constructor(challenge: Challenge, credentials: Credentials, cnonce: string = randomBytes(8).toString('hex')) {
    this.challenge = challenge;
    this.#credentials = credentials;
    this.#cnonce = cnonce;
  }

  /** The value of the Authorization header for a request. */
  header(method: string, uri: string): string {
    const { challenge } = this;
    const { username, password } = this.#credentials;
    if (challenge.scheme === 'basic')
      return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
    const hash = (text: string): string => createHash(challenge.hash).update(text, 'utf8').digest('hex');
    const nc = (++this.#uses).toString(16).padStart(8, '0');
    let a1 = hash(`${username}:${challenge.realm}:${password}`);
    if (challenge.session) a1 = hash(`${a1}:${challenge.nonce}:${this.#cnonce}`);
    const a2 = hash(`${method}:${uri}`);
    const response = challenge.qop
      ? hash(`${a1}:${challenge.nonce}:${nc}:${this.#cnonce}:auth:${a2}`)
      : hash(`${a1}:${challenge.nonce}:${a2}`);
    const parts = [
      `username=${quote(username)}`,
      `realm=${quote(challenge.realm)}`,
      `nonce=${quote(challenge.nonce)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
    ];
    if (challenge.algorithm !== undefined) parts.push(`algorithm=${token(challenge.algorithm)}`);
    if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
    if (challenge.qop) parts.push('qop=auth', `nc=${nc}`);
    if (challenge.qop || challenge.session) parts.push(`cnonce="${this.#cnonce}"`);
    return `Digest ${parts.join(', ')}`;
  }
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\r', '').replaceAll('\n', '')}"`;
}

function token(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/g, '');
}
