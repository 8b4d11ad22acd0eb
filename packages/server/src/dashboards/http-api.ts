import type { DashboardList, DashboardModel, DashboardSaved } from '@vedette/wire/http';
import { VedetteError } from '../base/errors.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import { DASHBOARD_BYTES_MAX } from './limits.ts';
import type { DashboardShelf } from './shelf.ts';

/** A folder is a heading in a list, not a path. */
const FOLDER_LENGTH_MAX = 100;

/** `/api/vedette/dashboards`: list, read, source, import, delete. */
export function dashboardsPlugin(shelf: DashboardShelf): HttpPlugin {
  return async (scope) => {
    // The document is kept as it was sent, so no parser may touch it, whatever its type is called.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: DASHBOARD_BYTES_MAX }, (_request, body, done) => {
      done(null, body);
    });

    scope.addHook('onRequest', () => shelf.settled());

    scope.get('/api/vedette/dashboards', async (): Promise<DashboardList> => shelf.list());

    scope.get<{ Params: { uid: string } }>(
      '/api/vedette/dashboards/:uid',
      async (request): Promise<DashboardModel> => shelf.entry(request.params.uid).model,
    );

    scope.get<{ Params: { uid: string } }>('/api/vedette/dashboards/:uid/source', async (request, reply) => {
      const entry = shelf.entry(request.params.uid);
      return reply
        .type(entry.format === 'json' ? 'application/json; charset=utf-8' : 'application/yaml; charset=utf-8')
        .send(entry.text);
    });

    scope.post<{ Querystring: { folder?: string } }>(
      '/api/vedette/dashboards',
      { bodyLimit: DASHBOARD_BYTES_MAX },
      async (request, reply): Promise<DashboardSaved> => {
        if (typeof request.body !== 'string' || request.body.trim() === '') {
          throw new VedetteError('DASHBOARD_INVALID', 'the request has no body; send the dashboard as JSON or YAML');
        }
        const folder = request.query.folder ?? '';
        if (typeof folder !== 'string' || folder.length > FOLDER_LENGTH_MAX) {
          throw new VedetteError(
            'DASHBOARD_INVALID',
            `"folder" must be one text of at most ${FOLDER_LENGTH_MAX} characters`,
          );
        }
        const { entry, replaced } = await shelf.importDocument(request.body, folder);
        void reply.code(replaced ? 200 : 201);
        return { summary: entry.summary, problems: entry.model.problems };
      },
    );

    scope.delete<{ Params: { uid: string } }>('/api/vedette/dashboards/:uid', async (request, reply) => {
      await shelf.remove(request.params.uid);
      return reply.code(204).send();
    });
  };
}
