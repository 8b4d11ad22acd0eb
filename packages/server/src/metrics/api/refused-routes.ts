import type { FastifyInstance } from 'fastify';
import { VedetteError } from '../../base/errors.ts';

/** What of Prometheus' API is not here, and what to do instead. */
const REFUSED: readonly (readonly [methods: readonly ('GET' | 'POST')[], url: string, words: string])[] = [
  [
    ['POST'],
    '/api/v1/otlp/v1/metrics',
    'OTLP metrics are not received here; let the OpenTelemetry collector send them with its prometheusremotewrite exporter to /api/v1/write',
  ],
  ...['metric_names', 'label_names', 'label_values'].map(
    (what) =>
      [
        ['GET', 'POST'],
        `/api/v1/search/${what}`,
        'the experimental search API is not served here; /api/v1/labels and /api/v1/label/<name>/values with match[] and limit give the same names',
      ] as const,
  ),
];

/** Answers 404 with the reason, in Prometheus' body. */
export function registerRefusedRoutes(scope: FastifyInstance): void {
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', (_request, payload, done) => {
      // Nobody reads it.
      payload.resume();
      done(null, undefined);
    });
    for (const [methods, url, words] of REFUSED) {
      for (const method of methods) {
        inner.route({
          method,
          url,
          handler: async () => {
            throw new VedetteError('NOT_FOUND', words);
          },
        });
      }
    }
  });
}
