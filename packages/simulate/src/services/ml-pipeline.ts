import { cameraWork, starvedShare } from './analytics-work.ts';
import { trafficShape } from './daily-shape.ts';
import { gpuLoad } from './gpu.ts';
import { type SimulatedService, createService, spreadDurations } from './service.ts';

const MODEL = { model_name: 'vehicle-detector', model_version: 'v2.4.1' } as const;
const INFERENCE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2, 5];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32];
const BATCH_MAX = 16;
const STAGE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const CONFIDENCE_BUCKETS = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);
const STAGES = [
  { stage: 'decode', medianSeconds: 0.006 },
  { stage: 'preprocess', medianSeconds: 0.003 },
  { stage: 'inference', medianSeconds: 0.02 },
  { stage: 'postprocess', medianSeconds: 0.004 },
];
const CLASSES = [
  { name: 'car', share: 0.7, confidence: 0.93 },
  { name: 'truck', share: 0.15, confidence: 0.9 },
  { name: 'bicycle', share: 0.15, confidence: 0.87 },
];
const MEMORY_BYTES = 24 * 1024 ** 3;

const ANOMALY_SEVERITIES = ['low', 'high'];

/** The pipeline that runs the model: inference, batches, accuracy and drift, with what anomaly detection makes of it. */
export function mlPipeline(seed: number): SimulatedService {
  return createService({ name: 'ml-pipeline-1', job: 'ml-pipeline', instance: 'ml-pipeline-1:9090' }, seed, (parts) => {
    const { metrics, events, random } = parts;
    const version = MODEL.model_version;
    const inference = metrics.histogram(
      'ml_inference_duration_seconds',
      'Duration of one inference.',
      INFERENCE_BUCKETS,
      ['model_version', 'batch_size', 'device'],
    );
    const inferenceAlias = metrics.histogram(
      'model_inference_duration_seconds',
      'Duration of one inference.',
      INFERENCE_BUCKETS,
      ['model_version'],
    );
    const batch = metrics.histogram('ml_batch_size', 'Pictures in a batch.', BATCH_BUCKETS);
    const fill = metrics.gauge('ml_batch_fill_ratio', 'How full batches are, 0 to 1.');
    const stages = metrics.histogram('data_processing_duration_seconds', 'Duration of a stage.', STAGE_BUCKETS, [
      'stage',
    ]);
    const confidence = metrics.histogram('ml_detection_confidence', 'Confidence of detections.', CONFIDENCE_BUCKETS, [
      'model_version',
      'class',
    ]);
    const accuracy = metrics.gauge('ml_model_accuracy', 'Accuracy on labelled samples, 0 to 1.', [
      'model_name',
      'model_version',
      'dataset',
    ]);
    const accuracyScore = metrics.gauge('ml_model_accuracy_score', 'Accuracy, 0 to 1.', ['model_version', 'dataset']);
    const accuracyShort = metrics.gauge('model_accuracy_score', 'Accuracy, 0 to 1.', ['model_version']);
    const drift = metrics.gauge('ml_model_drift_score', 'How far inputs are from those of training.', ['model_name']);
    const statistic = metrics.gauge('ml_drift_statistic', 'Jensen-Shannon distance of a feature.', [
      'method',
      'feature',
      'camera_id',
    ]);
    const anomalies = metrics.counter('anomaly_detections_total', 'Anomalies that were found.', [
      'model_version',
      'severity',
      'camera_id',
    ]);
    const load = metrics.gauge('nvidia_gpu_utilization_gpu', 'Load of a GPU, percent.', ['gpu']);
    const memory = metrics.gauge('gpu_memory_usage_bytes', 'Memory of a GPU that a process holds.', [
      'gpu_id',
      'process',
    ]);

    events.subscribe(({ name, attributes, count, durationSeconds = 0, value = 0 }) => {
      if (name === 'inference') {
        inference.observe(durationSeconds, count, version, attributes['batch_size'] ?? '', attributes['device'] ?? '');
        inferenceAlias.observe(durationSeconds, count, version);
        batch.observe(Number(attributes['batch_size']), count);
      } else if (name === 'stage') stages.observe(durationSeconds, count, attributes['stage'] ?? '');
      else if (name === 'detection') confidence.observe(value, count, version, attributes['class'] ?? '');
      else if (name === 'anomaly')
        anomalies.add(count, version, attributes['severity'] ?? '', attributes['camera_id'] ?? '');
    });

    return ({ view, atMs, seconds }) => {
      const starved = starvedShare(view);
      let frames = 0;
      let vehicles = 0;
      let driftSum = 0;
      let accuracySum = 0;
      const { cameras } = view.plan;
      for (const camera of cameras) {
        const work = cameraWork(view, camera, atMs);
        frames += work.framesPerSecond;
        vehicles += work.vehiclesPerSecond;
        driftSum += work.driftScore;
        accuracySum += work.accuracy;
        // There from the start: a series that begins with its first event has no rate of it.
        for (const severity of ANOMALY_SEVERITIES) anomalies.add(0, version, severity, camera.id);
        statistic.set(work.driftScore + 0.003 * random.normal(), 'jensen_shannon', 'embedding', camera.id);
        const odd = random.poisson(seconds * (0.002 + 0.01 * view.truth(camera).drift));
        if (odd > 0) {
          const severity = random.next() < 0.8 ? 'low' : 'high';
          events.emit({ atMs, name: 'anomaly', attributes: { severity, camera_id: camera.id }, count: odd });
        }
      }
      // A starved GPU gets small batches, late.
      const size = Math.max(1, 2 ** Math.round(Math.log2(BATCH_MAX * (1 - 0.8 * Math.min(1, 2 * starved)))));
      fill.set((size / BATCH_MAX) * (0.9 + 0.06 * random.next()));
      const batches = random.poisson((frames * seconds) / size);
      for (const [durationSeconds, count] of spreadDurations(random, batches, {
        medianSeconds: 0.032 * (1 + 3 * starved),
        sigma: 0.3,
      })) {
        const device = `cuda:${random.below(Math.max(1, view.plan.recorders.length))}`;
        events.emit({
          atMs,
          name: 'inference',
          attributes: { batch_size: String(size), device },
          count,
          durationSeconds,
        });
      }
      for (const { stage, medianSeconds } of STAGES) {
        const slow = stage === 'decode' ? 1 + 8 * starved : 1;
        for (const [durationSeconds, count] of spreadDurations(random, batches, {
          medianSeconds: medianSeconds * slow,
          sigma: 0.35,
        })) {
          events.emit({ atMs, name: 'stage', attributes: { stage }, count, durationSeconds });
        }
      }
      const meanDrift = driftSum / cameras.length;
      for (const { name, share, confidence: usual } of CLASSES) {
        const found = random.poisson(vehicles * seconds * share);
        for (let group = 0; group < 4; group++) {
          const value = Math.min(0.999, Math.max(0.05, usual - 0.25 * meanDrift + 0.05 * random.normal()));
          const count = Math.floor((found * (group + 1)) / 4) - Math.floor((found * group) / 4);
          events.emit({ atMs, name: 'detection', attributes: { class: name }, count, value });
        }
      }
      const right = accuracySum / cameras.length - 0.25 * Math.max(0, meanDrift - 0.06) + 0.001 * random.normal();
      accuracy.set(right, MODEL.model_name, version, 'audit');
      accuracyScore.set(right, version, 'audit');
      accuracyShort.set(right, version);
      drift.set(meanDrift + 0.002 * random.normal(), MODEL.model_name);
      for (const [i, recorder] of view.plan.recorders.entries()) {
        const { utilization } = gpuLoad(view, recorder, atMs);
        load.set(Math.round(utilization * 100), String(i));
        memory.set(Math.round(MEMORY_BYTES * (0.3 + 0.05 * trafficShape(atMs))), String(i), 'ml-pipeline');
      }
    };
  });
}
