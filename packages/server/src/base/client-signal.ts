import type { FastifyReply } from 'fastify';
import { VedetteError } from './errors.ts';

/** Aborts when the client leaves before its answer is sent. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      gone.abort(new VedetteError('QUERY_CANCELLED', 'the client left before its query finished'));
  });
  return gone.signal;
}
