import type { Registry } from 'prom-client';
import { errorMessage } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';

export interface Operations {
  /** Why Vedette cannot take traffic yet, or undefined when it can. */
  readonly notReady: () => string | undefined;
  /** Loads and checks the configuration again; rejects with the reason, having changed nothing. */
  readonly reload: () => Promise<void>;
  readonly registry: Registry;
}

/** Health, readiness, reload and self-metrics, under the paths of Prometheus and of the guides. */
export function operationsPlugin({ notReady, reload, registry }: Operations): HttpPlugin {
  return async (scope) => {
    for (const path of ['/-/healthy', '/api/health/live']) {
      scope.get(path, async (_request, reply) => reply.type('text/plain; charset=utf-8').send('Vedette is healthy.\n'));
    }
    for (const path of ['/-/ready', '/api/health/ready']) {
      scope.get(path, async (_request, reply) => {
        const reason = notReady();
        return reply
          .code(reason === undefined ? 200 : 503)
          .type('text/plain; charset=utf-8')
          .send(reason === undefined ? 'Vedette is ready.\n' : `Vedette is not ready: ${reason}\n`);
      });
    }
    // Curl and Prometheus's own tooling send an empty form; any body is ignored.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: RELOAD_BODY_BYTES_MAX },
      (_request, _body, done) => {
        done(null, undefined);
      },
    );
    for (const method of ['POST', 'PUT'] as const) {
      scope.route({
        method,
        url: '/-/reload',
        handler: async (_request, reply) => {
          try {
            await reload();
            return await reply.type('text/plain; charset=utf-8').send('');
          } catch (error) {
            return reply
              .code(400)
              .type('text/plain; charset=utf-8')
              .send(`nothing was changed, because the new configuration is not valid:\n${errorMessage(error)}\n`);
          }
        },
      });
    }
    scope.get('/metrics', async (_request, reply) => {
      const text = await registry.metrics();
      return reply.header('content-type', registry.contentType).send(text);
    });
  };
}

const RELOAD_BODY_BYTES_MAX = 1_024;
