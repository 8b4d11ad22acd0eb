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
    routes.silences({ fresh: 'a="b"' }),
    routes.silences({ silence: 'id' }),
    routes.rule({ file: '/etc/rules.yml', group: 'g 1', name: 'A', from: 'now-6h' }),
    routes.routing({ labels: 'a="b"' }),
    routes.alertHistory({ matchers: 'alertname="A"' }),
    routes.alerts('noise'),
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
      "/alerts/silences?fresh=a%3D%22b%22",
      "/alerts/silences?silence=id",
      "/alerts/rule?file=%2Fetc%2Frules.yml&group=g+1&name=A&from=now-6h",
      "/alerts/routing?labels=a%3D%22b%22",
      "/alerts/history?matchers=alertname%3D%22A%22",
      "/alerts/noise",
      "/status/targets",
      "/status/storage",
      "/status/cardinality",
      "/status/targets?health=down",
    ]
  `);
});
