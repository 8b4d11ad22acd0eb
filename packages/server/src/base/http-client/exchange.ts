import { type Dispatcher } from 'undici';
import { errorMessage } from '../errors.ts';
import { formatDuration, formatSize } from '../units.ts';
import { connectionFault } from './connection-fault.ts';
import type { Deadlines } from './deadlines.ts';
import { BodyTooLarge, HttpFailure } from './http-failure.ts';

/** Of an answer with an error status: enough for its words; the rest is dropped together with the connection. */
const ERROR_BODY_MAX_BYTES = 64 * 1024;

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface HttpRequest {
  /** Its user and password, if any, are sent unless the configuration has credentials. */
  readonly url: URL;
  /** name, value, name, value, …; names in lower case. User-Agent and credentials come from the client. */
  readonly headers: readonly string[];
  /** Default: GET, or POST when there is a body. */
  readonly method?: HttpMethod;
  readonly body?: Uint8Array | string;
  /** For everything together: credentials, redirects, the last byte of the body. */
  readonly timeoutMs: number;
  /** What the timeout is called in messages. */
  readonly timeoutName: string;
  /** Of the decompressed body. */
  readonly bodyBytesMax: number;
  /** What the body limit is called in messages. */
  readonly bodyLimitName: string;
  /** A redirect that would turn the request into a GET without its body is answered as it is, not followed. */
  readonly keepMethod?: boolean;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** The server's words for it; may be empty. */
  readonly statusText: string;
  /** A header's first value, or ''; the name in lower case. */
  header(name: string): string;
  /** Decompressed. Of an error status, at most its first 64 KiB. */
  readonly body: Buffer;
}

export interface Exchange {
  readonly dispatcher: Dispatcher;
  readonly deadlines: Deadlines;
  readonly request: HttpRequest;
  readonly method: HttpMethod;
  readonly body: Uint8Array | string | undefined;
  /** Where this hop goes. */
  readonly url: URL;
  /** Path, or the whole address for a proxy that forwards. */
  readonly path: string;
  readonly headers: readonly string[];
  readonly leftMs: number;
  /** Takes the body of a good answer; it is not kept then. */
  readonly reader?: BodyReader | undefined;
}

/** Takes a body piece by piece as it comes. What it throws ends the exchange with that error. */
export interface BodyReader {
  /** The answer is good and has begun. */
  begin?(): void;
  take(chunk: Buffer): void;
}

export function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/** One request, one answer with any status; the body is as it came. Rejects with HttpFailure or the signal's reason. */
export function exchange(options: Exchange): Promise<HttpAnswer> {
  const { request, url, reader } = options;
  const { signal } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status = 0;
    let statusText = '';
    let headers: Readonly<Record<string, string | string[] | undefined>> = {};
    const finish = (): boolean => {
      if (settled) return false;
      settled = true;
      deadline.cancel();
      signal.removeEventListener('abort', onAbort);
      return true;
    };
    const fail = (error: unknown): void => {
      if (!finish()) return;
      reject(error);
      controller?.abort(error instanceof Error ? error : new HttpFailure(errorMessage(error)));
    };
    const done = (): void => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      const header = (name: string): string => {
        const value = headers[name];
        return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
      };
      if (finish()) resolve({ status, statusText, header, body });
    };
    const onAbort = (): void => fail(signal.reason);
    const deadline = options.deadlines.after(options.leftMs, () => fail(timedOut(request)));
    signal.addEventListener('abort', onAbort, { once: true });
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (started) => {
        controller = started;
        if (settled) started.abort(new HttpFailure('given up before the connection was there'));
      },
      onResponseStart: (_controller, code, received, words) => {
        status = code;
        statusText = words ?? '';
        headers = received;
        if (reader?.begin !== undefined && isGood(code) && !settled) reader.begin();
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length;
        if (!isGood(status)) {
          if (bytes <= ERROR_BODY_MAX_BYTES) chunks.push(chunk);
          else {
            done();
            controller?.abort(new HttpFailure('error page not read to its end'));
          }
          return;
        }
        if (reader === undefined) {
          if (bytes > request.bodyBytesMax) fail(bodyTooLarge(request));
          else chunks.push(chunk);
          return;
        }
        try {
          if (!settled) reader.take(chunk);
        } catch (error) {
          fail(error);
        }
      },
      onResponseEnd: done,
      onResponseError: (_controller, error) =>
        fail(error instanceof HttpFailure ? error : new HttpFailure(connectionFault(error, url), error)),
    };
    try {
      options.dispatcher.dispatch(
        {
          origin: url.origin,
          path: options.path,
          method: options.method,
          headers: options.headers as string[],
          body: options.body ?? null,
        },
        handler,
      );
    } catch (error) {
      fail(new HttpFailure(`the request cannot be sent: ${errorMessage(error)}`, error));
    }
  });
}

export function timedOut(request: HttpRequest): HttpFailure {
  return new HttpFailure(`no complete answer within ${formatDuration(request.timeoutMs)} (${request.timeoutName})`);
}

export function bodyTooLarge(request: HttpRequest): HttpFailure {
  return new BodyTooLarge(`body exceeded ${formatSize(request.bodyBytesMax)} (${request.bodyLimitName})`);
}
