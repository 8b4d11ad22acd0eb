import { cameraWork, starvedShare, watchesTraffic } from './analytics-work.ts';
import { officeShape, trafficShape } from './daily-shape.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

/** Of analytics_request_duration_seconds, as its guide has them. */
export const ANALYTICS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const MODEL_VERSION = 'v2.4.1';
const QUEUE_CAPACITY = 1_000;
const POOL_MAX = 100;
/** A camera's pictures come in requests of so many. */
const FRAMES_PER_REQUEST = 25;
const LOG_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const CACHES = [
  { level: 'l1', type: 'memory', usual: 0.93, perSecond: 400 },
  { level: 'l2', type: 'redis', usual: 0.84, perSecond: 28 },
];

/** The analytics service of an intelligent traffic system: requests per camera, its queue, caches and database pool. */
export function analyticsService(seed: number): SimulatedService {
  const about = { name: 'analytics-1', job: 'its-analytics-service', instance: 'analytics-1:8000' };
  return createService(about, seed, ({ metrics, events, random }) => {
    const requests = metrics.counter('analytics_requests_total', 'Requests.', ['method', 'status', 'camera_id']);
    const duration = metrics.histogram(
      'analytics_request_duration_seconds',
      'Duration of requests.',
      ANALYTICS_BUCKETS,
      ['method', 'camera_id'],
    );
    const errors = metrics.counter('analytics_errors_total', 'Requests that failed.', [
      'method',
      'camera_id',
      'error_type',
    ]);
    const frames = metrics.counter('analytics_frames_processed_total', 'Frames that were analysed.', [
      'camera_id',
      'model_version',
    ]);
    const processed = metrics.counter('analytics_queue_processed_total', 'Items taken from the queue.');
    const depth = metrics.gauge('analytics_queue_depth', 'Items that wait.');
    const capacity = metrics.gauge('analytics_queue_capacity', 'Items that the queue takes.');
    const logLatency = metrics.histogram('analytics_log_latency_seconds', 'latency_ms of the log lines.', LOG_BUCKETS);
    const hitRate = metrics.gauge('cache_hit_rate', 'Share of look-ups answered.', ['cache_level', 'cache_type']);
    const hitRatio = metrics.gauge('cache_hit_ratio', 'Share of look-ups answered, 0 to 1.', [
      'cache_level',
      'cache_type',
    ]);
    const lookUps = metrics.counter('cache_requests_total', 'Look-ups.', ['cache_level', 'cache_type', 'result']);
    const poolActive = metrics.gauge('db_connection_pool_active', 'Connections in use.');
    const poolMax = metrics.gauge('db_connection_pool_max', 'Connections that the pool may open.');
    const pool = metrics.gauge('db_connection_pool_connections', 'Connections of the pool.', ['state']);

    events.subscribe(({ name, attributes, count, durationSeconds }) => {
      const { method = '', status = '', camera_id: camera = '', error_type: error } = attributes;
      if (name === 'frames') frames.add(count, camera, MODEL_VERSION);
      if (name !== 'request') return;
      requests.add(count, method, status, camera);
      errors.add(error === undefined ? 0 : count, method, camera, error ?? 'timeout');
      processed.add(count);
      duration.observe(durationSeconds ?? 0, count, method, camera);
      logLatency.observe(durationSeconds ?? 0, count);
    });

    let waiting = 60;
    const credits = new Map<string, number>();
    return ({ view, atMs, seconds }) => {
      const starved = starvedShare(view);
      const medianSeconds = 0.024 * (1 + 6 * starved);
      for (const camera of view.plan.cameras) {
        const { framesPerSecond } = cameraWork(view, camera, atMs);
        events.emit({ atMs, name: 'frames', attributes: { camera_id: camera.id }, count: framesPerSecond * seconds });
        const credit = (credits.get(camera.id) ?? random.next()) + (framesPerSecond * seconds) / FRAMES_PER_REQUEST;
        const count = Math.floor(credit);
        credits.set(camera.id, credit - count);
        const failed = random.poisson(count * (0.002 + 0.02 * starved));
        const method = watchesTraffic(camera) ? 'detect_vehicles' : 'count_people';
        for (const [durationSeconds, share] of spreadDurations(random, count - Math.min(failed, count), {
          medianSeconds,
          sigma: 0.42,
        })) {
          events.emit({
            atMs,
            name: 'request',
            attributes: { method, status: 'success', camera_id: camera.id },
            count: share,
            durationSeconds,
          });
        }
        if (failed > 0) {
          const error = random.next() < 0.6 ? 'timeout' : 'decode';
          events.emit({
            atMs,
            name: 'request',
            attributes: { method, status: 'error', camera_id: camera.id, error_type: error },
            count: Math.min(failed, count),
            durationSeconds: 0.4,
          });
        }
      }
      const target = Math.min(0.985 * QUEUE_CAPACITY, 50 + 180 * trafficShape(atMs) + 3_500 * starved);
      waiting += (target - waiting) * Math.min(1, seconds / 20) + 6 * random.normal();
      depth.set(Math.round(Math.max(0, Math.min(QUEUE_CAPACITY, waiting))));
      capacity.set(QUEUE_CAPACITY);
      for (const { level, type, usual, perSecond } of CACHES) {
        const ratio = usual - 0.03 * trafficShape(atMs) + 0.004 * random.normal();
        hitRate.set(ratio, level, type);
        hitRatio.set(ratio, level, type);
        const asked = random.poisson(perSecond * seconds * (0.3 + trafficShape(atMs)));
        lookUps.add(Math.round(asked * ratio), level, type, 'hit');
        lookUps.add(asked - Math.round(asked * ratio), level, type, 'miss');
      }
      const active = Math.round(12 + 45 * officeShape(atMs) + 2 * Math.abs(random.normal()));
      poolActive.set(active);
      poolMax.set(POOL_MAX);
      pool.set(active, 'active');
      pool.set(POOL_MAX - active, 'idle');
    };
  });
}
