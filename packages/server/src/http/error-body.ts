import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { VedetteError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** Errors of Vedette's own API: `{code, message, details?}`. Slices that speak another ecosystem set their own handler. */
export function createErrorHandler(
  logger: Logger,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
  return async (error, request, reply) => {
    if (error instanceof VedetteError) {
      if (error.status >= 500) {
        logger.warn({ code: error.code, method: request.method, path: request.url.split('?')[0] }, error.message);
      }
      const details = Object.keys(error.details).length > 0 ? { details: error.details } : {};
      return reply.code(error.status).send({ code: error.code, message: error.message, ...details });
    }
    const status =
      error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) {
      logger.error({ err: error, method: request.method, path: request.url.split('?')[0] }, 'request failed');
    }
    const message = status === 500 ? 'an internal error; the log of the server has the details' : errorMessage(error);
    return reply.code(status).send({ code: error.code ?? 'INTERNAL', message });
  };
}
