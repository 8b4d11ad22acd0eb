import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { errorMessage } from '../errors.ts';
import { type HttpAnswer, type HttpRequest, bodyTooLarge } from './exchange.ts';
import { HttpFailure } from './http-failure.ts';

/** Larger compressed bodies are expanded off the main thread; for smaller ones the hand-over costs more than the work. */
const GUNZIP_SYNC_MAX_BYTES = 64 * 1024;

/** Each piece off the main thread is one hand-over: the default of 16 KiB takes minutes for a large page on a busy machine. */
const GUNZIP_CHUNK_BYTES = 256 * 1024;

const gunzipLater = promisify(gunzip);

/** The body without its Content-Encoding, within the request's limit. Rejects with HttpFailure. */
export async function decompress(answer: HttpAnswer, request: HttpRequest): Promise<Buffer> {
  const encoding = answer.header('content-encoding').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity' || answer.body.length === 0) return answer.body;
  if (encoding !== 'gzip')
    throw new HttpFailure(`answered with Content-Encoding "${encoding}", which was not asked for; only gzip is read`);
  const options = { maxOutputLength: request.bodyBytesMax, chunkSize: GUNZIP_CHUNK_BYTES };
  try {
    return answer.body.length <= GUNZIP_SYNC_MAX_BYTES
      ? gunzipSync(answer.body, options)
      : await gunzipLater(answer.body, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw bodyTooLarge(request);
    throw new HttpFailure(`the gzip body is damaged: ${errorMessage(error)}`, error);
  }
}
