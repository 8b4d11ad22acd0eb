import type { PlannedCamera } from '../fleet/plan.ts';
import { cameraFigures } from './camera-figures.ts';
import { officeShape } from './daily-shape.ts';
import { type SimulatedService, createService } from './service.ts';

const PROTOCOLS = [
  { name: 'webrtc', share: 0.6, latencySeconds: 0.22 },
  { name: 'hls', share: 0.4, latencySeconds: 6.2 },
];
const HLS_SEGMENT_SECONDS = 2;

/** One of the gateways that people watch through; cameras are spread over them. */
export function streamingGateway(
  gateway: { readonly name: string; readonly cameras: readonly PlannedCamera[] },
  seed: number,
): SimulatedService {
  const about = { name: gateway.name, job: 'streaming-gateways', instance: `${gateway.name}:9091` };
  return createService(about, seed, ({ metrics, events, random }) => {
    const streams = metrics.gauge('streams_active', 'Streams that somebody watches.');
    const streamsAlias = metrics.gauge('active_streams_total', 'Streams that somebody watches.');
    const viewers = metrics.gauge('stream_viewers', 'Viewers.', ['camera_id']);
    const viewersAlias = metrics.gauge('stream_viewers_count', 'Viewers.', ['camera_id']);
    const bits = metrics.gauge('stream_bits_per_second', 'Bit rate.', ['camera_id', 'quality']);
    const bitsAlias = metrics.gauge('stream_bitrate', 'Bit rate.', ['camera_id', 'quality']);
    const latency = metrics.gauge('stream_latency_seconds', 'From camera to viewer.', ['camera_id', 'protocol']);
    const latencyAlias = metrics.gauge('stream_latency_ms', 'From camera to viewer, milliseconds.', [
      'camera_id',
      'protocol',
    ]);
    const connections = metrics.counter('webrtc_connections_total', 'WebRTC connections by result.', ['result']);
    const failures = metrics.counter('webrtc_connection_failures_total', 'WebRTC connections that failed.');
    const attempts = metrics.counter('webrtc_connection_attempts_total', 'WebRTC connections that were tried.');
    const attemptsAlias = metrics.counter('webrtc_connections_attempts_total', 'WebRTC connections that were tried.');
    const successes = metrics.counter('webrtc_connections_success_total', 'WebRTC connections that came about.');
    const playlists = metrics.counter('hls_playlist_requests_total', 'Requests of playlists.');
    const sent = metrics.counter('stream_bytes_sent_total', 'Bytes sent to viewers.', ['camera_id', 'protocol']);

    events.subscribe(({ name, attributes: a, count, value = 0 }) => {
      if (name === 'webrtc_connection') {
        const failed = a['result'] === 'failure';
        connections.add(count, a['result'] ?? '');
        for (const series of [attempts, attemptsAlias, failed ? failures : successes]) series.add(count);
      } else if (name === 'playlist_request') playlists.add(count);
      else if (name === 'sent') sent.add(Math.round(value * count), a['camera_id'] ?? '', a['protocol'] ?? '');
    });
    for (const result of ['success', 'failure']) connections.add(0, result);
    for (const series of [failures, attempts, attemptsAlias, successes, playlists]) series.add(0);

    return ({ view, atMs, seconds }) => {
      const busy = officeShape(atMs);
      let watched = 0;
      for (const camera of gateway.cameras) {
        const figures = cameraFigures(view, camera, atMs);
        // Few cameras are popular; which, depends on the camera and changes by the hour.
        const popularity = ((camera.seed >>> 6) % 100) / 100;
        const wanted = figures.up
          ? Math.floor(popularity ** 4 * 9 * busy + 0.3 * ((camera.seed + Math.floor(atMs / 3_600_000)) % 4))
          : 0;
        viewers.set(wanted, camera.id);
        viewersAlias.set(wanted, camera.id);
        if (wanted > 0) watched++;
        const lossy = view.truth(camera).lossRatio;
        for (const quality of ['high', 'low']) {
          const rate = figures.bitsPerSecond * (quality === 'high' ? 1 : 0.35);
          bits.set(rate, camera.id, quality);
          bitsAlias.set(rate, camera.id, quality);
        }
        for (const { name: protocol, share, latencySeconds } of PROTOCOLS) {
          const late = latencySeconds * (1 + 3 * lossy) * (0.93 + 0.14 * random.next());
          latency.set(late, camera.id, protocol);
          latencyAlias.set(late * 1_000, camera.id, protocol);
          const value = (figures.bitsPerSecond / 8) * seconds * wanted * share;
          events.emit({
            atMs,
            name: 'sent',
            attributes: { camera_id: camera.id, protocol },
            count: wanted > 0 ? 1 : 0,
            value,
          });
        }
        const asked = random.poisson((wanted * 0.4 * seconds) / HLS_SEGMENT_SECONDS);
        events.emit({ atMs, name: 'playlist_request', attributes: { camera_id: camera.id }, count: asked });
        const tried = random.poisson(wanted * 0.004 * seconds);
        const failed = Math.min(tried, random.poisson(tried * 0.02));
        events.emit({
          atMs,
          name: 'webrtc_connection',
          attributes: { result: 'success', camera_id: camera.id },
          count: tried - failed,
        });
        events.emit({
          atMs,
          name: 'webrtc_connection',
          attributes: { result: 'failure', camera_id: camera.id },
          count: failed,
        });
      }
      streams.set(watched);
      streamsAlias.set(watched);
    };
  });
}
