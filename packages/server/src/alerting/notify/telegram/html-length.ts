const NAMED = /^&(?:lt|gt|amp|quot);?/;
const DECIMAL = /^&#(\d{1,7});?/;
const HEX = /^&#x([0-9a-fA-F]{1,6});?/;
const CODE_POINT_MAX = 0x10ffff;

/**
 * Characters that Telegram shows of a message in its HTML: markup and what is in attributes do not count, entities count as one. A tag
 * that does not end counts in full, as Telegram would refuse it.
 */
export function htmlTextLength(html: string): number {
  let count = 0;
  // Without this, a text of nothing but `<` would be searched to its end again and again.
  const lastEnd = html.lastIndexOf('>');
  for (let i = 0; i < html.length;) {
    const char = html[i] as string;
    if (char === '<' && i < lastEnd) {
      i = html.indexOf('>', i) + 1;
      continue;
    }
    i += char === '&' ? entityLength(html, i) : html.codePointAt(i)! > 0xffff ? 2 : 1;
    count++;
  }
  return count;
}

/** Of the entity at the position; 1 where there is none, as an `&` alone is shown as it is. */
function entityLength(html: string, at: number): number {
  const text = html.slice(at, at + 12);
  const named = NAMED.exec(text)?.[0];
  if (named !== undefined) return named.length;
  const decimal = DECIMAL.exec(text);
  const hex = decimal ? null : HEX.exec(text);
  const code = decimal ? Number(decimal[1]) : Number.parseInt(hex?.[1] ?? '0', 16);
  return code > 0 && code < CODE_POINT_MAX ? ((decimal ?? hex)?.[0].length ?? 1) : 1;
}
