import { oneLine } from '../http-probe/probe-fault.ts';
import { MEDIA, MEDIA_2, URL_CHARACTERS_MAX, WORD_CHARACTERS_MAX, wholeNumber } from './device-service.ts';
import type { VideoEncoderSettings } from './onvif-report.ts';
import { type XmlElement, child, childText, childrenOf, escapeXml } from './xml-tree.ts';

export const PROFILES_MAX = 16;
const ENCODERS_MAX = 32;
const SCHEMA = 'http://www.onvif.org/ver10/schema';

/** The two generations of the media service: 1 knows H.264 and MJPEG, 2 (Profile T) H.265 as well. */
export interface MediaGeneration {
  readonly namespace: string;
  readonly getProfiles: string;
  readonly getEncoders: string;
  streamUri(profile: string): string;
  snapshotUri(profile: string): string;
  /** The uri within the answer to GetStreamUri and GetSnapshotUri. */
  uriOf(answer: XmlElement): string | undefined;
}

export const MEDIA_1_REQUESTS: MediaGeneration = {
  namespace: MEDIA,
  getProfiles: `<GetProfiles xmlns="${MEDIA}"/>`,
  getEncoders: `<GetVideoEncoderConfigurations xmlns="${MEDIA}"/>`,
  streamUri: (profile) =>
    `<GetStreamUri xmlns="${MEDIA}"><StreamSetup><Stream xmlns="${SCHEMA}">RTP-Unicast</Stream><Transport xmlns="${SCHEMA}">` +
    `<Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${escapeXml(profile)}</ProfileToken></GetStreamUri>`,
  snapshotUri: (profile) =>
    `<GetSnapshotUri xmlns="${MEDIA}"><ProfileToken>${escapeXml(profile)}</ProfileToken></GetSnapshotUri>`,
  uriOf: (answer) => childText(answer, 'MediaUri', 'Uri'),
};

export const MEDIA_2_REQUESTS: MediaGeneration = {
  namespace: MEDIA_2,
  getProfiles: `<GetProfiles xmlns="${MEDIA_2}"><Type>VideoEncoder</Type></GetProfiles>`,
  getEncoders: `<GetVideoEncoderConfigurations xmlns="${MEDIA_2}"/>`,
  streamUri: (profile) =>
    `<GetStreamUri xmlns="${MEDIA_2}"><Protocol>RTSP</Protocol><ProfileToken>${escapeXml(profile)}</ProfileToken></GetStreamUri>`,
  snapshotUri: (profile) =>
    `<GetSnapshotUri xmlns="${MEDIA_2}"><ProfileToken>${escapeXml(profile)}</ProfileToken></GetSnapshotUri>`,
  uriOf: (answer) => childText(answer, 'Uri'),
};

export interface ProfileHead {
  readonly token: string;
  readonly name: string;
  readonly encoderToken?: string;
}

export function profilesOf(answer: XmlElement): readonly ProfileHead[] {
  return childrenOf(answer, 'Profiles')
    .slice(0, PROFILES_MAX)
    .flatMap((profile) => {
      const token = profile.attributes.get('token');
      if (token === undefined || token === '' || token.length > WORD_CHARACTERS_MAX) return [];
      const encoder = child(profile, 'VideoEncoderConfiguration') ?? child(profile, 'Configurations', 'VideoEncoder');
      const encoderToken = encoder?.attributes.get('token');
      return [
        {
          token,
          name: oneLine(childText(profile, 'Name') ?? token, WORD_CHARACTERS_MAX),
          ...(encoderToken !== undefined && { encoderToken: oneLine(encoderToken, WORD_CHARACTERS_MAX) }),
        },
      ];
    });
}

/** Both generations: 1 nests GovLength and the profile in an element of the codec, 2 writes them as attributes. */
export function encodersOf(answer: XmlElement): readonly VideoEncoderSettings[] {
  return childrenOf(answer, 'Configurations').slice(0, ENCODERS_MAX).flatMap(encoderOf);
}

function encoderOf(configuration: XmlElement): readonly VideoEncoderSettings[] {
  const token = configuration.attributes.get('token');
  if (token === undefined) return [];
  const name = childText(configuration, 'Name');
  const encoding = childText(configuration, 'Encoding');
  const nested = child(configuration, 'H264') ?? child(configuration, 'MPEG4');
  const profile =
    configuration.attributes.get('Profile') ?? childText(nested, 'H264Profile') ?? childText(nested, 'Mpeg4Profile');
  const width = wholeNumber(childText(configuration, 'Resolution', 'Width'));
  const height = wholeNumber(childText(configuration, 'Resolution', 'Height'));
  const rate = decimalNumber(childText(configuration, 'RateControl', 'FrameRateLimit'));
  const kilobits = wholeNumber(childText(configuration, 'RateControl', 'BitrateLimit'));
  const group = wholeNumber(configuration.attributes.get('GovLength') ?? childText(nested, 'GovLength'));
  return [
    {
      token: oneLine(token, WORD_CHARACTERS_MAX),
      ...(name !== undefined && { name: oneLine(name, WORD_CHARACTERS_MAX) }),
      ...(encoding !== undefined && { codec: codecWord(encoding) }),
      ...(profile !== undefined && { profile: oneLine(profile.toLowerCase(), 40) }),
      ...(width !== undefined && height !== undefined && { width, height }),
      ...(rate !== undefined && rate > 0 && { framesPerSecond: rate }),
      ...(kilobits !== undefined && kilobits > 0 && { bitsPerSecond: kilobits * 1_000 }),
      ...(group !== undefined && group > 0 && { keyFrameIntervalFrames: group }),
    },
  ];
}

/** User and password that a device writes into its addresses are dropped. */
export function withoutUser(text: string): string | undefined {
  if (text.length > URL_CHARACTERS_MAX || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!['rtsp:', 'rtsps:', 'http:', 'https:'].includes(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}

const CODECS: Readonly<Record<string, string>> = {
  jpeg: 'mjpeg',
  h264: 'h264',
  h265: 'h265',
  mpeg4: 'mpeg4',
  'mpv4-es': 'mpeg4',
};

const codecWord = (encoding: string): string => CODECS[encoding.toLowerCase()] ?? oneLine(encoding.toLowerCase(), 20);

const decimalNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : undefined;
