import { FACT } from '../../evidence/index.ts';
import type { Look } from '../look.ts';
import { percent, span } from '../words.ts';

/** Is it recorded? By the time of the newest segment, against the time at which that was said. */
export function checkRecording(look: Look): void {
  const { evidence, policy } = look.about;
  const last = look.fresh(FACT.camera_recording_last_segment_timestamp_seconds);
  if (Number.isNaN(last)) return;
  if (look.fresh(FACT.camera_recording_enabled) === 0) {
    look.forget('recording_gap');
    return;
  }
  const ageMs = evidence.atMs(FACT.camera_recording_last_segment_timestamp_seconds) - last * 1_000;
  const isBad = ageMs > policy.recordingGapMs;
  const known = look.memory.signs.get('recording_gap');
  const sign = look.observe(
    'recording_gap',
    FACT.camera_recording_last_segment_timestamp_seconds,
    isBad,
    policy.stream,
  );
  // It began with the end of the last segment, not when it was noticed.
  if (sign && !known) sign.sinceMs = last * 1_000;
  if (!sign) return;
  look.tell('recording_gap', sign, `The camera runs, and no segment was recorded for ${span(ageMs)}`, [
    {
      fact: FACT.camera_recording_last_segment_timestamp_seconds,
      value: last,
      expected: `younger than ${span(policy.recordingGapMs)}`,
    },
  ]);
}

/** Two samples must say so. */
const FULL_SAMPLES = { bad: 2, of: 2, clear: 2 } as const;
const SAMPLE_SPACING_MS = 10_000;

/** Is there room on its recorder? */
export function checkRecorder(look: Look): void {
  const { camera, shared, diskFullRatio, atMs, policy } = look.about;
  if (camera.recorder === undefined) return;
  const disks = shared.disks.get(camera.recorder);
  if (!disks) return;
  let worst = -1;
  let where = '';
  let sampledMs = 0;
  for (const [mount, { free, total, used, usedPercent, atMs: at }] of disks.fresh(atMs)) {
    if (atMs - at > policy.staleAfterMs) continue;
    const size = Number.isNaN(total) ? free + used : total;
    const ratio =
      !Number.isNaN(free) && size > 0
        ? 1 - free / size
        : !Number.isNaN(used) && total > 0
          ? used / total
          : usedPercent / 100;
    if (!(ratio > worst)) continue;
    worst = ratio;
    where = mount;
    sampledMs = at;
  }
  if (worst < 0) return;
  const sign = look.observeAt(
    'recorder_full',
    worst >= diskFullRatio,
    Math.floor(sampledMs / SAMPLE_SPACING_MS),
    FULL_SAMPLES,
  );
  if (!sign) return;
  look.tell('recorder_full', sign, `Recorder ${camera.recorder} is full: ${percent(worst)} of ${where} is used`, [
    {
      series: `disk_space_used_percent{recorder=${JSON.stringify(camera.recorder)}, mount_point=${JSON.stringify(where)}}`,
      value: worst * 100,
      expected: `below ${percent(diskFullRatio)}`,
    },
  ]);
}
