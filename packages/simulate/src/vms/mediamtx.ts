import type { PlannedCamera, PlannedRecorder } from '../fleet/plan.ts';
import { answer, answerJson } from '../http/answers.ts';
import type { HttpHandler } from '../http/http-listener.ts';
import { hashText } from '../random.ts';
import { cameraFigures } from '../services/camera-figures.ts';
import type { FleetServices } from '../services/fleet-services.ts';

const ITEMS_PER_PAGE_DEFAULT = 100;
const ITEMS_PER_PAGE_MAX = 1_000;
const PACKET_BYTES = 1_200;

const trackOf = ({ protocol, model }: PlannedCamera): string =>
  protocol === 'mjpeg' ? 'M-JPEG' : model.codec === 'h264' ? 'H264' : 'H265';

interface Source {
  /** Undefined while the camera cannot be read. */
  readySinceMs: number | undefined;
  /** New with every connection, and so are its counters. */
  connection: number;
  inboundBytes: number;
  outboundBytes: number;
  packets: number;
  lost: number;
}

/** A MediaMTX as its API (`/v3/paths/list`, `/v3/config/paths/list`) and its metrics page show it. */
export function mediamtxServer(
  recorder: PlannedRecorder,
  services: FleetServices,
  rtsp: () => string,
): { readonly api: HttpHandler; readonly metrics: HttpHandler; readonly observe: () => void } {
  const sources = new Map<string, Source>();
  let observedMs = services.atMs;

  const observe = (): void => {
    const { atMs, view } = services;
    const seconds = Math.max(0, (atMs - observedMs) / 1_000);
    observedMs = atMs;
    for (const camera of recorder.cameras) {
      const { up, bitsPerSecond } = cameraFigures(view, camera, atMs);
      const source = sources.get(camera.id) ?? {
        readySinceMs: undefined,
        connection: 0,
        inboundBytes: 0,
        outboundBytes: 0,
        packets: 0,
        lost: 0,
      };
      sources.set(camera.id, source);
      if (!up) {
        source.readySinceMs = undefined;
        continue;
      }
      if (source.readySinceMs === undefined) {
        Object.assign(source, {
          readySinceMs: atMs,
          connection: source.connection + 1,
          inboundBytes: 0,
          outboundBytes: 0,
          packets: 0,
          lost: 0,
        });
      }
      const bytes = Math.round((bitsPerSecond / 8) * seconds);
      source.inboundBytes += bytes;
      source.outboundBytes += Math.round(0.5 * bytes);
      const packets = Math.ceil(bytes / PACKET_BYTES);
      const { lossRatio } = view.truth(camera);
      source.packets += packets;
      source.lost += Math.round((packets * lossRatio) / Math.max(0.01, 1 - lossRatio));
    }
  };

  const sourceId = (camera: PlannedCamera, source: Source): string =>
    [1, 2, 3, 4]
      .map((part) => hashText(`${camera.id}/${source.connection}/${part}`).toString(16).padStart(8, '0'))
      .join('-');

  const pathOf = (camera: PlannedCamera): unknown => {
    const source = sources.get(camera.id);
    const ready = source?.readySinceMs !== undefined;
    const time = ready ? new Date(source.readySinceMs as number).toISOString() : null;
    return {
      name: camera.id,
      confName: camera.id,
      source: ready ? { type: 'rtspSource', id: sourceId(camera, source) } : null,
      ready,
      readyTime: time,
      available: ready,
      availableTime: time,
      tracks: ready ? [trackOf(camera)] : [],
      bytesReceived: source?.inboundBytes ?? 0,
      bytesSent: source?.outboundBytes ?? 0,
      inboundBytes: source?.inboundBytes ?? 0,
      outboundBytes: source?.outboundBytes ?? 0,
      inboundFramesInError: 0,
      readers: [],
    };
  };

  const list = (url: string, items: readonly unknown[]): unknown => {
    const query = new URLSearchParams(url.split('?')[1] ?? '');
    const size = Math.min(
      ITEMS_PER_PAGE_MAX,
      Number(query.get('itemsPerPage') ?? ITEMS_PER_PAGE_DEFAULT) || ITEMS_PER_PAGE_DEFAULT,
    );
    const page = Number(query.get('page') ?? '0') || 0;
    return {
      itemCount: items.length,
      pageCount: Math.ceil(items.length / size),
      items: items.slice(page * size, (page + 1) * size),
    };
  };

  /** Without types, help and `_total`, and with the names that newer versions have beside the older ones. */
  const page = (): string => {
    const lines: string[] = [];
    for (const camera of recorder.cameras) {
      const source = sources.get(camera.id);
      const ready = source?.readySinceMs !== undefined;
      const state = `{name="${camera.id}",state="${ready ? 'ready' : 'notReady'}"}`;
      lines.push(`paths${state} 1`);
      if (!source) continue;
      for (const name of ['paths_inbound_bytes', 'paths_bytes_received'])
        lines.push(`${name}${state} ${source.inboundBytes}`);
      for (const name of ['paths_outbound_bytes', 'paths_bytes_sent'])
        lines.push(`${name}${state} ${source.outboundBytes}`);
      if (!ready) continue;
      const session = `{id="${sourceId(camera, source)}",path="${camera.id}",remoteAddr="127.0.0.1:554",state="publish"}`;
      lines.push(`rtsp_sessions${session} 1`);
      lines.push(`rtsp_sessions_inbound_bytes${session} ${source.inboundBytes}`);
      lines.push(`rtsp_sessions_inbound_rtp_packets${session} ${source.packets}`);
      lines.push(`rtsp_sessions_inbound_rtp_packets_lost${session} ${source.lost}`);
      lines.push(
        `rtsp_sessions_inbound_rtp_packets_jitter${session} ${(0.4 + source.lost / (1 + source.packets)).toFixed(3)}`,
      );
    }
    return `${lines.join('\n')}\n`;
  };

  return {
    api: (request, response, path) => {
      const { url = '' } = request;
      if (path === '/v3/paths/list') answerJson(response, 200, list(url, recorder.cameras.map(pathOf)));
      else if (path === '/v3/config/paths/list') {
        const configured = recorder.cameras.map((camera) => ({
          name: camera.id,
          source: `${rtsp()}/${camera.id}/main`,
          sourceOnDemand: false,
        }));
        answerJson(response, 200, list(url, configured));
      } else answerJson(response, 404, { status: 'error', error: 'not found' });
    },
    metrics: (_request, response, path) => {
      if (path === '/metrics') answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', page());
      else answerJson(response, 404, { status: 'error', error: 'not found' });
    },
    observe,
  };
}
