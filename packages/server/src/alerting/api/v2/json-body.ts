import type { FastifyRequest } from 'fastify';
import { errorMessage } from '../../../base/errors.ts';
import { OpenApiFault, required } from './open-api-fault.ts';

/** The body as JSON; `name` is what the specification calls it. Throws OpenApiFault. */
export function jsonBody(request: FastifyRequest, name: string): unknown {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json')
    throw new OpenApiFault(415, `unsupported media type "${type}", only [application/json] are allowed`);
  const text = typeof request.body === 'string' ? request.body : '';
  if (text.trim() === '') throw required(name);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(name, errorMessage(error));
  }
}

export function unreadable(name: string, why: string): OpenApiFault {
  return new OpenApiFault(400, `parsing ${name} body from "" failed, because ${why}`);
}

/** Go's words for a JSON value of the wrong type. */
export function wrongType(name: string, value: unknown, where: string, type: string): OpenApiFault {
  return unreadable(name, `json: cannot unmarshal ${goKind(value)} into Go ${where} of type ${type}`);
}

function goKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
