import type { SitePlan } from '@vedette/wire/http';
import { PLAN_PIXELS_MAX } from './limits.ts';

export interface CheckedPicture {
  readonly type: SitePlan['type'];
  readonly width: number;
  readonly height: number;
}

/** What a picture is, from its bytes alone; a text that says why it is not taken. */
export function checkPicture(bytes: Buffer): CheckedPicture | string {
  const found = png(bytes) ?? jpeg(bytes) ?? webp(bytes) ?? svg(bytes);
  if (found === undefined) return 'the picture is no PNG, JPEG, WebP or SVG; save it as one of these';
  if (typeof found === 'string') return found;
  if (found.width < 1 || found.height < 1) return 'the picture has no size';
  if (found.width > PLAN_PIXELS_MAX || found.height > PLAN_PIXELS_MAX)
    return `the picture is larger than ${PLAN_PIXELS_MAX} pixels on a side; scale it down`;
  return found;
}

type Checked = CheckedPicture | string | undefined;

/** PNG specification, 5.2 and 11.2.2. */
function png(bytes: Buffer): Checked {
  if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return undefined;
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return 'the PNG is broken';
  return { type: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** ITU-T T.81, B.1.1: markers up to the frame header. */
function jpeg(bytes: Buffer): Checked {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== 0xd8 || bytes[2] !== 0xff) return undefined;
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return 'the JPEG is broken';
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { type: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else {
      const length = bytes.readUInt16BE(at + 2);
      if (length < 2) return 'the JPEG is broken';
      at += 2 + length;
    }
  }
  return 'the JPEG is broken';
}

/** WebP container specification: simple (VP8, VP8L) and extended. */
function webp(bytes: Buffer): Checked {
  if (bytes.length < 16 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return undefined;
  if (bytes.length < 30) return 'the WebP is broken';
  const size = (width: number, height: number): CheckedPicture => ({ type: 'image/webp', width, height });
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return size(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return size((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return size(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
    default:
      return 'the WebP is broken';
  }
}

/**
 * An SVG is a document with scripts, links and styles. Only what draws is taken: known elements, no handlers, no addresses but those
 * inside the picture itself, no entities. What is not understood is refused, not cleaned.
 */
function svg(bytes: Buffer): Checked {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const body = text
    .replace(/^\ufeff?\s*<\?xml\s[^<>]*\?>/, '')
    .replace(/<!--(?:(?!--)[^])*-->/g, '')
    .trim();
  if (!/^<svg[\s>]/.test(body)) return /<svg[\s>]/.test(text) ? UNSAFE : undefined;
  let root: string | undefined;
  let position = 0;
  while (position < body.length) {
    const open = body.indexOf('<', position);
    if (open === -1) break;
    const close = body.indexOf('>', open);
    if (close === -1) return UNSAFE;
    const tag = body.slice(open + 1, close);
    if (!isSafeTag(tag)) return UNSAFE;
    root ??= tag;
    position = close + 1;
    if (/^style[\s/]*$/.test(tag) || tag.startsWith('style ')) {
      const end = body.indexOf('</style>', position);
      if (end === -1 || !isSafeStyle(body.slice(position, end))) return UNSAFE;
      position = end;
    }
  }
  return { type: 'image/svg+xml', ...sizeOfSvg(root ?? '') };
}

const UNSAFE =
  'the SVG holds scripts, links, styles or other things that a plan does not need; export it as a plain SVG, or as PNG';

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'svg g path rect circle ellipse line polyline polygon text tspan textPath title desc defs clipPath mask linearGradient ' +
    'radialGradient stop pattern use symbol marker style image metadata switch'
  ).split(' '),
);

function isSafeTag(tag: string): boolean {
  const end = /^\/([A-Za-z]+)\s*$/.exec(tag);
  if (end) return ELEMENTS.has(end[1] as string);
  const start = /^([A-Za-z]+)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?$/.exec(tag);
  if (!start || !ELEMENTS.has(start[1] as string)) return false;
  for (const [, name = '', first, second] of (start[2] ?? '').matchAll(
    /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    const value = first ?? second ?? '';
    // Entities could hide what is looked for.
    if (value.includes('&') && !/^(?:[^&]|&(?:amp|lt|gt|quot|apos|#\d{1,6});)*$/.test(value)) return false;
    if (/^on/i.test(name)) return false;
    if (/(?:^|:)(?:href|src)$/i.test(name) && !isInside(value, start[1] as string)) return false;
    if (!isSafeStyle(value) || /(?:java|vb)script:/i.test(value.replace(/\s/g, ''))) return false;
  }
  return true;
}

function isInside(value: string, element: string): boolean {
  if (value.startsWith('#')) return true;
  return element === 'image' && /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=\s]*$/.test(value);
}

function isSafeStyle(text: string): boolean {
  if (/@import|expression\s*\(|behavior|-moz-binding|\\/i.test(text)) return false;
  return [...text.matchAll(/url\s*\(\s*(["']?)([^)"']*)\1\s*\)?/gi)].every(([, , address = '']) =>
    address.trim().startsWith('#'),
  );
}

function sizeOfSvg(tag: string): { readonly width: number; readonly height: number } {
  const box = /\sviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(tag);
  const width = Number(box?.[1] ?? /\swidth\s*=\s*["']\s*([\d.]+)/.exec(tag)?.[1] ?? 0);
  const height = Number(box?.[2] ?? /\sheight\s*=\s*["']\s*([\d.]+)/.exec(tag)?.[1] ?? 0);
  return {
    width: Number.isFinite(width) ? Math.ceil(width) : 0,
    height: Number.isFinite(height) ? Math.ceil(height) : 0,
  };
}
