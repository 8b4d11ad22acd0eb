import type { Clock } from '../clock.ts';
import type { ClosableCollector } from '../collector.ts';
import { parseBoundedJson } from '../source/bounded-json.ts';
import { CAMERAS_PER_SERVER_MAX, type CameraNaming, cameraIdOf } from '../source/camera-names.ts';
import { HttpSource, type HttpSourceOptions } from '../source/http-source.ts';
import { type SourcePart, collectParts } from '../source/parts.ts';
import { RisingCounters } from '../source/rising-counters.ts';
import { SourceFault } from '../source/source-fault.ts';
import { StreamProgressBook } from '../source/stream-progress.ts';
import { type MediamtxSample, pathsOfPage, publishersOfPage, readMediamtxPage } from './mediamtx/page.ts';
import { type MediamtxPath, notReadyReason, onDemandPaths, readMediamtxPaths } from './mediamtx/paths.ts';
import {
  MEDIAMTX_SOURCE,
  type MediamtxCameraFigures,
  writeMediamtxCameras,
  writeMediamtxSamples,
} from './mediamtx/write.ts';

export interface MediamtxCollectorOptions extends Omit<HttpSourceOptions, 'url'>, CameraNaming {
  readonly clock: Clock;
  /** Of the API, `http://127.0.0.1:9997`; at least one of the two. */
  readonly apiUrl?: string;
  /** Of the metrics page, `http://127.0.0.1:9998`. */
  readonly metricsUrl?: string;
  /** Show the page's figures by connection too; their ids are new with every connection, which costs series. */
  readonly connections?: boolean;
}

const ITEMS_PER_PAGE = 500;
const CONFIG_INTERVAL_MS = 60_000;

/**
 * One MediaMTX, read from its API (`/v3/paths/list`) and its metrics page: canonical `camera_*` series with `source="mediamtx"`, and
 * MediaMTX's own names in their newest spelling. Where both are given and one fails, the other goes on. Throws RangeError when neither is.
 */
export function createMediamtxCollector(options: MediamtxCollectorOptions): ClosableCollector {
  const { clock, apiUrl, metricsUrl } = options;
  if (apiUrl === undefined && metricsUrl === undefined)
    throw new RangeError('a MediaMTX needs the address of its API or of its metrics page');
  const api = apiUrl === undefined ? undefined : new HttpSource({ ...options, url: apiUrl }, clock);
  const metrics = metricsUrl === undefined ? undefined : new HttpSource({ ...options, url: metricsUrl }, clock);
  const book = new StreamProgressBook();
  const packets = new RisingCounters();
  const onDemand = api ? new OnDemandPaths(api, clock) : undefined;
  const idOf = (name: string): string | undefined => cameraIdOf(options, name);

  const readPage = async (source: HttpSource, signal: AbortSignal): Promise<readonly MediamtxSample[]> =>
    readMediamtxPage(await source.get('/metrics', signal), `${source.place}/metrics`);

  const figuresOf = (
    name: string,
    cameraId: string,
    told: { readonly ready: boolean; readonly inboundBytes: number | undefined; readonly path?: MediamtxPath },
  ): MediamtxCameraFigures => {
    const { ready, inboundBytes, path } = told;
    const reason = path ? notReadyReason(path, onDemand?.names ?? new Set()) : undefined;
    const connections =
      ready && inboundBytes !== undefined
        ? [
            {
              id: path === undefined ? undefined : `${path.sourceId ?? ''} ${path.readySince ?? ''}`,
              bytes: inboundBytes,
            },
          ]
        : [];
    const at = { nowMs: clock.now(), monotonicMs: clock.monotonicMs() };
    return {
      cameraId,
      up: ready ? true : reason === 'on_demand' ? undefined : false,
      progress: book.observe(name, connections, reason === 'on_demand', at),
      ...(path ? { path } : {}),
      ...(reason === undefined ? {} : { notReady: reason }),
    };
  };

  const collect = async (signal: AbortSignal): Promise<string> => {
    book.beginRound();
    packets.beginRound();
    const page = metrics ? settle(readPage(metrics, signal)) : undefined;
    const list = api ? settle(readAllPaths(api, onDemand, signal)) : undefined;
    const parts: SourcePart[] = [];
    if (list) {
      parts.push({
        name: 'paths',
        read: async () => {
          const paths = unwrap(await list);
          const cameras = paths.flatMap((path) => {
            const cameraId = idOf(path.name);
            const told = { ready: path.ready, inboundBytes: path.inboundBytes, path };
            return cameraId === undefined ? [] : [figuresOf(path.name, cameraId, told)];
          });
          return (writer) => writeMediamtxCameras(writer, cameras);
        },
      });
    }
    if (page) {
      parts.push({
        name: 'metrics',
        read: async () => {
          const samples = unwrap(await page);
          // The list tells more; the page stands in while there is none.
          const alone = list === undefined || (await list).fault !== undefined;
          const cameras: MediamtxCameraFigures[] = [];
          if (alone) {
            for (const [name, told] of pathsOfPage(samples)) {
              const cameraId = idOf(name);
              if (cameraId !== undefined && cameras.length < CAMERAS_PER_SERVER_MAX)
                cameras.push(figuresOf(name, cameraId, told));
            }
          }
          const shown = samples.filter(({ kind }) => kind === 'path' || options.connections === true);
          const publishers = countPackets(packets, samples, idOf);
          return (writer) => {
            writeMediamtxCameras(writer, cameras);
            writeMediamtxSamples(writer, shown);
            for (const [cameraId, { received, lost }] of publishers) {
              const labels = { camera_id: cameraId, source: MEDIAMTX_SOURCE };
              writer
                .family('camera_rtp_packets_received_total', 'counter', 'RTP packets received from the camera.')
                .sample(labels, received);
              writer
                .family('camera_rtp_packets_lost_total', 'counter', 'RTP packets that did not arrive.')
                .sample(labels, lost);
            }
          };
        },
      });
    }
    const text = await collectParts('mediamtx', parts, clock, signal, options.limitMs);
    book.endRound();
    packets.endRound();
    return text;
  };
  return {
    name: 'mediamtx',
    collect,
    close: async () => {
      await Promise.all([api?.close(), metrics?.close()]);
    },
  };
}

type Settled<T> = { readonly value: T; readonly fault?: undefined } | { readonly fault: unknown };

function settle<T>(promise: Promise<T>): Promise<Settled<T>> {
  return promise.then(
    (value) => ({ value }),
    (fault: unknown) => ({ fault: fault ?? new Error('no reason given') }),
  );
}

function unwrap<T>(settled: Settled<T>): T {
  if (settled.fault !== undefined) throw settled.fault;
  return (settled as { readonly value: T }).value;
}

/** By camera: sessions that publish to its path, added up. */
function countPackets(
  counters: RisingCounters,
  samples: readonly MediamtxSample[],
  idOf: (name: string) => string | undefined,
): ReadonlyMap<string, { readonly received: number; readonly lost: number }> {
  const totals = new Map<string, { readonly received: number; readonly lost: number }>();
  for (const { path, session, received, lost } of publishersOfPage(samples)) {
    const cameraId = idOf(path);
    if (cameraId === undefined) continue;
    totals.set(cameraId, {
      received: counters.observe(`received ${cameraId}`, session, received),
      lost: counters.observe(`lost ${cameraId}`, session, lost),
    });
  }
  return totals;
}

async function readAllPaths(
  api: HttpSource,
  onDemand: OnDemandPaths | undefined,
  signal: AbortSignal,
): Promise<readonly MediamtxPath[]> {
  // Waited for, so that one that rests is not taken for one that is down; what is wrong with it the list would say as well.
  const refreshed = onDemand?.refresh(signal).catch(() => undefined);
  const what = `${api.place}/v3/paths/list`;
  const paths: MediamtxPath[] = [];
  for (let page = 0; paths.length < CAMERAS_PER_SERVER_MAX; page++) {
    const body = await api.get(`/v3/paths/list?itemsPerPage=${ITEMS_PER_PAGE}&page=${page}`, signal);
    const answer = readMediamtxPaths(parseBoundedJson(body, what), what, CAMERAS_PER_SERVER_MAX - paths.length);
    paths.push(...answer.paths);
    if (page + 1 >= answer.pageCount || answer.paths.length === 0) break;
  }
  await refreshed;
  return paths;
}

/** Which paths are fetched on demand; a MediaMTX that keeps its configuration to itself leaves this empty. */
class OnDemandPaths {
  readonly #api: HttpSource;
  readonly #clock: Clock;
  #names: ReadonlySet<string> = new Set();
  #askedAtMs = -Infinity;

  constructor(api: HttpSource, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  async refresh(signal: AbortSignal): Promise<void> {
    if (this.#clock.monotonicMs() - this.#askedAtMs < CONFIG_INTERVAL_MS) return;
    this.#askedAtMs = this.#clock.monotonicMs();
    const names = new Set<string>();
    try {
      for (let page = 0; page * ITEMS_PER_PAGE < CAMERAS_PER_SERVER_MAX; page++) {
        const body = await this.#api.get(`/v3/config/paths/list?itemsPerPage=${ITEMS_PER_PAGE}&page=${page}`, signal);
        const answer = parseBoundedJson(body, `${this.#api.place}/v3/config/paths/list`);
        const found = onDemandPaths(answer, ITEMS_PER_PAGE);
        for (const name of found) names.add(name);
        const { pageCount } = (answer ?? {}) as { pageCount?: unknown };
        if (typeof pageCount !== 'number' || page + 1 >= pageCount) break;
      }
      this.#names = names;
    } catch (error) {
      // Its right is a separate one (action `api` is not always given for it); paths are told without it, only less well.
      if (!(error instanceof SourceFault)) throw error;
    }
  }
}
