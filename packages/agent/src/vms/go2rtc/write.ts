import type { MetricWriter } from '@vedette/wire/exposition';
import type { StreamProgress } from '../../source/stream-progress.ts';
import { writeProgress } from '../../source/write-progress.ts';
import type { Go2rtcProbeResult } from './probe.ts';
import type { Go2rtcStream } from './streams.ts';

export const GO2RTC_SOURCE = 'go2rtc';

export interface Go2rtcFigures {
  readonly stream: Go2rtcStream;
  readonly cameraId: string;
  readonly progress: StreamProgress;
  readonly nowMs: number;
  /** Undefined: nobody watches, so go2rtc is not connected and nobody knows. */
  readonly up: boolean | undefined;
  readonly videoPackets: number | undefined;
  readonly sentBytes: number;
  readonly drops: number;
  readonly probe?: Go2rtcProbeResult;
}

export function writeGo2rtcStream(page: MetricWriter, figures: Go2rtcFigures): void {
  const { stream, cameraId, progress, up, videoPackets, probe } = figures;
  const labels = { camera_id: cameraId, source: GO2RTC_SOURCE };
  const own = { camera_id: cameraId };
  if (up !== undefined)
    page.family('camera_up', 'gauge', '1 while the camera delivers pictures, else 0.').sample(labels, up ? 1 : 0);
  writeProgress(page, labels, progress);
  if (videoPackets !== undefined) {
    page
      .family('camera_rtp_packets_received_total', 'counter', 'RTP packets received from the camera.')
      .sample(labels, videoPackets);
  }
  const producer = stream.producers.find(({ video }) => video !== undefined);
  if (producer?.video?.codec !== undefined) {
    page
      .family('camera_stream_info', 'gauge', 'What the stream is, in labels; always 1.')
      .sample({ ...labels, codec: producer.video.codec, transport: producer.protocol ?? '' }, 1);
  }
  const gauge = (name: string, help: string, value: number): void => {
    page.family(name, 'gauge', help).sample(own, value);
  };
  gauge('go2rtc_stream_producers', 'Connections that feed the stream.', stream.producers.length);
  gauge('stream_viewers', 'Viewers of a stream.', stream.consumers.length);
  if (progress.advancedAtMs !== undefined) {
    gauge(
      'go2rtc_stream_last_packet_age_seconds',
      'Time since the last packet, as fine as the readings are.',
      (figures.nowMs - progress.advancedAtMs) / 1_000,
    );
  }
  page.family('go2rtc_stream_sent_bytes_total', 'counter', 'Bytes sent to readers.').sample(own, figures.sentBytes);
  page
    .family('go2rtc_stream_dropped_packets_total', 'counter', 'Packets that readers were too slow for.')
    .sample(own, figures.drops);
  if (probe) writeProbe(page, own, probe);
}

function writeProbe(page: MetricWriter, own: Readonly<Record<string, string>>, probe: Go2rtcProbeResult): void {
  page
    .family('go2rtc_probe_success', 'gauge', '1 when go2rtc got the stream at the last try, else 0.')
    .sample(own, probe.reason === undefined ? 1 : 0);
  page.family('go2rtc_probe_duration_seconds', 'gauge', 'Duration of the last try.').sample(own, probe.seconds);
  page
    .family('go2rtc_probe_timestamp_seconds', 'gauge', 'When the last try ended, Unix time.')
    .sample(own, probe.atMs / 1_000);
  if (probe.reason !== undefined) {
    page
      .family('go2rtc_probe_failure', 'gauge', '1 while the last try failed, with the reason.')
      .sample({ ...own, reason: probe.reason }, 1);
  }
}
