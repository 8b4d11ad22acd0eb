import type { FaultSpec } from './fault.ts';

const MINUTE_MS = 60_000;
/** The same again after this. */
const ROUND_MS = 60 * MINUTE_MS;

/** What a demonstration shows: several troubles within the first minutes, each for a while, and again every hour. */
export function demoScript(): FaultSpec[] {
  const fault = (
    kind: FaultSpec['kind'],
    atMinute: number,
    minutes: number,
    target: FaultSpec['target'] = {},
  ): FaultSpec => ({
    kind,
    target,
    atMs: atMinute * MINUTE_MS,
    durationMs: minutes * MINUTE_MS,
    everyMs: ROUND_MS,
  });
  return [
    fault('frozen', 1, 20),
    fault('wrong_credentials', 1.5, 25),
    fault('low_frame_rate', 2, 20, { count: 2 }),
    fault('black', 2.5, 15),
    fault('offline', 3, 12),
    fault('packet_loss', 3.5, 20),
    fault('switch_outage', 5, 8),
    fault('clock_drift', 7, 30),
    fault('declared_rate', 8, 25),
    fault('long_keyframe_interval', 9, 25),
    fault('recorder_full', 16, 12),
    fault('settings_changed', 18, 10),
    fault('model_drift', 20, 25, { count: 2 }),
    fault('gpu_starved', 32, 12),
  ];
}
