import { errorMessage } from '../../base/errors.ts';

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
  /** Beginning of the body. */
  readonly bodyStart: string;
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
