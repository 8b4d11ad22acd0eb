import { anyField, count, entries, field, list, shortText } from '../../source/bounded-json.ts';
import { CAMERAS_PER_SERVER_MAX } from '../../source/camera-names.ts';
import { SourceFault } from '../../source/source-fault.ts';

const PRODUCERS_MAX = 16;
const CONSUMERS_MAX = 1_024;
const TRACKS_MAX = 32;

/** A connection that feeds a stream. */
export interface Go2rtcProducer {
  /** New with every connection; the remote address in versions without ids. */
  readonly id: string;
  /** Bytes of everything that came. */
  readonly bytes: number;
  /** `rtsp+tcp`, `rtsp+udp`, `http`, …; absent when not told. */
  readonly protocol?: string;
  readonly video?: Go2rtcTrack;
}

export interface Go2rtcTrack {
  /** Its own id, or the producer's. */
  readonly id: string;
  readonly codec?: string;
  readonly packets?: number;
  readonly bytes?: number;
}

export interface Go2rtcConsumer {
  readonly id: string;
  readonly bytes: number;
  /** Packets that were not sent because the reader was too slow. */
  readonly drops: number;
}

export interface Go2rtcStream {
  readonly name: string;
  /** Sources that the stream could have, connected or not. */
  readonly sources: number;
  /** The connected ones. */
  readonly producers: readonly Go2rtcProducer[];
  readonly consumers: readonly Go2rtcConsumer[];
}

/**
 * `/api/streams`, of versions with ids and counters per track and of older ones (`recv`, `send`). Sources' addresses and SDPs are not
 * taken over: they hold passwords. Throws SourceFault `protocol` when it is not a list of streams.
 */
export function readGo2rtcStreams(answer: unknown, what: string): readonly Go2rtcStream[] {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    throw new SourceFault('protocol', `${what}: not go2rtc's list of streams`);
  const streams: Go2rtcStream[] = [];
  for (const [name, stream] of entries(answer, CAMERAS_PER_SERVER_MAX)) {
    if (shortText(name) === undefined || typeof stream !== 'object' || stream === null) continue;
    streams.push(readGo2rtcStream(name, stream));
  }
  return streams;
}

export function readGo2rtcStream(name: string, stream: unknown): Go2rtcStream {
  const sources = list(field(stream, 'producers'), PRODUCERS_MAX);
  return {
    name,
    sources: sources.length,
    producers: sources.map(readProducer).filter((producer) => producer !== undefined),
    consumers: list(field(stream, 'consumers'), CONSUMERS_MAX).map(readConsumer),
  };
}

/** Undefined: a source that is not connected; it has an address and nothing else. */
function readProducer(producer: unknown, index: number): Go2rtcProducer | undefined {
  const bytes = count(anyField(producer, ['bytes_recv', 'recv']));
  const id = idOf(field(producer, 'id')) ?? shortText(field(producer, 'remote_addr'));
  const tracks = list(field(producer, 'receivers'), TRACKS_MAX);
  if (id === undefined && bytes === undefined && tracks.length === 0) return undefined;
  const ownId = id ?? `source ${index}`;
  const protocol = shortText(field(producer, 'protocol'));
  const video = tracks.map((track) => readTrack(track, ownId)).find((track) => track !== undefined);
  return {
    id: ownId,
    bytes: bytes ?? video?.bytes ?? 0,
    ...(protocol === undefined ? {} : { protocol }),
    ...(video === undefined ? {} : { video }),
  };
}

/** Undefined: not video. */
function readTrack(track: unknown, producer: string): Go2rtcTrack | undefined {
  const codec = field(track, 'codec');
  const name = shortText(field(codec, 'codec_name'));
  const type = field(codec, 'codec_type');
  const isVideo = type === 'video' || (type === undefined && name !== undefined && VIDEO_CODECS.has(name));
  if (!isVideo) return undefined;
  const packets = count(field(track, 'packets'));
  const bytes = count(field(track, 'bytes'));
  return {
    id: idOf(field(track, 'id')) ?? producer,
    ...(name === undefined ? {} : { codec: name.toLowerCase() }),
    ...(packets === undefined ? {} : { packets }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}

const VIDEO_CODECS = new Set(['h264', 'h265', 'hevc', 'vp8', 'vp9', 'av1', 'mjpeg', 'jpeg', 'H264', 'H265', 'JPEG']);

function readConsumer(consumer: unknown, index: number): Go2rtcConsumer {
  let drops = 0;
  for (const track of list(field(consumer, 'senders'), TRACKS_MAX)) drops += count(field(track, 'drops')) ?? 0;
  return {
    id: idOf(field(consumer, 'id')) ?? shortText(field(consumer, 'remote_addr')) ?? `reader ${index}`,
    bytes: count(anyField(consumer, ['bytes_send', 'send'])) ?? 0,
    drops,
  };
}

function idOf(value: unknown): string | undefined {
  const number = count(value);
  return number !== undefined && typeof value === 'number' ? String(number) : shortText(value);
}
