import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { HttpPlugin } from '../base/http-plugin.ts';

/** Serves the built pages: hashed assets for a year, the page itself never cached, every page address answers the page. */
export function webFiles(root: string): HttpPlugin {
  return async (scope) => {
    if (!existsSync(join(root, 'index.html'))) {
      scope.get('/', async (_request, reply) =>
        reply.type('text/plain; charset=utf-8').send('The pages are not built. Run `npm run build` and start again.\n'),
      );
      return;
    }
    const page = readFileSync(join(root, 'index.html'), 'utf8');
    await scope.register(fastifyStatic, {
      root,
      index: false,
      wildcard: false,
      preCompressed: true,
      globIgnore: ['index.html*', '.vite/**'],
      setHeaders: (response, path) => {
        const hashed = path.includes('/assets/');
        response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    scope.get('/*', async (request, reply) => {
      const path = request.url.split('?')[0] ?? '/';
      const isPage = !path.startsWith('/api/') && !path.startsWith('/assets/') && !path.startsWith('/-/');
      if (!isPage) return reply.callNotFound();
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
    });
  };
}
