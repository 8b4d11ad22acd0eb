import { anyField, count, entries, field, list, shortText } from '../../source/bounded-json.ts';
import { SourceFault } from '../../source/source-fault.ts';

const READERS_MAX = 10_000;
const TRACKS_MAX = 32;

/** One path of `/v3/paths/list`. */
export interface MediamtxPath {
  readonly name: string;
  readonly confName?: string;
  readonly ready: boolean;
  /** When it became ready, as told; another one means that the source connected anew. */
  readonly readySince?: string;
  /** `rtspSource`, `rtspSession`, `rpiCameraSource`, …; absent when nothing is there to send. */
  readonly sourceType?: string;
  readonly sourceId?: string;
  readonly readers: number;
  readonly inboundBytes?: number;
  readonly outboundBytes?: number;
  readonly inboundFramesInError?: number;
  readonly video?: MediamtxVideo;
}

export interface MediamtxVideo {
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
}

export interface MediamtxPathPage {
  readonly pageCount: number;
  readonly paths: readonly MediamtxPath[];
}

/** Both generations: `inboundBytes` and `bytesReceived`, `available` and `ready`, `tracks2` and `tracks`. Throws SourceFault. */
export function readMediamtxPaths(answer: unknown, what: string, most: number): MediamtxPathPage {
  const items = field(answer, 'items');
  // The oldest API answers an object by name.
  const rows = Array.isArray(items)
    ? items.slice(0, most).map((path) => [undefined, path] as const)
    : entries(items, most);
  if (!Array.isArray(items) && (typeof items !== 'object' || items === null))
    throw new SourceFault('protocol', `${what}: no items in it: not MediaMTX's list of paths`);
  const paths: MediamtxPath[] = [];
  for (const [key, path] of rows) {
    const name = shortText(field(path, 'name') ?? key);
    if (name !== undefined) paths.push(readPath(name, path));
  }
  return { pageCount: count(field(answer, 'pageCount')) ?? 1, paths };
}

function readPath(name: string, path: unknown): MediamtxPath {
  const source = field(path, 'source');
  const sourceType = shortText(field(source, 'type'));
  const sourceId = shortText(field(source, 'id'));
  const confName = shortText(field(path, 'confName'));
  const readySince = shortText(anyField(path, ['availableTime', 'readyTime']));
  const inboundBytes = count(anyField(path, ['inboundBytes', 'bytesReceived']));
  const outboundBytes = count(anyField(path, ['outboundBytes', 'bytesSent']));
  const inboundFramesInError = count(field(path, 'inboundFramesInError'));
  const video = videoOf(path);
  return {
    name,
    ready: anyField(path, ['available', 'ready', 'sourceReady']) === true,
    readers: list(field(path, 'readers'), READERS_MAX).length,
    ...(confName === undefined ? {} : { confName }),
    ...(readySince === undefined ? {} : { readySince }),
    ...(sourceType === undefined ? {} : { sourceType }),
    ...(sourceId === undefined ? {} : { sourceId }),
    ...(inboundBytes === undefined ? {} : { inboundBytes }),
    ...(outboundBytes === undefined ? {} : { outboundBytes }),
    ...(inboundFramesInError === undefined ? {} : { inboundFramesInError }),
    ...(video === undefined ? {} : { video }),
  };
}

/** MediaMTX's names of video codecs → ours. */
const CODECS: Readonly<Record<string, string>> = {
  H264: 'h264',
  H265: 'h265',
  AV1: 'av1',
  VP8: 'vp8',
  VP9: 'vp9',
  'M-JPEG': 'mjpeg',
  MJPEG: 'mjpeg',
  'MPEG-4 Video': 'mpeg4',
  'MPEG-1/2 Video': 'mpeg2',
};

function videoOf(path: unknown): MediamtxVideo | undefined {
  for (const track of list(anyField(path, ['tracks2', 'tracks']), TRACKS_MAX)) {
    const told = typeof track === 'string' ? track : field(track, 'codec');
    const codec = typeof told === 'string' && Object.hasOwn(CODECS, told) ? CODECS[told] : undefined;
    if (codec === undefined) continue;
    const properties = field(track, 'codecProps');
    const width = count(field(properties, 'width'));
    const height = count(field(properties, 'height'));
    return {
      codec,
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
    };
  }
  return undefined;
}

/** Why a path is not ready; label values of `mediamtx_path_not_ready{reason}`. */
export const NOT_READY_REASONS = [
  /** Nobody publishes to it. */
  'no_publisher',
  /** MediaMTX is to fetch the stream, and does not get it. */
  'source_unavailable',
  /** It is fetched when somebody reads, and nobody does. */
  'on_demand',
] as const;
export type NotReadyReason = (typeof NOT_READY_REASONS)[number];

/** `onDemand`: the names of paths that are fetched only while somebody reads. */
export function notReadyReason(path: MediamtxPath, onDemand: ReadonlySet<string>): NotReadyReason | undefined {
  if (path.ready) return undefined;
  if (path.readers === 0 && (onDemand.has(path.name) || (path.confName !== undefined && onDemand.has(path.confName))))
    return 'on_demand';
  return path.sourceType === undefined ? 'no_publisher' : 'source_unavailable';
}

/** Names of the path configurations (`/v3/config/paths/list`) that are fetched on demand. */
export function onDemandPaths(answer: unknown, most: number): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of list(field(answer, 'items'), most)) {
    const name = shortText(field(path, 'name'));
    const onDemand = field(path, 'sourceOnDemand') === true || shortText(field(path, 'runOnDemand')) !== undefined;
    if (name !== undefined && onDemand) names.add(name);
  }
  return names;
}
