import { createHash, createHmac } from 'node:crypto';
import { parseAuthorization } from './authorization.ts';

/** How a device asks for a password. `digest-sha256` offers SHA-256 first and MD5 for older clients (RFC 7616, 3.7). */
export type AuthScheme = 'none' | 'basic' | 'digest-md5' | 'digest-sha256' | 'digest-sha256-only';

export interface Account {
  readonly scheme: AuthScheme;
  readonly realm: string;
  readonly username: string;
  readonly password: string;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly challenges: readonly string[] };

/** After this a nonce is stale: the client asks again with the new one, as real devices make it do. */
export const NONCE_LIFETIME_MS = 300_000;

/** Checks `Authorization` headers of RTSP (RFC 2326, 14.5) and HTTP; keeps nothing between requests. */
export class AuthGate {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  check(
    account: Account,
    request: { readonly method: string; readonly authorization: string | undefined },
    nowMs: number,
  ): Verdict {
    if (account.scheme === 'none') return { ok: true };
    const given = request.authorization === undefined ? undefined : parseAuthorization(request.authorization);
    if (account.scheme === 'basic') {
      const ok = given?.scheme === 'basic' && given.user === account.username && given.password === account.password;
      return ok ? { ok } : { ok, challenges: [`Basic realm="${account.realm}"`] };
    }
    if (given?.scheme !== 'digest') return { ok: false, challenges: this.#challenges(account, nowMs, false) };
    const { fields } = given;
    const age = this.#nonceAgeMs(fields.get('nonce') ?? '', nowMs);
    const algorithm = (fields.get('algorithm') ?? 'MD5').toUpperCase();
    const right =
      age !== undefined &&
      offered(account.scheme).includes(algorithm) &&
      fields.get('username') === account.username &&
      fields.get('response')?.toLowerCase() === expectedResponse(account, request.method, fields, algorithm);
    if (right && age <= NONCE_LIFETIME_MS) return { ok: true };
    return { ok: false, challenges: this.#challenges(account, nowMs, right) };
  }

  #challenges(account: Account, nowMs: number, stale: boolean): string[] {
    const nonce = this.#nonce(nowMs);
    return offered(account.scheme).map((algorithm) => {
      // Most cameras name no algorithm where MD5 is meant, and no quality of protection.
      const modern = algorithm === 'SHA-256' ? ', algorithm=SHA-256, qop="auth"' : '';
      return `Digest realm="${account.realm}", nonce="${nonce}"${modern}${stale ? ', stale=true' : ''}`;
    });
  }

  #nonce(nowMs: number): string {
    const time = Math.floor(nowMs).toString(16);
    return `${time}.${createHmac('sha256', this.#secret).update(time).digest('hex').slice(0, 32)}`;
  }

  /** Undefined: not one of ours. */
  #nonceAgeMs(nonce: string, nowMs: number): number | undefined {
    const time = Number.parseInt(nonce.split('.')[0] ?? '', 16);
    return Number.isFinite(time) && this.#nonce(time) === nonce ? nowMs - time : undefined;
  }
}

function offered(scheme: AuthScheme): readonly string[] {
  if (scheme === 'digest-sha256') return ['SHA-256', 'MD5'];
  return scheme === 'digest-sha256-only' ? ['SHA-256'] : ['MD5'];
}

/** RFC 7616, 3.4.1; without `qop` as RFC 2069 had it. */
function expectedResponse(
  account: Account,
  method: string,
  fields: ReadonlyMap<string, string>,
  algorithm: string,
): string {
  const hash = (text: string): string =>
    createHash(algorithm === 'SHA-256' ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const secret = hash(`${account.username}:${account.realm}:${account.password}`);
  const request = hash(`${method}:${fields.get('uri') ?? ''}`);
  const nonce = fields.get('nonce') ?? '';
  const qop = fields.get('qop');
  if (qop === undefined) return hash(`${secret}:${nonce}:${request}`);
  return hash(`${secret}:${nonce}:${fields.get('nc') ?? ''}:${fields.get('cnonce') ?? ''}:${qop}:${request}`);
}
