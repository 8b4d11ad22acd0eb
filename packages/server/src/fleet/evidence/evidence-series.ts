import { FACT, FACTS, type Fact } from './facts.ts';

/** What a series of this name is evidence of. */
export type SeriesUse =
  | { readonly of: 'fact'; readonly fact: Fact }
  /** Label `reason`; 1 while probes fail for it. */
  | { readonly of: 'failure' }
  /** Labels `problem` and `source`; 1 while present. */
  | { readonly of: 'picture' }
  /** Labels are what the stream says it is. */
  | { readonly of: 'info' }
  /** Label `event`; 1 while the camera says so. */
  | { readonly of: 'device' }
  /** A counter of what a detector found in the camera's pictures. */
  | { readonly of: 'detections' }
  | { readonly of: 'disk'; readonly part: 'free' | 'total' | 'used' | 'used_percent' }
  /** `scale` makes a ratio of the value. */
  | { readonly of: 'gpu'; readonly part: 'utilization' | 'decoder' | 'throttle'; readonly scale: number }
  | { readonly of: 'queue'; readonly part: 'depth' | 'capacity' }
  /** Label `model_name` or `camera_id`. */
  | { readonly of: 'drift' }
  /** Labels `agent` and `site`; the value is when the site's agent was last heard, Unix seconds. */
  | { readonly of: 'agent' };

/** The seeds' own spellings and those of servers that are scraped as they are; the canonical names are FACTS. */
const FACT_ALIASES: Readonly<Record<string, Fact>> = {
  camera_connection_status: FACT.camera_up,
  camera_fps: FACT.camera_frames_per_second,
  frigate_camera_fps: FACT.camera_frames_per_second,
  camera_bitrate: FACT.camera_bits_per_second,
  camera_last_frame_timestamp: FACT.camera_last_frame_timestamp_seconds,
  camera_frames_dropped: FACT.camera_frames_dropped_total,
};

const PERCENT = 0.01;

/** By metric name; whatever is not here is no evidence, and costs one look-up. */
export const EVIDENCE_SERIES: ReadonlyMap<string, SeriesUse> = new Map<string, SeriesUse>([
  ...FACTS.map((name): [string, SeriesUse] => [name, { of: 'fact', fact: FACT[name] }]),
  ...Object.entries(FACT_ALIASES).map(([name, fact]): [string, SeriesUse] => [name, { of: 'fact', fact }]),
  ['camera_probe_failure', { of: 'failure' }],
  ['camera_picture_problem', { of: 'picture' }],
  ['camera_stream_info', { of: 'info' }],
  ['camera_onvif_event', { of: 'device' }],
  ['vehicle_detections_total', { of: 'detections' }],
  ['camera_detections_total', { of: 'detections' }],
  ['camera_events_total', { of: 'detections' }],
  ['frigate_camera_events_total', { of: 'detections' }],
  ['disk_space_free_bytes', { of: 'disk', part: 'free' }],
  ['disk_space_total_bytes', { of: 'disk', part: 'total' }],
  ['disk_space_used_bytes', { of: 'disk', part: 'used' }],
  ['disk_space_used_percent', { of: 'disk', part: 'used_percent' }],
  ['node_filesystem_avail_bytes', { of: 'disk', part: 'free' }],
  ['node_filesystem_size_bytes', { of: 'disk', part: 'total' }],
  ['frigate_storage_free_bytes', { of: 'disk', part: 'free' }],
  ['frigate_storage_total_bytes', { of: 'disk', part: 'total' }],
  ['gpu_utilization_ratio', { of: 'gpu', part: 'utilization', scale: 1 }],
  ['gpu_decoder_utilization_ratio', { of: 'gpu', part: 'decoder', scale: 1 }],
  ['gpu_throttle_active', { of: 'gpu', part: 'throttle', scale: 1 }],
  ['gpu_utilization_percent', { of: 'gpu', part: 'utilization', scale: PERCENT }],
  ['nvidia_smi_utilization_gpu_ratio', { of: 'gpu', part: 'utilization', scale: 1 }],
  ['nvidia_smi_utilization_decoder_ratio', { of: 'gpu', part: 'decoder', scale: 1 }],
  ['DCGM_FI_DEV_GPU_UTIL', { of: 'gpu', part: 'utilization', scale: PERCENT }],
  ['DCGM_FI_DEV_DEC_UTIL', { of: 'gpu', part: 'decoder', scale: PERCENT }],
  ['frigate_gpu_usage_percent', { of: 'gpu', part: 'utilization', scale: PERCENT }],
  ['frigate_gpu_decoder_usage_percent', { of: 'gpu', part: 'decoder', scale: PERCENT }],
  ['analytics_queue_depth', { of: 'queue', part: 'depth' }],
  ['analytics_queue_capacity', { of: 'queue', part: 'capacity' }],
  ['ml_model_drift_score', { of: 'drift' }],
  ['ml_drift_statistic', { of: 'drift' }],
  ['vedette_agent_last_contact_timestamp_seconds', { of: 'agent' }],
]);
