import type { PlannedRecorder } from '../fleet/plan.ts';
import { noiseAt } from '../random.ts';
import { trafficShape } from './daily-shape.ts';
import { type FleetView, type SimulatedService, createService } from './service.ts';

const MEMORY_BYTES = 24 * 1024 ** 3;
const POWER_IDLE_WATTS = 22;
const POWER_FULL_WATTS = 130;

export interface GpuLoad {
  readonly utilization: number;
  readonly decoder: number;
  readonly memoryUsedBytes: number;
}

/** The GPU beside a recorder. Starved: its decoder is full, and what computes waits for pictures. */
export function gpuLoad(view: FleetView, recorder: PlannedRecorder, atMs: number): GpuLoad {
  const starved = Math.max(...recorder.cameras.map((camera) => view.truth(camera).starved));
  const alive =
    recorder.cameras.filter((camera) => view.truth(camera).reach === 'yes').length / recorder.cameras.length;
  const noise = noiseAt(recorder.cameras[0]?.seed ?? 0, Math.floor(atMs / 5_000)) - 0.5;
  if (starved > 0) {
    return { utilization: 0.24 + 0.05 * noise, decoder: 0.99, memoryUsedBytes: 0.42 * MEMORY_BYTES };
  }
  return {
    utilization: Math.min(0.88, (0.58 + 0.24 * trafficShape(atMs)) * (0.5 + 0.5 * alive) + 0.05 * noise),
    decoder: Math.min(0.85, 0.25 + 0.006 * recorder.cameras.length * alive + 0.04 * noise),
    memoryUsedBytes: Math.round((0.38 + 0.12 * trafficShape(atMs)) * MEMORY_BYTES),
  };
}

/** The exporter of one recorder's GPU, in every spelling that the guides use, and in the canonical names. */
export function gpuExporter(recorder: PlannedRecorder, seed: number): SimulatedService {
  const about = {
    name: `gpu-${recorder.name}`,
    job: 'gpu-metrics',
    instance: `${recorder.name}:9835`,
    labels: { recorder: recorder.name },
  };
  return createService(about, seed, ({ metrics, events, random }) => {
    const percent = metrics.gauge('gpu_utilization_percent', 'Load, percent.', ['device_id']);
    const memoryPercent = metrics.gauge('gpu_memory_utilization_percent', 'Memory in use, percent.', ['device_id']);
    const ratio = metrics.gauge('gpu_utilization_ratio', 'Share of time in which a kernel ran, 0 to 1.', ['gpu']);
    const decoder = metrics.gauge('gpu_decoder_utilization_ratio', 'Load of the video decoder, 0 to 1.', ['gpu']);
    const encoder = metrics.gauge('gpu_encoder_utilization_ratio', 'Load of the video encoder, 0 to 1.', ['gpu']);
    const used = metrics.gauge('gpu_memory_used_bytes', 'Memory in use.', ['gpu']);
    const total = metrics.gauge('gpu_memory_total_bytes', 'Memory.', ['gpu']);
    const byProcess = metrics.gauge('gpu_process_memory_used_bytes', 'Memory that one process holds.', [
      'gpu',
      'process',
    ]);
    const celsius = metrics.gauge('gpu_temperature_celsius', 'Temperature.', ['gpu']);
    const watts = metrics.gauge('gpu_power_watts', 'Power.', ['gpu']);
    const throttle = metrics.gauge('gpu_throttle_active', '1 while clocks are held down.', ['gpu', 'reason']);
    const xid = metrics.counter('gpu_xid_errors_total', 'Errors that the driver told.', ['gpu', 'xid']);
    events.subscribe(({ name, count }) => {
      if (name === 'xid') xid.add(count, '0', '31');
    });
    let temperature = 52;
    return ({ view, atMs, seconds }) => {
      const { utilization, decoder: decoding, memoryUsedBytes } = gpuLoad(view, recorder, atMs);
      percent.set(Math.round(utilization * 100), '0');
      memoryPercent.set((100 * memoryUsedBytes) / MEMORY_BYTES, '0');
      ratio.set(utilization, '0');
      decoder.set(decoding, '0');
      encoder.set(0.04 + 0.02 * random.next(), '0');
      used.set(memoryUsedBytes, '0');
      total.set(MEMORY_BYTES, '0');
      byProcess.set(Math.round(0.7 * memoryUsedBytes), '0', 'ml-pipeline');
      byProcess.set(Math.round(0.2 * memoryUsedBytes), '0', 'ffmpeg');
      temperature += (41 + 34 * utilization - temperature) * Math.min(1, seconds / 60);
      celsius.set(Math.round(temperature), '0');
      watts.set(POWER_IDLE_WATTS + (POWER_FULL_WATTS - POWER_IDLE_WATTS) * utilization, '0');
      for (const reason of ['sw_thermal_slowdown', 'sw_power_cap']) throttle.set(0, '0', reason);
      xid.add(0, '0', '31');
      if (random.next() < seconds * 1e-7) events.emit({ atMs, name: 'xid', attributes: { gpu: '0' }, count: 1 });
    };
  });
}
