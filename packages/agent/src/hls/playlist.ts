import { ProbeFault } from '../http-probe/probe-fault.ts';
import { attributeList, decimal } from './attribute-list.ts';

/** Lines of a playlist that are read; a day of two-second segments has some 130,000. */
const LINES_MAX = 400_000;
const VARIANTS_MAX = 64;
/** Newest segments that are kept; all are counted. */
export const SEGMENTS_KEPT_MAX = 32;
const PARTS_KEPT_MAX = 32;
const URI_CHARACTERS_MAX = 4_096;

export interface ByteRange {
  readonly length: number;
  readonly offset: number;
}

export interface Variant {
  readonly uri: string;
  readonly bandwidth: number;
  readonly codecs: readonly string[];
  readonly width?: number;
  readonly height?: number;
  readonly framesPerSecond?: number;
}

export interface MasterPlaylist {
  readonly kind: 'master';
  readonly variants: readonly Variant[];
  /** Some EXT-X-MEDIA of type AUDIO, or an audio codec beside the video's. */
  readonly hasAudio: boolean;
}

/** A segment, or in LL-HLS a part of one. */
export interface Resource {
  readonly uri: string;
  readonly durationSeconds: number;
  readonly byteRange?: ByteRange;
  /** Wall time of its first frame by EXT-X-PROGRAM-DATE-TIME, milliseconds; counted on from an earlier segment's where it has none. */
  readonly startsAtMs?: number;
}

export interface Segment extends Resource {
  readonly sequence: number;
  readonly gap: boolean;
  readonly encrypted: boolean;
  /** EXT-X-MAP: what fMP4 needs before it can be read. */
  readonly map?: { readonly uri: string; readonly byteRange?: ByteRange };
}

export interface MediaPlaylist {
  readonly kind: 'media';
  readonly targetDurationSeconds: number;
  readonly mediaSequence: number;
  /** All segments that it lists. */
  readonly segmentCount: number;
  /** Seconds of media in all of them. */
  readonly totalSeconds: number;
  /** The newest, in order. */
  readonly segments: readonly Segment[];
  /** Parts after the last segment, in order (LL-HLS). */
  readonly parts: readonly (Resource & { readonly independent: boolean })[];
  readonly partTargetSeconds?: number;
  readonly ended: boolean;
  readonly iFramesOnly: boolean;
}

/** RFC 8216 and the low-latency extensions of its second edition. Throws a ProbeFault where the text is no playlist. */
export function parsePlaylist(text: string): MasterPlaylist | MediaPlaylist {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  if (!text.startsWith('#EXTM3U', start)) {
    throw new ProbeFault('protocol', 'What the address gives is no HLS playlist: its first line is not #EXTM3U.');
  }
  const reader = new PlaylistReader();
  let lines = 0;
  for (let at = start; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (++lines > LINES_MAX) throw new ProbeFault('protocol', `The playlist has more than ${LINES_MAX} lines.`);
    const line = text.slice(at, end).trim();
    if (line !== '') reader.line(line);
    at = end + 1;
  }
  return reader.result();
}

type Part = Resource & { readonly independent: boolean };

class PlaylistReader {
  readonly #variants: Variant[] = [];
  #audio = false;
  #variant: ReadonlyMap<string, string> | undefined;

  #target: number | undefined;
  #firstSequence = 0;
  #count = 0;
  #total = 0;
  readonly #segments: Segment[] = [];
  #parts: Part[] = [];
  #partTarget: number | undefined;
  #ended = false;
  #iFramesOnly = false;

  #duration: number | undefined;
  #range: { readonly length: number; readonly offset: number | undefined } | undefined;
  #rangeEnd = 0;
  #partRangeEnd = 0;
  #startsAtMs: number | undefined;
  #gap = false;
  #encrypted = false;
  #map: Segment['map'];

  line(line: string): void {
    if (line.startsWith('#')) this.#tag(line);
    else this.#uri(line);
  }

  result(): MasterPlaylist | MediaPlaylist {
    if (this.#variants.length > 0) return { kind: 'master', variants: this.#variants, hasAudio: this.#audio };
    if (this.#target === undefined && this.#count === 0 && this.#parts.length === 0) {
      throw new ProbeFault('protocol', 'The playlist names neither streams nor segments.');
    }
    const longest = this.#segments.reduce((most, segment) => Math.max(most, segment.durationSeconds), 0);
    return {
      kind: 'media',
      // Required (4.3.3.1); where it is missing the longest segment stands in.
      targetDurationSeconds: this.#target ?? Math.max(1, Math.ceil(longest)),
      mediaSequence: this.#firstSequence,
      segmentCount: this.#count,
      totalSeconds: this.#total,
      segments: this.#segments,
      parts: this.#parts.slice(-PARTS_KEPT_MAX),
      ...(this.#partTarget !== undefined && { partTargetSeconds: this.#partTarget }),
      ended: this.#ended,
      iFramesOnly: this.#iFramesOnly,
    };
  }

  #tag(line: string): void {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1);
    switch (name) {
      case '#EXT-X-STREAM-INF':
        this.#variant = attributeList(value);
        break;
      case '#EXT-X-MEDIA':
        if (attributeList(value).get('TYPE') === 'AUDIO') this.#audio = true;
        break;
      case '#EXT-X-TARGETDURATION':
        this.#target = within(decimal(value), 86_400) ?? this.#target;
        break;
      case '#EXT-X-MEDIA-SEQUENCE':
        this.#firstSequence = decimal(value) ?? 0;
        break;
      case '#EXTINF':
        this.#duration = within(decimal(value.split(',')[0]), 86_400) ?? 0;
        break;
      case '#EXT-X-BYTERANGE':
        this.#range = byteRange(value);
        break;
      case '#EXT-X-PROGRAM-DATE-TIME':
        this.#startsAtMs = dateTime(value) ?? this.#startsAtMs;
        break;
      case '#EXT-X-GAP':
        this.#gap = true;
        break;
      case '#EXT-X-KEY':
        this.#encrypted = (attributeList(value).get('METHOD') ?? 'NONE') !== 'NONE';
        break;
      case '#EXT-X-MAP':
        this.#mapTag(attributeList(value));
        break;
      case '#EXT-X-PART':
        this.#part(attributeList(value));
        break;
      case '#EXT-X-PART-INF':
        this.#partTarget = within(decimal(attributeList(value).get('PART-TARGET')), 3_600);
        break;
      case '#EXT-X-ENDLIST':
        this.#ended = true;
        break;
      case '#EXT-X-I-FRAMES-ONLY':
        this.#iFramesOnly = true;
        break;
      default:
    }
  }

  #uri(uri: string): void {
    if (uri.length > URI_CHARACTERS_MAX) {
      throw new ProbeFault('protocol', `The playlist has an address of more than ${URI_CHARACTERS_MAX} characters.`);
    }
    if (this.#variant !== undefined) {
      if (this.#variants.length < VARIANTS_MAX) this.#variants.push(variantOf(uri, this.#variant));
      if (this.#variants.at(-1)?.codecs.some(isAudioCodec)) this.#audio = true;
      this.#variant = undefined;
      return;
    }
    // A line that nothing introduces is no segment (4.3.2.1).
    if (this.#duration === undefined) return;
    const durationSeconds = this.#duration;
    const range = this.#range && { length: this.#range.length, offset: this.#range.offset ?? this.#rangeEnd };
    this.#rangeEnd = range ? range.offset + range.length : 0;
    this.#segments.push({
      uri,
      durationSeconds,
      ...(range && { byteRange: range }),
      ...(this.#startsAtMs !== undefined && { startsAtMs: this.#startsAtMs }),
      sequence: this.#firstSequence + this.#count,
      gap: this.#gap,
      encrypted: this.#encrypted,
      ...(this.#map && { map: this.#map }),
    });
    if (this.#segments.length > SEGMENTS_KEPT_MAX) this.#segments.shift();
    this.#count++;
    this.#total += durationSeconds;
    if (this.#startsAtMs !== undefined) this.#startsAtMs += durationSeconds * 1_000;
    this.#duration = undefined;
    this.#range = undefined;
    this.#gap = false;
    // They belonged to the segment that is complete now.
    this.#parts = [];
  }

  #mapTag(attributes: ReadonlyMap<string, string>): void {
    const uri = attributes.get('URI');
    if (uri === undefined) return;
    const range = byteRange(attributes.get('BYTERANGE') ?? '');
    this.#map = { uri, ...(range && { byteRange: { length: range.length, offset: range.offset ?? 0 } }) };
  }

  #part(attributes: ReadonlyMap<string, string>): void {
    const uri = attributes.get('URI');
    if (uri === undefined || attributes.get('GAP') === 'YES') return;
    const range = byteRange(attributes.get('BYTERANGE') ?? '');
    const offset = range?.offset ?? this.#partRangeEnd;
    this.#partRangeEnd = range ? offset + range.length : 0;
    const before = this.#parts.reduce((sum, part) => sum + part.durationSeconds, 0);
    this.#parts.push({
      uri,
      durationSeconds: within(decimal(attributes.get('DURATION')), 3_600) ?? 0,
      ...(range && { byteRange: { length: range.length, offset } }),
      ...(this.#startsAtMs !== undefined && { startsAtMs: this.#startsAtMs + before * 1_000 }),
      independent: attributes.get('INDEPENDENT') === 'YES',
    });
    if (this.#parts.length > PARTS_KEPT_MAX * 4) this.#parts.splice(0, PARTS_KEPT_MAX);
  }
}

function variantOf(uri: string, attributes: ReadonlyMap<string, string>): Variant {
  const resolution = attributes.get('RESOLUTION')?.toLowerCase().split('x') ?? [];
  const width = decimal(resolution[0]);
  const height = decimal(resolution[1]);
  const framesPerSecond = decimal(attributes.get('FRAME-RATE'));
  return {
    uri,
    bandwidth: decimal(attributes.get('BANDWIDTH')) ?? 0,
    codecs: (attributes.get('CODECS') ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(framesPerSecond !== undefined && { framesPerSecond }),
  };
}

export const isAudioCodec = (codec: string): boolean =>
  ['mp4a', 'ac-3', 'ec-3', 'opus', 'flac', 'alac'].includes(codec.toLowerCase().split('.')[0] ?? '');

/** `length[@offset]`. */
function byteRange(text: string): { readonly length: number; readonly offset: number | undefined } | undefined {
  const [length, offset] = text.trim().split('@');
  const bytes = decimal(length);
  return bytes === undefined || bytes <= 0 ? undefined : { length: bytes, offset: decimal(offset) };
}

/** ISO 8601 with a zone; without one it is taken as UTC. */
function dateTime(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 40) return undefined;
  const zoned = /[Zz]$|[+-][0-9]{2}:?[0-9]{2}$/.test(trimmed) ? trimmed : `${trimmed}Z`;
  const at = Date.parse(zoned.replace(/([+-][0-9]{2})([0-9]{2})$/, '$1:$2'));
  return Number.isFinite(at) ? at : undefined;
}

const within = (value: number | undefined, max: number): number | undefined =>
  value === undefined || value > max ? undefined : value;
