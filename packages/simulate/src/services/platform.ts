import { officeShape } from './daily-shape.ts';
import { httpRequests } from './http-requests.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

const GENERATION_BUCKETS = [1, 5, 10, 30, 60, 300, 600];

/** The front door of a video-analysis platform, with what its users do. */
export function apiGateway(seed: number): SimulatedService {
  return createService({ name: 'api-gateway-1', job: 'api-gateway', instance: 'api-gateway-1:3000' }, seed, (parts) => {
    const { metrics, events, random } = parts;
    const requests = httpRequests(parts, [
      { method: 'GET', path: '/api/v1/videos', share: 0.4, medianSeconds: 0.03 },
      { method: 'GET', path: '/api/v1/analytics', share: 0.35, medianSeconds: 0.06 },
      { method: 'POST', path: '/api/v1/videos', share: 0.05, medianSeconds: 0.2 },
      { method: 'GET', path: '/api/v1/monitoring/metrics', share: 0.2, medianSeconds: 0.01 },
    ]);
    const sessions = metrics.counter('user_sessions_total', 'Sessions.', ['status', 'plan', 'country']);
    const uploads = metrics.counter('video_uploads_total', 'Uploads.', ['status', 'format', 'size_category']);
    const generation = metrics.histogram(
      'analytics_generation_duration_seconds',
      'Duration of reports.',
      GENERATION_BUCKETS,
      ['video_type', 'complexity'],
    );
    events.subscribe(({ name, attributes: a, count, durationSeconds = 0 }) => {
      if (name === 'session') sessions.add(count, a['status'] ?? '', a['plan'] ?? '', a['country'] ?? '');
      else if (name === 'upload') uploads.add(count, a['status'] ?? '', a['format'] ?? '', a['size_category'] ?? '');
      else if (name === 'report')
        generation.observe(durationSeconds, count, a['video_type'] ?? '', a['complexity'] ?? '');
    });
    for (const plan of ['free', 'pro']) for (const country of ['DE', 'FR']) sessions.add(0, 'started', plan, country);
    for (const status of ['success', 'failed']) uploads.add(0, status, 'mp4', 'large');
    generation.observe(0, 0, 'match', 'low');
    const chosen = <T>(list: readonly [T, ...T[]]): T => list[random.below(list.length)] ?? list[0];
    return ({ atMs, seconds }) => {
      const busy = officeShape(atMs);
      requests(atMs, 45 * busy * seconds, 0.0002);
      const begun = random.poisson(0.4 * busy * seconds);
      const session = {
        status: 'started',
        plan: chosen(['free', 'pro', 'team']),
        country: chosen(['DE', 'FR', 'NL', 'PL']),
      };
      events.emit({ atMs, name: 'session', attributes: session, count: begun });
      const uploaded = random.poisson(0.12 * busy * seconds);
      const upload = {
        status: random.next() < 0.985 ? 'success' : 'failed',
        format: chosen(['mp4', 'mkv']),
        size_category: chosen(['small', 'medium', 'large']),
      };
      events.emit({ atMs, name: 'upload', attributes: upload, count: uploaded });
      const reports = random.poisson(0.1 * busy * seconds);
      for (const [durationSeconds, count] of spreadDurations(random, reports, { medianSeconds: 18, sigma: 0.8 })) {
        const attributes = { video_type: chosen(['match', 'training']), complexity: chosen(['low', 'medium', 'high']) };
        events.emit({ atMs, name: 'report', attributes, count, durationSeconds });
      }
    };
  });
}

const QUEUES = [
  { type: 'ingest', priority: 'high', usual: 3 },
  { type: 'ingest', priority: 'normal', usual: 14 },
  { type: 'transcode', priority: 'normal', usual: 22 },
];

/** Takes uploaded videos in: batches, queues, results. */
export function videoIngestion(seed: number): SimulatedService {
  const about = { name: 'video-ingestion-1', job: 'video-ingestion', instance: 'video-ingestion-1:8080' };
  return createService(about, seed, ({ metrics, events, random }) => {
    const videos = metrics.counter('video_processing_total', 'Videos that were processed.', ['status']);
    const batches = metrics.counter('video_processing_batches_total', 'Batches.', ['status', 'batch_size']);
    const queue = metrics.gauge('video_processing_queue_length', 'Videos that wait.', ['queue_type', 'priority']);
    events.subscribe(({ name, attributes, count }) => {
      const { status = '', batch_size: size } = attributes;
      if (name === 'video') videos.add(count, status);
      else if (name === 'batch') batches.add(count, status, size ?? '');
    });
    for (const status of ['success', 'failed']) {
      videos.add(0, status);
      batches.add(0, status, '8');
    }
    return ({ atMs, seconds }) => {
      const busy = officeShape(atMs);
      for (const size of [8, 16]) {
        const done = random.poisson(0.5 * busy * seconds);
        const failed = Math.min(done, random.poisson(done * 0.004));
        events.emit({
          atMs,
          name: 'batch',
          attributes: { status: 'success', batch_size: String(size) },
          count: done - failed,
        });
        events.emit({ atMs, name: 'batch', attributes: { status: 'failed', batch_size: String(size) }, count: failed });
        events.emit({ atMs, name: 'video', attributes: { status: 'success' }, count: (done - failed) * size });
        events.emit({ atMs, name: 'video', attributes: { status: 'failed' }, count: failed * size });
      }
      for (const { type, priority, usual } of QUEUES) {
        queue.set(Math.max(0, Math.round(usual * (0.4 + busy) + 2 * random.normal())), type, priority);
      }
    };
  });
}
