import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { errorMessage } from '../errors.ts';
import { JWT_BEARER, type OAuth2Config } from './config.ts';
import { type HttpAnswer, type HttpRequest, isGood } from './exchange.ts';
import { HttpFailure } from './http-failure.ts';

/** A token server that takes longer than this is away. */
const TIMEOUT_MS = 10_000;
const BODY_BYTES_MAX = 1024 * 1024;
/** As Go: a token is renewed before it ends, so that no request arrives with one that has just ended. */
const EARLY_MS = 10_000;
/** A token server that refuses is not asked by every one of a thousand targets. */
const RETRY_MS = 1_000;
const ASSERTION_SECONDS = 3_600;
const REASON_CHARACTERS_MAX = 200;

/** Lifetimes beyond it are cut: longer ones are mistakes, and numbers stay exact. */
const LIFETIME_SECONDS_MAX = 10 * 365 * 86_400;

interface Token {
  readonly authorization: string;
  /** On the monotonic clock. */
  readonly renewAtMs: number;
}

export interface OAuth2Deps {
  readonly clock: Clock;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
}

/**
 * Access tokens for one `oauth2` section: RFC 6749 section 4.4 (client credentials) or RFC 7523 (a signed assertion). A
 * token serves all requests until shortly before it ends; at most one is being fetched at a time.
 */
export class OAuth2Tokens {
  readonly #deps: OAuth2Deps;
  readonly #config: OAuth2Config;
  readonly #stop = new AbortController();
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;
  #failure: { readonly error: unknown; readonly untilMs: number } | undefined;
  /** How the server wants the client's name and secret; found out with the first token, the standard's own way first. */
  #style: 'header' | 'body' | undefined;
  #assertions = 0;

  constructor(deps: OAuth2Deps, config: OAuth2Config) {
    this.#deps = deps;
    this.#config = config;
  }

  /** The value of the Authorization header while there is a token. */
  known(): string | undefined {
    const token = this.#token;
    return token !== undefined && this.#deps.clock.monotonicMs() < token.renewAtMs ? token.authorization : undefined;
  }

  /** The same, fetched if need be. Rejects with HttpFailure. */
  async authorization(): Promise<string> {
    const known = this.known();
    if (known !== undefined) return known;
    const now = this.#deps.clock.monotonicMs();
    if (this.#failure !== undefined && now < this.#failure.untilMs) throw this.#failure.error;
    this.#fetching ??= this.#renew().finally(() => {
      this.#fetching = undefined;
    });
    return (await this.#fetching).authorization;
  }

  /** The server did not accept this token: the next request fetches another, unless one has come in the meantime. */
  refused(authorization: string): void {
    if (this.#token?.authorization === authorization) this.#token = undefined;
  }

  close(): void {
    this.#stop.abort(new HttpFailure('stopped'));
  }

  async #renew(): Promise<Token> {
    try {
      this.#token = await this.#fetch();
      this.#failure = undefined;
      return this.#token;
    } catch (error) {
      const failure = new HttpFailure(`no OAuth 2 token: ${errorMessage(error)}`, error);
      this.#failure = { error: failure, untilMs: this.#deps.clock.monotonicMs() + RETRY_MS };
      throw failure;
    }
  }

  async #fetch(): Promise<Token> {
    if (this.#config.grant_type === JWT_BEARER) return this.#read(await this.#ask(await this.#assertion(), 'body', ''));
    const secret = this.#config.client_secret?.reveal() ?? (await text(this.#config.client_secret_file));
    const parameters = new URLSearchParams({ grant_type: 'client_credentials' });
    if (this.#config.scopes.length > 0) parameters.set('scope', this.#config.scopes.join(' '));
    let answer = await this.#ask(parameters, this.#style ?? 'header', secret);
    if (this.#style === undefined) {
      const style = isGood(answer.status) ? 'header' : 'body';
      if (style === 'body') answer = await this.#ask(parameters, style, secret);
      if (isGood(answer.status)) this.#style = style;
    }
    return this.#read(answer);
  }

  async #ask(parameters: URLSearchParams, style: 'header' | 'body', secret: string): Promise<HttpAnswer> {
    const { client_id: id, endpoint_params: more, token_url: url } = this.#config;
    const form = new URLSearchParams(parameters);
    for (const [name, value] of Object.entries(more)) form.set(name, value);
    const headers = ['content-type', 'application/x-www-form-urlencoded', 'accept', 'application/json'];
    // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    const encoded = (value: string): string => new URLSearchParams({ v: value }).toString().slice(2);
    if (style === 'header')
      headers.push('authorization', `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}`);
    else if (this.#config.grant_type !== JWT_BEARER) {
      form.set('client_id', id);
      if (secret !== '') form.set('client_secret', secret);
    }
    return this.#deps.send({
      url: new URL(url),
      method: 'POST',
      headers,
      body: form.toString(),
      timeoutMs: TIMEOUT_MS,
      timeoutName: 'oauth2 token_url',
      bodyBytesMax: BODY_BYTES_MAX,
      bodyLimitName: 'limit of oauth2 token_url',
      signal: this.#stop.signal,
    });
  }

  #read(answer: HttpAnswer): Token {
    const fields = fieldsOf(answer);
    const { access_token: access, token_type: type, expires_in: expires, error } = fields;
    if (!isGood(answer.status) || (error !== undefined && access === undefined)) {
      const words = [error, fields.error_description].filter((word) => typeof word === 'string').join(': ');
      throw new HttpFailure(
        `token_url answered HTTP status ${answer.status}${words === '' ? '' : ` (${words.slice(0, REASON_CHARACTERS_MAX)})`}`,
      );
    }
    if (typeof access !== 'string' || !/^[\x21-\x7e]+$/.test(access))
      throw new HttpFailure('token_url answered without a usable access_token');
    const scheme = typeof type !== 'string' || type === '' || /^bearer$/i.test(type) ? 'Bearer' : type;
    if (!/^[A-Za-z0-9-]+$/.test(scheme)) throw new HttpFailure('token_url answered with a token_type that is no word');
    const seconds = Math.min(Number(expires ?? 0), LIFETIME_SECONDS_MAX);
    // Without an end it is used until a server refuses it.
    const lifetimeMs = seconds > 0 ? seconds * 1_000 : Infinity;
    return {
      authorization: `${scheme} ${access}`,
      renewAtMs: this.#deps.clock.monotonicMs() + lifetimeMs - Math.min(EARLY_MS, lifetimeMs / 2),
    };
  }

  async #assertion(): Promise<URLSearchParams> {
    const config = this.#config;
    const key = config.client_certificate_key?.reveal() ?? (await text(config.client_certificate_key_file));
    const issued = Math.floor(this.#deps.clock.now() / 1_000);
    const claims = {
      iss: config.iss ?? config.client_id,
      aud: config.audience ?? config.token_url,
      sub: config.client_id,
      iat: issued,
      exp: issued + ASSERTION_SECONDS,
      jti: `${issued}-${(this.#assertions += 1)}`,
      ...(config.scopes.length > 0 && { scope: config.scopes.join(' ') }),
      ...config.claims,
    };
    const algorithm = config.signature_algorithm;
    const kid = config.client_certificate_key_id;
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: algorithm, typ: 'JWT', ...(kid !== undefined && { kid }) })}.${part(claims)}`;
    let signature: string;
    try {
      signature = createSign(`RSA-SHA${algorithm.slice(2)}`)
        .update(signed)
        .sign(key, 'base64url');
    } catch (error) {
      throw new HttpFailure('client_certificate_key is not a private key in PEM', error);
    }
    return new URLSearchParams({ grant_type: JWT_BEARER, assertion: `${signed}.${signature}` });
  }
}

/** JSON, or a form as older servers answer. */
function fieldsOf(answer: HttpAnswer): Readonly<Record<string, unknown>> {
  const body = answer.body.toString();
  const type = answer.header('content-type').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/x-www-form-urlencoded' || type === 'text/plain')
    return Object.fromEntries(new URLSearchParams(body));
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function text(file: string | undefined): Promise<string> {
  if (file === undefined || file === '') return '';
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new HttpFailure(`cannot read the secret's file: ${errorMessage(error)}`, error);
  }
}
