import { request } from 'undici';
import { errorMessage } from '../../base/errors.ts';
import type { HttpAuthConfig } from '../config/http-auth.ts';

/** Answers are only looked at for an error's first words. */
export const RESPONSE_BYTES_MAX = 4_096;

/** Posts JSON; the seam to the network. Rejects on connection failures and when the signal aborts. */
export type PostJson = (request: PostRequest, signal: AbortSignal) => Promise<PostResponse>;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostResponse {
  readonly status: number;
  /** As the server wrote it, in seconds or as a date; undefined when absent. */
  readonly retryAfter: string | undefined;
  /** Beginning of the body, at most RESPONSE_BYTES_MAX. */
  readonly bodyStart: string;
}

/** Posts over HTTP. Redirects are not followed: an alert goes where the configuration says. */
export const postOverHttp: PostJson = async ({ url, headers, body }, signal) => {
  const response = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'vedette', ...headers },
    body,
    signal,
    // The caller's signal is the one clock; undici's own would only come second.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the rest of the answer.
    if (size >= RESPONSE_BYTES_MAX) break;
  }
  const retryAfter = response.headers['retry-after'];
  return {
    status: response.statusCode,
    retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    bodyStart: Buffer.concat(chunks).subarray(0, RESPONSE_BYTES_MAX).toString('utf8'),
  } satisfies PostResponse;
};

/** Address without the user, and the headers that carry who we are. */
export function authorize(
  url: string,
  auth: HttpAuthConfig | undefined,
): { readonly url: string; readonly headers: Record<string, string> } {
  const parsed = new URL(url);
  const headers: Record<string, string> = {};
  const basic = (user: string, password: string): string =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (parsed.username !== '')
    headers.authorization = basic(decodeURIComponent(parsed.username), decodeURIComponent(parsed.password));
  if (auth?.basic_auth) headers.authorization = basic(auth.basic_auth.username, auth.basic_auth.password.reveal());
  if (auth?.authorization)
    headers.authorization = `${auth.authorization.type} ${auth.authorization.credentials.reveal()}`;
  parsed.username = '';
  parsed.password = '';
  return { url: parsed.href, headers };
}

/** Words for a failed connection, without the address: it may be a secret. */
export function connectionFault(error: unknown, url: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused; is the receiver running?',
    ENOTFOUND: 'host name not found; check the address',
    ECONNRESET: 'connection closed by the receiver',
    UND_ERR_SOCKET: 'connection closed by the receiver',
    ETIMEDOUT: 'connection timed out',
    UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  };
  const words = known[code] ?? errorMessage(error);
  return words
    .replaceAll(url, '<url>')
    .replaceAll(new URL(url).pathname === '/' ? url : new URL(url).pathname, '<path>');
}

/** Moment of a Retry-After, which is seconds or an HTTP date; undefined when there is none or it makes no sense. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return now + Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : date;
}
