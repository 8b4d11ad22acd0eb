import {
  DECODER_FULL_RATIO,
  DRIFT_MAJOR,
  type DriftEvidence,
  FACT,
  GPU_LABELS,
  type Told,
} from '../../evidence/index.ts';
import type { EvidenceValue, Look } from '../look.ts';
import { figure, percent, span } from '../words.ts';

/** Full for so long and its pictures wait: shorter peaks are normal. */
const STARVED_AFTER_MS = 60_000;
/** Samples in a row above the threshold, as a model is judged over many pictures. */
const DRIFT_SAMPLES = 2;
/** Skipped of what the camera delivers. */
const SKIPPED_RATIO = 0.1;
const HOURS = 24;
/** Detections that an hour usually brings, from which on their absence says something. */
const DETECTIONS_MIN = 20;
/** None for so long. */
const SILENT_AFTER_MS = 1_800_000;
const HOUR_MS = 3_600_000;
const LEARN_WEIGHT = 0.3;

/** Can the machine that looks at its pictures keep up? Decoder full, or its queue, or pictures that are skipped. */
export function checkGpu(look: Look): void {
  if (!tellMachine(look) && !look.isDown) checkSkipped(look);
}

/** Frigate skips pictures that it has no time for. */
function checkSkipped(look: Look): void {
  const skipped = look.fresh(FACT.frigate_skipped_fps);
  const rate = look.fresh(FACT.camera_frames_per_second);
  if (Number.isNaN(skipped) || !(rate > 0)) return;
  const isBad = skipped > SKIPPED_RATIO * rate;
  const sign = look.observe('gpu_starved', FACT.frigate_skipped_fps, isBad, look.about.policy.measured);
  if (!sign) return;
  look.tell('gpu_starved', sign, `Analysis skips ${figure(skipped)} of ${figure(rate)} frames a second`, [
    { fact: FACT.frigate_skipped_fps, value: skipped, expected: `at most ${percent(SKIPPED_RATIO)} of the frames` },
  ]);
}

function tellMachine(look: Look): boolean {
  const { hosts, shared, atMs, policy } = look.about;
  for (const host of hosts) {
    for (const [gpu, { decoder, decoderTold, utilization, fullSinceMs, atMs: at }] of shared.gpus
      .get(host)
      ?.fresh(atMs) ?? []) {
      if (fullSinceMs === undefined || atMs - at > policy.staleAfterMs || at - fullSinceMs < STARVED_AFTER_MS) continue;
      const idle =
        utilization < 0.5 ? `, while it computes only ${percent(utilization)}: decoding is what holds it up` : '';
      look.add(
        'gpu_starved',
        fullSinceMs,
        `The decoder of graphics processor ${gpu} on ${host} is full (${percent(decoder)})${idle}`,
        decoderTold ? [decoderEvidence(decoder, decoderTold)] : [],
      );
      return true;
    }
    for (const [, { depth, capacity, fullSinceMs, atMs: at }] of shared.queues.get(host)?.fresh(atMs) ?? []) {
      if (fullSinceMs === undefined || atMs - at > policy.staleAfterMs || at - fullSinceMs < STARVED_AFTER_MS) continue;
      look.add(
        'gpu_starved',
        fullSinceMs,
        `Pictures wait on ${host}: ${figure(depth)} of ${figure(capacity)} places of its queue are taken`,
        [
          {
            series: `analytics_queue_depth{instance=${JSON.stringify(host)}}`,
            value: depth,
            expected: 'below 90 % of analytics_queue_capacity',
          },
        ],
      );
      return true;
    }
  }
  return false;
}

/** The series as its exporter names it, with the labels that find it, and the value that it has there. */
function decoderEvidence(ratio: number, { labels, scale }: Told): EvidenceValue {
  const pairs = ['instance', GPU_LABELS.find((label) => labels.has(label)) ?? '']
    .filter((label) => labels.has(label))
    .map((label) => `${label}=${JSON.stringify(labels.get(label))}`);
  return {
    series: `${labels.metricName}{${pairs.join(', ')}}`,
    value: ratio / scale,
    expected: `below ${figure(DECODER_FULL_RATIO / scale)}`,
  };
}

/** Do its pictures, or those of its model, still look like what the model was trained on? */
export function checkDrift(look: Look): void {
  const { camera, models, shared, atMs, policy } = look.about;
  const own = shared.drifts.get(`camera ${camera.id}`);
  if (own && tellDrift(look, own, 'The pictures of this camera have', 'ml_drift_statistic')) return;
  for (const model of models) {
    const drift = shared.drifts.get(model);
    if (
      drift &&
      atMs - drift.atMs <= Math.max(policy.staleAfterMs, HOUR_MS) &&
      tellDrift(
        look,
        drift,
        `What model ${model} sees has`,
        `ml_model_drift_score{model_name=${JSON.stringify(model)}}`,
      )
    )
      return;
  }
}

function tellDrift(
  look: Look,
  { score, overSinceMs, overSamples }: DriftEvidence,
  what: string,
  series: string,
): boolean {
  if (overSinceMs === undefined || overSamples < DRIFT_SAMPLES) return false;
  look.add('model_drift', overSinceMs, `${what} drifted from the training: score ${figure(score)}`, [
    { series, value: score, expected: `below ${DRIFT_MAJOR}` },
  ]);
  return true;
}

/** Does the detector find nothing where it usually does at this hour? Learned by hour of the day (UTC) since the start. */
export function checkDetector(look: Look): void {
  const { evidence, atMs, policy } = look.about;
  const { memory } = look;
  if (evidence.detectionsAtMs === 0 || atMs - evidence.detectionsAtMs > policy.staleAfterMs) return;
  if (Number.isNaN(memory.detectionsSeen)) {
    memory.detectionsSeen = evidence.detections;
    memory.detectionsFromMs = atMs;
    memory.quietSinceMs = atMs;
    memory.detectionsLast = evidence.detections;
    return;
  }
  if (evidence.detections > memory.detectionsLast) memory.quietSinceMs = atMs;
  memory.detectionsLast = evidence.detections;
  const hour = Math.floor(atMs / HOUR_MS);
  if (hour !== Math.floor(memory.detectionsFromMs / HOUR_MS)) learnHour(look, hour);
  const usual = memory.detectionsByHour?.[hour % HOURS] ?? Number.NaN;
  const quietMs = atMs - memory.quietSinceMs;
  if (!(usual >= DETECTIONS_MIN) || quietMs < Math.max(SILENT_AFTER_MS, (DETECTIONS_MIN * HOUR_MS) / usual)) return;
  look.add(
    'silent_detector',
    memory.quietSinceMs,
    `The detector has found nothing for ${span(quietMs)}; at this hour it usually finds ${figure(usual)} an hour`,
    [
      {
        series: 'vehicle_detections_total',
        value: evidence.detections,
        expected: `about ${figure(usual)} more an hour`,
      },
    ],
  );
}

/** A whole hour is over: what it brought is what the hour usually brings. An hour of silence does not become usual at once. */
function learnHour({ memory, about: { evidence, atMs } }: Look, hour: number): void {
  const spanMs = atMs - memory.detectionsFromMs;
  const found = evidence.detections - memory.detectionsSeen;
  memory.detectionsByHour ??= new Float32Array(HOURS).fill(Number.NaN);
  const at = (hour + HOURS - 1) % HOURS;
  const before = memory.detectionsByHour[at] as number;
  if (spanMs > HOUR_MS / 2 && spanMs < HOUR_MS * 1.5) {
    const rate = (found * HOUR_MS) / spanMs;
    memory.detectionsByHour[at] = Number.isNaN(before) ? rate : before + (rate - before) * LEARN_WEIGHT;
  }
  memory.detectionsSeen = evidence.detections;
  memory.detectionsFromMs = atMs;
}
