import type { FastifyInstance } from 'fastify';

/** How a slice shows itself over HTTP: a Fastify scope whose hooks, parsers and error handler stay inside. */
export type HttpPlugin = (scope: FastifyInstance) => Promise<void>;
