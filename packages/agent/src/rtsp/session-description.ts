import { SDP_ATTRIBUTES_MAX, SDP_LINES_MAX, SDP_MEDIA_MAX } from './limits.ts';

/** What a probe needs of a session description (RFC 8866). */
export interface SessionDescription {
  /** `a=control` of the session. */
  readonly control?: string;
  /** `a=framerate` of the session, frames a second. */
  readonly framerate?: number;
  readonly media: readonly MediaDescription[];
}

export interface MediaDescription {
  /** `video`, `audio`, `application` and so on, in lower case. */
  readonly kind: string;
  readonly port: number;
  /** Such as `RTP/AVP`. */
  readonly protocol: string;
  readonly payloadTypes: readonly number[];
  readonly encodings: ReadonlyMap<number, Encoding>;
  /** `a=fmtp` by payload type: names in lower case. */
  readonly formats: ReadonlyMap<number, ReadonlyMap<string, string>>;
  readonly control?: string;
  readonly framerate?: number;
  /** `a=x-dimensions`, `a=framesize` or `a=cliprect`, pixels. */
  readonly size?: { readonly width: number; readonly height: number };
}

export interface Encoding {
  /** In upper case. */
  readonly name: string;
  /** Hertz. */
  readonly clockRate: number;
}

/** Payload types that need no rtpmap (RFC 3551, 6). */
const STATIC: ReadonlyMap<number, Encoding> = new Map([
  [26, { name: 'JPEG', clockRate: 90_000 }],
  [31, { name: 'H261', clockRate: 90_000 }],
  [32, { name: 'MPV', clockRate: 90_000 }],
  [33, { name: 'MP2T', clockRate: 90_000 }],
  [34, { name: 'H263', clockRate: 90_000 }],
]);

export function encodingOf(media: MediaDescription, payloadType: number): Encoding | undefined {
  return media.encodings.get(payloadType) ?? STATIC.get(payloadType);
}

interface MediaUnderWay {
  kind: string;
  port: number;
  protocol: string;
  payloadTypes: number[];
  encodings: Map<number, Encoding>;
  formats: Map<number, ReadonlyMap<string, string>>;
  control?: string;
  framerate?: number;
  size?: { width: number; height: number };
}

/**
 * Reads what it knows and passes over the rest: cameras write descriptions that no grammar allows. Undefined when the text has neither
 * a `v=` nor an `m=` line, which is no description at all.
 */
export function parseSessionDescription(text: string): SessionDescription | undefined {
  const media: MediaUnderWay[] = [];
  let control: string | undefined;
  let framerate: number | undefined;
  let current: MediaUnderWay | undefined;
  let attributes = 0;
  let isDescription = false;
  let from = 0;
  for (let lines = 0; from < text.length && lines < SDP_LINES_MAX; lines++) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(from, end).trim();
    from = end + 1;
    if (line.length < 2 || line[1] !== '=') continue;
    const value = line.slice(2).trim();
    if (line[0] === 'v') isDescription = true;
    if (line[0] === 'm') {
      isDescription = true;
      if (media.length === SDP_MEDIA_MAX) break;
      current = parseMedia(value);
      attributes = 0;
      media.push(current);
    }
    if (line[0] !== 'a' || attributes === SDP_ATTRIBUTES_MAX) continue;
    attributes++;
    const colon = value.indexOf(':');
    const name = (colon < 0 ? value : value.slice(0, colon)).toLowerCase();
    const rest = colon < 0 ? '' : value.slice(colon + 1).trim();
    if (current) takeAttribute(current, name, rest);
    else if (name === 'control') control = rest;
    else if (name === 'framerate') framerate = rate(rest);
  }
  if (!isDescription) return undefined;
  return {
    ...(control === undefined ? {} : { control }),
    ...(framerate === undefined ? {} : { framerate }),
    media,
  };
}

function parseMedia(value: string): MediaUnderWay {
  const [kind = '', port = '', protocol = '', ...types] = value.split(/[ \t]+/, 24);
  return {
    kind: kind.toLowerCase(),
    port: /^\d{1,5}/.test(port) ? Number.parseInt(port, 10) : 0,
    protocol,
    payloadTypes: types.filter((each) => /^\d{1,3}$/.test(each) && Number(each) < 128).map(Number),
    encodings: new Map(),
    formats: new Map(),
  };
}

function takeAttribute(media: MediaUnderWay, name: string, rest: string): void {
  switch (name) {
    case 'control':
      media.control = rest;
      break;
    case 'rtpmap': {
      const found = /^(\d{1,3})[ \t]+([^/ \t]{1,40})(?:\/(\d{1,9}))?/.exec(rest);
      if (!found || Number(found[1]) > 127) break;
      const clockRate = Number(found[3] ?? 90_000);
      media.encodings.set(Number(found[1]), {
        name: (found[2] ?? '').toUpperCase(),
        clockRate: clockRate > 0 ? clockRate : 90_000,
      });
      break;
    }
    case 'fmtp': {
      const found = /^(\d{1,3})[ \t]+(.*)$/.exec(rest);
      if (!found || Number(found[1]) > 127) break;
      media.formats.set(Number(found[1]), parseFormat(found[2] ?? ''));
      break;
    }
    case 'framerate':
    case 'x-framerate': {
      const value = rate(rest);
      if (value !== undefined) media.framerate = value;
      break;
    }
    case 'x-dimensions': {
      const found = /^(\d{1,5})[ \t]*,[ \t]*(\d{1,5})/.exec(rest);
      if (found) media.size = { width: Number(found[1]), height: Number(found[2]) };
      break;
    }
    case 'framesize': {
      const found = /^\d{1,3}[ \t]+(\d{1,5})[-x](\d{1,5})/.exec(rest);
      if (found) media.size = { width: Number(found[1]), height: Number(found[2]) };
      break;
    }
    case 'cliprect': {
      const found = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})/.exec(rest);
      if (found)
        media.size = { width: Number(found[4]) - Number(found[2]), height: Number(found[3]) - Number(found[1]) };
      break;
    }
    default:
  }
}

/** Frames a second, where the text says one that can be. */
function rate(text: string): number | undefined {
  const found = /^(\d{1,4}(?:\.\d{1,6})?)(?:\/(\d{1,4}))?/.exec(text);
  if (!found) return undefined;
  const value = Number(found[1]) / Number(found[2] ?? 1);
  return value > 0 && value <= 1_000 ? value : undefined;
}

function parseFormat(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', SDP_ATTRIBUTES_MAX)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '') parameters.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return parameters;
}
