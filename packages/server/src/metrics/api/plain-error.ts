import type { FastifyReply } from 'fastify';
import { VedetteError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { statusOf } from './error-body.ts';

/** Seconds after which an overloaded client may try again. */
const RETRY_AFTER_SECONDS = 5;

/** An error of the protocols that answer in plain text: remote-read, federation. */
export function sendPlainError(reply: FastifyReply, error: unknown, logger: Logger | undefined): FastifyReply {
  void reply.type('text/plain; charset=utf-8');
  if (error instanceof VedetteError) {
    if (error.status === 503) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    return reply.code(error.status).send(`${error.message}\n`);
  }
  const status = statusOf(error);
  if (status === 500) logger?.error({ err: error, path: reply.request.url.split('?')[0] }, 'request failed');
  const text =
    status < 500 && error instanceof Error ? error.message : 'an internal error; the log of the server has the details';
  return reply.code(status).send(`${text}\n`);
}
