import type { FastifyReply } from 'fastify';
import { type ErrorCode, VedetteError, errorMessage } from '../../base/errors.ts';

/** Prometheus' names for kinds of failure, where ours has one. */
const ERROR_TYPES: Readonly<Partial<Record<ErrorCode, { readonly type: string; readonly status: number }>>> = {
  PROMQL_PARSE: { type: 'bad_data', status: 400 },
  PROMQL_UNSUPPORTED: { type: 'bad_data', status: 400 },
  QUERY_BAD_PARAMETER: { type: 'bad_data', status: 400 },
  PROMQL_EXECUTION: { type: 'execution', status: 422 },
  QUERY_TOO_LARGE: { type: 'execution', status: 422 },
  QUERY_TIMEOUT: { type: 'timeout', status: 503 },
  QUERY_CANCELLED: { type: 'canceled', status: 499 },
  QUERY_OVERLOADED: { type: 'unavailable', status: 503 },
  ADMIN_API_DISABLED: { type: 'unavailable', status: 403 },
  NOT_FOUND: { type: 'not_found', status: 404 },
};

/** Seconds after which an overloaded client may try again. */
const RETRY_AFTER_SECONDS = 5;

/** Answers an error in Prometheus' body; `details` (position, suggested fix) is ours and ignored by other clients. */
export function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof VedetteError) {
    const known = ERROR_TYPES[error.code] ?? {
      type: error.status >= 500 ? 'internal' : 'bad_data',
      status: error.status,
    };
    if (error.code === 'QUERY_OVERLOADED') void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
    const message =
      error.code === 'PROMQL_PARSE' || error.code === 'PROMQL_UNSUPPORTED'
        ? `invalid parameter "query": ${error.message}`
        : error.message;
    return reply.code(known.status).send({ status: 'error', errorType: known.type, error: message, ...details(error) });
  }
  const status = statusOf(error);
  return reply.code(status).send({
    status: 'error',
    errorType: status < 500 ? 'bad_data' : 'internal',
    error: status < 500 ? errorMessage(error) : 'an internal error; the log of the server has the details',
  });
}

function details(error: VedetteError): { readonly code: ErrorCode; readonly details?: VedetteError['details'] } {
  return Object.keys(error.details).length === 0 ? { code: error.code } : { code: error.code, details: error.details };
}

/** Fastify's own errors (a body that is too large, an unknown content type) carry their status. */
export function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
