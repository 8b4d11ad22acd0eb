import { officeShape } from './daily-shape.ts';
import { httpRequests } from './http-requests.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

const QUERY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const QUERIES = [
  { type: 'select', perSecond: 60, medianSeconds: 0.004 },
  { type: 'insert', perSecond: 18, medianSeconds: 0.006 },
  { type: 'update', perSecond: 5, medianSeconds: 0.007 },
];

/** One of the VMS's API servers. */
export function apiServer(name: string, seed: number): SimulatedService {
  return createService({ name, job: 'api-servers', instance: `${name}:9092` }, seed, (parts) => {
    const { metrics, events, random } = parts;
    const requests = httpRequests(parts, [
      { method: 'GET', path: '/api/cameras', share: 0.45, medianSeconds: 0.025 },
      { method: 'GET', path: '/api/recordings', share: 0.25, medianSeconds: 0.08 },
      { method: 'GET', path: '/api/events', share: 0.25, medianSeconds: 0.04 },
      { method: 'POST', path: '/api/login', share: 0.05, medianSeconds: 0.12 },
    ]);
    const open = metrics.gauge('http_connections_active', 'Connections that are open.');
    const openAlias = metrics.gauge('active_connections_total', 'Connections that are open.');
    const sockets = metrics.gauge('websocket_connections_active', 'WebSockets that are open.');
    const socketsAlias = metrics.gauge('websocket_connections_total', 'WebSockets that are open.');
    const opened = metrics.counter('websocket_connections_opened_total', 'WebSockets that were opened.');
    const tokens = metrics.counter('jwt_token_validations_total', 'Tokens that were looked at.', ['result']);
    const queries = metrics.histogram('database_query_duration_seconds', 'Duration of queries.', QUERY_BUCKETS, [
      'query_type',
    ]);
    events.subscribe(({ name: event, attributes: a, count, durationSeconds = 0 }) => {
      if (event === 'token') tokens.add(count, a['result'] ?? '');
      else if (event === 'query') queries.observe(durationSeconds, count, a['query_type'] ?? '');
      else if (event === 'websocket_opened') opened.add(count);
    });
    for (const result of ['valid', 'expired', 'invalid']) tokens.add(0, result);
    opened.add(0);
    return ({ atMs, seconds }) => {
      const busy = officeShape(atMs);
      requests(atMs, 30 * busy * seconds, 0.0003);
      const connections = Math.round(20 + 140 * busy + 4 * random.normal());
      open.set(connections);
      openAlias.set(connections);
      const listening = Math.round(6 + 40 * busy);
      sockets.set(listening);
      socketsAlias.set(listening);
      events.emit({
        atMs,
        name: 'websocket_opened',
        attributes: {},
        count: random.poisson(0.05 * listening * seconds),
      });
      for (const [result, rate] of [
        ['valid', 25],
        ['expired', 0.3],
        ['invalid', 0.04],
      ] as const) {
        events.emit({ atMs, name: 'token', attributes: { result }, count: random.poisson(rate * busy * seconds) });
      }
      for (const { type, perSecond, medianSeconds } of QUERIES) {
        const count = random.poisson(perSecond * busy * seconds);
        for (const [durationSeconds, part] of spreadDurations(random, count, { medianSeconds, sigma: 0.6 })) {
          events.emit({ atMs, name: 'query', attributes: { query_type: type }, count: part, durationSeconds });
        }
      }
    };
  });
}
