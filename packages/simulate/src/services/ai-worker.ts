import { cameraWork, starvedShare, watchesTraffic } from './analytics-work.ts';
import { trafficShape } from './daily-shape.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOBS = [
  { type: 'lpr', perVehicle: 0.12, medianSeconds: 0.18 },
  { type: 'face', perVehicle: 0.02, medianSeconds: 0.3 },
  { type: 'object', perVehicle: 0.25, medianSeconds: 0.12 },
];

/** The worker that reads plates and looks for movement. */
export function aiWorker(seed: number): SimulatedService {
  return createService({ name: 'ai-worker-1', job: 'ai-workers', instance: 'ai-worker-1:9093' }, seed, (parts) => {
    const { metrics, events, random } = parts;
    const queued = metrics.gauge('ai_jobs_queued', 'Jobs that wait.', ['job_type']);
    const queuedAlias = metrics.gauge('ai_jobs_queued_total', 'Jobs that wait.', ['job_type']);
    const processed = metrics.counter('ai_jobs_processed_total', 'Jobs that are done.', ['job_type', 'status']);
    const duration = metrics.histogram('ai_processing_duration_seconds', 'Duration of jobs.', DURATION_BUCKETS, [
      'job_type',
    ]);
    const accuracy = metrics.gauge('lpr_detection_accuracy_ratio', 'Share of plates read rightly, 0 to 1.', [
      'camera_id',
    ]);
    const accuracyAlias = metrics.gauge('lpr_detection_accuracy', 'Plates read rightly, percent.', ['camera_id']);
    const motion = metrics.counter('motion_events_detected_total', 'Movements.', ['camera_id']);
    events.subscribe(({ name, attributes: a, count, durationSeconds = 0 }) => {
      if (name === 'job') {
        processed.add(count, a['job_type'] ?? '', a['status'] ?? '');
        duration.observe(durationSeconds, count, a['job_type'] ?? '');
      } else if (name === 'motion') motion.add(count, a['camera_id'] ?? '');
    });
    for (const { type } of JOBS) for (const status of ['success', 'failed']) processed.add(0, type, status);
    return ({ view, atMs, seconds }) => {
      const starved = starvedShare(view);
      let vehicles = 0;
      for (const camera of view.plan.cameras) {
        const work = cameraWork(view, camera, atMs);
        vehicles += work.vehiclesPerSecond;
        const seen = watchesTraffic(camera)
          ? work.vehiclesPerSecond
          : work.framesPerSecond > 0
            ? 0.05 * (0.1 + trafficShape(atMs))
            : 0;
        const { scene } = view.truth(camera);
        const moves = scene === 'frozen' || scene === 'black' ? 0 : random.poisson(0.2 * seen * seconds);
        events.emit({ atMs, name: 'motion', attributes: { camera_id: camera.id }, count: moves });
        if (!watchesTraffic(camera)) continue;
        const right = Math.min(0.995, work.accuracy - 0.02 + 0.002 * random.normal());
        accuracy.set(right, camera.id);
        accuracyAlias.set(100 * right, camera.id);
      }
      for (const { type, perVehicle, medianSeconds } of JOBS) {
        const count = random.poisson(vehicles * perVehicle * seconds);
        const failed = Math.min(count, random.poisson(count * 0.003));
        for (const [durationSeconds, part] of spreadDurations(random, count - failed, {
          medianSeconds: medianSeconds * (1 + 4 * starved),
          sigma: 0.5,
        })) {
          events.emit({
            atMs,
            name: 'job',
            attributes: { job_type: type, status: 'success' },
            count: part,
            durationSeconds,
          });
        }
        events.emit({
          atMs,
          name: 'job',
          attributes: { job_type: type, status: 'failed' },
          count: failed,
          durationSeconds: 1,
        });
        const waiting = Math.max(
          0,
          Math.round(2 + 18 * trafficShape(atMs) * perVehicle * 4 + 60 * starved + random.normal()),
        );
        queued.set(waiting, type);
        queuedAlias.set(waiting, type);
      }
    };
  });
}
