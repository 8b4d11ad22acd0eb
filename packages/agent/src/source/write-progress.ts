import type { MetricWriter } from '@vedette/wire/exposition';
import type { StreamProgress } from './stream-progress.ts';

/** What every server's byte counters tell of a stream. */
export function writeProgress(
  page: MetricWriter,
  labels: Readonly<Record<string, string>>,
  { receivedBytes, bitsPerSecond, advancedAtMs, reconnects }: StreamProgress,
): void {
  page
    .family('camera_received_bytes_total', 'counter', 'Bytes received from the camera.')
    .sample(labels, receivedBytes);
  if (bitsPerSecond !== undefined)
    page.family('camera_bits_per_second', 'gauge', 'Bits per second received.').sample(labels, bitsPerSecond);
  if (advancedAtMs !== undefined) {
    page
      .family('camera_last_frame_timestamp_seconds', 'gauge', 'When the last frame arrived, Unix time.')
      .sample(labels, advancedAtMs / 1_000);
  }
  page
    .family('camera_reconnects_total', 'counter', 'Times that the connection to the camera was made anew.')
    .sample(labels, reconnects);
}
