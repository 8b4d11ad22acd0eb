import type { HttpPlugin } from '../base/http-plugin.ts';

/** Panels of a Prometheus graph link (`g0.expr`, `g1.expr`, …) that are followed; more do not fit one page. */
const GRAPH_PANELS_MAX = 10;

/** Links made for Prometheus's own pages, in notifications and runbooks, lead to the page that answers the same question. */
export const prometheusLinks: HttpPlugin = async (scope) => {
  // `/graph` up to Prometheus 2, `/query` from 3 on.
  for (const path of ['/graph', '/query']) {
    scope.get<{ Querystring: Record<string, unknown> }>(path, async ({ query }, reply) => {
      const search = new URLSearchParams();
      for (let i = 0; i < GRAPH_PANELS_MAX; i++) {
        const expr = query[`g${i}.expr`];
        if (typeof expr === 'string') search.append('q', expr);
      }
      // Prometheus's table: the value now.
      if (query['g0.tab'] === '1' || query['g0.tab'] === 'table') search.set('mode', 'instant');
      return reply.redirect(`/explore/metrics?${search.toString()}`, 302);
    });
  }
  scope.get('/targets', async (_request, reply) => reply.redirect('/status/targets', 302));
  scope.get('/rules', async (_request, reply) => reply.redirect('/alerts/rules', 302));
};
