import type { RouteTestAnswer } from '@vedette/wire/http';
import { z } from 'zod';
import { type Clock, unixMs } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import { Labels } from '../../model/labels.ts';
import { type RouteTestDeps, testRoute } from './route-test.ts';

const LABELS_MAX = 200;
const LABEL_CHARS_MAX = 10_000;

const body = z.strictObject({
  labels: z
    .record(z.string().min(1).max(LABEL_CHARS_MAX), z.string().max(LABEL_CHARS_MAX))
    .refine((labels) => Object.keys(labels).length <= LABELS_MAX, { error: `at most ${LABELS_MAX} labels` }),
  at: z.iso.datetime({ offset: true, error: 'must be RFC 3339, such as 2026-01-05T08:00:00Z' }).optional(),
});

/** POST /api/vedette/alerting/route-test: for the label tester. `deps` is undefined before a configuration is there. */
export function routeTestApi(clock: Clock, deps: () => RouteTestDeps | undefined): HttpPlugin {
  return async (scope) => {
    scope.post('/api/vedette/alerting/route-test', async (request): Promise<RouteTestAnswer> => {
      const asked = body.safeParse(request.body);
      if (!asked.success)
        throw new VedetteError(
          'QUERY_BAD_PARAMETER',
          asked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
        );
      const current = deps();
      if (!current) throw new VedetteError('DATABASE_UNAVAILABLE', 'no configuration is loaded yet; ask again soon');
      const { labels, at } = asked.data;
      const moment = at === undefined ? clock.now() : unixMs(Date.parse(at));
      return testRoute(current, Labels.fromObject(labels), moment);
    });
  };
}
