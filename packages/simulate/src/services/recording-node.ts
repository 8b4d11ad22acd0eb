import type { PlannedRecorder } from '../fleet/plan.ts';
import { cameraFigures } from './camera-figures.ts';
import { type SimulatedService, createService } from './service.ts';

const SEGMENT_SECONDS = 10;
const SEGMENT_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** A recorder that lost a camera starts its ffmpeg again this often. */
const RESTART_SECONDS = 20;
const FFMPEG_MEMORY_BYTES = 95_000_000;

interface Recording {
  lastFrameMs: number;
  lastSegmentMs: number;
  startedMs: number;
  framesCredit: number;
}

/** A recorder of our own making: one ffmpeg per camera, segments of ten seconds. */
export function recordingNode(recorder: PlannedRecorder, seed: number): SimulatedService {
  const about = {
    name: recorder.name,
    job: 'recording-nodes',
    instance: `${recorder.name}:9090`,
    labels: { recorder: recorder.name },
  };
  return createService(about, seed, ({ metrics, events, random }) => {
    const gauge = (name: string, help: string) => metrics.gauge(name, help, ['camera_id']);
    const counter = (name: string, help: string) => metrics.counter(name, help, ['camera_id']);
    const status = gauge('camera_connection_status', '1 while connected.');
    const up = gauge('camera_up', '1 while the camera delivers pictures.');
    const fps = gauge('camera_fps', 'Frames a second.');
    const framesPerSecond = gauge('camera_frames_per_second', 'Frames a second.');
    const expectedFps = gauge('camera_expected_fps', 'Frames a second that are expected.');
    const bitrate = gauge('camera_bitrate', 'Bits a second.');
    const bytes = counter('camera_received_bytes_total', 'Bytes received.');
    const received = counter('camera_frames_received_total', 'Frames received.');
    const dropped = counter('camera_frames_dropped_total', 'Frames lost.');
    const droppedAlias = gauge('camera_frames_dropped', 'Frames lost.');
    const lastFrame = gauge('camera_last_frame_timestamp_seconds', 'When the last frame came, Unix time.');
    const lastFrameAlias = gauge('camera_last_frame_timestamp', 'When the last frame came, Unix time.');
    const lastSegment = gauge(
      'camera_recording_last_segment_timestamp_seconds',
      'When the newest segment ended, Unix time.',
    );
    const enabled = gauge('camera_recording_enabled', '1 when the camera is to be recorded.');
    const cpuPercent = gauge('ffmpeg_process_cpu_percent', 'Percent of a core.');
    const cpuSeconds = counter('ffmpeg_process_cpu_seconds_total', 'CPU time.');
    const memoryMb = gauge('ffmpeg_process_memory_mb', 'Resident memory, megabytes.');
    const memoryBytes = gauge('ffmpeg_process_resident_memory_bytes', 'Resident memory.');
    const uptime = gauge('ffmpeg_process_uptime_seconds', 'Since its start.');
    const started = gauge('ffmpeg_process_start_time_seconds', 'When it was started, Unix time.');
    const restarts = counter('ffmpeg_process_restarts_total', 'How often it was started again.');
    const segments = metrics.histogram(
      'segment_processing_seconds',
      'Duration of writing a segment.',
      SEGMENT_BUCKETS,
      ['camera_id'],
    );

    const droppedSoFar = new Map<string, number>();
    events.subscribe(({ name, attributes, count, value = 0, durationSeconds = 0 }) => {
      const id = attributes['camera_id'] ?? '';
      if (name === 'frames') {
        received.add(count, id);
        bytes.add(Math.round(value * count), id);
      } else if (name === 'frames_dropped') {
        dropped.add(count, id);
        droppedSoFar.set(id, (droppedSoFar.get(id) ?? 0) + count);
      } else if (name === 'segment') segments.observe(durationSeconds, count, id);
      else if (name === 'restart') restarts.add(count, id);
    });

    const recordings = new Map<string, Recording>();
    return ({ view, atMs, seconds }) => {
      for (const camera of recorder.cameras) {
        const { id } = camera;
        const truth = view.truth(camera);
        const figures = cameraFigures(view, camera, atMs);
        const known = recordings.get(id);
        const recording = known ?? {
          lastFrameMs: atMs,
          lastSegmentMs: atMs,
          startedMs: atMs - 3_600_000 * (1 + (camera.seed % 200)),
          framesCredit: 0,
        };
        if (!known) {
          recordings.set(id, recording);
          for (const series of [dropped, restarts]) series.add(0, id);
        }
        status.set(figures.up ? 1 : 0, id);
        up.set(figures.up ? 1 : 0, id);
        fps.set(figures.framesPerSecond, id);
        framesPerSecond.set(figures.framesPerSecond, id);
        expectedFps.set(camera.framesPerSecond, id);
        bitrate.set(figures.bitsPerSecond, id);
        enabled.set(1, id);
        if (figures.up) {
          recording.lastFrameMs = atMs;
          recording.framesCredit += figures.framesPerSecond * seconds;
          const count = Math.floor(recording.framesCredit);
          recording.framesCredit -= count;
          const value = figures.bitsPerSecond / 8 / Math.max(1, figures.framesPerSecond);
          events.emit({ atMs, name: 'frames', attributes: { camera_id: id }, count, value });
          const lost = random.poisson((0.002 + truth.lossRatio * figures.framesPerSecond) * seconds);
          events.emit({ atMs, name: 'frames_dropped', attributes: { camera_id: id }, count: lost });
          // Segments end at multiples of ten seconds; nothing can be written to a full disk.
          const ended = Math.floor(atMs / 1_000 / SEGMENT_SECONDS) * SEGMENT_SECONDS * 1_000;
          if (!truth.recorderFull && ended > recording.lastSegmentMs) {
            recording.lastSegmentMs = ended;
            events.emit({
              atMs,
              name: 'segment',
              attributes: { camera_id: id },
              count: 1,
              durationSeconds: 0.04 * Math.exp(0.4 * random.normal()),
            });
          }
        } else if (atMs - recording.startedMs > RESTART_SECONDS * 1_000) {
          recording.startedMs = atMs;
          events.emit({ atMs, name: 'restart', attributes: { camera_id: id }, count: 1 });
        }
        droppedAlias.set(droppedSoFar.get(id) ?? 0, id);
        for (const series of [lastFrame, lastFrameAlias]) series.set(recording.lastFrameMs / 1_000, id);
        lastSegment.set(recording.lastSegmentMs / 1_000, id);
        const cpu = figures.up ? 2.5 + figures.framesPerSecond * 0.09 + 0.3 * random.next() : 0.3;
        cpuPercent.set(cpu, id);
        cpuSeconds.add((cpu / 100) * seconds, id);
        const memory = FFMPEG_MEMORY_BYTES * (figures.up ? 0.8 + (camera.seed % 500) / 1_000 : 0.3);
        memoryMb.set(memory / 1e6, id);
        memoryBytes.set(memory, id);
        uptime.set((atMs - recording.startedMs) / 1_000, id);
        started.set(recording.startedMs / 1_000, id);
      }
    };
  });
}
