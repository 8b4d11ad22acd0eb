import { expect, it } from 'vitest';
import { routes } from './routes.ts';

it('builds every address of the application', () => {
  expect([
    routes.home(),
    routes.dashboards(),
    routes.dashboards({ q: 'gpu', tag: 'ml' }),
    routes.dashboard('vedette-host'),
    routes.dashboard('a/b c', { from: 'now-1h', to: 'now', refresh: '5s', viewPanel: '3-eu' }),
    routes.explore(),
    routes.explore({ queries: ['up == 0', 'rate(x[5m])'], instant: true, from: 'now-6h', to: 'now' }),
    routes.alerts(),
    routes.alerts('rules', { q: 'disk', state: 'firing' }),
    routes.alerts('receivers'),
    routes.status(),
    routes.status('storage'),
    routes.status('cardinality'),
    routes.status('targets', { health: 'down' }),
  ]).toMatchInlineSnapshot(`
    [
      "/",
      "/d",
      "/d?q=gpu&tag=ml",
      "/d/vedette-host",
      "/d/a%2Fb%20c?from=now-1h&to=now&refresh=5s&viewPanel=3-eu",
      "/explore/metrics",
      "/explore/metrics?q=up+%3D%3D+0&q=rate%28x%5B5m%5D%29&mode=instant&from=now-6h&to=now",
      "/alerts/active",
      "/alerts/rules?q=disk&state=firing",
      "/alerts/receivers",
      "/status/targets",
      "/status/storage",
      "/status/cardinality",
      "/status/targets?health=down",
    ]
  `);
});
