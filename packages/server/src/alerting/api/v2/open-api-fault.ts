import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Faults as the generated server of Alertmanager tells them: `{"code":602,"message":"labels in body is required"}`. Faults that
 * Alertmanager's own code finds are a JSON string instead. Source: go-openapi/errors.
 */
export class OpenApiFault extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'OpenApiFault';
    this.code = code;
  }

  /** Codes above 600 tell apart what is 422 for HTTP. */
  get status(): number {
    return this.code >= 600 ? 422 : this.code;
  }
}

/** Codes of go-openapi/errors. */
export const INVALID_TYPE = 601;
export const REQUIRED = 602;
export const TOO_FEW_ITEMS = 612;

export function required(name: string, place = 'body'): OpenApiFault {
  return new OpenApiFault(REQUIRED, `${name} in ${place} is required`);
}

export function sendOpenApiFault(reply: FastifyReply, { code, status, message }: OpenApiFault): FastifyReply {
  return sendJson(reply.code(status), { code, message });
}

/** A fault of Alertmanager's own: the words as a JSON string. */
export function sendWords(reply: FastifyReply, status: number, words: string): FastifyReply {
  return sendJson(reply.code(status), words);
}

/** As the generated server writes it, without a charset. */
export function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json').send(`${JSON.stringify(value)}\n`);
}

/** 405 for a known path, else 404. */
export function notThere(request: FastifyRequest, methods: readonly string[], prefix: string): OpenApiFault {
  const path = pathOf(request);
  return methods.length > 0
    ? new OpenApiFault(405, `method ${request.method} is not allowed, but [${methods.join(',')}] are`)
    : new OpenApiFault(404, `path ${path.startsWith(prefix) ? path : `${prefix}${path}`} was not found`);
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split('?')[0] ?? '';
}
