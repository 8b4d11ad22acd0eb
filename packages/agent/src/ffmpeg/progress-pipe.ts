import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.ts';

export interface ProgressPipeOptions {
  readonly clock: Clock;
  /** Of a progress server: `http://127.0.0.1:9601`. */
  readonly server: string;
  readonly cameraId: string;
  readonly token?: string | undefined;
  /** Told of each connection that did not come about or broke; once for each time. */
  readonly onFault?: (message: string) => void;
}

const RETRY_MS = 5_000;
/** Waiting to be sent; what comes on top of that is not sent. */
const WAITING_BYTES_MAX = 256 * 1_024;

/**
 * Sends what comes from ffmpeg (its progress, its stderr, or both) to a progress server, and never holds ffmpeg up: what cannot be sent
 * is let go, and the connection is tried again every five seconds. Resolves when the input ends.
 */
export async function pipeProgress(input: AsyncIterable<Uint8Array>, options: ProgressPipeOptions): Promise<void> {
  const url = new URL(`/ffmpeg/${encodeURIComponent(options.cameraId)}`, options.server);
  const { clock } = options;
  let open: ClientRequest | undefined;
  let triedAtMs = -Infinity;

  const connect = (): ClientRequest => {
    triedAtMs = clock.monotonicMs();
    const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { method: 'POST', headers });
    const lost = (message: string): void => {
      if (open !== request) return;
      open = undefined;
      options.onFault?.(message);
      request.destroy();
    };
    request.on('error', (error) => lost(`${url.host}: ${'code' in error ? String(error.code) : error.message}`));
    request.on('response', (response) => {
      response.resume();
      lost(`${url.host}: answered with status ${response.statusCode}`);
    });
    return request;
  };

  for await (const chunk of input) {
    if (!open && clock.monotonicMs() - triedAtMs >= RETRY_MS) open = connect();
    if (open && open.writableLength < WAITING_BYTES_MAX) open.write(chunk);
  }
  const last = open;
  if (!last) return;
  // The end of the request tells the server that ffmpeg has ended; a server that does not answer is not waited for long.
  open = undefined;
  await new Promise<void>((resolve) => {
    const alarm = clock.after(RETRY_MS, () => last.destroy());
    last.once('close', () => {
      alarm[Symbol.dispose]();
      resolve();
    });
    last.end();
  });
}
