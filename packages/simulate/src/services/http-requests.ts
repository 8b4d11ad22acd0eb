import type { MetricPage } from '../metrics/metric-page.ts';
import type { Random } from '../random.ts';
import type { EventStream } from './event-stream.ts';
import { spreadDurations } from './service.ts';

export interface Route {
  readonly method: string;
  readonly path: string;
  /** Of all requests, 0 to 1. */
  readonly share: number;
  readonly medianSeconds: number;
}

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * HTTP requests with the labels of all guides: `code` and `status` say the same, `route` and `endpoint` too. Returns what a step calls
 * with the number of requests and the share that fails.
 */
export function httpRequests(
  parts: { readonly metrics: MetricPage; readonly events: EventStream; readonly random: Random },
  routes: readonly Route[],
): (atMs: number, requests: number, failing: number) => void {
  const { metrics, events, random } = parts;
  const total = metrics.counter('http_requests_total', 'HTTP requests.', [
    'method',
    'route',
    'endpoint',
    'code',
    'status',
  ]);
  const duration = metrics.histogram('http_request_duration_seconds', 'Duration of HTTP requests.', BUCKETS, [
    'method',
    'route',
    'endpoint',
  ]);
  events.subscribe(({ name, attributes, count, durationSeconds = 0 }) => {
    if (name !== 'http_request') return;
    const { method = '', route = '', code = '' } = attributes;
    total.add(count, method, route, route, code, code);
    duration.observe(durationSeconds, count, method, route, route);
  });
  for (const { method, path } of routes)
    for (const code of ['200', '500']) total.add(0, method, path, path, code, code);
  return (atMs, requests, failing) => {
    for (const { method, path, share, medianSeconds } of routes) {
      const count = random.poisson(requests * share);
      const failed = Math.min(count, random.poisson(count * failing));
      const refused = Math.min(count - failed, random.poisson(count * 0.004));
      const emit = (code: string, times: number, median: number): void => {
        for (const [durationSeconds, part] of spreadDurations(random, times, { medianSeconds: median, sigma: 0.5 })) {
          events.emit({
            atMs,
            name: 'http_request',
            attributes: { method, route: path, code },
            count: part,
            durationSeconds,
          });
        }
      };
      emit('200', count - failed - refused, medianSeconds);
      emit('404', refused, 0.004);
      emit('500', failed, medianSeconds * 3);
    }
  };
}
