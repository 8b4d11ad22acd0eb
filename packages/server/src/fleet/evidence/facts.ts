/**
 * Numbers that are kept per camera: the newest sample of each. The name of a fact is the canonical series that it comes from; the
 * value is its place in the columns of CameraEvidence.
 */
export const FACT = {
  camera_up: 0,
  camera_probe_success: 1,
  camera_probe_consecutive_failures: 2,
  camera_probe_last_timestamp_seconds: 3,
  camera_measure_last_timestamp_seconds: 4,
  camera_frames_per_second: 5,
  camera_declared_fps: 6,
  camera_expected_fps: 7,
  camera_rtp_packets_received_total: 8,
  camera_rtp_packets_lost_total: 9,
  camera_rtp_jitter_seconds: 10,
  camera_keyframe_interval_seconds: 11,
  camera_clock_offset_seconds: 12,
  camera_parameter_set_changes_total: 13,
  camera_last_frame_timestamp_seconds: 14,
  camera_picture_luma: 15,
  camera_picture_sharpness: 16,
  camera_bits_per_second: 17,
  camera_reconnects_total: 18,
  hls_playlist_age_seconds: 19,
  hls_segment_duration_seconds: 20,
  hls_live_latency_seconds: 21,
  hls_sequence_stalls_total: 22,
  camera_recording_last_segment_timestamp_seconds: 23,
  camera_recording_enabled: 24,
  camera_frames_dropped_total: 25,
  camera_frames_received_total: 26,
  frigate_skipped_fps: 27,
} as const;

export type FactName = keyof typeof FACT;
export type Fact = (typeof FACT)[FactName];
export const FACTS: readonly FactName[] = Object.keys(FACT) as FactName[];
export const FACT_COUNT = FACTS.length;

export function factName(fact: Fact): FactName {
  return FACTS[fact] as FactName;
}
