import type { MetricWriter } from '@vedette/wire/exposition';
import type { CameraProcesses } from './process-book.ts';
import type { FfmpegProgress } from './progress-book.ts';

export const FFMPEG_SOURCE = 'ffmpeg';

export function writeProcesses(page: MetricWriter, cameras: readonly CameraProcesses[], unmatched: number): void {
  for (const one of cameras) {
    const labels = { camera_id: one.cameraId };
    const gauge = (name: string, help: string, value: number | undefined): void => {
      if (value !== undefined) page.family(name, 'gauge', help).sample(labels, value);
    };
    const counter = (name: string, help: string, value: number | undefined): void => {
      if (value !== undefined) page.family(name, 'counter', help).sample(labels, value);
    };
    gauge('ffmpeg_processes', 'ffmpeg processes of the camera.', one.processes);
    counter(
      'ffmpeg_process_cpu_seconds_total',
      'Processor time of the camera’s ffmpeg processes, in seconds.',
      one.cpuSeconds,
    );
    counter(
      'ffmpeg_process_restarts_total',
      'Times that an ffmpeg process of the camera took the place of one that ended.',
      one.restarts,
    );
    counter('ffmpeg_process_read_bytes_total', 'Bytes read from disks.', one.readBytes);
    counter('ffmpeg_process_written_bytes_total', 'Bytes written to disks.', one.writtenBytes);
    if (one.processes === 0) continue;
    gauge(
      'ffmpeg_process_resident_memory_bytes',
      'Resident memory of the camera’s ffmpeg processes.',
      one.residentBytes,
    );
    gauge('ffmpeg_process_threads', 'Threads of the camera’s ffmpeg processes.', one.threads);
    gauge(
      'ffmpeg_process_start_time_seconds',
      'When the youngest ffmpeg process of the camera started, Unix time.',
      one.startTimeSeconds,
    );
    gauge('ffmpeg_process_open_files', 'Open files of the camera’s ffmpeg processes.', one.openFiles);
  }
  page
    .family('ffmpeg_processes_unmatched', 'gauge', 'ffmpeg processes that belong to no known camera.')
    .sample({}, unmatched);
}

export function writeProgressOf(page: MetricWriter, cameras: readonly FfmpegProgress[]): void {
  for (const one of cameras) {
    const labels = { camera_id: one.cameraId };
    const { block } = one;
    const gauge = (name: string, help: string, value: number | undefined): void => {
      if (value !== undefined) page.family(name, 'gauge', help).sample(labels, value);
    };
    const counter = (name: string, help: string, value: number): void => {
      page.family(name, 'counter', help).sample(labels, value);
    };
    gauge('ffmpeg_running', '1 while ffmpeg tells its progress, 0 after it said that it ends.', block.ended ? 0 : 1);
    gauge('ffmpeg_frames_per_second', 'Frames per second that ffmpeg works on, now.', one.framesPerSecond);
    gauge(
      'ffmpeg_speed_ratio',
      'Media seconds made per second, now; below 1 it falls behind a live stream.',
      one.speed,
    );
    gauge('ffmpeg_mean_speed_ratio', 'Media seconds made per second since ffmpeg started.', block.speed);
    gauge('ffmpeg_bits_per_second', 'Bit rate of the output.', block.bitsPerSecond);
    gauge('ffmpeg_out_time_seconds', 'Time of the output.', block.outTimeSeconds);
    gauge('ffmpeg_slow', '1 when the speed has been below 0.95 for a minute, else 0.', one.slow ? 1 : 0);
    gauge('ffmpeg_stalled', '1 when the output’s time stands still although ffmpeg runs, else 0.', one.stalled ? 1 : 0);
    counter('ffmpeg_frames_total', 'Frames that ffmpeg worked on.', one.framesTotal);
    counter('ffmpeg_dropped_frames_total', 'Frames that ffmpeg dropped.', one.droppedFramesTotal);
    counter('ffmpeg_duplicated_frames_total', 'Frames that ffmpeg put in twice.', one.duplicatedFramesTotal);
    counter('ffmpeg_output_bytes_total', 'Bytes of the output.', one.outputBytesTotal);
    counter('ffmpeg_progress_streams_total', 'Progress streams that were begun.', one.starts);
    for (const [kind, count] of one.errors) {
      page
        .family('ffmpeg_errors_total', 'counter', 'Lines of stderr about trouble, by class.')
        .sample({ ...labels, class: kind }, count);
    }
    const canonical = { ...labels, source: FFMPEG_SOURCE };
    if (one.framesPerSecond !== undefined) {
      page
        .family('camera_frames_per_second', 'gauge', 'Frames per second that arrive.')
        .sample(canonical, one.framesPerSecond);
    }
    if (one.lastFrameAtMs !== undefined) {
      page
        .family('camera_last_frame_timestamp_seconds', 'gauge', 'When the last frame arrived, Unix time.')
        .sample(canonical, one.lastFrameAtMs / 1_000);
    }
  }
}
