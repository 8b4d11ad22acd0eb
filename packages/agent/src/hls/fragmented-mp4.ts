import { type RecordedFrame, payloadHash } from '../http-probe/frame-recorder.ts';
import { type Mp4Box, box, boxes } from './mp4-boxes.ts';
import { type FormatParts, formatParts, parameterSetsHash, pictureFormat } from './parameter-sets.ts';
import { CODEC_NAMES } from './codec-string.ts';
import { SEGMENT_FRAMES_MAX, type SegmentContents } from './segment-contents.ts';

const FIRST_BOXES: ReadonlySet<string> = new Set([
  'ftyp',
  'styp',
  'moof',
  'sidx',
  'emsg',
  'prft',
  'moov',
  'mdat',
  'free',
]);

/** True for what begins with a box that a segment may begin with. */
export function isFragmentedMp4(bytes: Uint8Array): boolean {
  for (const first of boxes(bytes)) return FIRST_BOXES.has(first.type);
  return false;
}

interface VideoTrack {
  readonly id: number;
  readonly timescale: number;
  readonly codec: string;
  /** What the sample entry says, and its parameter sets better. */
  readonly format: FormatParts;
  readonly parameterSets?: string;
  readonly defaults: SampleDefaults;
}

interface SampleDefaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

/** sample_is_non_sync_sample (8.8.3.1). */
const NOT_SYNC = 0x10000;

/** Reads the video of fragmented MP4; `init` is the EXT-X-MAP section, empty where the segment brings its own `moov`. */
export function readFragmentedMp4(init: Uint8Array, segment: Uint8Array): SegmentContents {
  const movie = box(init, 'moov') ?? box(segment, 'moov');
  const tracks = movie === undefined ? { video: undefined, hasAudio: false } : tracksOf(movie);
  const frames: RecordedFrame[] = [];
  for (const part of boxes(segment)) {
    if (part.type === 'moof' && part.whole && tracks.video) fragment(part, segment, tracks.video, frames);
  }
  const { video } = tracks;
  return {
    container: 'fmp4',
    hasAudio: tracks.hasAudio,
    hasVideo: video !== undefined,
    frames,
    discontinuities: 0,
    ...(video && {
      codec: video.codec,
      ...video.format,
      ...(video.parameterSets !== undefined && { parameterSets: video.parameterSets }),
    }),
  };
}

function tracksOf(movie: Uint8Array): { readonly video: VideoTrack | undefined; readonly hasAudio: boolean } {
  let video: VideoTrack | undefined;
  let hasAudio = false;
  for (const each of boxes(movie)) {
    if (each.type !== 'trak') continue;
    const handler = box(each.body, 'mdia', 'hdlr');
    const kind = handler === undefined ? '' : String.fromCharCode(...handler.subarray(8, 12));
    if (kind === 'soun') hasAudio = true;
    if (kind === 'vide') video ??= videoTrack(each.body, movie);
  }
  return { video, hasAudio };
}

function videoTrack(track: Uint8Array, movie: Uint8Array): VideoTrack | undefined {
  const header = box(track, 'tkhd');
  const media = box(track, 'mdia', 'mdhd');
  const descriptions = box(track, 'mdia', 'minf', 'stbl', 'stsd');
  if (!header || !media || !descriptions) return undefined;
  const [entry] = boxes(descriptions.subarray(8));
  if (entry === undefined) return undefined;
  const id = uint32(header, header[0] === 1 ? 20 : 12);
  // VisualSampleEntry (12.1.3): 24 bytes before the size, 78 before its boxes.
  const inner = entry.body.subarray(78);
  return {
    id,
    timescale: uint32(media, media[0] === 1 ? 20 : 12),
    codec: CODEC_NAMES[entry.type] ?? entry.type.toLowerCase(),
    ...configurationOf(inner, { width: uint16(entry.body, 24), height: uint16(entry.body, 26) }),
    defaults: defaultsOf(movie, id),
  };
}

function configurationOf(entry: Uint8Array, format: FormatParts): Pick<VideoTrack, 'format' | 'parameterSets'> {
  for (const [type, codec] of [
    ['avcC', 'h264'],
    ['hvcC', 'h265'],
  ] as const) {
    const record = box(entry, type);
    if (record === undefined) continue;
    const sps = codec === 'h264' ? spsOfAvc(record) : spsOfHevc(record);
    const told = formatParts(sps && pictureFormat(sps, codec));
    return { format: { ...format, ...told }, parameterSets: parameterSetsHash([record]) };
  }
  return { format };
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1): its first sequence parameter set. */
function spsOfAvc(record: Uint8Array): Uint8Array | undefined {
  if (((record[5] ?? 0) & 31) === 0) return undefined;
  return record.subarray(8, 8 + uint16(record, 6));
}

/** HEVCDecoderConfigurationRecord (8.3.3.1): the first unit of the array of sequence parameter sets. */
function spsOfHevc(record: Uint8Array): Uint8Array | undefined {
  let at = 23;
  for (let arrays = record[22] ?? 0; arrays > 0 && at + 3 < record.length; arrays--) {
    const type = (record[at] ?? 0) & 63;
    const units = uint16(record, at + 1);
    at += 3;
    for (let unit = 0; unit < units && at + 2 < record.length; unit++) {
      const length = uint16(record, at);
      if (type === HEVC_SPS) return record.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
  }
  return undefined;
}

const HEVC_SPS = 33;

function defaultsOf(movie: Uint8Array, id: number): SampleDefaults {
  for (const each of boxes(box(movie, 'mvex') ?? new Uint8Array())) {
    if (each.type !== 'trex' || uint32(each.body, 4) !== id) continue;
    return { duration: uint32(each.body, 12), size: uint32(each.body, 16), flags: uint32(each.body, 20) };
  }
  return { duration: 0, size: 0, flags: 0 };
}

function fragment(part: Mp4Box, segment: Uint8Array, track: VideoTrack, frames: RecordedFrame[]): void {
  for (const each of boxes(part.body)) {
    const header = each.type === 'traf' ? box(each.body, 'tfhd') : undefined;
    if (header === undefined || uint32(header, 4) !== track.id) continue;
    const time = box(each.body, 'tfdt');
    let decodeTime =
      time === undefined ? 0 : time[0] === 1 ? uint32(time, 4) * 2 ** 32 + uint32(time, 8) : uint32(time, 4);
    const defaults = fragmentDefaults(header, track.defaults);
    for (const run of boxes(each.body)) {
      if (run.type === 'trun')
        decodeTime = samples(run.body, decodeTime, defaults, part.offset, segment, track, frames);
    }
  }
}

/** 8.8.7: which optional fields stand after the track's id. */
function fragmentDefaults(header: Uint8Array, track: SampleDefaults): SampleDefaults {
  const flags = uint32(header, 0) & 0xffffff;
  let at = 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
  const next = (present: number, otherwise: number): number => {
    if ((flags & present) === 0) return otherwise;
    at += 4;
    return uint32(header, at - 4);
  };
  return { duration: next(8, track.duration), size: next(0x10, track.size), flags: next(0x20, track.flags) };
}

/** One track run (8.8.8); answers with the decoding time after it. */
function samples(
  run: Uint8Array,
  start: number,
  defaults: SampleDefaults,
  fragmentOffset: number,
  segment: Uint8Array,
  track: VideoTrack,
  frames: RecordedFrame[],
): number {
  const flags = uint32(run, 0) & 0xffffff;
  const count = uint32(run, 4);
  let at = 8;
  let data = fragmentOffset;
  if (flags & 1) {
    data += uint32(run, at) | 0;
    at += 4;
  }
  const firstFlags = flags & 4 ? uint32(run, at) : undefined;
  if (flags & 4) at += 4;
  let decodeTime = start;
  for (let i = 0; i < count && frames.length < SEGMENT_FRAMES_MAX; i++) {
    const duration = flags & 0x100 ? uint32(run, at) : defaults.duration;
    if (flags & 0x100) at += 4;
    const size = flags & 0x200 ? uint32(run, at) : defaults.size;
    if (flags & 0x200) at += 4;
    const own = flags & 0x400 ? uint32(run, at) : defaults.flags;
    if (flags & 0x400) at += 4;
    const composition = flags & 0x800 ? uint32(run, at) | 0 : 0;
    if (flags & 0x800) at += 4;
    if (at > run.length) break;
    const sampleFlags = i === 0 && firstFlags !== undefined ? firstFlags : own;
    const scale = track.timescale || 1;
    frames.push({
      atMs: 0,
      mediaMs: ((decodeTime + composition) * 1_000) / scale,
      bytes: size,
      key: (sampleFlags & NOT_SYNC) === 0,
      hash:
        data >= 0 && data < segment.length
          ? payloadHash(segment.subarray(data, Math.min(data + size, segment.length)))
          : 0,
    });
    data += size;
    decodeTime += duration;
  }
  return decodeTime;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) * 2 ** 24 + ((bytes[at + 1] ?? 0) << 16) + ((bytes[at + 2] ?? 0) << 8) + (bytes[at + 3] ?? 0)) >>>
    0
  );
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
