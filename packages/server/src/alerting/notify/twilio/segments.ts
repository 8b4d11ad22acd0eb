/** GSM 03.38: what a text message writes with seven bits a character. */
const GSM_BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** These take two characters' room. */
const GSM_EXTENDED = new Set('^{}\\[~]|€\f');

interface Encoding {
  /** Room of a message that stands alone, and of one part of several, which begins with the number of the part. */
  readonly alone: number;
  readonly part: number;
  readonly ellipsis: string;
  sizeOf(char: string): number;
}

const GSM: Encoding = {
  alone: 160,
  part: 153,
  ellipsis: '...',
  sizeOf: (char) => (GSM_EXTENDED.has(char) ? 2 : 1),
};
/** Anything else makes the whole message UCS-2: characters beyond 16 bits take two. */
const UCS2: Encoding = { alone: 70, part: 67, ellipsis: '…', sizeOf: (char) => char.length };

/** How many messages a text is billed and delivered as. */
export function segmentCount(text: string): number {
  const encoding = encodingOf(text);
  const size = sizeOf(text, encoding);
  return size <= encoding.alone ? 1 : Math.ceil(size / encoding.part);
}

/** The text, or its beginning and an ellipsis, in at most so many segments. */
export function truncateSegments(text: string, segmentsMax: number): string {
  if (segmentCount(text) <= segmentsMax) return text;
  // Without its end the text may be plain again: what is cut decides how.
  const encoding = encodingOf(text);
  const room = (segmentsMax === 1 ? encoding.alone : segmentsMax * encoding.part) - sizeOf(encoding.ellipsis, encoding);
  let used = 0;
  let end = 0;
  for (const char of text) {
    used += encoding.sizeOf(char);
    if (used > room) break;
    end += char.length;
  }
  return text.slice(0, end) + encoding.ellipsis;
}

function encodingOf(text: string): Encoding {
  for (const char of text) if (!GSM_BASIC.has(char) && !GSM_EXTENDED.has(char)) return UCS2;
  return GSM;
}

function sizeOf(text: string, encoding: Encoding): number {
  let size = 0;
  for (const char of text) size += encoding.sizeOf(char);
  return size;
}
