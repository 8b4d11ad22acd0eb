import { createHash } from 'node:crypto';
import { BitsError } from '../bits/bit-reader.ts';
import type { StreamPassport } from '../camera/probe.ts';
import { createAv1Payload, createMpeg4Payload, createOpaquePayload } from './any-payload.ts';
import { createH264Payload } from './h264-payload.ts';
import { parseH264Sps, parseProfileLevelId } from './h264-sps.ts';
import { createH265Payload } from './h265-payload.ts';
import { parseH265Sps, parseH265VpsTiming } from './h265-sps.ts';
import { type JpegPayload, createJpegPayload } from './jpeg-payload.ts';
import { PARAMETER_SETS_MAX, PARAMETER_SET_BYTES_MAX } from './limits.ts';
import type { PictureFormat } from './parameter-set.ts';
import { type ParameterSetKind, ParameterSets } from './parameter-sets.ts';
import type { PayloadReader } from './payload.ts';
import { type MediaDescription, type SessionDescription, encodingOf } from './session-description.ts';

/** Names of RTP encodings (RFC 4855 registry) in the words of a StreamPassport; others go in lower case. */
const CODECS: ReadonlyMap<string, string> = new Map([
  ['H264', 'h264'],
  ['H264-SVC', 'h264'],
  ['H265', 'h265'],
  ['HEVC', 'h265'],
  ['JPEG', 'mjpeg'],
  ['MP4V-ES', 'mpeg4'],
  ['AV1', 'av1'],
]);

/** The video section that is probed: the first that has an address to be set up with; undefined when there is none. */
export function videoOf(description: SessionDescription): MediaDescription | undefined {
  return description.media.find((media) => media.kind === 'video' && media.payloadTypes.length > 0);
}

/** One video track: what its description says, and what the stream adds to it on the way. */
export class VideoTrack {
  readonly payloadType: number;
  readonly clockRate: number;
  readonly codec: string;
  readonly reader: PayloadReader;
  readonly #description: SessionDescription;
  readonly #media: MediaDescription;
  readonly #format: ReadonlyMap<string, string>;
  readonly #described = new ParameterSets();
  readonly #streamed = new ParameterSets();
  readonly #jpeg: JpegPayload | undefined;

  constructor(description: SessionDescription, media: MediaDescription) {
    this.#description = description;
    this.#media = media;
    this.payloadType = media.payloadTypes.find((type) => encodingOf(media, type)) ?? media.payloadTypes[0] ?? 96;
    const encoding = encodingOf(media, this.payloadType);
    this.clockRate = encoding?.clockRate ?? 90_000;
    const name = encoding?.name ?? 'unknown';
    this.codec = CODECS.get(name) ?? name.toLowerCase();
    this.#format = media.formats.get(this.payloadType) ?? new Map();
    if (this.codec === 'h264') {
      this.#takeDescribed('sprop-parameter-sets', (nal) => (((nal[0] ?? 0) & 31) === 7 ? 'sps' : 'pps'));
      this.reader = createH264Payload(this.#streamed);
    } else if (this.codec === 'h265') {
      for (const kind of ['vps', 'sps', 'pps'] as const) this.#takeDescribed(`sprop-${kind}`, () => kind);
      this.reader = createH265Payload(this.#streamed);
    } else if (this.codec === 'mjpeg') {
      this.#jpeg = createJpegPayload();
      this.reader = this.#jpeg;
    } else if (this.codec === 'mpeg4') this.reader = createMpeg4Payload();
    else if (this.codec === 'av1') this.reader = createAv1Payload();
    else this.reader = createOpaquePayload();
  }

  /** True where the reader tells pictures from other payloads, so that their absence means something. */
  get tellsPictures(): boolean {
    return this.codec === 'h264' || this.codec === 'h265' || this.codec === 'mjpeg';
  }

  /** True where key frames are recognised. */
  get tellsKeyFrames(): boolean {
    return this.tellsPictures || this.codec === 'mpeg4' || this.codec === 'av1';
  }

  /** `stampedFps` stands in where neither parameter sets nor description tell a rate. */
  passport(transport: string, stampedFps: number | undefined): StreamPassport {
    const described = this.#pictureFormat(this.#described);
    const streamed = this.#pictureFormat(this.#streamed);
    const picture = streamed ?? described;
    const profile = picture ?? this.#profileOfDescription();
    const size = picture ?? this.#jpegSize() ?? this.#media.size;
    const declaredFps = picture?.framesPerSecond ?? this.#media.framerate ?? this.#description.framerate ?? stampedFps;
    // The description is read by every probe and the stream's own sets are not always seen: so that the hash stands still, they count
    // only where the description has none or means another picture.
    const hashed = streamed && !isSamePicture(streamed, described) ? this.#streamed : this.#described;
    return {
      codec: this.codec,
      ...(profile ? { profile: profile.profile, level: profile.level } : {}),
      ...(size && size.width > 0 && size.height > 0 ? { width: size.width, height: size.height } : {}),
      ...(declaredFps === undefined ? {} : { declaredFps: Math.round(declaredFps * 1_000) / 1_000 }),
      transport,
      ...(hashed.isEmpty ? {} : { parameterSets: hashOf(hashed) }),
      hasAudio: this.#description.media.some((media) => media.kind === 'audio'),
    };
  }

  #takeDescribed(name: string, kindOf: (nal: Uint8Array) => ParameterSetKind): void {
    const text = this.#format.get(name);
    if (text === undefined) return;
    for (const part of text.split(',', 2 * PARAMETER_SETS_MAX)) {
      if (part.length > PARAMETER_SET_BYTES_MAX * 2) continue;
      const nal = Buffer.from(part.trim(), 'base64');
      if (nal.length > 0) this.#described.add(kindOf(nal), nal);
    }
  }

  #pictureFormat(sets: ParameterSets): PictureFormat | undefined {
    for (const sps of sets.of('sps')) {
      try {
        const format = this.codec === 'h264' ? parseH264Sps(sps) : parseH265Sps(sps);
        if (this.codec !== 'h265' || format.framesPerSecond !== undefined) return format;
        return { ...format, ...vpsTiming(sets) };
      } catch (error) {
        if (!(error instanceof BitsError)) throw error;
      }
    }
    return undefined;
  }

  #profileOfDescription(): { profile: string; level: string } | undefined {
    return this.codec === 'h264' ? parseProfileLevelId(this.#format.get('profile-level-id') ?? '') : undefined;
  }

  #jpegSize(): { width: number; height: number } | undefined {
    return this.#jpeg && this.#jpeg.width > 0 && this.#jpeg.height > 0 ? this.#jpeg : undefined;
  }
}

function vpsTiming(sets: ParameterSets): { framesPerSecond?: number } {
  for (const vps of sets.of('vps')) {
    try {
      return parseH265VpsTiming(vps);
    } catch (error) {
      if (!(error instanceof BitsError)) throw error;
    }
  }
  return {};
}

function isSamePicture(a: PictureFormat, b: PictureFormat | undefined): boolean {
  return (
    b !== undefined &&
    a.width === b.width &&
    a.height === b.height &&
    a.profile === b.profile &&
    a.level === b.level &&
    a.framesPerSecond === b.framesPerSecond
  );
}

function hashOf(sets: ParameterSets): string {
  const hash = createHash('sha256');
  for (const set of sets.all()) hash.update(set);
  return hash.digest('hex').slice(0, 16);
}
