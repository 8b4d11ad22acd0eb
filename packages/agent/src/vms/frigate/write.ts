import type { MetricWriter } from '@vedette/wire/exposition';
import type { FrigateCamera, FrigateStats } from './stats.ts';

export const FRIGATE_SOURCE = 'frigate';

/** One camera under its `camera_id`, and what the collector counted of it. */
export interface FrigateCameraFigures {
  readonly camera: FrigateCamera;
  readonly cameraId: string;
  /** Undefined where the configuration is not read. */
  readonly configuredFps: number | undefined;
  readonly reconnects: number;
  readonly stalls: number;
}

/** Canonical names with `camera_id` and `source`, then Frigate's own with `camera_name` where there is no canonical one. */
export function writeFrigateCameras(page: MetricWriter, cameras: readonly FrigateCameraFigures[]): void {
  const gauge = (name: string, help: string) => page.family(name, 'gauge', help);
  for (const { camera, cameraId, configuredFps, reconnects, stalls } of cameras) {
    const labels = { camera_id: cameraId, source: FRIGATE_SOURCE };
    gauge('camera_up', '1 while the camera delivers pictures, else 0.').sample(labels, camera.fps > 0 ? 1 : 0);
    gauge('camera_frames_per_second', 'Frames per second that arrive.').sample(labels, camera.fps);
    const expected = camera.expectedFps ?? configuredFps;
    if (expected !== undefined && expected > 0)
      gauge('camera_expected_fps', 'Frames per second that should arrive.').sample(labels, expected);
    page
      .family('camera_reconnects_total', 'counter', 'Times that the connection to the camera was made anew.')
      .sample(labels, reconnects);
    page
      .family('camera_stalls_total', 'counter', 'Times that no frame came for longer than two frames and two seconds.')
      .sample(labels, stalls);
    writeOwn(page, camera);
  }
}

function writeOwn(page: MetricWriter, camera: FrigateCamera): void {
  const labels = { camera_name: camera.name };
  const own = (name: string, help: string, value: number | undefined): void => {
    if (value !== undefined) page.family(name, 'gauge', help).sample(labels, value);
  };
  own('frigate_process_fps', 'Frames per second that Frigate works on.', camera.processFps);
  own('frigate_skipped_fps', 'Frames per second that Frigate skips.', camera.skippedFps);
  own('frigate_detection_fps', 'Detections per second.', camera.detectionFps);
  own('frigate_audio_rms', 'Loudness of the sound.', camera.audioRms);
  own('frigate_audio_dBFS', 'Loudness of the sound, decibels of full scale.', camera.audioDbfs);
  own(
    'frigate_detection_enabled',
    '1 while detection is on, else 0.',
    camera.detectionEnabled === undefined ? undefined : Number(camera.detectionEnabled),
  );
  own('frigate_camera_reconnects_last_hour', 'Reconnects within the last hour.', camera.reconnectsLastHour);
  own('frigate_camera_stalls_last_hour', 'Stalls within the last hour.', camera.stallsLastHour);
  if (camera.quality !== undefined) {
    page
      .family('frigate_camera_connection_quality', 'gauge', 'Frigate’s word for the connection in a label; always 1.')
      .sample({ ...labels, quality: camera.quality }, 1);
  }
}

/** What Frigate tells about itself, under the names that it has on its own metrics page. */
export function writeFrigateService(page: MetricWriter, stats: FrigateStats): void {
  const gauge = (name: string, help: string, labels: Readonly<Record<string, string>>, value?: number): void => {
    if (value !== undefined) page.family(name, 'gauge', help).sample(labels, value);
  };
  gauge('frigate_detection_total_fps', 'Detections per second of all cameras.', {}, stats.detectionFps);
  for (const { name, inferenceSeconds, detectionStart, temperature } of stats.detectors) {
    gauge('frigate_detector_inference_speed_seconds', 'Duration of one inference.', { name }, inferenceSeconds);
    gauge('frigate_detection_start', 'Start of the inference under way, Unix time.', { name }, detectionStart);
    gauge('frigate_detector_temperature_celsius', 'Temperature of the detector.', { name }, temperature);
  }
  for (const { name, gpu, memory, encoder, decoder, compute, temperature } of stats.gpus) {
    const labels = { gpu_name: name };
    gauge('frigate_gpu_usage_percent', 'Load of the GPU, 0 to 100.', labels, gpu);
    gauge('frigate_gpu_mem_usage_percent', 'Memory of the GPU in use, 0 to 100.', labels, memory);
    gauge('frigate_gpu_encoder_usage_percent', 'Load of the encoder, 0 to 100.', labels, encoder);
    gauge('frigate_gpu_decoder_usage_percent', 'Load of the decoder, 0 to 100.', labels, decoder);
    gauge('frigate_gpu_compute_usage_percent', 'Load of computing, 0 to 100.', labels, compute);
    gauge('frigate_gpu_temperature_celsius', 'Temperature of the GPU.', labels, temperature);
  }
  gauge('frigate_service_uptime_seconds', 'Time since Frigate started.', {}, stats.uptimeSeconds);
  gauge('frigate_service_last_updated_timestamp', 'When the figures were made, Unix time.', {}, stats.lastUpdated);
  if (stats.version !== undefined) {
    const labels = { version: stats.version, latest_version: stats.latestVersion ?? '' };
    gauge('frigate_service_info', 'Version of Frigate in labels; always 1.', labels, 1);
  }
  for (const [device, celsius] of stats.temperatures)
    gauge('frigate_device_temperature', 'Temperature of a device.', { device }, celsius);
  for (const { path, totalBytes, usedBytes, freeBytes, mountType } of stats.disks) {
    const labels = { storage: path };
    gauge('frigate_storage_total_bytes', 'Size of a disk of Frigate’s.', labels, totalBytes);
    gauge('frigate_storage_used_bytes', 'Used bytes of a disk of Frigate’s.', labels, usedBytes);
    gauge('frigate_storage_free_bytes', 'Free bytes of a disk of Frigate’s.', labels, freeBytes);
    if (mountType !== undefined) {
      const kind = { ...labels, mount_type: mountType };
      gauge('frigate_storage_mount_type_info', 'Kind of the disk in a label; always 1.', kind, 1);
    }
  }
}
